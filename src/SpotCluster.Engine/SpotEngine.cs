using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Aws;
using SpotCluster.Engine.Aws.Agent;
using SpotCluster.Engine.Aws.Policy;
using SpotCluster.Engine.Aws.Quotas;
using SpotCluster.Engine.Aws.Removal;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Composition;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Reports;
using SpotCluster.Engine.Ssh;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Engine;

/// <summary>
/// The engine: one per command or session, over one set of credentials. Opening it makes no call.
/// This is the only place where the parts are put together.
/// </summary>
public sealed class SpotEngine : IDisposable
{
    private readonly Lazy<VastService> _vast;
    private readonly Lazy<AwsSession> _aws;
    private readonly Lazy<IJournal> _journal;
    private readonly Lazy<NodeDirectory> _nodes;
    private readonly Lazy<IReadOnlyList<ICloudProvider>> _providers;
    private readonly Lazy<IClusterService> _clusters;
    private readonly Lazy<IRemovalService> _removal;
    private readonly Lazy<IPowerService> _power;
    private readonly Lazy<CostService> _costs;
    private readonly Lazy<IReportService> _reports;
    private readonly Lazy<SpotConfiguration> _configuration;

    /// <summary>Opens an engine.</summary>
    public SpotEngine(EngineOptions options)
        : this(options, [])
    {
    }

    /// <param name="options">What it is opened with.</param>
    /// <param name="further">Providers beside those of the product.</param>
    internal SpotEngine(EngineOptions options, IReadOnlyList<ICloudProvider> further)
    {
        Options = (options ?? throw new ArgumentNullException(nameof(options))) with { CallObserver = CallTraces.Around(options.CallObserver) };
        RequireMfaCode(options.MfaCode);
        _configuration = new Lazy<SpotConfiguration>(() => Options.Settings is { } given
            ? SpotConfiguration.Of(given)
            : SpotConfiguration.Read(Options.Configuration ?? ConfigurationPlace.Find(Options.ConfigurationPath)));
        _vast = new Lazy<VastService>(() => new VastService(VastServiceOptions.From(Options) with { CreditPolicy = () => Settings.OnInsufficientCredit }));
        _aws = new Lazy<AwsSession>(() => new AwsSession(
            Options,
            statement: () => new RegionStatement(Configuration.Settings.Regions, Configuration.Settings.RegionsSource),
            callTimeout: () => Configuration.Settings.CallTimeout));
        _journal = new Lazy<IJournal>(() => Options is { JournalDirectory: null, Transport: not null }
            ? new MemoryJournal(Options.Clock)
            : new FileJournal(Options.JournalDirectory ?? JournalFolder.Default(), Options.Clock));
        _nodes = new Lazy<NodeDirectory>(() => new NodeDirectory(Settings, Options));
        _providers = new Lazy<IReadOnlyList<ICloudProvider>>(() =>
        [
            new AwsProvider(_aws, Options, () => Settings, _journal, _nodes, () => Removal),
            new VastProvider(_vast),
            .. further,
        ]);
        _clusters = new Lazy<IClusterService>(() => new ClustersByProvider(Providers, Options.Clock));
        _removal = new Lazy<IRemovalService>(() => new OrphanNodeRemoval(
            new JobRemoval(new RemovalByProvider(Providers), JobsHere(), GetAccountAsync, Options.Clock), _nodes.Value, Settings, Options.Clock));
        Time = new ServiceTime(Options.Clock, () => Providers.Select(provider => provider.Skew).FirstOrDefault(skew => skew is not null));
        _power = new Lazy<IPowerService>(() => new PowerByProvider(Providers));
        _reports = new Lazy<IReportService>(() => new ReportService(GetIdentityAsync, Clusters, Costs, Providers, Time));
        _costs = new Lazy<CostService>(() => new CostService([.. Providers.Select(provider => provider.Costs)], Time));
    }

    /// <summary>What it was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Time as the providers have it, by their answers so far: what ages are shown by.</summary>
    public TimeProvider Time { get; }

    /// <summary>The providers. The first one is meant where a command names none.</summary>
    public IReadOnlyList<ICloudProvider> Providers => _providers.Value;

    /// <summary>Plan, launch, list, wait.</summary>
    public IClusterService Clusters => _clusters.Value;

    /// <summary>Remove and prove.</summary>
    public IRemovalService Removal => _removal.Value;

    /// <summary>Runs one command on an instance of its own.</summary>
    public JobRunner Jobs => new(Clusters, Removal, Costs, (request, host, token) => Vast.LaunchAsync(request, host, token), Ssh, JobsHere(), GetAccountAsync, Options.ProfileName, Options.Clock);

    /// <summary>Start and stop.</summary>
    public IPowerService Power => _power.Value;

    /// <summary>Offers, prices, and what is spent.</summary>
    public ICostService Costs => _costs.Value;

