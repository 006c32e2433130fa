namespace SpotCluster.Model;

/// <summary>What to do about an error whose case says nothing better: by id, so that no error of a kind is without advice.</summary>
internal static class UsualAdvice
{
    private const string SeeInstances = "List the instances with Get-SpotInstance (spotcluster list): an id belongs to one account at one provider, and a destroyed instance no longer exists.";
    private const string SeeLog = "Run the command again; with -Verbose (--verbose) it reports each call.";
    private const string SeeBackend = "List the contents of the backend with Get-SpotAgent and Get-SpotTermination.";
    private const string RemoveAgain = "Run the same command again: it continues where this one stopped. List the remaining instances with Get-SpotInstance (spotcluster list).";

    /// <summary>The advice; null where the message itself says what is needed.</summary>
    public static string? Of(string errorId) => errorId switch
    {
        SpotErrorIds.InstanceNotFound => SeeInstances,
        SpotErrorIds.ClusterNotFound => "List the clusters with Get-SpotCluster (spotcluster status); -Region (--region) narrows the search.",
        SpotErrorIds.AgentNotFound or SpotErrorIds.BackendItemNotFound => SeeBackend,
        SpotErrorIds.InstanceTypeUnknown => "Specify a type such as t3.medium; Find-SpotOffer -Provider Aws (spotcluster offers --provider aws) lists the types.",
        SpotErrorIds.RegionMissing => "Specify an enabled region, or * for all of them.",
        SpotErrorIds.InstanceNotRemoved or SpotErrorIds.InstanceNotStoppable or SpotErrorIds.RemovalNotProven or SpotErrorIds.TerminationNotVerified => RemoveAgain,
        SpotErrorIds.InstanceForeign => "To include it, use -IncludeForeign (--include-foreign) where the command has it.",
        SpotErrorIds.InstanceProtected => "To destroy it anyway, specify its id: Remove-SpotInstance ID (spotcluster destroy --instance-id ID).",
        SpotErrorIds.InstanceNotChangeable => "Omit it: list the instances that support this change with Get-SpotInstance (spotcluster list).",
        SpotErrorIds.WaitTimedOut => "Check its state with Get-SpotInstance (spotcluster list) and its log with Get-SpotLog (spotcluster logs); then wait again, with a longer -Timeout (--timeout).",
        SpotErrorIds.StartQueued => "Start it later, or rent another one; Remove-SpotInstance (spotcluster destroy) stops the bill for its disk.",
        SpotErrorIds.ClusterPartial => "Use the instances that run, or remove them with Remove-SpotCluster (spotcluster destroy --name); the same launch again tries other offers.",
        SpotErrorIds.OfferTaken => "Search again, and rent the next offer.",
        SpotErrorIds.HourlyCostExceeded => "Choose a cheaper offer, or allow a higher price.",
        SpotErrorIds.AccountChanged => "Check the account of the key with Get-SpotIdentity (spotcluster identity), and run the command again.",
        SpotErrorIds.AccountNotAllowed => "Check the credentials with Get-SpotIdentity (spotcluster identity).",
        SpotErrorIds.RequestRefused or SpotErrorIds.TerminationRefused => "Correct what the message of the provider names, and run the command again.",
        SpotErrorIds.RequestThrottled => "Try again later, and look for other programs that use the same account.",
        SpotErrorIds.ServiceFailed or SpotErrorIds.ResponseInvalid or SpotErrorIds.EndpointUnreachable or SpotErrorIds.RegionNotListed or SpotErrorIds.UnexpectedFailure => SeeLog,
        SpotErrorIds.CommandFailed => "Read what the command wrote; Enter-SpotInstance (spotcluster ssh) opens a session on an instance that runs.",
        SpotErrorIds.VastKeyMissing => "Specify a key from the Keys page of the Vast.ai console: Connect-SpotVast (spotcluster login --provider vast), or VAST_API_KEY.",
        SpotErrorIds.BackendTokenMissing => "Specify the token that Register-SpotAgent or Reset-SpotAgentToken wrote: one word in a file that only its owner can read.",
        SpotErrorIds.LocalFileFailed => "Check the path and its permissions.",
        _ => null,
    };
}
