using Amazon.SSOOIDC;
using Amazon.SSOOIDC.Model;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>Tokens of SSO sessions: those of the cache, renewed without a person where that is possible.</summary>
internal sealed class SsoTokens(AwsClientSetup setup, SsoTokenCache cache) : IDisposable
{
    /// <summary>A token is renewed this long before its end, so that nothing that begins now fails in the middle.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, SsoToken> _unsaved = new(StringComparer.Ordinal);

    /// <summary>The files.</summary>
    public SsoTokenCache Cache => cache;

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private DateTimeOffset Now => setup.Calls.Clock.GetUtcNow();

    /// <summary>A token that can be used now.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="refused">A token that the portal has refused, and that is no use whatever its end says; null for none.</param>
    /// <param name="cancellationToken">Stops the renewal.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.SsoSessionExpired"/> when a person must sign in.</exception>
    public async Task<SsoToken> GetAsync(SsoProfile profile, SsoToken? refused, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var token = _unsaved.GetValueOrDefault(profile.CacheKey) ?? cache.ReadToken(profile) ?? throw CredentialErrors.SsoNotSignedIn(profile, cache.PathOf(profile), null);
            if (token.ExpiresAt - Now > Margin && token.AccessToken != refused?.AccessToken)
            {
                return token;
            }

            return await RefreshAsync(profile, token, cancellationToken).ConfigureAwait(false)
                ?? (token.ExpiresAt > Now && token.AccessToken != refused?.AccessToken
                    ? token
                    : throw CredentialErrors.SsoNotSignedIn(profile, cache.PathOf(profile), token.ExpiresAt));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A new token for the refresh token of an old one; null when that is not possible, and a person must sign in.</summary>
    public async Task<SsoToken?> RefreshAsync(SsoProfile profile, SsoToken old, CancellationToken cancellationToken)
    {
        if (old is not { RefreshToken: { } refresh, Client: { } client } || client.ExpiresAt <= Now)
        {
            return null;
        }

        using var oidc = new SsoOidcClient(setup, profile.Region);
        var request = new CreateTokenRequest
        {
            ClientId = client.ClientId,
            ClientSecret = client.ClientSecret,
            GrantType = "refresh_token",
            RefreshToken = refresh,
        };
        try
        {
            var answer = await oidc.CreateTokenAsync(request, cancellationToken).ConfigureAwait(false);
            return KeepIfWritable(profile, client, answer, refresh);
        }
        catch (AmazonSSOOIDCException e) when (CallFailures.Classify(e, stopped: false) is CallFailure.Refused)
        {
            // Another program may have used the refresh token a moment ago; then its new token is in the file.
            return cache.ReadToken(profile) is { } other && other.AccessToken != old.AccessToken && other.ExpiresAt - Now > Margin ? other : null;
        }
        catch (Exception e) when (SsoFailures.IsOfCall(e, cancellationToken))
        {
            throw oidc.Explain(request, e);
        }
    }

    // In a home folder that is read-only the new token serves this session; the old file stays.
    private SsoToken KeepIfWritable(SsoProfile profile, SsoClientRegistration client, CreateTokenResponse answer, string refresh)
    {
        var token = ToToken(client, answer, refresh);
        try
        {
            cache.WriteToken(profile, token);
            _unsaved.Remove(profile.CacheKey);
        }
        catch (SpotException failure) when (failure.ErrorId == SpotErrorIds.LocalFileFailed)
        {
            _unsaved[profile.CacheKey] = token;
        }

        return token;
    }

    /// <summary>Writes what the service gave into the cache.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="client">The client that it was given to.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="refresh">The refresh token that stays when the answer has no new one; null for none.</param>
    public SsoToken Keep(SsoProfile profile, SsoClientRegistration client, CreateTokenResponse answer, string? refresh)
    {
        var token = ToToken(client, answer, refresh);
        cache.WriteToken(profile, token);
        _unsaved.Remove(profile.CacheKey);
        return token;
    }

    private SsoToken ToToken(SsoClientRegistration client, CreateTokenResponse answer, string? refresh)
    {
        var token = new SsoToken
        {
            AccessToken = answer.AccessToken,
            ExpiresAt = Now + TimeSpan.FromSeconds(answer.ExpiresIn ?? 0),
            RefreshToken = string.IsNullOrEmpty(answer.RefreshToken) ? refresh : answer.RefreshToken,
            Client = client,
        };
        SecretText.Hide(token.AccessToken);
        SecretText.Hide(token.RefreshToken);
        return token;
    }
}
