using SpotCluster.Engine.Aws.Runtime;
namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>How a profile signs in by SSO.</summary>
internal sealed record SsoProfile
{
    /// <summary>What may be asked for when the session does not say.</summary>
    private const string DefaultScope = "sso:account:access";

    /// <summary>The profile; for a session that was named itself, the session.</summary>
    public required string ProfileName { get; init; }

    /// <summary>The <c>sso-session</c>; null for a legacy profile, which has its own start URL and no refresh.</summary>
    public string? SessionName { get; init; }

    /// <summary>The portal of the organization.</summary>
    public required string StartUrl { get; init; }

    /// <summary>The region of the portal, which is not that of the work.</summary>
    public required string Region { get; init; }

    /// <summary>What is asked for; empty for a legacy profile.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The account whose role is taken; null when the profile names none.</summary>
    public string? AccountId { get; init; }

    /// <summary>The role; null when the profile names none.</summary>
    public string? RoleName { get; init; }

    /// <summary>The file's name in the cache is a hash of this: the name of the session, or the start URL.</summary>
    public string CacheKey => SessionName ?? StartUrl;

    /// <summary>True when the profile signs in by SSO.</summary>
    public static bool IsSso(ProfileSection section) => section["sso_session"] is not null || section["sso_start_url"] is not null;

    /// <summary>The SSO settings of a profile; null when it has none.</summary>
    /// <exception cref="Model.SpotException">For settings that are not complete.</exception>
    public static SsoProfile? Find(ProfileFiles files, ProfileSection section)
    {
        if (!IsSso(section))
        {
            return null;
        }

        if (section["sso_session"] is not { } name)
        {
            return Read(section.Name, null, section) with { AccountId = section["sso_account_id"], RoleName = section["sso_role_name"] };
        }

        var session = files.FindSsoSession(name)
            ?? throw CredentialErrors.ProfileIncomplete(section.Name, $"the section [sso-session {name}] does not exist in {files.ConfigPath}");
        return Read(section.Name, name, session) with { AccountId = section["sso_account_id"], RoleName = section["sso_role_name"] };
    }

    /// <summary>The settings of a session that was named itself; null when there is none.</summary>
    public static SsoProfile? FindSession(ProfileFiles files, string name) =>
        files.FindSsoSession(name) is { } section ? Read(name, name, section) : null;

    /// <summary>The same, when it names a role too.</summary>
    /// <exception cref="Model.SpotException">When it does not.</exception>
    public SsoProfile RequireRole() => AccountId is not null && RoleName is not null
        ? this
        : throw CredentialErrors.ProfileIncomplete(ProfileName, "sso_account_id or sso_role_name is missing; run aws configure sso to set them");

    private static SsoProfile Read(string profile, string? session, ProfileSection section)
    {
        var start = section["sso_start_url"];
        var region = section["sso_region"];
        if (start is null || region is null)
        {
            throw CredentialErrors.ProfileIncomplete(
                profile, $"{(start is null ? "sso_start_url" : "sso_region")} is missing in [{(session is null ? "" : "sso-session ")}{section.Name}] of {section.Path}");
        }

        return new SsoProfile
        {
            ProfileName = profile,
            SessionName = session,
            StartUrl = start,
            Region = region,
            Scopes = session is null
                ? []
                : [.. (section["sso_registration_scopes"] ?? DefaultScope).Split(',').Select(scope => scope.Trim()).Where(scope => scope.Length > 0)],
        };
    }
}
