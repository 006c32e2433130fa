using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Inventory;

/// <summary>What EC2's codes mean for a removal.</summary>
internal static class AwsRefusals
{
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

        if (error.ErrorId is SpotErrorIds.RequestThrottled or SpotErrorIds.ServiceFailed or SpotErrorIds.EndpointUnreachable
            || error.Category is SpotErrorCategory.Connection or SpotErrorCategory.Timeout)
        {
            return RefusalKind.Transient;
        }

        return code switch
        {
            "OperationNotPermitted" => RefusalKind.Protected,
            "DependencyViolation" or "VolumeInUse" or "ResourceInUse" or "IncorrectState" or "IncorrectInstanceState"
                or "ScalingActivityInProgress" or "ResourceInUseException" or "FileSystemInUse" or "OperationAbortedException" or "VpnGatewayInUse" => RefusalKind.InUse,
            "NatGatewayNotFound" or "InvalidPlacementGroup.Unknown" or "InvalidAMIID.Unavailable" => RefusalKind.NotFound,
            _ when code.EndsWith(".InUse", StringComparison.Ordinal) => RefusalKind.InUse,
            _ when code.EndsWith("NotFound", StringComparison.Ordinal) || code.EndsWith("NotFoundException", StringComparison.Ordinal) => RefusalKind.NotFound,
            _ => RefusalKind.Refused,
        };
    }
}
