using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>What EC2's codes mean for a removal.</summary>
internal static class AwsRefusals
{
    /// <summary>A code of our own: the first half of a removal was accepted and takes its time.</summary>
    public const string InProgress = "RemovalInProgress";

    /// <summary>One of several steps of a removal, which an earlier attempt may have done already.</summary>
    public static async Task UnlessDoneAsync(Task step)
    {
        try
        {
            await step.ConfigureAwait(false);
        }
        catch (SpotException error) when (Classify(error) == RefusalKind.NotFound)
        {
            // It is done.
        }
    }

    public static RefusalKind Classify(SpotException error)
    {
        var code = error.ServiceCode ?? "";
        if (code.StartsWith("Client.", StringComparison.Ordinal))
        {
            code = code.Substring("Client.".Length);
        }

        if (error.Category == SpotErrorCategory.Authentication)
        {
            return RefusalKind.Credentials;
        }

        if (code == InProgress || error.ErrorId is SpotErrorIds.RequestThrottled or SpotErrorIds.ServiceFailed or SpotErrorIds.EndpointUnreachable
            || error.Category is SpotErrorCategory.Connection or SpotErrorCategory.Timeout)
        {
            return RefusalKind.Transient;
        }

        return code switch
        {
            "OperationNotPermitted" => RefusalKind.Protected,
            "DependencyViolation" or "VolumeInUse" or "ResourceInUse" or "IncorrectState" or "IncorrectInstanceState"
                or "ScalingActivityInProgress" or "DeleteConflict" or "ResourceInUseException" or "FileSystemInUse" or "OperationAbortedException" or "VpnGatewayInUse" => RefusalKind.InUse,
            "NatGatewayNotFound" or "InvalidPlacementGroup.Unknown" or "InvalidAMIID.Unavailable" or "NoSuchEntity" => RefusalKind.NotFound,
            _ when code.EndsWith(".InUse", StringComparison.Ordinal) => RefusalKind.InUse,
            _ when code.EndsWith("NotFound", StringComparison.Ordinal) || code.EndsWith("NotFoundException", StringComparison.Ordinal) => RefusalKind.NotFound,
            _ => RefusalKind.Refused,
        };
    }
}
