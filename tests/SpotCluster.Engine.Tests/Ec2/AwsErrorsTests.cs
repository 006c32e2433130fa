using SpotCluster.Engine.Aws.Runtime;
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

    /// <summary>The codes of EC2's own list, of STS and of the reasons of machines that end at once.</summary>
    private const string Documented = """
        AccountDisabled ActiveVpcPeeringConnectionPerVpcLimitExceeded AddressLimitExceeded AttachmentLimitExceeded AuthFailure Blocked
        ConcurrentCreateImageNoRebootLimitExceeded ConcurrentSnapshotLimitExceeded ConcurrentTagAccess CustomerGatewayLimitExceeded CustomerKeyHasBeenRevoked DefaultSubnetAlreadyExistsInAvailabilityZone
        DefaultVpcAlreadyExists DefaultVpcDoesNotExist DependencyViolation DryRunOperation EncryptedVolumesNotSupported FlowLogAlreadyExists
        Gateway.NotAttached HostLimitExceeded IdempotentParameterMismatch IncompleteSignature IncorrectInstanceState IncorrectState
        InsufficientAddressCapacity InsufficientCapacity InsufficientFreeAddressesInSubnet InsufficientHostCapacity InsufficientInstanceCapacity InsufficientReservedInstanceCapacity
        InsufficientVolumeCapacity InstanceAlreadyLinked InstanceCreditSpecification.NotSupported InstanceLimitExceeded InternalError InternalFailure
        InternetGatewayLimitExceeded InvalidAMIAttributeItemValue InvalidAMIID.Malformed InvalidAMIID.NotFound InvalidAMIID.Unavailable InvalidAMIName.Duplicate
        InvalidAction InvalidAddress.NotFound InvalidAddressID.NotFound InvalidAllocationID.NotFound InvalidAssociationID.NotFound InvalidAttachment.NotFound
        InvalidAvailabilityZone InvalidBlockDeviceMapping InvalidCharacter InvalidClientToken InvalidClientTokenId InvalidCustomerGatewayId.Malformed
        InvalidDhcpOptionID.NotFound InvalidFleetConfiguration InvalidFlowLogId.NotFound InvalidGatewayID.NotFound InvalidGroup.Duplicate InvalidGroup.InUse
        InvalidGroup.NotFound InvalidGroup.Reserved InvalidGroupId.Malformed InvalidHostID.NotFound InvalidID InvalidInput
        InvalidInstanceAttributeValue InvalidInstanceID InvalidInstanceID.Malformed InvalidInstanceID.NotFound InvalidInstanceID.NotLinkable InvalidInstanceType
        InvalidInterface.IpAddressLimitExceeded InvalidInternetGatewayId.NotFound InvalidIPAddress.InUse InvalidKey.Format InvalidKeyPair.Duplicate InvalidKeyPair.Format
        InvalidKeyPair.NotFound InvalidKMSKey.InvalidState InvalidLaunchTemplateId.Malformed InvalidLaunchTemplateId.NotFound InvalidLaunchTemplateName.AlreadyExistsException InvalidNatGatewayID.NotFound
        InvalidNetworkAclID.NotFound InvalidNetworkInterface.InUse InvalidNetworkInterfaceID.NotFound InvalidNextToken InvalidOption.Conflict InvalidPaginationToken
        InvalidParameter InvalidParameterCombination InvalidParameterValue InvalidPermission.Duplicate InvalidPermission.Malformed InvalidPermission.NotFound
        InvalidPlacementGroup.Duplicate InvalidPlacementGroup.InUse InvalidPlacementGroup.Unknown InvalidQueryParameter InvalidRequest InvalidReservationID.NotFound
        InvalidRoute.NotFound InvalidRouteTableID.NotFound InvalidSecurity.RequestHasExpired InvalidSecurityGroupID.NotFound InvalidSnapshot.InUse InvalidSnapshot.NotFound
        InvalidSpotFleetRequestConfig InvalidSpotInstanceRequestID.NotFound InvalidState InvalidStateTransition InvalidSubnet.Conflict InvalidSubnet.Range
        InvalidSubnetID.NotFound InvalidTagKey.Malformed InvalidTargetArn.Unknown InvalidUserData.Malformed InvalidVolume.NotFound InvalidVolume.ZoneMismatch
        InvalidVpcEndpointId.NotFound InvalidVpcID.NotFound InvalidVpcRange InvalidVpnGatewayID.NotFound InvalidZone.NotFound KeyPairLimitExceeded
        KMSKeyNotAccessibleFault LegacySecurityGroup MalformedQueryString MaxFleetCountExceeded MaxIOPSLimitExceeded MaxSpotFleetRequestCountExceeded
        MaxSpotInstanceCountExceeded MissingAction MissingAuthenticationToken MissingInput MissingParameter NatGatewayLimitExceeded
        NetworkAclEntryAlreadyExists NetworkInterfaceLimitExceeded NoSuchVersion OperationNotPermitted OptInRequired PendingSnapshotLimitExceeded
        PendingVerification PrivateIpAddressLimitExceeded RequestExpired RequestLimitExceeded RequestResourceCountExceeded ResourceCountExceeded
        ResourceCountLimitExceeded Resource.AlreadyAssociated RouteAlreadyExists RouteLimitExceeded RouteTableLimitExceeded RulesPerSecurityGroupLimitExceeded
        SecurityGroupLimitExceeded SecurityGroupsPerInstanceLimitExceeded ServerInternal ServiceUnavailable SignatureDoesNotMatch SnapshotLimitExceeded
        SpotMaxPriceTooLow SubnetLimitExceeded TagLimitExceeded UnauthorizedOperation Unavailable UnfulfillableCapacity
        UnknownParameter UnknownPrincipalType.Unsupported Unsupported UnsupportedOperation UnsupportedProtocol VPCIdNotSpecified
        VPCResourceNotSpecified VcpuLimitExceeded VolumeInUse VolumeLimitExceeded VpcEndpointLimitExceeded VpcLimitExceeded
        VpnGatewayLimitExceeded ZonesMismatched Client.InternalError Client.VolumeLimitExceeded Client.InvalidSnapshot.NotFound Server.InsufficientInstanceCapacity
        Server.InternalError ExpiredToken ExpiredTokenException AccessDenied AccessDeniedException UnrecognizedClientException
        RequestTimeTooSkewed InvalidToken SlowDown
        """;

    [Fact]
    public void Each_documented_code_has_a_remedy_or_is_said_to_be_unknown_with_its_request_id()
    {
        var unknown = new List<string>();
        foreach (var code in Documented.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var failure = new Amazon.Runtime.AmazonServiceException(
                "Said by AWS.", null, Amazon.Runtime.ErrorType.Sender, code, "req-77", System.Net.HttpStatusCode.BadRequest);
            var error = PlainDoctor.Explain(new FailedCall("EC2", "RunInstances", "us-east-1", new Uri("https://ec2.us-east-1.amazonaws.com/")), failure, CallFailure.Refused);
            Assert.Equal(("req-77", code), (error.RequestId, error.ServiceCode));
            Assert.False(string.IsNullOrEmpty(error.RecommendedAction), code);
            if (AwsErrors.IsUnknown(AwsErrors.Find(code)))
            {
                unknown.Add(code);
                Assert.Contains("req-77", error.RecommendedAction, StringComparison.Ordinal);
            }
        }

        Assert.True(unknown.Count <= 15, string.Join(", ", unknown));
    }

    [Theory]
    [InlineData("OptInRequired", "you need to accept terms and subscribe: https://aws.amazon.com/marketplace/pp?sku=1", SpotErrorIds.ImageInvalid, "Marketplace")]
    [InlineData("OptInRequired", "You are not subscribed to this service.", SpotErrorIds.RegionNotEnabled, "Enable the region")]
    [InlineData("AuthFailure", "Not authorized for images: [ami-1]", SpotErrorIds.ImageInvalid, "share it")]
    [InlineData("AuthFailure", "AWS was not able to validate the provided access credentials", SpotErrorIds.CredentialInvalid, "aws configure")]
    [InlineData("Client.InternalError", "Client error on launch", SpotErrorIds.RequestRefused, "KMS key")]
    [InlineData("InvalidParameterValue", "The KMS key does not exist", SpotErrorIds.RequestRefused, "KMS key")]
    [InlineData("VPCIdNotSpecified", "No default VPC for this user", SpotErrorIds.RequestRefused, "create-default-vpc")]
    [InlineData("MissingInput", "No default subnet for availability zone: 'us-east-1e'.", SpotErrorIds.RequestRefused, "create-default-subnet")]
    public void A_message_decides_the_remedy(string code, string message, string errorId, string remedy)
    {
        var error = AwsErrors.Find(code, message);
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(remedy, error.Advice, StringComparison.Ordinal);
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
