using System.Globalization;
using Amazon.Runtime;
using SpotCluster.Engine.Aws.Runtime;
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
/// <param name="mfa">The code for a role that needs one.</param>
/// <remarks>By hand: the SDK's chain has another order than the AWS CLI, names no source to the user, and takes no clock.</remarks>
internal sealed class CredentialChain(AwsClientSetup setup, SsoTokens tokens, string region, MfaAnswer mfa)
{
    private readonly TimeProvider _clock = setup.Calls.Clock;

    /// <summary>Finds them. Throws <see cref="SpotException"/> with the command that puts it right.</summary>
    /// <param name="profileName">The profile that was named; null for none.</param>
    /// <param name="cancellationToken">Stops the look for the role of this machine.</param>
    public async Task<FoundCredentials> FindAsync(string? profileName, CancellationToken cancellationToken)
    {
        var files = setup.Files;
        var hasKeys = Setting("AWS_ACCESS_KEY_ID") is not null;

        // As in every AWS tool, keys in the environment win over a profile that only the environment names.
        if ((profileName ?? (hasKeys ? null : setup.ProfileName)) is { } name)
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

    private static string? Setting(string name) => AwsClientSetup.Variable(name);

    private static bool HasCredentials(ProfileSection section) =>
        section["aws_access_key_id"] is not null || section["role_arn"] is not null || section["credential_process"] is not null
        || section["login_session"] is not null || SsoProfile.IsSso(section);

    private FoundCredentials FromProfile(ProfileFiles files, string name, IReadOnlyList<string> before)
    {
        var section = files.Find(name) ?? throw CredentialErrors.ProfileNotFound(name, files);
        if (before.Contains(name, StringComparer.Ordinal))
        {
            // A profile may take its own role with its own keys; anything else runs in a circle.
            return section["aws_access_key_id"] is not null && before[before.Count - 1] == name
                ? FromKeys(section)
                : throw CredentialErrors.ProfileIncomplete(name, $"its source_profile is circular ({string.Join(" -> ", before)} -> {name})");
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

        if (section["login_session"] is { } session)
        {
            return new FoundCredentials(new LoginCredentials(section.Name, session, _clock), $"profile {name} (aws login, {section.Path})");
        }

        if (section["aws_access_key_id"] is not null || section["credential_process"] is not null)
        {
            return FromKeys(section);
        }

        throw CredentialErrors.ProfileIncomplete(name, $"it has no key, role, SSO session or credential process in {section.Path}");
    }

    private FoundCredentials FromKeys(ProfileSection section)
    {
        if (section["aws_access_key_id"] is not { } key)
        {
            var process = new ProcessAWSCredentials(section["credential_process"]);
            return new FoundCredentials(new SdkCredentials(process, section.Name, _clock), $"profile {section.Name} (credential process, {section.Path})");
        }

        if (section["aws_secret_access_key"] is not { } secret)
        {
            throw CredentialErrors.ProfileIncomplete(section.Name, $"it has an aws_access_key_id but no aws_secret_access_key in {section.Path}");
        }

        foreach (var name in new[] { "aws_access_key_id", "aws_secret_access_key", "aws_security_token", "aws_session_token" })
        {
            CredentialErrors.RequireWord(section[name], $"{name} of the AWS profile {section.Name}", $"Correct it in {section.Path}.");
        }

        AWSCredentials keys = (section["aws_security_token"] ?? section["aws_session_token"]) is { } token
            ? new SessionAWSCredentials(key, secret, token)
            : new BasicAWSCredentials(key, secret);
        return new FoundCredentials(new SdkCredentials(keys, section.Name, _clock), $"profile {section.Name} ({section.Path})");
    }

    private FoundCredentials FromRole(ProfileFiles files, ProfileSection section, string role, IReadOnlyList<string> before)
    {
        var wanted = RoleOf(section, role) with { MfaCode = mfa };
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
            from = section["credential_source"] ?? throw CredentialErrors.ProfileIncomplete(section.Name, "it has a role_arn but neither source_profile nor credential_source");
            source = from switch
            {
                "Environment" => FromEnvironment(),
                "Ec2InstanceMetadata" => new FoundCredentials(new MachineRoleCredentials(new InstanceMetadata(null, _clock), _clock), from),
                "EcsContainer" => Sdk(() => new GenericContainerCredentials(), from),
                _ => throw CredentialErrors.ProfileIncomplete(section.Name, $"its credential_source '{from}' is not one of Environment, Ec2InstanceMetadata, EcsContainer"),
            };
        }

        return new FoundCredentials(new AssumedRoleCredentials(wanted, source.Credentials, Sts(source.Credentials), _clock), $"{what}, {from})");
    }

    /// <summary>The device whose code is needed before the first call, for a role that is not in the cache; null for none. Makes no call.</summary>
    public string? FindMfaDevice(string? profileName)
    {
        var name = profileName ?? (Setting("AWS_ACCESS_KEY_ID") is not null ? null
            : setup.ProfileName ?? (Setting("AWS_WEB_IDENTITY_TOKEN_FILE") is null ? ProfileFiles.DefaultName : null));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (name is not null && seen.Add(name) && setup.Files.Find(name) is { } section && section["role_arn"] is { } arn)
        {
            var role = RoleOf(section, arn);
            if (role.MfaDevice is not null)
            {
                return RoleCache.Read(role, _clock.GetUtcNow()) is null ? role.MfaDevice : null;
            }

            name = section["source_profile"];
        }

        return null;
    }

    private static RoleWanted RoleOf(ProfileSection section, string role) => new()
    {
        Arn = role,
        SessionName = section["role_session_name"],
        ExternalId = section["external_id"],
        DurationSeconds = int.TryParse(section["duration_seconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
        TokenFile = section["web_identity_token_file"],
        MfaDevice = section["mfa_serial"],
    };

    private FoundCredentials FromEnvironment()
    {
        foreach (var name in new[] { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN" })
        {
            CredentialErrors.RequireWord(Setting(name), name, $"Set {name} to one word without spaces and line breaks.");
        }

        return KeysOfEnvironment();
    }

    private FoundCredentials KeysOfEnvironment() => Sdk(() => new EnvironmentVariablesAWSCredentials(), "environment");

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
        var credentials = new MachineRoleCredentials(new InstanceMetadata(null, _clock), _clock);
        await credentials.FetchAsync(cancellationToken).ConfigureAwait(false);
        return new FoundCredentials(credentials, $"role of this instance ({credentials.Role})");
    }

    private StsClient Sts(AWSCredentials? credentials) => setup.CreateSts(credentials ?? new AnonymousAWSCredentials(), region);
}
