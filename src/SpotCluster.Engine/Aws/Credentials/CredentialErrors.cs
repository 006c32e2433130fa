using System.Globalization;
using Amazon.Runtime;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>What is wrong with credentials, and the command that puts it right.</summary>
internal static class CredentialErrors
{
    public static SpotException NotFound(Exception? cause) =>
        new(
            SpotErrorIds.CredentialNotFound,
            SpotErrorCategory.Authentication,
            "No AWS credentials were found: no environment variables, no profile, and no role.",
            cause)
        {
            RecommendedAction =
                "Run aws configure (access keys) or aws configure sso (SSO), or specify a profile with -ProfileName or --profile-name.",
        };

    /// <summary>Refuses a key or a token that no header takes. Nothing of it is shown.</summary>
    /// <param name="value">The value; null for none.</param>
    /// <param name="origin">The variable or the setting that it comes from.</param>
    /// <param name="advice">What to do.</param>
    public static void RequireWord(string? value, string origin, string advice)
    {
        if (value?.Any(character => character is <= ' ' or > '~') == true)
        {
            throw new SpotException(
                SpotErrorIds.CredentialInvalid, SpotErrorCategory.Authentication, $"{origin} is not valid: it contains a space, a line break or another character that a key cannot have.")
            {
                Target = origin,
                RecommendedAction = advice,
            };
        }
    }

    /// <summary>The sign-in by aws login is over, or never was.</summary>
    public static SpotException NotLoggedIn(string profile, string path, DateTimeOffset? end) =>
        new(
            SpotErrorIds.CredentialExpired,
            SpotErrorCategory.Authentication,
            end is { } at
                ? string.Format(CultureInfo.InvariantCulture, "The sign-in of the AWS profile {0} expired at {1:yyyy-MM-dd HH:mm:ss}Z ({2}).", profile, at.UtcDateTime, path)
                : $"The AWS profile {profile} is not signed in: no usable token in {path}.")
        {
            Target = profile,
            RecommendedAction = $"Run aws login --profile {profile}, and run the command again. The AWS CLI renews the token; SpotCluster reads it.",
        };

    public static SpotException ProfileNotFound(string name, ProfileFiles files)
    {
        var names = string.Join(", ", files.Names.Take(20));
        return new SpotException(
            SpotErrorIds.ProfileNotFound,
            SpotErrorCategory.NotFound,
            names.Length == 0
                ? $"The AWS profile '{name}' does not exist; {files.ConfigPath} and {files.CredentialsPath} contain no profile."
                : $"The AWS profile '{name}' does not exist in {files.ConfigPath} and {files.CredentialsPath}. Existing profiles: {names}.")
        {
            Target = name,
            RecommendedAction = $"Run aws configure --profile {name}, or specify another profile.",
        };
    }

    public static SpotException ProfileIncomplete(string name, string problem) =>
        new(
            SpotErrorIds.CredentialNotFound,
            SpotErrorCategory.Authentication,
            $"The AWS profile {name} has no usable credentials: {problem.TrimEnd('.')}.")
        {
            Target = name,
            RecommendedAction =
                $"Run aws configure list --profile {name} to see its values, and aws configure --profile {name} to set them.",
        };

    public static SpotException SourceNotUsable(string source, Exception cause) =>
        new(
            SpotErrorIds.CredentialNotFound,
            SpotErrorCategory.Authentication,
            $"Cannot read the AWS credentials of the source '{source}': {AwsErrors.Clean(cause.Message).TrimEnd('.')}.")
        {
            Target = source,
            RecommendedAction = source == "environment"
                ? "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither."
                : "Run aws sts get-caller-identity to see the cause.",
        };

    /// <summary>The SSO session is old or was never begun.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="path">The cache file.</param>
    /// <param name="end">When it ended; null when there is none.</param>
    /// <param name="cause">What the service said; null for nothing.</param>
    public static SpotException SsoNotSignedIn(SsoProfile profile, string path, DateTimeOffset? end, Exception? cause = null)
    {
        var session = profile.SessionName is null ? "SSO session" : $"SSO session {profile.SessionName}";
        var state = end is { } at
            ? cause is null
                ? string.Format(CultureInfo.InvariantCulture, "expired at {0:yyyy-MM-dd HH:mm:ss}Z ({1})", at.UtcDateTime, path)
                : $"was ended by the service ({path})"
            : $"was never started: no token in {path}";
        return new SpotException(
            SpotErrorIds.SsoSessionExpired,
            SpotErrorCategory.Authentication,
            $"The {session} of the AWS profile {profile.ProfileName} {state}.")
        {
            Target = profile.ProfileName,
            ServiceCode = cause is null ? null : Code(cause),
            RecommendedAction =
                $"Run Connect-SpotSso -ProfileName {profile.ProfileName} (spotcluster login --profile-name {profile.ProfileName}), or aws sso login --profile {profile.ProfileName}",
        };
    }

