using System.Collections.Concurrent;
using Amazon.EC2.Model;
using Amazon.SecurityToken.Model;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Credentials;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Session;

/// <summary>AWS for one engine: one set of credentials, one HTTP client, one client per region. Opening it makes no call.</summary>
internal sealed class AwsSession : IAwsSession
{
    private const string FallbackRegion = "us-east-1";
    private static readonly TimeSpan AliasPatience = TimeSpan.FromSeconds(3);

    private readonly EngineOptions _options;
    private readonly AwsCalls _calls;
    private readonly AwsHttp _http;
    private readonly AwsClientSetup _setup;
    private readonly SsoTokens _ssoTokens;
    private readonly SessionCredentials _credentials;
    private readonly AwsDoctor _doctor;
    private readonly Lazy<string?> _defaultRegion;
    private readonly Lazy<RegionStatement> _statement;
    private readonly Lazy<StsClient> _sts;
    private readonly ConcurrentDictionary<string, Lazy<Ec2Client>> _ec2 = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(AwsService Service, string Region), Lazy<ServiceClient>> _services = [];
    private readonly ConcurrentDictionary<string, Cached<Answer<double?>>> _quotaValues = new(StringComparer.Ordinal);
    private readonly Cached<SpotIdentity> _identity;
    private readonly Cached<SpotIdentity> _namedIdentity;
    private readonly Cached<IReadOnlyDictionary<string, bool>> _regions;
    private readonly Cached<IReadOnlyDictionary<string, bool>> _diagnosedRegions;

#pragma warning disable RS0030 // The one setting of the whole process: lists of requests and answers are empty instead of null. The module has a copy of the SDK of its own.
    static AwsSession() => Amazon.AWSConfigs.InitializeCollections = true;
#pragma warning restore RS0030

    /// <param name="options">What the engine was opened with.</param>
    /// <param name="ssoCache">Where SSO tokens are kept; null for the folder that all AWS tools share, and on the simulator for memory.</param>
    /// <param name="statement">Reads which regions the settings state; null where they state none.</param>
    /// <param name="callTimeout">How long a call may have no answer; null for the default of the settings.</param>
    public AwsSession(EngineOptions options, ISsoCacheFiles? ssoCache = null, Func<RegionStatement>? statement = null, Func<TimeSpan>? callTimeout = null)
    {
        _options = options;
        _statement = new Lazy<RegionStatement>(statement ?? (() => RegionStatement.None));
        _calls = new AwsCalls(options.Clock, options.CallObserver, options.Transport is null ? null : 1);
        _http = new AwsHttp(options.Transport, options.Clock, callTimeout);
        Time = new ServiceTime(options.Clock, () => _http.Skew);
        _setup = new AwsClientSetup(options, _calls, _http);
        _ssoTokens = new SsoTokens(_setup, new SsoTokenCache(ssoCache ?? (_setup.IsSimulated ? new SsoCacheMemory() : new SsoCacheFolder())));
        _credentials = new SessionCredentials(options, _setup, _ssoTokens);
        _defaultRegion = new Lazy<string?>(_credentials.FindRegion);
        _sts = new Lazy<StsClient>(() => _setup.CreateSts(_credentials, HomeRegion));
        ListPrices = new ListPrices(() => new PricingClient(Service(AwsService.Pricing, HomeRegion)), options.Clock);
        _identity = new Cached<SpotIdentity>(AskIdentityAsync);
        _namedIdentity = new Cached<SpotIdentity>(AskNamedIdentityAsync);
        _regions = new Cached<IReadOnlyDictionary<string, bool>>(token => AskRegionsAsync(Ec2(HomeRegion), token));
        _diagnosedRegions = new Cached<IReadOnlyDictionary<string, bool>>(async token =>
        {
            using var client = CreateEc2(HomeRegion, PlainDoctor.Instance);
            return await AskRegionsAsync(client, token).ConfigureAwait(false);
        });
        _doctor = new AwsDoctor(_identity.RefreshAsync, _diagnosedRegions.GetAsync, options.DecodesDenials ? (text, token) => _sts.Value.DecodeAsync(text, token) : null);
    }

    /// <inheritdoc/>
    public TimeProvider Clock => _options.Clock;

    /// <inheritdoc/>
    public ServiceTime Time { get; }

    /// <inheritdoc/>
    public string? DefaultRegion => _defaultRegion.Value;

    /// <summary>The device whose code is needed before the next call; null for none. Makes no call.</summary>
    public string? MfaDevice => _credentials.MfaDevice;

    /// <summary>Takes in the code of the device.</summary>
    public void Give(string mfaCode) => _credentials.Give(mfaCode);

    /// <inheritdoc/>
    public ListPrices ListPrices { get; }

    private string HomeRegion => DefaultRegion ?? _statement.Value.First ?? FallbackRegion;

    /// <inheritdoc/>
    public IEc2Client Ec2(string region)
    {
        AwsRegions.RequireName(region);
        return Client(region);
    }

    /// <inheritdoc/>
    public ServiceClock ServiceClock(string region)
    {
        AwsRegions.RequireName(region);
        return _http.ClockOf(Client(region).Endpoint);
    }

