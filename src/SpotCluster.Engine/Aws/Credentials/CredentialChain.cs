using System.Globalization;
using Amazon.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>Credentials, and where they came from, for people.</summary>
internal sealed record FoundCredentials(FetchedCredentials Credentials, string Source);

/// <summary>
/// Finds credentials in the order of the AWS tools: the named profile, or environment, web identity, default profile,
/// container role, machine role.
/// </summary>
/// <param name="setup">Makes the clients of STS and SSO.</param>
/// <param name="tokens">SSO sessions.</param>
/// <param name="region">The region of STS.</param>
internal sealed class CredentialChain(AwsClientSetup setup, SsoTokens tokens, string region)
{
    private readonly TimeProvider _clock = setup.Calls.Clock;

    /// <summary>Finds them. Throws <see cref="SpotException"/> with the command that puts it right.</summary>
    /// <param name="profileName">The profile that was named; null for none.</param>
    /// <param name="cancellationToken">Stops the look for the role of this machine.</param>
    public async Task<FoundCredentials> FindAsync(string? profileName, CancellationToken cancellationToken)
    {
        var files = ProfileFiles.Read();
        var hasKeys = Setting("AWS_ACCESS_KEY_ID") is not null;

        // As in every AWS tool, keys in the environment win over a profile that only the environment names.
        if ((profileName ?? (hasKeys ? null : Setting("AWS_PROFILE"))) is { } name)
        {
            return FromProfile(files, name, []);
        }

        if (hasKeys)
        {
            return FromEnvironment();
        }

        if (Setting("AWS_WEB_IDENTITY_TOKEN_FILE") is { } file && Setting("AWS_ROLE_ARN") is { } role)
        {
            var wanted = new RoleWanted { Arn = role, TokenFile = file, SessionName = Setting("AWS_ROLE_SESSION_NAME") };
            return new FoundCredentials(new AssumedRoleCredentials(wanted, null, Sts(null), _clock), "web identity");
        }

        if (files.Find(ProfileFiles.DefaultName) is { } section && HasCredentials(section))
        {
            return FromProfile(files, section.Name, []);
        }

        return HasContainerRole
            ? Sdk(() => new GenericContainerCredentials(), "role of this container")
            : await OfThisMachineAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool HasContainerRole =>
        Setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") is not null || Setting("AWS_CONTAINER_CREDENTIALS_FULL_URI") is not null;

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static bool HasCredentials(ProfileSection section) =>
        section["aws_access_key_id"] is not null || section["role_arn"] is not null || section["credential_process"] is not null
        || SsoProfile.IsSso(section);

    private FoundCredentials FromProfile(ProfileFiles files, string name, IReadOnlyList<string> before)
    {
        var section = files.Find(name) ?? throw CredentialErrors.ProfileNotFound(name, files);
        if (before.Contains(name, StringComparer.Ordinal))
        {
            // A profile may take its own role with its own keys; anything else runs in a circle.
            return section["aws_access_key_id"] is not null && before[before.Count - 1] == name
                ? FromKeys(files, section)
                : throw CredentialErrors.ProfileIncomplete(name, $"its source_profile leads back to it ({string.Join(" -> ", before)} -> {name})");
        }

        if (section["role_arn"] is { } role)
        {
            return FromRole(files, section, role, [.. before, name]);
        }

        if (SsoProfile.Find(files, section) is { } sso)
        {
            var source = $"profile {name} (SSO {(sso.SessionName is null ? sso.StartUrl : "session " + sso.SessionName)}, role {sso.RoleName}, {section.Path})";
            return new FoundCredentials(new SsoRoleCredentials(sso.RequireRole(), tokens, setup), source);
        }

        if (section["aws_access_key_id"] is not null || section["credential_process"] is not null)
        {
            return FromKeys(files, section);
        }

        throw CredentialErrors.ProfileIncomplete(name, $"there is neither a key nor a role, an SSO session or a credential process in {section.Path}");
    }

    private FoundCredentials FromKeys(ProfileFiles files, ProfileSection section)
    {
        var process = section["aws_access_key_id"] is null ? "credential process, " : "";
        files.TryGetProfile(section.Name, out var profile);
        try
        {
            return new FoundCredentials(
                new SdkCredentials(profile.GetAWSCredentials(files), section.Name, _clock), $"profile {section.Name} ({process}{section.Path})");
        }
        catch (Exception e) when (e is AmazonClientException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            throw CredentialErrors.ProfileIncomplete(section.Name, AwsErrors.Clean(e.Message));
        }
    }

    private FoundCredentials FromRole(ProfileFiles files, ProfileSection section, string role, IReadOnlyList<string> before)
    {
        if (section["mfa_serial"] is { } device)
        {
            throw CredentialErrors.ProfileIncomplete(
                section.Name, $"its role needs a code of {device}, which nobody is asked for here; put credentials that were got with the code into the environment");
        }

        var wanted = new RoleWanted
        {
            Arn = role,
            SessionName = section["role_session_name"],
            ExternalId = section["external_id"],
            DurationSeconds = int.TryParse(section["duration_seconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
            TokenFile = section["web_identity_token_file"],
        };
        var what = $"profile {section.Name} (role {role}";
        if (wanted.TokenFile is not null)
        {
            return new FoundCredentials(new AssumedRoleCredentials(wanted, null, Sts(null), _clock), $"{what}, web identity)");
        }

        FoundCredentials source;
        string from;
        if (section["source_profile"] is { } name)
        {
            (source, from) = (FromProfile(files, name, before), $"source profile {name}");
        }
        else
        {
            from = section["credential_source"] ?? throw CredentialErrors.ProfileIncomplete(section.Name, "it has a role_arn, and neither source_profile nor credential_source");
            source = from switch
            {
                "Environment" => FromEnvironment(),
                "Ec2InstanceMetadata" => Sdk(() => new InstanceProfileAWSCredentials(), from),
                "EcsContainer" => Sdk(() => new GenericContainerCredentials(), from),
                _ => throw CredentialErrors.ProfileIncomplete(section.Name, $"its credential_source '{from}' is none of Environment, Ec2InstanceMetadata, EcsContainer"),
            };
        }

        return new FoundCredentials(new AssumedRoleCredentials(wanted, source.Credentials, Sts(source.Credentials), _clock), $"{what}, {from})");
    }

    private FoundCredentials FromEnvironment() => Sdk(() => new EnvironmentVariablesAWSCredentials(), "environment");

    private FoundCredentials Sdk(Func<AWSCredentials> make, string source)
    {
        try
        {
            return new FoundCredentials(new SdkCredentials(make(), null, _clock), source);
        }
        catch (Exception failure) when (failure is AmazonClientException or AmazonServiceException or InvalidOperationException or ArgumentException)
        {
            throw CredentialErrors.SourceNotUsable(source, failure);
        }
    }

    private async Task<FoundCredentials> OfThisMachineAsync(CancellationToken cancellationToken)
    {
        if (string.Equals(Setting("AWS_EC2_METADATA_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
        {
            throw CredentialErrors.NotFound(null);
        }

        try
        {
            // Without the thread of the pool the look for a role would hold up the caller.
            var found = await Task.Run(() => new InstanceProfileAWSCredentials(), cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            return new FoundCredentials(new SdkCredentials(found, null, _clock), $"role of this machine ({found.Role})");
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or InvalidOperationException or IOException or HttpRequestException)
        {
            throw CredentialErrors.NotFound(e);
        }
    }

    private StsClient Sts(AWSCredentials? credentials) => setup.CreateSts(credentials ?? new AnonymousAWSCredentials(), region);
}