    /// <summary>One page about all of it.</summary>
    public IReportService Reports => _reports.Value;

    /// <summary>GPU machines at Vast.ai.</summary>
    public IVastService Vast => _vast.Value;

    /// <summary>
    /// The settings in force, their origins, and what is wrong with them. Read once for the life of the engine, at the
    /// first use; every command that needs settings refuses to work while something is wrong.
    /// </summary>
    public SpotConfiguration Configuration => _configuration.Value;

    /// <summary>Opens a termination agent on this engine's credentials and clock. Makes no call.</summary>
    /// <param name="options">How it works.</param>
    /// <param name="log">Where its log goes.</param>
    public CleanupAgent OpenAgent(AgentOptions options, IAgentLog log)
    {
        // On a simulated cloud there is a metadata service only when one was given.
        IHostMachine machine = options.MetadataTransport is null && Options.Transport is not null
            ? new NoHostMachine()
            : new InstanceMetadata(options.MetadataTransport, Options.Clock);
        return new CleanupAgent(options, region => new AwsAgentCloud(Aws, region), machine, Aws.DefaultRegion, Options.Clock, log, Aws.Time);
    }

    /// <summary>The least rights that a termination agent needs, as an IAM policy in JSON.</summary>
    /// <param name="region">The only region that it allows; null for all.</param>
    /// <param name="accountId">The only account that it allows, 12 digits; null for any.</param>
    /// <param name="requiredTag">The tag, <c>key=value</c>, of machines that may be terminated; null for any machine.</param>
    /// <param name="cleanupTag">The tag of images and snapshots that may be deleted; null leaves these rights out.</param>
    /// <param name="launchReplicas">Whether it may launch replicas.</param>
    public static string GetAgentPolicy(
        string? region, string? accountId, string? requiredTag, string? cleanupTag, bool launchReplicas = false) =>
        AgentPolicy.ToJson(region, accountId, requiredTag, cleanupTag, launchReplicas);

    /// <summary>The least rights of somebody who uses SpotCluster, as an IAM policy in JSON.</summary>
    /// <param name="settings">Whose filter tag and regions it is about.</param>
    /// <param name="tasks">What is allowed.</param>
    /// <param name="regions">The only regions, with wildcards; empty for those that the settings state, or all.</param>
    /// <param name="includeForeign">Also on instances without the filter tag.</param>
    public static string GetPolicy(SpotSettings settings, SpotTask tasks, IReadOnlyList<string> regions, bool includeForeign) =>
        UserPolicy.ToJson(settings, tasks, regions, includeForeign);

    /// <summary>The device whose code is needed before the next call to AWS; null for none. Makes no call.</summary>
    public string? MfaDevice => _aws.Value.MfaDevice;

    /// <summary>Takes in the code that the device shows: six digits, which serve once.</summary>
    public void UseMfaCode(string code) => _aws.Value.Give(RequireMfaCode(code)!);

    /// <summary>
    /// Who we are, with the alias of the account where it may be read: for people to look at. Two calls in one round trip.
    /// </summary>
    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => Aws.GetNamedIdentityAsync(cancellationToken);

    /// <summary>
    /// The custom tag and names that create has used, read back from the resources: for the day when the configuration is
    /// lost. Looks at everything that carries the name of a cluster of ours. Changes nothing.
    /// </summary>
    /// <param name="regions">Regions, with wildcards; none for every enabled one.</param>
    /// <param name="host">Told of each region that could not be searched.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public async Task<IReadOnlyList<SpotDiscovery>> DiscoverAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken) =>
        TagDiscovery.Find(await new AwsTagDiscovery(Aws).ReadAsync(regions, host, cancellationToken).ConfigureAwait(false), Settings);