    /// <summary>The profile signs in otherwise than by SSO.</summary>
    public static SpotException SsoNotConfigured(string name, ProfileFiles files)
    {
        var others = files.Names.Where(other => files.Find(other) is { } section && SsoProfile.IsSso(section)).ToList();
        return new SpotException(
            SpotErrorIds.SsoNotConfigured,
            SpotErrorCategory.InvalidArgument,
            $"The AWS profile {name} does not use SSO; {(others.Count == 0 ? "no profile does" : "these profiles do: " + string.Join(", ", others))}.")
        {
            Target = name,
            RecommendedAction = others.Count == 0
                ? "Run aws configure sso to create one."
                : $"Specify one of them: Connect-SpotSso -ProfileName {others[0]} (spotcluster login --profile-name {others[0]}).",
        };
    }

    /// <summary>The sign-in was there, and this role is not for it.</summary>
    public static SpotException SsoRoleDenied(SsoProfile profile, Exception cause) =>
        new(
            SpotErrorIds.PermissionMissing,
            SpotErrorCategory.PermissionDenied,
            $"SSO returned no credentials for the role {profile.RoleName} in account {profile.AccountId}, specified by the AWS profile {profile.ProfileName} ({Code(cause)}).",
            AwsErrors.MayHoldSecret(cause.Message) ? null : cause)
        {
            Target = profile.ProfileName,
            ServiceCode = Code(cause),
            RecommendedAction = $"Correct sso_account_id and sso_role_name of the profile {profile.ProfileName}, or ask the administrator to assign you the role.",
        };

    /// <summary>Nobody gave the code that a role needs, or it was not the one of this moment.</summary>
    public static SpotException MfaCodeMissing(RoleWanted role)
    {
        var wasRefused = role.MfaCode?.WasRefused == true;
        return new SpotException(
            SpotErrorIds.MfaCodeRequired,
            SpotErrorCategory.Authentication,
            wasRefused ? $"The MFA code of the device {role.MfaDevice} for the role {role.Arn} was refused (AccessDenied)."
                : $"An MFA code of the device {role.MfaDevice} is required for the role {role.Arn}.")
        {
            Target = role.MfaDevice,
            ServiceCode = wasRefused ? "AccessDenied" : null,
            RecommendedAction = wasRefused
                ? "Wait for the next code, because each code is valid once, check the clock of the device, and run the command again."
                : "Run the command again with -MfaCode (--mfa-code) and the six digits that the device shows, or at a terminal, which prompts for it.",
        };
    }

    /// <summary>The credentials are there, and cannot be had.</summary>
    public static SpotException NotUsable(AWSCredentials credentials, string? profile, Exception cause)
    {
        if (Chain(cause).FirstOrDefault(e => CallFailures.Classify(e, stopped: false) is CallFailure.NotSent) is { } network)
        {
            var who = profile is null ? "the AWS credentials of this computer" : $"the credentials of the AWS profile {profile}";
            return new SpotException(
                SpotErrorIds.EndpointUnreachable,
                SpotErrorCategory.Connection,
                $"Cannot reach the service for {who}: {AwsErrors.Clean(network.Message)}",
                cause)
            {
                Target = profile,
                RecommendedAction = "Check the network and the proxy (HTTPS_PROXY).",
            };
        }

        // A credential process may print a secret with its error, so its words stay out.
        return new SpotException(
            SpotErrorIds.CredentialNotFound,
            SpotErrorCategory.Authentication,
            credentials is ProcessAWSCredentials
                ? $"The credential_process of the AWS profile {profile} returned no credentials."
                : $"Cannot read the AWS credentials of {(profile is null ? "this computer" : $"the profile {profile}")} ({cause.GetType().Name}).")
        {
            Target = profile,
            RecommendedAction = profile is null
                ? "Run aws sts get-caller-identity to see the cause."
                : $"Run aws sts get-caller-identity --profile {profile} to see the cause.",
        };
    }

    public static SpotException RoleNotTaken(string role, Exception cause)
    {
        var code = Code(cause);
        var error = code is null
            ? new AwsError(
                SpotErrorIds.CredentialInvalid,
                SpotErrorCategory.Authentication,
                LaunchReaction.Setup,
                "Check the trust policy of the role and the credentials that assume it.")
            : AwsErrors.Find(code);
        var isSecret = error.ErrorId is SpotErrorIds.SignatureInvalid or SpotErrorIds.ClockSkewed || AwsErrors.MayHoldSecret(cause.Message);
        return new SpotException(
            error.ErrorId,
            error.Category,
            $"Cannot assume the role {role}{(code is null ? "" : $" ({code})")}.",
            isSecret ? null : cause)
        {
            Target = role,
            ServiceCode = code,
            RecommendedAction = error.ErrorId == SpotErrorIds.PermissionMissing
                ? $"Ask the owner of the role to trust you in its trust policy, and the administrator to allow you sts:AssumeRole on {role}."
                : error.Advice,
        };
    }

    private static string? Code(Exception cause) =>
        Chain(cause).OfType<AmazonServiceException>().Select(e => e.ErrorCode).FirstOrDefault(code => !string.IsNullOrEmpty(code));

    private static IEnumerable<Exception> Chain(Exception cause)
    {
        for (Exception? e = cause; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}