    /// <inheritdoc/>
    public ServiceClient Service(AwsService service, string region)
    {
        AwsRegions.RequireName(region);
        return _services.GetOrAdd((service, region), key => new Lazy<ServiceClient>(() => new ServiceClient(
            key.Service, _credentials, _setup.Configure(ServiceClient.Configuration(key.Service, key.Region)), _calls))).Value;
    }

    /// <inheritdoc/>
    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => _identity.GetAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<SpotIdentity> GetNamedIdentityAsync(CancellationToken cancellationToken) => _namedIdentity.GetAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<SpotIdentity> RefreshIdentityAsync(CancellationToken cancellationToken) => _identity.RefreshAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<SpotSsoSession> SignInAsync(SsoLoginRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        new SsoLogin(_setup, _ssoTokens).RunAsync(request, host, cancellationToken);

    /// <inheritdoc/>
    public async Task<AccountRegions> GetRegionsAsync(CancellationToken cancellationToken)
    {
        var statement = _statement.Value;
        try
        {
            return AccountRegions.Of(await _regions.GetAsync(cancellationToken).ConfigureAwait(false), statement);
        }
        catch (SpotException denied) when (denied.ErrorId is SpotErrorIds.PermissionMissing)
        {
            if (statement.Patterns.Count > 0 && !statement.Patterns.Any(Wildcard.IsPattern))
            {
                return AccountRegions.Unlisted(statement);
            }

            denied.RecommendedAction = HomeRegion == DefaultRegion
                ? $"{denied.RecommendedAction} Or set the regions of the account: SPOTCLUSTER_REGIONS, or regions in spotcluster.yaml."
                : $"Neither AWS_REGION nor the profile specifies a region, so {HomeRegion} was used: set AWS_REGION to a region that you may use, and set the regions of the account with SPOTCLUSTER_REGIONS or regions in spotcluster.yaml. {denied.RecommendedAction}";
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) =>
        (await GetRegionsAsync(cancellationToken).ConfigureAwait(false)).Covered;

    /// <inheritdoc/>
    public async Task RequireRegionsAsync(IReadOnlyList<string> regions, CancellationToken cancellationToken)
    {
        foreach (var region in regions)
        {
            AwsRegions.RequireName(region);
        }

        var known = await _regions.GetAsync(cancellationToken).ConfigureAwait(false);
        var closed = regions.Where(region => known.TryGetValue(region, out var isEnabled) && !isEnabled).ToList();
        if (closed.Count > 1)
        {
            throw AwsRegions.NotEnabled(closed);
        }

        if (regions.Select(region => AwsRegions.Judge(region, known, null)).FirstOrDefault(error => error is not null) is { } first)
        {
            throw first;
        }
    }

    /// <inheritdoc/>
    public async Task<int?> GetSpotVCpuQuotaAsync(string region, string instanceType, CancellationToken cancellationToken)
    {
        AwsRegions.RequireName(region);
        return SpotQuotaCodes.Find(instanceType) is { } code
            ? (int?)(await Quota(region, code).GetAsync(cancellationToken).ConfigureAwait(false)).Value
            : null;
    }

    /// <inheritdoc/>
    public Task<Answer<double?>> RefreshSpotQuotaAsync(string region, string code, CancellationToken cancellationToken)
    {
        AwsRegions.RequireName(region);
        return Quota(region, code).RefreshAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _ec2.Values.Where(client => client.IsValueCreated))
        {
            client.Value.Dispose();
        }

        foreach (var client in _services.Values.Where(client => client.IsValueCreated))
        {
            client.Value.Dispose();
        }

        if (_sts.IsValueCreated)
        {
            _sts.Value.Dispose();
        }

        ListPrices.Dispose();
        foreach (var value in _quotaValues.Values)
        {
            value.Dispose();
        }

        _identity.Dispose();
        _namedIdentity.Dispose();
        _regions.Dispose();
        _diagnosedRegions.Dispose();
        _credentials.Dispose();
        _ssoTokens.Dispose();
        _http.Dispose();
    }

    private async Task<SpotIdentity> AskIdentityAsync(CancellationToken cancellationToken)
    {
        var caller = await AskCallerAsync(cancellationToken).ConfigureAwait(false);
        return new SpotIdentity
        {
            Provider = SpotProvider.Aws,
            AccountId = caller.Account,
            Arn = caller.Arn,
            Source = _credentials.Source,
            ExpiresAt = _credentials.Expiration is { } end ? new DateTimeOffset(end.ToUniversalTime()) : null,
            Region = DefaultRegion,
        };
    }

    // STS in a region that is not enabled knows no key of the account, and says the same as to a wrong one.
    private async Task<GetCallerIdentityResponse> AskCallerAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _sts.Value.AskIdentityAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException e) when (e.ServiceCode != "InvalidClientTokenId" || HomeRegion == FallbackRegion || _options.EndpointUrl is not null)
        {
            throw WithSource(e);
        }
        catch (SpotException e)
        {
            using var everywhere = _setup.CreateSts(_credentials, FallbackRegion);
            try
            {
                await everywhere.AskIdentityAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException)
            {
                throw WithSource(e);
            }

            throw new SpotException(
                SpotErrorIds.RegionNotEnabled,
                SpotErrorCategory.PermissionDenied,
                $"The default region {HomeRegion} is not enabled for this account, so its STS does not accept the credentials (InvalidClientTokenId).",
                e)
            {
                Target = HomeRegion,
                Region = HomeRegion,
                ServiceCode = e.ServiceCode,
                RecommendedAction = $"Run aws account enable-region --region-name {HomeRegion}, or set another region in the profile or in AWS_REGION.",
            };
        }
    }

    // The service does not know where a key came from, and the user must know which one to change.
    private SpotException WithSource(SpotException error)
    {
        // What was found out on this machine names its remedy already.
        if (error.ServiceCode is null || _credentials.Source is not { } source || error.ErrorId is not (SpotErrorIds.CredentialInvalid or SpotErrorIds.SignatureInvalid or SpotErrorIds.CredentialExpired))
        {
            return error;
        }

        var isOver = error.ErrorId is SpotErrorIds.CredentialExpired;
        if (source == "environment")
        {
            error.RecommendedAction = isOver
                ? "The keys in the environment variables expired: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN to new values, or unset them and sign in with Connect-SpotSso (spotcluster login)."
                : "The keys are from environment variables: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to valid values (aws configure list shows which are used), or unset them.";
        }
        else if (source.StartsWith("profile ", StringComparison.Ordinal))
        {
            var name = _setup.ProfileName ?? ProfileFiles.DefaultName;
            error.RecommendedAction = isOver
                ? $"The keys of {source} expired: sign in with Connect-SpotSso -ProfileName {name} (spotcluster login --profile-name {name}), or set new ones with aws configure --profile {name}."
                : $"The keys are from {source}: run aws configure --profile {name} to set others.";
        }

        return error;
    }

    private async Task<SpotIdentity> AskNamedIdentityAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var naming = FindAliasAsync(stop.Token);
        try
        {
            var identity = await GetIdentityAsync(cancellationToken).ConfigureAwait(false);

            // The alias is for the eye: who we are does not wait long for it, and an error does not wait at all.
            await Task.WhenAny(naming, Clock.PauseAsync(AliasPatience, stop.Token)).ConfigureAwait(false);
            return new SpotIdentity
            {
                Provider = identity.Provider,
                AccountId = identity.AccountId,
                AccountAlias = naming.Status == TaskStatus.RanToCompletion ? await naming.ConfigureAwait(false) : null,
                Arn = identity.Arn,
                Source = identity.Source,
                ExpiresAt = identity.ExpiresAt,
                Region = identity.Region,
            };
        }
        finally
        {
            stop.Cancel();
            try
            {
                await naming.ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is OperationCanceledException or SpotException)
            {
                // Nobody waits for it any more.
            }
        }
    }

    private static async Task<IReadOnlyDictionary<string, bool>> AskRegionsAsync(IEc2Client client, CancellationToken cancellationToken) =>
        AwsRegions.Read(
            await client.DescribeRegionsAsync(new DescribeRegionsRequest { AllRegions = true }, cancellationToken).ConfigureAwait(false));

    /// <summary>The number, or why it cannot be known: both are kept.</summary>
    private Cached<Answer<double?>> Quota(string region, string code) =>
        _quotaValues.GetOrAdd($"{region}/{code}", _ => new Cached<Answer<double?>>(token => AskQuotaAsync(region, code, token)));

    private async Task<Answer<double?>> AskQuotaAsync(string region, string code, CancellationToken cancellationToken)
    {
        try
        {
            var question = new JObject { ["ServiceCode"] = "ec2", ["QuotaCode"] = code };
            var value = (await Service(AwsService.Quotas, region).JsonAsync("GetServiceQuota", question, cancellationToken).ConfigureAwait(false))["Quota"]?["Value"];
            return value?.Type is JTokenType.Float or JTokenType.Integer ? new Answer<double?>((double)value, null) : new Answer<double?>(null, new SpotException(
                SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"Service Quotas did not return the value of {code} in {region}."));
        }
        catch (SpotException refusal)
        {
            return new Answer<double?>(null, refusal);
        }
    }

    /// <summary>The alias of the account; null when it has none, or when it may not be asked for or is not answered.</summary>
    private async Task<string?> FindAliasAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Service(AwsService.Iam, HomeRegion).QueryAsync("ListAccountAliases", [], cancellationToken).ConfigureAwait(false);
            return answer.Below("member");
        }
        catch (SpotException)
        {
            return null;
        }
    }

    private Ec2Client Client(string region) =>
        _ec2.GetOrAdd(region, name => new Lazy<Ec2Client>(() => CreateEc2(name, _doctor))).Value;

    private Ec2Client CreateEc2(string region, ICallDoctor doctor) =>
        new(_credentials, _setup.Configure(Ec2Client.Configuration(region)), _calls, region, doctor);
}