    /// <summary>
    /// How many vCPUs of spot machines the account may run, by region and family, and how many it does: region by region as
    /// they answer. What may not be asked is unknown, and one warning.
    /// </summary>
    /// <param name="regions">Regions, with wildcards; none for every enabled one.</param>
    /// <param name="host">Told of what is unknown, and of each region that did not answer (<see cref="SpotErrorIds.RegionNotListed"/>).</param>
    /// <param name="cancellationToken">Stops it.</param>
    public IAsyncEnumerable<SpotQuota> GetQuotasAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken) =>
        new SpotQuotaReader(Aws).ReadAsync(regions, host, cancellationToken);

    /// <summary>
    /// Signs in to AWS single sign-on: by the device flow with a person, or without one where the session is good or can be
    /// renewed. The token goes into the cache that all AWS tools share.
    /// </summary>
    /// <param name="request">Which session, and who shows the code.</param>
    /// <param name="host">Told how long there is left.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="SpotException">
    /// <see cref="SpotErrorIds.SsoNotConfigured"/>, <see cref="SpotErrorIds.SsoSignInDenied"/>, <see cref="SpotErrorIds.SsoSignInExpired"/>.
    /// </exception>
    public Task<SpotSsoSession> SignInAsync(SsoLoginRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        Aws.SignInAsync(request, host, cancellationToken);

    /// <summary>Who we are at one of the clouds.</summary>
    public Task<SpotIdentity> GetIdentityAsync(SpotProvider provider, CancellationToken cancellationToken) =>
        Providers.Of(provider).GetIdentityAsync(cancellationToken);

    /// <summary>
    /// What is wrong with the configuration: with its text, with the files that it names, and, when asked, with what it
    /// wants of the cloud. Changes nothing.
    /// </summary>
    /// <param name="isOnline">Also asks the cloud whether the types are offered, the architectures fit, and the account is allowed.</param>
    /// <param name="host">Told of what is only a warning.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    public async Task<IReadOnlyList<SpotException>> TestConfigurationAsync(bool isOnline, IOperationHost host, CancellationToken cancellationToken)
    {
        foreach (var warning in isOnline && Configuration.Errors.Count == 0 ? [] : Configuration.Warnings)
        {
            host.Warning(warning.ToString());
        }

        var findings = new List<SpotException>(Configuration.Errors.Select(finding => finding.ToException()));
        findings.AddRange(ConfigurationTester.CheckFiles(Configuration));
        if (isOnline && findings.Count == 0)
        {
            findings.AddRange(await ConfigurationTester.CheckOnlineAsync(this, host, cancellationToken).ConfigureAwait(false));
        }

        return findings;
    }

    /// <summary>Commands and sessions on machines, over the system's OpenSSH.</summary>
    public SshService Ssh => new(Settings, Path.Combine(Options.JournalDirectory ?? JournalFolder.Default(), "known-hosts"));

    /// <summary>What the machines of a request would be told at their first boot, secrets masked. Makes no call.</summary>
    /// <exception cref="SpotException">What is wrong with the request, a key or a file; <see cref="SpotErrorIds.UserDataTooLarge"/>.</exception>
    public SpotUserData GetUserData(ClusterRequest request)
    {
        request = RequestDefaults.Apply(request, Settings);
        RequestRules.Check(request, Settings.FilterTagName);
        DateTimeOffset? end = request.ExpiresIn is { } life ? Time.GetUtcNow() + life : null;
        return NodeUserData.Show(request, NodeUserData.Read(request, Settings, end));
    }

    /// <summary>Regions that are enabled for this account, by name. Cached for the life of the engine.</summary>
    public Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) =>
        Aws.GetEnabledRegionsAsync(cancellationToken);

    /// <summary>Zones of the regions that are enabled for this account, by name. A region that does not answer is reported.</summary>
    public async Task<IReadOnlyList<string>> GetZonesAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var zones = new List<string>();
        await foreach (var (_, found) in RegionCalls.AskAsync("Asking for zones", [], Aws.GetEnabledRegionsAsync, ZonesOfAsync, host, cancellationToken).ConfigureAwait(false))
        {
            zones.AddRange((found?.AvailabilityZones ?? []).Select(zone => zone.ZoneName));
        }

        return zones;

        Task<Amazon.EC2.Model.DescribeAvailabilityZonesResponse> ZonesOfAsync(string region, CancellationToken token) =>
            Aws.Ec2(region).DescribeAvailabilityZonesAsync(new(), token);
    }

    /// <summary>Names of the profiles in the files of AWS. Makes no call.</summary>
    public static IReadOnlyList<string> GetProfileNames() => ProfileFiles.Read().Names;

    /// <summary>The effective settings. Throws <see cref="SpotException"/> while something is wrong with them.</summary>
    internal SpotSettings Settings => Configuration.Require().Settings;

    private static string? RequireMfaCode(string? code) => code is null || (code.Length == 6 && code.All(c => c is >= '0' and <= '9')) ? code
        : throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "The MFA code is not valid: six digits are required.")
        {
            RecommendedAction = "Specify the six digits that the device shows now.",
        };

    // A simulated provider of this process ends with it, and its jobs too.
    private JobRecords JobsHere() => new(Options is { JournalDirectory: null, Transport: not null } ? null : Path.Combine(Options.JournalDirectory ?? JournalFolder.Default(), "jobs"));

    private Task<string?> GetAccountAsync(SpotProvider provider, CancellationToken cancellationToken) =>
        Providers.Of(provider).GetAccountIdAsync(cancellationToken);

    /// <summary>AWS with the credentials of this engine; for the parts that speak to it.</summary>
    internal IAwsSession Aws => _aws.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var provider in Providers.Reverse())
        {
            provider.Dispose();
        }

        if (_nodes.IsValueCreated)
        {
            _nodes.Value.Dispose();
        }
    }
}
