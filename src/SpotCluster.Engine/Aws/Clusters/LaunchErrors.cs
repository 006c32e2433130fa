using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>What to do next after an error of a launch.</summary>
internal enum NextStep
{
    /// <summary>This pool has none: take another one.</summary>
    NextPool,

    /// <summary>The region is closed to us: take another one.</summary>
    NextRegion,

    /// <summary>Only the user can change it.</summary>
    AskUser,

    /// <summary>Ask again a little later.</summary>
    Retry,

    /// <summary>The request or the account is set up wrongly.</summary>
    Stop,
}

/// <summary>AWS's codes of launch errors, by what can be done about them.</summary>
internal static class LaunchErrors
{
    private static readonly Dictionary<string, NextStep> Steps = new(StringComparer.Ordinal)
    {
        ["InsufficientInstanceCapacity"] = NextStep.NextPool,
        ["UnfulfillableCapacity"] = NextStep.NextPool,
        ["InsufficientHostCapacity"] = NextStep.NextPool,
        ["InsufficientReservedInstanceCapacity"] = NextStep.NextPool,
        ["InsufficientCapacity"] = NextStep.NextPool,
        ["Unsupported"] = NextStep.NextPool,
        ["UnsupportedOperation"] = NextStep.NextPool,
        ["InsufficientFreeAddressesInSubnet"] = NextStep.NextPool,
        ["MaxSpotInstanceCountExceeded"] = NextStep.NextRegion,
        ["VcpuLimitExceeded"] = NextStep.NextRegion,
        ["InstanceLimitExceeded"] = NextStep.NextRegion,
        ["MaxFleetCountExceeded"] = NextStep.NextRegion,
        ["FleetLimitExceeded"] = NextStep.NextRegion,
        ["VpcLimitExceeded"] = NextStep.NextRegion,
        ["InternetGatewayLimitExceeded"] = NextStep.NextRegion,
        ["SecurityGroupLimitExceeded"] = NextStep.NextRegion,
        ["PendingVerification"] = NextStep.NextRegion,
        ["OptInRequired"] = NextStep.NextRegion,
        ["Blocked"] = NextStep.NextRegion,
        ["SpotMaxPriceTooLow"] = NextStep.AskUser,
        ["RequestLimitExceeded"] = NextStep.Retry,
        ["Throttling"] = NextStep.Retry,
        ["ThrottlingException"] = NextStep.Retry,
        ["EC2ThrottledException"] = NextStep.Retry,
        ["InternalError"] = NextStep.Retry,
        ["InternalFailure"] = NextStep.Retry,
        ["ServerInternal"] = NextStep.Retry,
        ["Unavailable"] = NextStep.Retry,
        ["ServiceUnavailable"] = NextStep.Retry,
    };

    /// <summary>The step after a code; an unknown one stops, for nobody knows whether it would ever pass.</summary>
    public static NextStep Of(string? code)
    {
        var bare = Bare(code);
        return Steps.TryGetValue(bare, out var step) ? step : IsNotVisibleYet(bare) ? NextStep.Retry : NextStep.Stop;
    }

    /// <summary>
    /// True for an answer that says that something does not exist which we have just created: EC2 shows it to all of its
    /// parts only after a while.
    /// </summary>
    public static bool IsNotVisibleYet(string? code) =>
        Bare(code) is "InvalidVpcID.NotFound" or "InvalidSubnetID.NotFound" or "InvalidGroup.NotFound" or "InvalidInternetGatewayID.NotFound"
            or "InvalidRouteTableID.NotFound" or "InvalidRouteTableId.NotFound" or "InvalidGatewayID.NotFound" or "InvalidKeyPair.NotFound"
            or "InvalidLaunchTemplateId.NotFound" or "InvalidLaunchTemplateName.NotFoundException"
            or "InvalidLaunchTemplateId.VersionNotFound" or "InvalidSecurityGroupID.NotFound";

    /// <summary>What is left to do once every pool was tried.</summary>
    public static ShortfallKind KindOf(NextStep step) => step switch
    {
        NextStep.NextPool => ShortfallKind.Capacity,
        NextStep.NextRegion => ShortfallKind.Region,
        NextStep.AskUser => ShortfallKind.UserChoice,
        NextStep.Retry => ShortfallKind.Service,
        _ => ShortfallKind.Setup,
    };

    /// <summary>The shortfall behind an exception.</summary>
    public static Shortfall ToShortfall(SpotException failure) => new(
        failure.ServiceCode is null && failure.Category is SpotErrorCategory.Connection or SpotErrorCategory.Timeout
            ? ShortfallKind.Service
            : failure.ErrorId is SpotErrorIds.RequestThrottled or SpotErrorIds.ServiceFailed or SpotErrorIds.EndpointUnreachable
                ? ShortfallKind.Service
                : KindOf(Of(failure.ServiceCode)),
        failure.ServiceCode ?? failure.ErrorId,
        failure.Message)
    {
        Error = failure,
    };

    // Some answers carry the side that is at fault before the code.
    private static string Bare(string? code) =>
        code is null ? ""
        : code.StartsWith("Client.", StringComparison.Ordinal) ? code.Substring("Client.".Length)
        : code.StartsWith("Server.", StringComparison.Ordinal) ? code.Substring("Server.".Length)
        : code;
}
