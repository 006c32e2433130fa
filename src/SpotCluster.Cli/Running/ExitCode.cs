using SpotCluster.Model;

namespace SpotCluster.Cli.Running;

/// <summary>What the exit codes of the program mean. They are part of its interface.</summary>
internal static class ExitCode
{
    /// <summary>Done, and proven where there is something to prove.</summary>
    public const int Done = 0;

    /// <summary>It failed: the cloud, the network, the credentials or the program.</summary>
    public const int Failed = 1;

    /// <summary>The command line or its input is wrong, or consent is missing. Nothing was changed.</summary>
    public const int BadInput = 2;

    /// <summary>It ran to its end, but something is missing, is left, or could not be proven.</summary>
    public const int Incomplete = 3;

    /// <summary>Stopped by Ctrl+C or SIGTERM, by the convention of shells. The last lines say what exists.</summary>
    public const int Interrupted = 130;

    /// <summary>The code for an error that ended a command.</summary>
    /// <param name="error">The error.</param>
    /// <param name="changed">True when a changing call had been sent: it is then no longer a matter of the input alone.</param>
    public static int For(SpotException error, bool changed) => !changed && IsBadInput(error) ? BadInput : Failed;

    private static bool IsBadInput(SpotException error) => error.Category switch
    {
        SpotErrorCategory.InvalidArgument => true,
        SpotErrorCategory.AlreadyExists => true,

        // A program that is missing here is not a matter of the input.
        SpotErrorCategory.NotFound => error.ErrorId != SpotErrorIds.SshNotFound,
        SpotErrorCategory.Refused => true,

        // A limit of the service's own (throttling) or a spent budget is a failure; one that the request runs into is a matter of the request.
        SpotErrorCategory.LimitsExceeded => error.ErrorId is not (
            SpotErrorIds.RequestThrottled or SpotErrorIds.InsufficientCredit or SpotErrorIds.SpendRateLimited or SpotErrorIds.BudgetExceeded),
        _ => error.ErrorId is SpotErrorIds.ProfileNotFound or SpotErrorIds.RegionNotEnabled
            or SpotErrorIds.ConfigurationInvalid or SpotErrorIds.ConfigurationNotFound,
    };
}
