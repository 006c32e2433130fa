namespace SpotCluster.Model;

/// <summary>What to do about an error whose case says nothing better: by id, so that no error of a kind is without advice.</summary>
internal static class UsualAdvice
{
    private const string SeeInstances = "See which instances there are with Get-SpotInstance (spotcluster list): an id belongs to one account at one provider, and an instance that was destroyed is gone.";
    private const string SeeLog = "Run the command again; with -Verbose (--verbose) it reports each call.";
    private const string SeeBackend = "See what the backend holds with Get-SpotAgent and Get-SpotTermination.";
    private const string RemoveAgain = "Run the same command again: it goes on where this one stopped. See what is left with Get-SpotInstance (spotcluster list).";

    /// <summary>The advice; null where the message itself says what is needed.</summary>
    public static string? Of(string errorId) => errorId switch
    {
        SpotErrorIds.InstanceNotFound => SeeInstances,
        SpotErrorIds.ClusterNotFound => "See which clusters there are with Get-SpotCluster (spotcluster status); -Region (--region) narrows what is looked at.",
        SpotErrorIds.AgentNotFound or SpotErrorIds.BackendItemNotFound => SeeBackend,
        SpotErrorIds.InstanceTypeUnknown => "Name a type such as t3.medium; Find-SpotOffer -Provider Aws (spotcluster offers --provider aws) lists what there is.",
        SpotErrorIds.RegionMissing => "Name an enabled region, or * for each of them.",
        SpotErrorIds.InstanceNotRemoved or SpotErrorIds.InstanceNotStoppable or SpotErrorIds.RemovalNotProven or SpotErrorIds.TerminationNotVerified => RemoveAgain,
        SpotErrorIds.InstanceForeign => "To include it, use -IncludeForeign (--include-foreign) where the command has it.",
        SpotErrorIds.InstanceProtected => "To destroy it all the same, name its id: Remove-SpotInstance ID (spotcluster destroy --instance-id ID).",
        SpotErrorIds.InstanceNotChangeable => "Leave it out: see which instances can be changed so with Get-SpotInstance (spotcluster list).",
        SpotErrorIds.WaitTimedOut => "Look at its state with Get-SpotInstance (spotcluster list), and at its log with Get-SpotLog (spotcluster logs); then wait again, with a longer -Timeout (--timeout).",
        SpotErrorIds.StartQueued => "Start it later, or rent another one; Remove-SpotInstance (spotcluster destroy) stops the bill for its disk.",
        SpotErrorIds.ClusterPartial => "Keep what runs, or remove it with Remove-SpotCluster (spotcluster destroy --name); the same launch again tries other offers.",
        SpotErrorIds.OfferTaken => "Search again, and rent the next offer.",
        SpotErrorIds.HourlyCostExceeded => "Take a cheaper offer, or allow a higher price.",
        SpotErrorIds.AccountChanged => "See whose key it is with Get-SpotIdentity (spotcluster identity), and run the command again.",
        SpotErrorIds.AccountNotAllowed => "Check the credentials with Get-SpotIdentity (spotcluster identity).",
        SpotErrorIds.RequestRefused or SpotErrorIds.TerminationRefused => "The message has the provider's reason: change what it names, and run the command again.",
        SpotErrorIds.RequestThrottled => "Try again later, and look for other programs that use the same account.",
        SpotErrorIds.ServiceFailed or SpotErrorIds.ResponseInvalid or SpotErrorIds.EndpointUnreachable or SpotErrorIds.RegionNotListed or SpotErrorIds.UnexpectedFailure => SeeLog,
        SpotErrorIds.CommandFailed => "Read what the command wrote; Enter-SpotInstance (spotcluster ssh) opens a session on an instance that runs.",
        SpotErrorIds.VastKeyMissing => "Give a key from the Keys page of the Vast.ai console: Connect-SpotVast (spotcluster login --provider vast), or VAST_API_KEY.",
        SpotErrorIds.BackendTokenMissing => "Give the token that Register-SpotAgent or Reset-SpotAgentToken wrote, one word in a file for its owner only.",
        SpotErrorIds.LocalFileFailed => "Check the path and its permissions.",
        _ => null,
    };
}
