using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>What a launch makes of AWS's codes.</summary>
internal static class LaunchErrors
{
    /// <summary>The reaction to a code; to an unknown one it is to stop, for nobody knows whether it would ever pass.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">AWS's sentence, which decides where one code means several things; null for none.</param>
    public static LaunchReaction Of(string? code, string? message = null) =>
        IsNotVisibleYet(code) ? LaunchReaction.Retry
        : AwsErrors.Find(code, message).Launch is var reaction && reaction != LaunchReaction.None ? reaction
        : LaunchReaction.Setup;

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
    public static ShortfallKind KindOf(LaunchReaction reaction) => reaction switch
    {
        LaunchReaction.NextPool => ShortfallKind.Capacity,
        LaunchReaction.NextRegion => ShortfallKind.Region,
        LaunchReaction.UserChoice => ShortfallKind.UserChoice,
        LaunchReaction.Retry => ShortfallKind.Service,
        _ => ShortfallKind.Setup,
    };

    /// <summary>The shortfall behind a code inside a successful answer, or behind the reason of a machine that ended at once.</summary>
    public static Shortfall ToShortfall(ShortfallKind kind, string code, string reason) => new(kind, code, SecretText.Redact(reason)!)
    {
        Advice = AwsErrors.Find(code, reason).Advice,
    };

    /// <summary>The shortfall behind an exception.</summary>
    public static Shortfall ToShortfall(SpotException failure) => new(
        failure.ServiceCode is null && failure.Category is SpotErrorCategory.Connection or SpotErrorCategory.Timeout
            ? ShortfallKind.Service
            : failure.ErrorId is SpotErrorIds.RequestThrottled or SpotErrorIds.ServiceFailed or SpotErrorIds.EndpointUnreachable
                ? ShortfallKind.Service
                : KindOf(Of(failure.ServiceCode, failure.Message)),
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
