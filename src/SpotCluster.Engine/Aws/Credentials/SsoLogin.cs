using System.Globalization;
using Amazon.SSO.Model;
using Amazon.SSOOIDC.Model;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>Signs in to an SSO session by the device authorization flow.</summary>
/// <remarks>By hand: the SDK signs in only as part of its SSO credentials, which read the profile files by other rules and wait on the real clock.</remarks>
internal sealed class SsoLogin(AwsClientSetup setup, SsoTokens tokens)
{
    private const string ClientName = "spotcluster";
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    /// <summary>The service asks for this much more when it is asked too often (RFC 8628, 3.5).</summary>
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(5);

    /// <summary>A session that ends sooner is begun anew.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromMinutes(15);

    private DateTimeOffset Now => setup.Calls.Clock.GetUtcNow();

    /// <summary>
    /// Signs in. Without a person where that is possible: a session that is good stays, an old one is renewed by its
    /// refresh token.
    /// </summary>
    public async Task<SpotSsoSession> RunAsync(SsoLoginRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        var profile = FindProfile(request);
        if (!request.IsForced && tokens.Cache.ReadToken(profile) is { } old)
        {
            if (old.ExpiresAt - Now > Enough && await IsAcceptedAsync(profile, old, cancellationToken).ConfigureAwait(false))
            {
                host.Verbose($"The SSO token in {tokens.Cache.PathOf(profile)} is still valid.");
                return Describe(profile, old, SpotSsoOutcome.StillSignedIn);
            }

            if (await tokens.RefreshAsync(profile, old, cancellationToken).ConfigureAwait(false) is { } renewed)
            {
                host.Verbose($"The SSO token in {tokens.Cache.PathOf(profile)} was renewed with its refresh token.");
                return Describe(profile, renewed, SpotSsoOutcome.Renewed);
            }
        }

        using var oidc = new SsoOidcClient(setup, profile.Region);
        var (client, device) = await StartAsync(oidc, profile, host, cancellationToken).ConfigureAwait(false);
        var code = new SsoDeviceCode(
            profile.CacheKey,
            Address(device.VerificationUri, profile),
            Address(device.VerificationUriComplete ?? device.VerificationUri, profile),
            device.UserCode,
            Now + TimeSpan.FromSeconds(device.ExpiresIn ?? 600));
        request.Show(code);
        var token = await WaitAsync(oidc, profile, client, device, code, host, cancellationToken).ConfigureAwait(false);
        return Describe(profile, token, SpotSsoOutcome.SignedIn);
    }

    private SsoProfile FindProfile(SsoLoginRequest request)
    {
        var files = setup.Files;
        if (request.SessionName is { } session)
        {
            return SsoProfile.FindSession(files, session) ?? throw new SpotException(
                SpotErrorIds.ProfileNotFound, SpotErrorCategory.NotFound, $"The section [sso-session {session}] does not exist in {files.ConfigPath}.")
            {
                Target = session,
                RecommendedAction = "Run aws configure sso-session to create it.",
            };
        }

        var name = setup.ProfileName ?? AwsClientSetup.Variable("AWS_DEFAULT_PROFILE") ?? AwsClientSetup.Variable("AWS_PROFILE") ?? ProfileFiles.DefaultName;
        if (files.Find(name) is { } section)
        {
            return SsoProfile.Find(files, section) ?? throw CredentialErrors.SsoNotConfigured(name, files);
        }

        throw setup.ProfileName is null ? CredentialErrors.SsoNotConfigured(name, files) : CredentialErrors.ProfileNotFound(name, files);
    }

