using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>A token of an SSO session. Its text is secret but for the times.</summary>
internal sealed class SsoToken
{
    public string AccessToken { get; init; } = "";

    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Gets a new access token without a person; null when there is none.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>The client that it was given to; null when the file does not say.</summary>
    public SsoClientRegistration? Client { get; init; }
}

/// <summary>What the service gave us when we registered as a client.</summary>
internal sealed class SsoClientRegistration
{
    public string ClientId { get; init; } = "";

    public string ClientSecret { get; init; } = "";

    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>Where the files of the cache are kept.</summary>
internal interface ISsoCacheFiles
{
    /// <summary>Where a file lies, for people.</summary>
    string PathOf(string name);

    /// <summary>The text; null when there is no such file or it cannot be read.</summary>
    string? Read(string name);

    /// <summary>Replaces a file in one step.</summary>
    void Write(string name, string text);

    /// <summary>Removes a file, if it is there.</summary>
    void Delete(string name);
}

/// <summary>The folder that all AWS tools share: <c>~/.aws/sso/cache</c>. Files are readable for their owner only.</summary>
internal sealed class SsoCacheFolder : ISsoCacheFiles
{
    private static string Folder => Path.Combine(ProfileFiles.Folder, "sso", "cache");

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string? Read(string name)
    {
        try
        {
            return File.ReadAllText(PathOf(name));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(string name, string text)
    {
        PrivateFile.CreateFolder(Folder);
        PrivateFile.Write(PathOf(name), text);
    }

    public void Delete(string name)
    {
        if (File.Exists(PathOf(name)))
        {
            File.Delete(PathOf(name));
        }
    }
}

/// <summary>The cache of a session on the simulator: the tokens of the user stay as they are.</summary>
internal sealed class SsoCacheMemory : ISsoCacheFiles
{
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    public string PathOf(string name) => "simulator:" + name;

    public string? Read(string name)
    {
        lock (_files)
        {
            return _files.TryGetValue(name, out var text) ? text : null;
        }
    }

    public void Write(string name, string text)
    {
        lock (_files)
        {
            _files[name] = text;
        }
    }

    public void Delete(string name)
    {
        lock (_files)
        {
            _files.Remove(name);
        }
    }
}

/// <summary>Reads and writes tokens in the form of the AWS CLI, and our registration as a client beside them.</summary>
/// <remarks>By hand: the cache of the SDK is internal to its SSO credentials; this one is shared with the AWS CLI, refresh included, and testable without a disk.</remarks>
internal sealed class SsoTokenCache(ISsoCacheFiles files)
{
    private static readonly string[] SecretNames = ["accessToken", "refreshToken", "clientSecret"];

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>Where the token of a profile lies.</summary>
    public string PathOf(SsoProfile profile) => files.PathOf(TokenFile(profile));

    /// <summary>The token of a profile; null when there is none, or the file is not to be understood.</summary>
    public SsoToken? ReadToken(SsoProfile profile)
    {
        if (Parse(files.Read(TokenFile(profile))) is not { } json || Text(json, "accessToken") is not { } access || Time(json, "expiresAt") is not { } end)
        {
            return null;
        }

        return new SsoToken { AccessToken = access, ExpiresAt = end, RefreshToken = Text(json, "refreshToken"), Client = ReadClient(json) };
    }

    /// <summary>Writes a token so that every AWS tool finds it.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>: the file that was there is there still.</exception>
    public void WriteToken(SsoProfile profile, SsoToken token)
    {
        var json = new JObject
        {
            ["startUrl"] = profile.StartUrl,
            ["region"] = profile.Region,
            ["accessToken"] = token.AccessToken,
            ["expiresAt"] = Text(token.ExpiresAt),
        };
        if (token.Client is { } client)
        {
            json["clientId"] = client.ClientId;
            json["clientSecret"] = client.ClientSecret;
            json["registrationExpiresAt"] = Text(client.ExpiresAt);
        }

        if (token.RefreshToken is not null)
        {
            json["refreshToken"] = token.RefreshToken;
        }

        Write(TokenFile(profile), json);
    }

    /// <summary>Our registration for the sessions of this kind; null when there is none.</summary>
    public SsoClientRegistration? ReadRegistration(SsoProfile profile) =>
        Parse(files.Read(RegistrationFile(profile))) is { } json ? ReadClient(json) : null;

    /// <summary>Keeps our registration.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>.</exception>
    public void WriteRegistration(SsoProfile profile, SsoClientRegistration client) =>
        Write(RegistrationFile(profile), new JObject
        {
            ["clientId"] = client.ClientId,
            ["clientSecret"] = client.ClientSecret,
            ["registrationExpiresAt"] = Text(client.ExpiresAt),
        });

    /// <summary>Forgets our registration, because the service does not know it any more.</summary>
    public void DeleteRegistration(SsoProfile profile) => files.Delete(RegistrationFile(profile));

    private void Write(string name, JObject json)
    {
        try
        {
            files.Write(name, json.ToString(Formatting.None));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"Cannot write {files.PathOf(name)}: {failure.Message}", failure)
            {
                Target = files.PathOf(name),
                RecommendedAction = "Free disk space or grant write permission to that folder, and sign in again.",
            };
        }
    }

    private static string TokenFile(SsoProfile profile) => Hash(profile.CacheKey) + ".json";

    // A client of another tool may be registered for another way to sign in, so ours has a file of its own.
    private static string RegistrationFile(SsoProfile profile) =>
        $"spotcluster-client-{Hash(string.Join("\n", profile.Region, profile.StartUrl, string.Join(",", profile.Scopes)))}.json";

    private static string Hash(string text)
    {
        // SHA-1 is how the AWS CLI names these files; nothing is protected by it.
#pragma warning disable CA5350, CA1850
        using var sha = SHA1.Create();
#pragma warning restore CA5350
        return string.Concat(sha.ComputeHash(Encoding.UTF8.GetBytes(text)).Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
#pragma warning restore CA1850
    }

    private static SsoClientRegistration? ReadClient(JObject json) =>
        Text(json, "clientId") is { } id && Text(json, "clientSecret") is { } secret && Time(json, "registrationExpiresAt") is { } end
            ? new SsoClientRegistration { ClientId = id, ClientSecret = secret, ExpiresAt = end }
            : null;

    private static JObject? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            var json = JToken.ReadFrom(reader) as JObject;
            foreach (var name in json is null ? [] : SecretNames)
            {
                SecretText.Hide(Text(json!, name));
            }

            return json;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JObject json, string name) =>
        json[name] is JValue { Type: JTokenType.String, Value: string { Length: > 0 } value } ? value : null;

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    // Old versions of the AWS CLI wrote 2020-01-01T00:00:00UTC.
    private static DateTimeOffset? Time(JObject json, string name) =>
        Text(json, name) is { } text
        && DateTimeOffset.TryParse(
            text.EndsWith("UTC", StringComparison.Ordinal) ? text.Replace("UTC", "Z", StringComparison.Ordinal) : text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time)
            ? time.ToUniversalTime()
            : null;
}
