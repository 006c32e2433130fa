using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>What a launch does after an error code.</summary>
internal enum LaunchReaction
{
    /// <summary>Nothing that the code tells.</summary>
    None,

    /// <summary>Try the next pool: another zone or type.</summary>
    NextPool,

    /// <summary>This region gives no more: try the next one.</summary>
    NextRegion,

    /// <summary>The user's own limit: tell, do not go around it.</summary>
    UserChoice,

    /// <summary>The account or the request must be put right first.</summary>
    Setup,

    /// <summary>Try the same again later.</summary>
    Retry,
}

/// <summary>What one code of AWS means for us.</summary>
/// <param name="ErrorId">A constant of <see cref="SpotErrorIds"/>.</param>
/// <param name="Category">What kind of problem it is.</param>
/// <param name="Launch">What a launch does after it.</param>
/// <param name="Advice">What to do; null where AWS's own sentence says it.</param>
internal sealed record AwsError(
    string ErrorId,
    SpotErrorCategory Category,
    LaunchReaction Launch = LaunchReaction.None,
    string? Advice = null);

/// <summary>The codes of AWS, in one table.</summary>
internal static class AwsErrors
{
    private const string Quota =
        "Request a quota increase in the AWS console under Service Quotas, Amazon EC2, or specify other regions.";

    private const string SignIn =
        "Sign in again: Connect-SpotSso (spotcluster login) for an SSO profile; for access keys, create new ones and run aws configure.";

    private const string Keys = "Run aws configure list to see which keys are used, and aws configure to set others.";

    private const string Permission =
        "Ask the administrator of the account for the named permission; Get-SpotIdentity (spotcluster identity) shows your identity.";

    private const string Clock = "Set the clock of this computer; AWS accepts a difference of at most five minutes.";

    private static readonly AwsError Refused =
        new(SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidOperation);

    private static readonly AwsError Expired =
        new(SpotErrorIds.CredentialExpired, SpotErrorCategory.Authentication, LaunchReaction.Setup, SignIn);

    private static readonly AwsError WrongKey =
        new(SpotErrorIds.CredentialInvalid, SpotErrorCategory.Authentication, LaunchReaction.Setup, Keys);

    private static readonly AwsError WrongSignature =
        new(SpotErrorIds.SignatureInvalid, SpotErrorCategory.Authentication, LaunchReaction.Setup, Keys);

    private static readonly AwsError SsoExpired =
        new(SpotErrorIds.SsoSessionExpired, SpotErrorCategory.Authentication, LaunchReaction.Setup, "Run Connect-SpotSso (spotcluster login), or aws sso login.");

    private static readonly AwsError Denied =
        new(SpotErrorIds.PermissionMissing, SpotErrorCategory.PermissionDenied, LaunchReaction.Setup, Permission);

    private static readonly AwsError NoCapacity = new(
        SpotErrorIds.CapacityNotAvailable,
        SpotErrorCategory.Unavailable,
        LaunchReaction.NextPool,
        "Specify more instance types or regions, or try again later.");

    private static readonly AwsError Unsupported = new(
        SpotErrorIds.InstanceTypeNotOffered,
        SpotErrorCategory.Unavailable,
        LaunchReaction.NextPool,
        "Specify more instance types or regions.");

    private static readonly AwsError QuotaReached =
        new(SpotErrorIds.QuotaExceeded, SpotErrorCategory.LimitsExceeded, LaunchReaction.NextRegion, Quota);

    private static readonly AwsError AccountNotReady = new(
        SpotErrorIds.AccountNotReady,
        SpotErrorCategory.PermissionDenied,
        LaunchReaction.NextRegion,
        "AWS is still verifying the account, or has blocked it: check the emails from AWS, or open a case with AWS Support.");

    private static readonly AwsError Throttled = new(
        SpotErrorIds.RequestThrottled,
        SpotErrorCategory.LimitsExceeded,
        LaunchReaction.Retry,
        "Wait a minute, and check for other programs that use the same account.");

    private static readonly AwsError Failed = new(
        SpotErrorIds.ServiceFailed,
        SpotErrorCategory.Unavailable,
        LaunchReaction.Retry,
        "Try again; see https://health.aws.amazon.com for service events.");