    // The file may hold a token that somebody has ended: the portal knows.
    private async Task<bool> IsAcceptedAsync(SsoProfile profile, SsoToken token, CancellationToken cancellationToken)
    {
        using var portal = new SsoPortalClient(setup, profile.Region);
        var request = new ListAccountsRequest { AccessToken = token.AccessToken, MaxResults = 1 };
        try
        {
            await portal.ListAccountsAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (UnauthorizedException)
        {
            return false;
        }
        catch (Exception e) when (SsoFailures.IsOfCall(e, cancellationToken))
        {
            throw portal.Explain(request, e);
        }
    }

    private async Task<(SsoClientRegistration Client, StartDeviceAuthorizationResponse Device)> StartAsync(
        SsoOidcClient oidc, SsoProfile profile, IOperationHost host, CancellationToken cancellationToken)
    {
        if (tokens.Cache.ReadRegistration(profile) is { } known && known.ExpiresAt > Now + Enough)
        {
            try
            {
                return (known, await AuthorizeAsync(oidc, profile, known, cancellationToken).ConfigureAwait(false));
            }
            catch (SpotException e) when (e.ServiceCode is nameof(InvalidClientException) or nameof(UnauthorizedClientException))
            {
                host.Verbose("The service does not accept this client any more; it is being registered again.");
                tokens.Cache.DeleteRegistration(profile);
            }
        }

        var client = await RegisterAsync(oidc, profile, cancellationToken).ConfigureAwait(false);
        return (client, await AuthorizeAsync(oidc, profile, client, cancellationToken).ConfigureAwait(false));
    }

    private async Task<SsoClientRegistration> RegisterAsync(SsoOidcClient oidc, SsoProfile profile, CancellationToken cancellationToken)
    {
        var request = new RegisterClientRequest
        {
            ClientName = ClientName,
            ClientType = "public",
            Scopes = profile.Scopes.Count == 0 ? null : [.. profile.Scopes],
            GrantTypes = profile.Scopes.Count == 0 ? null : [DeviceGrant, "refresh_token"],
        };
        try
        {
            var answer = await oidc.RegisterClientAsync(request, cancellationToken).ConfigureAwait(false);
            var client = new SsoClientRegistration
            {
                ClientId = answer.ClientId,
                ClientSecret = answer.ClientSecret,
                ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(answer.ClientSecretExpiresAt ?? 0),
            };
            SecretText.Hide(client.ClientSecret);
            tokens.Cache.WriteRegistration(profile, client);
            return client;
        }
        catch (Exception e) when (SsoFailures.IsOfCall(e, cancellationToken))
        {
            throw oidc.Explain(request, e);
        }
    }

    private static async Task<StartDeviceAuthorizationResponse> AuthorizeAsync(
        SsoOidcClient oidc, SsoProfile profile, SsoClientRegistration client, CancellationToken cancellationToken)
    {
        var request = new StartDeviceAuthorizationRequest
        {
            ClientId = client.ClientId,
            ClientSecret = client.ClientSecret,
            StartUrl = profile.StartUrl,
        };
        try
        {
            return await oidc.StartDeviceAuthorizationAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (SsoFailures.IsOfCall(e, cancellationToken))
        {
            throw oidc.Explain(request, e);
        }
    }

    private async Task<SsoToken> WaitAsync(
        SsoOidcClient oidc,
        SsoProfile profile,
        SsoClientRegistration client,
        StartDeviceAuthorizationResponse device,
        SsoDeviceCode code,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var request = new CreateTokenRequest
        {
            ClientId = client.ClientId,
            ClientSecret = client.ClientSecret,
            GrantType = DeviceGrant,
            DeviceCode = device.DeviceCode,
        };
        var start = Now;
        var interval = device.Interval is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : DefaultInterval;
        while (true)
        {
            var left = code.ExpiresAt - Now;
            if (left <= TimeSpan.Zero)
            {
                throw Expired(profile, code);
            }

            host.Progress(new OperationProgress(
                $"Signing in to {profile.CacheKey}",
                string.Format(CultureInfo.InvariantCulture, "waiting for code {0} at {1}, {2:0} s remaining", code.UserCode, code.Address, left.TotalSeconds),
                (int)(Now - start).TotalSeconds,
                (int)(code.ExpiresAt - start).TotalSeconds));
            await setup.Calls.Clock.PauseAsync(interval, cancellationToken).ConfigureAwait(false);
            try
            {
                var answer = await oidc.CreateTokenAsync(request, cancellationToken).ConfigureAwait(false);
                return tokens.Keep(profile, client, answer, null);
            }
            catch (AuthorizationPendingException)
            {
                // Nobody has typed the code yet.
            }
            catch (SlowDownException)
            {
                interval += SlowDown;
                host.Verbose(string.Format(CultureInfo.InvariantCulture, "The service requires a longer polling interval: {0:0} s from now on.", interval.TotalSeconds));
            }
            catch (ExpiredTokenException)
            {
                throw Expired(profile, code);
            }
            catch (Amazon.SSOOIDC.Model.AccessDeniedException)
            {
                throw new SpotException(
                    SpotErrorIds.SsoSignInDenied, SpotErrorCategory.PermissionDenied, $"The sign-in to {profile.CacheKey} with code {code.UserCode} was denied.")
                {
                    Target = profile.ProfileName,
                    ServiceCode = nameof(Amazon.SSOOIDC.Model.AccessDeniedException),
                    RecommendedAction = "Run the command again, check that the page shows the same code, and allow the sign-in.",
                };
            }
            catch (Exception e) when (SsoFailures.IsOfCall(e, cancellationToken))
            {
                throw oidc.Explain(request, e);
            }
        }
    }

    private static SpotException Expired(SsoProfile profile, SsoDeviceCode code) =>
        new(SpotErrorIds.SsoSignInExpired, SpotErrorCategory.Timeout, $"The sign-in to {profile.CacheKey} was not completed before the code {code.UserCode} expired.")
        {
            Target = profile.ProfileName,
            RecommendedAction =
                $"Run Connect-SpotSso -ProfileName {profile.ProfileName} (spotcluster login --profile-name {profile.ProfileName}) again, and open the page within ten minutes.",
        };

    // It is shown, and a browser may be sent there.
    private static Uri Address(string? text, SsoProfile profile) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == "https" || (address.Scheme == "http" && address.IsLoopback))
            ? address
            : throw new SpotException(SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"The SSO service of {profile.StartUrl} returned no https address to sign in at.")
            {
                Target = profile.ProfileName,
            };

    private SpotSsoSession Describe(SsoProfile profile, SsoToken token, SpotSsoOutcome outcome) => new()
    {
        Outcome = outcome,
        ProfileName = profile.SessionName == profile.ProfileName ? null : profile.ProfileName,
        SessionName = profile.SessionName,
        StartUrl = profile.StartUrl,
        Region = profile.Region,
        ExpiresAt = token.ExpiresAt,
        IsRenewable = token.RefreshToken is not null,
        CachePath = tokens.Cache.PathOf(profile),
    };
}
