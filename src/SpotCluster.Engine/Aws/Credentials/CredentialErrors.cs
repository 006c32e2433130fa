using Amazon.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>What is wrong with credentials, and the command that puts it right.</summary>
internal static class CredentialErrors
{
    public static SpotException NotFound(Exception cause) =>
        new(
            SpotErrorIds.CredentialNotFound,
            SpotErrorCategory.Authentication,
            "No AWS credentials were found: not in the environment, not in a profile, and no role.",
            cause)
        {
            RecommendedAction =
                "Run aws configure (access keys) or aws configure sso (SSO), or name a profile with -ProfileName or --profile-name.",
        };

    public static SpotException ProfileNotFound(string name, IEnumerable<string> known)
    {
        var names = string.Join(", ", known.OrderBy(n => n, StringComparer.Ordinal).Take(20));
        return new SpotException(
            SpotErrorIds.ProfileNotFound,
            SpotErrorCategory.NotFound,
            names.Length == 0
                ? $"There is no AWS profile {name}, and no other."
                : $"There is no AWS profile {name}; there are: {names}.")
        {
            Target = name,
            RecommendedAction = $"Run aws configure --profile {name}, or name another profile.",
        };
    }

    public static SpotException ProfileIncomplete(string name, Exception cause) =>
        new(
            SpotErrorIds.CredentialNotFound,
            SpotErrorCategory.Authentication,
            $"The AWS profile {name} has no usable credentials: {AwsErrors.Clean(cause.Message)}",
            cause)
        {
            Target = name,
            RecommendedAction =
                $"Run aws configure list --profile {name} to see what it holds, and aws configure --profile {name} to set it.",
        };

    /// <summary>The credentials are there, and cannot be had: an old SSO session, a role that may not be taken.</summary>
    public static SpotException NotUsable(AWSCredentials credentials, string? profile, Exception cause)
    {
        var name = profile ?? "default";
        if (Chain(cause).FirstOrDefault(e => CallFailures.Classify(e, stopped: false) is CallFailure.NotSent) is { } network)
        {
            return new SpotException(
                SpotErrorIds.EndpointUnreachable,
                SpotErrorCategory.Connection,
                $"The service that gives the credentials of the AWS profile {name} could not be reached: {AwsErrors.Clean(network.Message)}",
                cause)
            {
                Target = name,
                RecommendedAction = "Check the network and the proxy (HTTPS_PROXY).",
            };
        }

        if (credentials is SSOAWSCredentials)
        {
            return new SpotException(
                SpotErrorIds.SsoSessionExpired,
                SpotErrorCategory.Authentication,
                $"The SSO session of the AWS profile {name} has expired, or nobody has signed in yet.",
                cause)
            {
                Target = name,
                ServiceCode = Code(cause),
                RecommendedAction = $"Run aws sso login --profile {name}",
            };
        }

        var role = (credentials as AssumeRoleAWSCredentials)?.RoleArn ?? (credentials as AssumeRoleWithWebIdentityCredentials)?.RoleArn;
        return role is null ? NotRead(profile, cause) : RoleNotTaken(role, cause);
    }

    private static SpotException RoleNotTaken(string role, Exception cause)
    {
        var code = Code(cause);
        var error = code is null
            ? new AwsError(
                SpotErrorIds.CredentialInvalid,
                SpotErrorCategory.Authentication,
                LaunchReaction.Setup,
                "Check the trust policy of the role and the credentials that take it.")
            : AwsErrors.Find(code);
        var secret = error.ErrorId is SpotErrorIds.SignatureInvalid or SpotErrorIds.ClockSkewed;
        return new SpotException(
            error.ErrorId,
            error.Category,
            $"The role {role} could not be taken{(code is null ? "" : $" ({code})")}.",
            secret ? null : cause)
        {
            Target = role,
            ServiceCode = code,
            RecommendedAction = error.Advice,
        };
    }

    /// <summary>A credential process may print a secret with its error, so its words stay out.</summary>
    private static SpotException NotRead(string? profile, Exception cause) =>
        new(
            SpotErrorIds.CredentialNotFound,
            SpotErrorCategory.Authentication,
            $"The AWS credentials of {(profile is null ? "this machine" : $"the profile {profile}")} could not be read ({cause.GetType().Name}).")
        {
            Target = profile,
            RecommendedAction = profile is null
                ? "Run aws sts get-caller-identity to see the cause."
                : $"Run aws sts get-caller-identity --profile {profile} to see the cause.",
        };

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
