using SpotCluster.Engine.Aws;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

public class AwsErrorsTests
{
    [Theory]
    [InlineData("InsufficientInstanceCapacity", SpotErrorIds.CapacityNotAvailable, nameof(LaunchReaction.NextPool))]
    [InlineData("UnfulfillableCapacity", SpotErrorIds.CapacityNotAvailable, nameof(LaunchReaction.NextPool))]
    [InlineData("capacity-not-available", SpotErrorIds.CapacityNotAvailable, nameof(LaunchReaction.NextPool))]
    [InlineData("InsufficientFreeAddressesInSubnet", SpotErrorIds.CapacityNotAvailable, nameof(LaunchReaction.NextPool))]
    [InlineData("Unsupported", SpotErrorIds.InstanceTypeNotOffered, nameof(LaunchReaction.NextPool))]
    [InlineData("MaxSpotInstanceCountExceeded", SpotErrorIds.QuotaExceeded, nameof(LaunchReaction.NextRegion))]
    [InlineData("VcpuLimitExceeded", SpotErrorIds.QuotaExceeded, nameof(LaunchReaction.NextRegion))]
    [InlineData("InstanceLimitExceeded", SpotErrorIds.QuotaExceeded, nameof(LaunchReaction.NextRegion))]
    [InlineData("MaxFleetCountExceeded", SpotErrorIds.QuotaExceeded, nameof(LaunchReaction.NextRegion))]
    [InlineData("VpcLimitExceeded", SpotErrorIds.QuotaExceeded, nameof(LaunchReaction.NextRegion))]
    [InlineData("SecurityGroupLimitExceeded", SpotErrorIds.QuotaExceeded, nameof(LaunchReaction.NextRegion))]
    [InlineData("PendingVerification", SpotErrorIds.AccountNotReady, nameof(LaunchReaction.NextRegion))]
    [InlineData("Blocked", SpotErrorIds.AccountNotReady, nameof(LaunchReaction.NextRegion))]
    [InlineData("OptInRequired", SpotErrorIds.RegionNotEnabled, nameof(LaunchReaction.NextRegion))]
    [InlineData("SpotMaxPriceTooLow", SpotErrorIds.SpotMaxPriceTooLow, nameof(LaunchReaction.UserChoice))]
    [InlineData("price-too-low", SpotErrorIds.SpotMaxPriceTooLow, nameof(LaunchReaction.UserChoice))]
    [InlineData("AuthFailure.ServiceLinkedRoleCreationNotPermitted", SpotErrorIds.ServiceLinkedRoleMissing, nameof(LaunchReaction.Setup))]
    [InlineData("InvalidAMIID.NotFound", SpotErrorIds.ImageInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("InvalidAMIID.Malformed", SpotErrorIds.ImageInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("InvalidAMIID.Unavailable", SpotErrorIds.ImageInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("InvalidFleetConfiguration", SpotErrorIds.RequestRefused, nameof(LaunchReaction.Setup))]
    [InlineData("IdempotentParameterMismatch", SpotErrorIds.RequestRefused, nameof(LaunchReaction.Setup))]
    [InlineData("RequestLimitExceeded", SpotErrorIds.RequestThrottled, nameof(LaunchReaction.Retry))]
    [InlineData("Client.RequestLimitExceeded", SpotErrorIds.RequestThrottled, nameof(LaunchReaction.Retry))]
    [InlineData("EC2ThrottledException", SpotErrorIds.RequestThrottled, nameof(LaunchReaction.Retry))]
    [InlineData("InternalError", SpotErrorIds.ServiceFailed, nameof(LaunchReaction.Retry))]
    [InlineData("Unavailable", SpotErrorIds.ServiceFailed, nameof(LaunchReaction.Retry))]
    [InlineData("ExpiredToken", SpotErrorIds.CredentialExpired, nameof(LaunchReaction.Setup))]
    [InlineData("ExpiredTokenException", SpotErrorIds.CredentialExpired, nameof(LaunchReaction.Setup))]
    [InlineData("RequestExpired", SpotErrorIds.CredentialExpired, nameof(LaunchReaction.Setup))]
    [InlineData("InvalidToken", SpotErrorIds.CredentialExpired, nameof(LaunchReaction.Setup))]
    [InlineData("InvalidClientTokenId", SpotErrorIds.CredentialInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("UnrecognizedClientException", SpotErrorIds.CredentialInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("AuthFailure", SpotErrorIds.CredentialInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("SignatureDoesNotMatch", SpotErrorIds.SignatureInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("IncompleteSignature", SpotErrorIds.SignatureInvalid, nameof(LaunchReaction.Setup))]
    [InlineData("UnauthorizedSSOTokenException", SpotErrorIds.SsoSessionExpired, nameof(LaunchReaction.Setup))]
    [InlineData("UnauthorizedException", SpotErrorIds.SsoSessionExpired, nameof(LaunchReaction.Setup))]
    [InlineData("UnauthorizedOperation", SpotErrorIds.PermissionMissing, nameof(LaunchReaction.Setup))]
    [InlineData("AccessDenied", SpotErrorIds.PermissionMissing, nameof(LaunchReaction.Setup))]
    [InlineData("AccessDeniedException", SpotErrorIds.PermissionMissing, nameof(LaunchReaction.Setup))]
    [InlineData("InvalidInstanceID.NotFound", SpotErrorIds.InstanceNotFound, nameof(LaunchReaction.None))]
    [InlineData("InvalidInstanceID.Malformed", SpotErrorIds.InstanceIdInvalid, nameof(LaunchReaction.None))]
    [InlineData("DependencyViolation", SpotErrorIds.ResourceBlocked, nameof(LaunchReaction.None))]
    [InlineData("InvalidVpcID.NotFound", SpotErrorIds.RequestRefused, nameof(LaunchReaction.None))]
    [InlineData("InvalidGroup.Duplicate", SpotErrorIds.RequestRefused, nameof(LaunchReaction.None))]
    [InlineData("SomethingNew", SpotErrorIds.RequestRefused, nameof(LaunchReaction.None))]
    public void A_code_means(string code, string errorId, string reaction)
    {
        var error = AwsErrors.Find(code);
        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(reaction, error.Launch.ToString());
        if (error.Category is SpotErrorCategory.Authentication or SpotErrorCategory.LimitsExceeded or SpotErrorCategory.PermissionDenied)
        {
            Assert.False(string.IsNullOrEmpty(error.Advice));
        }
    }

    [Theory]
    [InlineData("SignatureDoesNotMatch", "Signature expired: 20300101T000000Z is now earlier than 20300101T010000Z", SpotErrorIds.ClockSkewed)]
    [InlineData("SignatureDoesNotMatch", "Signature not yet current: 20300101T010000Z", SpotErrorIds.ClockSkewed)]
    [InlineData("OperationNotPermitted", "The instance may not be terminated. Modify its 'disableApiTermination' attribute", SpotErrorIds.InstanceProtected)]
    [InlineData("InvalidParameterValue", "The following supplied instance types do not exist: [x9.huge]", SpotErrorIds.InstanceTypeUnknown)]
    [InlineData("InvalidParameterValue", "Invalid value 'x9.huge' for InstanceType.", SpotErrorIds.InstanceTypeUnknown)]
    [InlineData("InvalidParameterValue", "The CIDR is wrong", SpotErrorIds.RequestRefused)]
    public void A_message_decides_where_one_code_means_several_things(string code, string message, string errorId) =>
        Assert.Equal(errorId, AwsErrors.Find(code, message).ErrorId);

    [Theory]
    [InlineData("You are not authorized. Encoded authorization failure message: AbCdEf", "You are not authorized.")]
    [InlineData("No match.\n\nThe Canonical String for this request should have been\n'POST x-amz-security-token:SECRET'", "No match.")]
    [InlineData("  two\n lines ", "two lines")]
    [InlineData(null, "")]
    public void A_message_is_fit_to_be_shown(string? message, string shown) => Assert.Equal(shown, AwsErrors.Clean(message));
}
