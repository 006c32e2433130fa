using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>The credentials that <c>aws login</c> has put into its cache. Only the AWS CLI can renew them, since they are bound to a key of its own.</summary>
/// <param name="profile">The profile.</param>
/// <param name="session">Its setting <c>login_session</c>.</param>
/// <param name="clock">The clock of expiry.</param>
internal sealed class LoginCredentials(string profile, string session, TimeProvider clock) : FetchedCredentials(clock)
{
    private readonly TimeProvider _clock = clock;

    /// <summary>The file that the AWS CLI keeps for this session.</summary>
    public string CachePath { get; } = Path.Combine(
        AwsClientSetup.Variable("AWS_LOGIN_CACHE_DIRECTORY") ?? Path.Combine(ProfileFiles.Folder, "login", "cache"),
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(session))).ToLowerInvariant() + ".json");

    /// <inheritdoc/>
    protected override async Task<(ImmutableCredentials Credentials, DateTimeOffset? End)> LoadAsync(CancellationToken cancellationToken)
    {
        var token = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (token?["accessKeyId"]?.ToString() is not { Length: > 0 } key || token["secretAccessKey"]?.ToString() is not { Length: > 0 } secret
            || !DateTimeOffset.TryParse(token["expiresAt"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end))
        {
            throw CredentialErrors.NotLoggedIn(profile, CachePath, null);
        }

        return end > _clock.GetUtcNow()
            ? (new ImmutableCredentials(key, secret, token["sessionToken"]?.ToString()), end)
            : throw CredentialErrors.NotLoggedIn(profile, CachePath, end);
    }

    private async Task<JToken?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(await File.ReadAllTextAsync(CachePath, cancellationToken).ConfigureAwait(false))) { DateParseHandling = DateParseHandling.None };
            return (JToken.ReadFrom(reader) as JObject)?["accessToken"] as JObject;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
