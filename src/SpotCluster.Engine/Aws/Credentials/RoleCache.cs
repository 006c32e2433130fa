using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>
/// Credentials of roles that were taken with a code, where the AWS CLI keeps them too: one code does for both, until they
/// end. A home folder that cannot be written to only means that the next process asks again.
/// </summary>
internal static class RoleCache
{
    private static string Folder => Path.Combine(ProfileFiles.Folder, "cli", "cache");

    /// <summary>Where the AWS CLI keeps them: the SHA-1 of what it asks STS for.</summary>
    public static string PathOf(RoleWanted role)
    {
        // As Python writes it: sorted, a blank after each comma and colon, ASCII only.
        (string Name, object? Value)[] asked =
        [
            ("DurationSeconds", role.DurationSeconds), ("ExternalId", role.ExternalId), ("RoleArn", role.Arn), ("RoleSessionName", role.SessionName), ("SerialNumber", role.MfaDevice),
        ];
        var text = "{" + string.Join(", ", asked.Where(item => item.Value is not null).Select(item => $"\"{item.Name}\": {Write(item.Value!)}")) + "}";
#pragma warning disable CA5350 // The name of a file, as the AWS CLI chooses it: nothing is protected by it.
        var hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
        return Path.Combine(Folder, Convert.ToHexString(hash).ToLowerInvariant() + ".json");
    }

    /// <summary>The credentials and their end; null when there are none that last.</summary>
    public static (ImmutableCredentials Credentials, DateTimeOffset? End)? Read(RoleWanted role, DateTimeOffset now)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(File.ReadAllText(PathOf(role)))) { DateParseHandling = DateParseHandling.None };
            var kept = JObject.Load(reader)["Credentials"];
            return (string?)kept?["AccessKeyId"] is { Length: > 0 } key
                && (string?)kept["SecretAccessKey"] is { Length: > 0 } secret
                && (string?)kept["SessionToken"] is { Length: > 0 } token
                && DateTimeOffset.TryParse((string?)kept["Expiration"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
                && end - now > FetchedCredentials.Margin
                ? (new ImmutableCredentials(key, SecretText.Hide(secret), SecretText.Hide(token)), end)
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException or InvalidCastException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Keeps them, where that can be done.</summary>
    public static void Write(RoleWanted role, ImmutableCredentials credentials, DateTimeOffset? end)
    {
        var json = new JObject
        {
            ["Credentials"] = new JObject
            {
                ["AccessKeyId"] = credentials.AccessKey,
                ["SecretAccessKey"] = credentials.SecretKey,
                ["SessionToken"] = credentials.Token,
                ["Expiration"] = end?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture),
            },
            ["ProviderType"] = "assume-role",
        };
        try
        {
            var path = PathOf(role);
            PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
            PrivateFile.Write(path, json.ToString(Formatting.None));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // They hold for this process.
        }
    }

    private static string Write(object value) => value is int number
        ? number.ToString(CultureInfo.InvariantCulture)
        : JsonConvert.ToString((string)value, '"', StringEscapeHandling.EscapeNonAscii);
}

/// <summary>The code of a device, which serves once.</summary>
internal sealed class MfaAnswer(string? code)
{
    private string? _code = code;

    /// <summary>True while there is a code that was not used.</summary>
    public bool IsThere => Volatile.Read(ref _code) is not null;

    /// <summary>True when the last code was refused: whoever asks again without another one is told so.</summary>
    public bool WasRefused { get; set; }

    public void Give(string code) => Volatile.Write(ref _code, code);

    public string? Take() => Interlocked.Exchange(ref _code, null);
}