    private static readonly AwsError NotFound = new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.NotFound,
        Advice: "The resource does not exist in this region: list existing resources with Get-SpotResource (spotcluster resources), and run the command again.");

    private static readonly AwsError Exists = new(
        SpotErrorIds.RequestRefused, SpotErrorCategory.AlreadyExists, Advice: "Choose another name, or remove the resource with this name.");

    private static readonly AwsError Invalid = new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.InvalidArgument,
        LaunchReaction.Setup,
        "AWS does not accept a value of the request: correct the option or the setting in the message.");

    private static readonly AwsError Blocked = new(
        SpotErrorIds.ResourceBlocked,
        SpotErrorCategory.Busy,
        Advice: "Another resource uses it: list resources with Get-SpotResource (spotcluster resources), and remove that resource first.");

    private static readonly AwsError WrongState = new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.InvalidOperation,
        Advice: "The resource is in a state that does not allow this: wait until the current change is complete, and run the command again.");

    private static readonly AwsError DiskKey = new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.PermissionDenied,
        LaunchReaction.Setup,
        "Cannot use the KMS key of the disk: enable it, and allow it to you and to the service-linked role AWSServiceRoleForEC2Spot (aws kms create-grant), or choose another default key with aws ec2 modify-ebs-default-kms-key-id.");

    private static readonly AwsError NotSubscribed = new(
        SpotErrorIds.ImageInvalid,
        SpotErrorCategory.PermissionDenied,
        LaunchReaction.Setup,
        "Accept the terms of the image in the AWS Marketplace (its page is in the message) with this account, or specify another image.");

    private static readonly AwsError NotShared = new(
        SpotErrorIds.ImageInvalid,
        SpotErrorCategory.PermissionDenied,
        LaunchReaction.Setup,
        "Ask the owner of the image to share it with this account (aws ec2 modify-image-attribute --launch-permission), and, if it is encrypted, its snapshot and KMS key; or specify another image.");

    private static readonly AwsError NoDefaultNetwork = new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.NotFound,
        LaunchReaction.NextRegion,
        "Run aws ec2 create-default-vpc, or aws ec2 create-default-subnet --availability-zone ZONE if the default VPC has none; or omit the default VPC, and a VPC is created for the cluster.");

    private static readonly AwsError NoProfile = new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.NotFound,
        LaunchReaction.Setup,
        "Name an instance profile of this account (aws iam list-instance-profiles) with -InstanceProfile (--instance-profile) or the setting instanceProfile.");

    private static readonly AwsError NotSupportedHere = new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.InvalidOperation,
        LaunchReaction.Setup,
        "The region or the endpoint does not support this operation: specify another region, or check AWS_ENDPOINT_URL.");

    private static readonly AwsError NoImage = new(
        SpotErrorIds.ImageInvalid,
        SpotErrorCategory.InvalidArgument,
        LaunchReaction.Setup,
        "Image ids differ between regions: specify an image of this region, or omit it to use Ubuntu.");

    private static readonly AwsError NoType = new(
        SpotErrorIds.InstanceTypeUnknown,
        SpotErrorCategory.InvalidArgument,
        LaunchReaction.NextPool,
        "List the types of a region with aws ec2 describe-instance-type-offerings.");

    private static readonly Dictionary<string, AwsError> Codes = new(StringComparer.Ordinal)
    {
        // Who are you.
        ["ExpiredToken"] = Expired,
        ["ExpiredTokenException"] = Expired,
        ["RequestExpired"] = Expired,
        ["InvalidToken"] = Expired,
        ["InvalidClientTokenId"] = WrongKey,
        ["UnrecognizedClientException"] = WrongKey,
        ["InvalidAccessKeyId"] = WrongKey,
        ["AuthFailure"] = WrongKey,
        ["SignatureDoesNotMatch"] = WrongSignature,
        ["InvalidSignatureException"] = WrongSignature,
        ["IncompleteSignature"] = WrongSignature,
        ["RequestTimeTooSkewed"] =
            new(SpotErrorIds.ClockSkewed, SpotErrorCategory.Authentication, LaunchReaction.Setup, Clock),
        ["MissingAuthenticationToken"] =
            new(SpotErrorIds.CredentialNotFound, SpotErrorCategory.Authentication, LaunchReaction.Setup, "Run aws configure."),
        ["UnauthorizedSSOTokenException"] = SsoExpired,
        ["UnauthorizedException"] = SsoExpired,

        // You may not.
        ["UnauthorizedOperation"] = Denied,
        ["AccessDenied"] = Denied,
        ["AccessDeniedException"] = Denied,
        ["OptInRequired"] = new(
            SpotErrorIds.RegionNotEnabled,
            SpotErrorCategory.PermissionDenied,
            LaunchReaction.NextRegion,
            "Enable the region in the AWS console under Account, AWS Regions, or omit it."),
        ["PendingVerification"] = AccountNotReady,
        ["Blocked"] = AccountNotReady,
        ["AuthFailure.ServiceLinkedRoleCreationNotPermitted"] = new(
            SpotErrorIds.ServiceLinkedRoleMissing,
            SpotErrorCategory.PermissionDenied,
            LaunchReaction.Setup,
            "Run once as an administrator: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"),

        // No capacity in this pool.
        ["InsufficientInstanceCapacity"] = NoCapacity,
        ["InsufficientCapacity"] = NoCapacity,
        ["UnfulfillableCapacity"] = NoCapacity,
        ["capacity-not-available"] = NoCapacity,
        ["InsufficientFreeAddressesInSubnet"] = NoCapacity with
        {
            Advice = "Specify more zones or regions, or free addresses in the subnet.",
        },
        ["Unsupported"] = Unsupported,
        ["UnsupportedOperation"] = Unsupported,

        // Quotas.
        ["MaxSpotInstanceCountExceeded"] = QuotaReached,
        ["VcpuLimitExceeded"] = QuotaReached,
        ["InstanceLimitExceeded"] = QuotaReached,
        ["MaxFleetCountExceeded"] = QuotaReached,
        ["VpcLimitExceeded"] = QuotaReached with
        {
            Advice = "Remove an unused VPC, use the default VPC, or request a quota increase under Service Quotas.",
        },
        ["AddressLimitExceeded"] = QuotaReached,

        // The user's own limit.
        ["SpotMaxPriceTooLow"] = new(
            SpotErrorIds.SpotMaxPriceTooLow,
            SpotErrorCategory.LimitsExceeded,
            LaunchReaction.UserChoice,
            "Raise the maximum price, or omit it: the list price is then the limit."),
        ["price-too-low"] = new(
            SpotErrorIds.SpotMaxPriceTooLow,
            SpotErrorCategory.LimitsExceeded,
            LaunchReaction.UserChoice,
            "Raise the maximum price, or omit it: the list price is then the limit."),

        // The request.
        ["InvalidFleetConfiguration"] = Invalid,
        ["IdempotentParameterMismatch"] = Invalid,
        ["InvalidInstanceType"] = NoType,
        ["InvalidInstanceID.NotFound"] = new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, Advice: NotFound.Advice),
        ["InvalidInstanceID.Malformed"] = new(
            SpotErrorIds.InstanceIdInvalid, SpotErrorCategory.InvalidArgument, Advice: "An instance id consists of i- and 8 or 17 hexadecimal digits: copy it again from Get-SpotInstance (spotcluster list)."),
        ["InvalidInstanceID"] = new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, Advice: NotFound.Advice),
        ["DependencyViolation"] = Blocked,
        ["ResourceInUse"] = Blocked,
        ["VolumeInUse"] = Blocked,
        ["IncorrectState"] = WrongState,
        ["IncorrectInstanceState"] = WrongState,
        ["InvalidState"] = WrongState,
        ["InvalidStateTransition"] = WrongState,
        ["ConcurrentModification"] = WrongState,
        ["OperationNotPermitted"] = new(
            SpotErrorIds.RequestRefused,
            SpotErrorCategory.Refused,
            Advice: "AWS does not allow this for the resource: its owner, protection or type forbids it. Check it in the AWS console."),
        ["DryRunOperation"] = new(SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidOperation, Advice: "The call would have been allowed; nothing was done."),
        ["ActionNotSupported"] = NotSupportedHere,
        ["InvalidAction"] = NotSupportedHere,
        ["UnknownOperation"] = NotSupportedHere,
        ["NoSuchVersion"] = NotSupportedHere,

        // The network and the disk of a launch.
        ["VPCIdNotSpecified"] = NoDefaultNetwork,
        ["DefaultVpcDoesNotExist"] = NoDefaultNetwork,
        ["DefaultSubnetDoesNotExist"] = NoDefaultNetwork,
        ["MissingDefaultSubnet"] = NoDefaultNetwork,
        ["KMSKeyNotAccessibleFault"] = DiskKey,
        ["KMSKeyDisabledFault"] = DiskKey,
        ["KMSKeyInvalidStateFault"] = DiskKey,
        ["KMSKeyNotFoundFault"] = DiskKey,
        ["CustomerKeyHasBeenRevoked"] = DiskKey,
        ["EncryptedVolumesNotSupported"] = DiskKey,

        // The service.
        ["InternalError"] = Failed,
        ["InternalErrorException"] = Failed,
        ["InternalFailure"] = Failed,
        ["ServiceUnavailable"] = Failed,
        ["Unavailable"] = Failed,
        ["RequestTimeout"] = Failed,
        ["RequestTimeoutException"] = Failed,
    };

    private static readonly HashSet<string> ThrottlingCodes = new(StringComparer.Ordinal)
    {
        "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "EC2ThrottledException",
        "RequestThrottled", "RequestThrottledException", "TooManyRequestsException", "SlowDown", "BandwidthLimitExceeded",
    };

    /// <summary>Where the part of a message begins that is not for people.</summary>
    private static readonly string[] NotShown = ["Encoded authorization failure message", "The Canonical String", "The String-to-Sign"];

    /// <summary>True when a message quotes the request that was signed: the session token is part of it.</summary>
    public static bool MayHoldSecret(string? message) =>
        NotShown.Any(start => message?.Contains(start, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>True when the service did not look at the call because there were too many.</summary>
    public static bool IsThrottling(string? code) => code is not null && ThrottlingCodes.Contains(WithoutSide(code));

    /// <summary>What a code means; the message decides where AWS uses one code for several things.</summary>
    public static AwsError Find(string? code, string? message = null)
    {
        if (string.IsNullOrEmpty(code))
        {
            return Failed;
        }

        // A machine that cannot decrypt its disk ends at once with this reason, and the side before the code is all that tells it.
        if (code == "Client.InternalError")
        {
            return DiskKey;
        }

        code = WithoutSide(code!);
        if (IsThrottling(code))
        {
            return Throttled;
        }

        if (message is not null && FromMessage(code, message) is { } special)
        {
            return special;
        }

        return Codes.TryGetValue(code, out var error) ? error : FromShape(code);
    }

    /// <summary>True for a code that neither the table nor its form explains.</summary>
    public static bool IsUnknown(AwsError error) => ReferenceEquals(error, Refused);

    /// <summary>
    /// AWS's sentence, fit to be shown: one line, without the encoded policy of a denial and without the canonical
    /// request of a wrong signature, which holds the session token.
    /// </summary>
    public static string Clean(string? message)
    {
        if (string.IsNullOrWhiteSpace(message))
        {
            return "";
        }

        var text = message!;
        foreach (var start in NotShown)
        {
            var at = text.IndexOf(start, StringComparison.OrdinalIgnoreCase);
            if (at >= 0)
            {
                text = text.Substring(0, at);
            }
        }

        // Before the text is cut: the first half of a secret is one too.
        text = Regex.Replace(SecretText.Redact(text)!, @"\s+", " ").Trim();
        return text.Length <= 500 ? text : $"{text.Substring(0, 500)}...";
    }

    private static AwsError? FromMessage(string code, string message) => code switch
    {
        "SignatureDoesNotMatch" or "InvalidSignatureException" when
            message.Contains("Signature expired", StringComparison.OrdinalIgnoreCase)
            || message.Contains("Signature not yet current", StringComparison.OrdinalIgnoreCase) =>
            Codes["RequestTimeTooSkewed"],
        "OperationNotPermitted" when message.Contains("disableApiTermination", StringComparison.OrdinalIgnoreCase) =>
            new(
                SpotErrorIds.InstanceProtected,
                SpotErrorCategory.Refused,
                Advice: "Termination protection is enabled: disable it with aws ec2 modify-instance-attribute --no-disable-api-termination, and run the command again."),
        "OptInRequired" when message.Contains("Marketplace", StringComparison.OrdinalIgnoreCase) => NotSubscribed,
        "AuthFailure" when message.Contains("Not authorized for images", StringComparison.OrdinalIgnoreCase) => NotShared,
        _ when message.Contains("KMS", StringComparison.Ordinal) && code.StartsWith("Invalid", StringComparison.Ordinal) => DiskKey,
        _ when message.Contains("default VPC", StringComparison.OrdinalIgnoreCase) || message.Contains("No default subnet", StringComparison.OrdinalIgnoreCase) => NoDefaultNetwork,
        "InvalidParameterValue" or "InvalidIamInstanceProfileArn.Malformed" when message.Contains("iamInstanceProfile", StringComparison.OrdinalIgnoreCase) => NoProfile,
        "InvalidParameterValue" when
            message.Contains("instance type", StringComparison.OrdinalIgnoreCase)
            || message.Contains("InstanceType", StringComparison.Ordinal) => NoType,
        "InvalidParameterCombination" when message.Contains("architecture", StringComparison.OrdinalIgnoreCase) =>
            new(
                SpotErrorIds.ArchitectureMismatch,
                SpotErrorCategory.InvalidArgument,
                LaunchReaction.Setup,
                "Specify instance types and an image of the same architecture."),
        _ => null,
    };

    private static AwsError FromShape(string code)
    {
        if (code.StartsWith("InvalidAMIID", StringComparison.Ordinal) || code.StartsWith("InvalidAMI", StringComparison.Ordinal))
        {
            return NoImage;
        }

        if (code.StartsWith("InvalidKMSKey", StringComparison.Ordinal))
        {
            return DiskKey;
        }

        if (code.EndsWith(".InUse", StringComparison.Ordinal) || code.EndsWith("InUse", StringComparison.Ordinal))
        {
            return Blocked;
        }

        if (code.EndsWith(".NotFound", StringComparison.Ordinal) || code.EndsWith("NotFoundException", StringComparison.Ordinal))
        {
            return NotFound;
        }

        if (code.EndsWith(".Duplicate", StringComparison.Ordinal) || code.EndsWith("AlreadyExists", StringComparison.Ordinal) || code.EndsWith(".DuplicatePermission", StringComparison.Ordinal))
        {
            return Exists;
        }

        if (code.EndsWith("LimitExceeded", StringComparison.Ordinal) || code.EndsWith("CountExceeded", StringComparison.Ordinal) || code.EndsWith("LimitReached", StringComparison.Ordinal))
        {
            return QuotaReached;
        }

        if (code.StartsWith("Insufficient", StringComparison.Ordinal))
        {
            return NoCapacity;
        }

        if (code.StartsWith("Incorrect", StringComparison.Ordinal) || code.EndsWith(".IncorrectState", StringComparison.Ordinal))
        {
            return WrongState;
        }

        return code.StartsWith("Invalid", StringComparison.Ordinal)
            || code.StartsWith("Malformed", StringComparison.Ordinal)
            || code.StartsWith("Unknown", StringComparison.Ordinal)
            || code.StartsWith("Missing", StringComparison.Ordinal)
            || code.EndsWith(".Malformed", StringComparison.Ordinal)
            ? Invalid
            : Refused;
    }

    /// <summary>Some services write <c>Client.</c> or <c>Server.</c> before the code.</summary>
    private static string WithoutSide(string code) =>
        code.StartsWith("Client.", StringComparison.Ordinal) || code.StartsWith("Server.", StringComparison.Ordinal)
            ? code.Substring("Client.".Length)
            : code;
}
