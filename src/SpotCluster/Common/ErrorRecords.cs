using System.Management.Automation;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>The one place where failures become error records.</summary>
internal static class ErrorRecords
{
    /// <summary>The record of a failure. Its id is a constant of <see cref="SpotErrorIds"/>, its target never null when an item is known.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="item">What it is about when it names no target of its own.</param>
    /// <param name="source">What the id ends with where PowerShell does not add the command by itself.</param>
    public static ErrorRecord From(Exception failure, object? item, string source = "")
    {
        var error = failure as SpotException ?? new SpotException(
            SpotErrorIds.UnexpectedFailure,
            SpotErrorCategory.InvalidOperation,
            $"Unexpected error: {failure.Message}",
            failure);
        var target = error.Target ?? item ?? error.Region;
        return new ErrorRecord(error, error.ErrorId + source, CategoryOf(error.Category), target)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.RecommendedAction ?? "" },
        };
    }

    /// <summary>True for a failure that every further item would meet too.</summary>
    public static bool DoomsEverything(Exception failure) =>
        failure is SpotException
        {
            Category: SpotErrorCategory.Authentication or SpotErrorCategory.Connection,
        }
        or SpotException
        {
            ErrorId: SpotErrorIds.ParameterInvalid or SpotErrorIds.RegionMissing or SpotErrorIds.AccountNotAllowed
                or SpotErrorIds.InsufficientCredit or SpotErrorIds.ConfigurationInvalid or SpotErrorIds.ConfigurationNotFound or SpotErrorIds.ConfigurationExists,
        };

    private static ErrorCategory CategoryOf(SpotErrorCategory category) => category switch
    {
        SpotErrorCategory.InvalidArgument => ErrorCategory.InvalidArgument,
        SpotErrorCategory.InvalidData => ErrorCategory.InvalidData,
        SpotErrorCategory.NotFound => ErrorCategory.ObjectNotFound,
        SpotErrorCategory.AlreadyExists => ErrorCategory.ResourceExists,
        SpotErrorCategory.Authentication => ErrorCategory.AuthenticationError,
        SpotErrorCategory.PermissionDenied => ErrorCategory.PermissionDenied,
        SpotErrorCategory.LimitsExceeded => ErrorCategory.LimitsExceeded,
        SpotErrorCategory.Unavailable => ErrorCategory.ResourceUnavailable,
        SpotErrorCategory.Timeout => ErrorCategory.OperationTimeout,
        SpotErrorCategory.Connection => ErrorCategory.ConnectionError,
        SpotErrorCategory.Busy => ErrorCategory.ResourceBusy,
        SpotErrorCategory.Refused => ErrorCategory.OperationStopped,
        _ => ErrorCategory.InvalidOperation,
    };
}
