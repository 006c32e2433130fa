using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>One section of the AWS files.</summary>
/// <param name="Name">Name without <c>profile</c>, <c>sso-session</c> or <c>services</c>.</param>
/// <param name="Path">The file that gave the credentials, or the only one that names it.</param>
/// <param name="Values">The settings, by lower-case key.</param>
internal sealed record ProfileSection(string Name, string Path, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>A setting; null when it is absent or empty.</summary>
    public string? this[string key] => Values.TryGetValue(key, out var value) && value.Length > 0 ? value : null;
}

/// <summary>
/// The AWS config and credentials files as they are now, as the AWS CLI reads them. This is the only reading: the AWS SDK
/// has its own, with other rules, and is never asked for anything in these files.
/// </summary>
internal sealed class ProfileFiles
{
    /// <summary>The profile that is used when none is named.</summary>
    public const string DefaultName = "default";

    private readonly Dictionary<string, ProfileSection> _profiles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProfileSection> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProfileSection> _services = new(StringComparer.Ordinal);

    private ProfileFiles(string configPath, string credentialsPath)
    {
        ConfigPath = configPath;
        CredentialsPath = credentialsPath;
    }

    /// <summary>Full path of the config file, which need not be there.</summary>
    public string ConfigPath { get; }

    /// <summary>Full path of the credentials file, which need not be there.</summary>
    public string CredentialsPath { get; }

    /// <summary>Names of the profiles, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _profiles.Keys.OrderBy(name => name, StringComparer.Ordinal)];

    /// <summary>The folder <c>.aws</c> of the user.</summary>
    public static string Folder => Path.Combine(Home, ".aws");

    private static string Home =>
        !RuntimeInformation.IsOSPlatform(OSPlatform.Windows) && Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home
            ? home
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>Reads both files. A file that is not there is empty.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/> for a file that cannot be read or parsed.</exception>
    public static ProfileFiles Read()
    {
        var paths = Paths();
        var files = new ProfileFiles(paths[0], paths[1]);
        foreach (var (name, values) in AwsIniFile.Read(files.ConfigPath))
        {
            files.AddOfConfig(name, values);
        }

        foreach (var (name, values) in AwsIniFile.Read(files.CredentialsPath))
        {
            files.AddOfCredentials(name, values);
        }

        return files;
    }

    /// <summary>Full paths of the config and the credentials file as the environment is now.</summary>
    public static IReadOnlyList<string> Paths() => [PathOf("AWS_CONFIG_FILE", "config"), PathOf("AWS_SHARED_CREDENTIALS_FILE", "credentials")];

    /// <summary>A profile; null when neither file has it.</summary>
    public ProfileSection? Find(string name) => _profiles.TryGetValue(name, out var section) ? section : null;

    /// <summary>An SSO session; null when the config file has none of that name.</summary>
    public ProfileSection? FindSsoSession(string name) => _sessions.TryGetValue(name, out var section) ? section : null;

    /// <summary>The endpoint that a profile sets for a service, or for all of them; null for none.</summary>
    /// <param name="profileName">The profile.</param>
    /// <param name="serviceId">AWS's id of the service, for example <c>Pricing</c>.</param>
    public string? FindEndpoint(string profileName, string serviceId)
    {
        if (Find(profileName) is not { } profile)
        {
            return null;
        }

        IReadOnlyDictionary<string, string>? own = null;
        if (profile["services"] is { } name)
        {
            own = _services.TryGetValue(name, out var services)
                ? AwsIniFile.Table(services[serviceId.Replace(' ', '_').ToLowerInvariant()])
                : throw new SpotException(
                    SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidData, $"The AWS profile {profileName} specifies services = {name}, but {ConfigPath} has no [services {name}].")
                {
                    Target = ConfigPath,
                    RecommendedAction = $"Add [services {name}] to {ConfigPath}, or remove the setting services of the profile.",
                };
        }

        return own is not null && own.TryGetValue("endpoint_url", out var url) && url.Length > 0 ? url : profile["endpoint_url"];
    }

    private static string PathOf(string variable, string name)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } path)
        {
            return Path.Combine(Folder, name);
        }

        path = Regex.Replace(
            path,
            @"\$(?:(?<name>\w+)|\{(?<name>[^}]*)\})",
            match => Environment.GetEnvironmentVariable(match.Groups["name"].Value) ?? match.Value,
            RegexOptions.CultureInvariant);
        return path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Home, path.Substring(1).TrimStart('/')) : Path.GetFullPath(path);
    }

    // A config file says [profile x], but [default].
    private void AddOfConfig(string name, IReadOnlyDictionary<string, string> values)
    {
        if (name == DefaultName)
        {
            _profiles[name] = new ProfileSection(name, ConfigPath, values);
            return;
        }

        var sections = name.StartsWith("profile", StringComparison.Ordinal) ? _profiles
            : name.StartsWith("sso-session", StringComparison.Ordinal) ? _sessions
            : name.StartsWith("services", StringComparison.Ordinal) ? _services
            : null;
        if (sections is not null && AwsIniFile.Words(name) is { Count: 2 } words)
        {
            sections[words[1]] = new ProfileSection(words[1], ConfigPath, values);
        }
    }

    // The credentials file says [x], and wins.
    private void AddOfCredentials(string name, IReadOnlyDictionary<string, string> values)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in (Find(name)?.Values ?? all).Concat(values))
        {
            all[pair.Key] = pair.Value;
        }

        _profiles[name] = new ProfileSection(name, CredentialsPath, all);
    }
}
