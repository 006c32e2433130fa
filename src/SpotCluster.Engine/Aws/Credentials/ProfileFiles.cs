using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Amazon;
using Amazon.Runtime.CredentialManagement;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>One section of the AWS files.</summary>
/// <param name="Name">Name without <c>profile</c> or <c>sso-session</c>.</param>
/// <param name="Path">The file that gave the credentials, or the only one that names it.</param>
/// <param name="Values">The settings, by lower-case key.</param>
internal sealed record ProfileSection(string Name, string Path, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>A setting; null when it is absent or empty.</summary>
    public string? this[string key] => Values.TryGetValue(key, out var value) && value.Length > 0 ? value : null;
}

/// <summary>
/// The AWS config and credentials files as they are now. The AWS SDK looks once per process where they are; this looks at
/// each reading, so that a change of <c>AWS_CONFIG_FILE</c> or <c>AWS_SHARED_CREDENTIALS_FILE</c> in a session counts.
/// </summary>
internal sealed class ProfileFiles : ICredentialProfileSource
{
    /// <summary>The profile that is used when none is named.</summary>
    public const string DefaultName = "default";

    private static readonly Regex Header = new(@"^\[\s*(?:(?<kind>profile|sso-session|services)\s+)?[""']?(?<name>[^\]]*?)[""']?\s*\]", RegexOptions.CultureInvariant);

    private readonly Dictionary<string, ProfileSection> _profiles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProfileSection> _sessions = new(StringComparer.Ordinal);

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
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/> for a file that is there and cannot be read.</exception>
    public static ProfileFiles Read()
    {
        var paths = Paths();
        var files = new ProfileFiles(paths[0], paths[1]);
        files.Add(files.ConfigPath, isConfig: true);
        files.Add(files.CredentialsPath, isConfig: false);
        return files;
    }

    /// <summary>Full paths of the config and the credentials file as the environment is now.</summary>
    public static IReadOnlyList<string> Paths() => [PathOf("AWS_CONFIG_FILE", "config"), PathOf("AWS_SHARED_CREDENTIALS_FILE", "credentials")];

    /// <summary>A profile; null when neither file has it.</summary>
    public ProfileSection? Find(string name) => _profiles.TryGetValue(name, out var section) ? section : null;

    /// <summary>An SSO session; null when the config file has none of that name.</summary>
    public ProfileSection? FindSsoSession(string name) => _sessions.TryGetValue(name, out var section) ? section : null;

    /// <summary>A profile as the AWS SDK takes it.</summary>
    public bool TryGetProfile(string profileName, out CredentialProfile profile)
    {
        var section = Find(profileName);
        profile = section is null ? null! : new CredentialProfile(section.Name, new CredentialProfileOptions
        {
            AccessKey = section["aws_access_key_id"],
            SecretKey = section["aws_secret_access_key"],
            Token = section["aws_session_token"],
            CredentialProcess = section["credential_process"],
        })
        {
            Region = section["region"] is { } region ? RegionEndpoint.GetBySystemName(region) : null,
        };
        return section is not null;
    }

    private static string PathOf(string variable, string name)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } path)
        {
            return Path.Combine(Folder, name);
        }

        return path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Home, path.Substring(1).TrimStart('/')) : Path.GetFullPath(path);
    }

    private void Add(string path, bool isConfig)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidData, $"{path} cannot be read: {failure.Message}")
            {
                Target = path,
                RecommendedAction = "Check the access rights of the file, and AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE.",
            };
        }

        Dictionary<string, string>? values = null;
        foreach (var line in lines)
        {
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (Header.Match(line) is { Success: true } header)
            {
                values = Open(header.Groups["kind"].Value, header.Groups["name"].Value, path, isConfig);
            }
            else if (values is not null && !char.IsWhiteSpace(line[0]) && line.IndexOf('=') is > 0 and var at)
            {
                // An indented line is part of a table (s3 =, services), which holds nothing about credentials.
                var value = Regex.Replace(line.Substring(at + 1), @"\s[#;].*$", "", RegexOptions.CultureInvariant).Trim();
                values[line.Substring(0, at).Trim().ToLowerInvariant()] = value;
            }
        }
    }

    // A config file says [profile x], but [default]; the credentials file says [x]. Null for a section that is not ours.
    private Dictionary<string, string>? Open(string kind, string name, string path, bool isConfig)
    {
        if (kind == "sso-session" && isConfig)
        {
            return Open(_sessions, name, path);
        }

        var isProfile = isConfig ? kind == "profile" || (kind.Length == 0 && name == DefaultName) : kind.Length == 0;
        return isProfile ? Open(_profiles, name, path) : null;
    }

    private static Dictionary<string, string> Open(Dictionary<string, ProfileSection> sections, string name, string path)
    {
        var values = sections.TryGetValue(name, out var before) ? (Dictionary<string, string>)before.Values : new Dictionary<string, string>(StringComparer.Ordinal);
        sections[name] = new ProfileSection(name, path, values);
        return values;
    }
}
