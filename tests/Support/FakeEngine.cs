using System.Runtime.CompilerServices;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Reports;
using SpotCluster.Engine.Ssh;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Tests;

/// <summary>An engine that does what the test says: for what the commands make of its answers.</summary>
internal sealed class FakeEngine : IEngineSession, IClusterService, IRemovalService, ICostService, IPowerService
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>What it was opened with.</summary>
    public EngineOptions? Options { get; private set; }

    public int TimesOpened { get; private set; }

    public List<string> Changes { get; } = [];

    public Func<IOperationHost, CancellationToken, Task> OnPlan { get; init; } = (_, _) => Task.CompletedTask;

    public Func<IOperationHost, CancellationToken, Task> OnLaunch { get; init; } = (_, _) => Task.CompletedTask;

    public Func<IOperationHost, CancellationToken, Task> OnRemove { get; init; } = (_, _) => Task.CompletedTask;

    public Func<IOperationHost, CancellationToken, Task> OnPower { get; init; } = (_, _) => Task.CompletedTask;

    public Func<IOperationHost, CancellationToken, Task> OnList { get; init; } = (_, _) => Task.CompletedTask;

    public SpotInstance[] Instances { get; init; } = [Machine("i-0aaa", "us-east-1", 0.01m), Machine("i-0bbb", "us-west-2", 0.02m)];

    public Cluster[] AllClusters { get; init; } = [new Cluster { Name = "demo", Wanted = 2, Running = 2, State = SpotClusterState.Running }];

    public SpotResource[] Resources { get; init; } = [new SpotResource { Id = "vpc-0a", Type = "vpc", Region = "us-east-1", ClusterName = "demo", Tagged = true }];

    public SpotProof Proof { get; init; } = new()
    {
        AccountId = "123456789012",
        Regions = ["us-east-1"],
        Listings = 2,
        Proven = true,
        FirstEmptyAt = Noon,
        LastEmptyAt = Noon,
    };

    public SpotRemovalOutcome Outcome { get; init; } = SpotRemovalOutcome.Removed;

    public ClusterRequest? Request { get; private set; }

    public RemovalScope? Scope { get; private set; }

    public IReadOnlyList<InstanceKey> RemovedKeys { get; private set; } = [];

    public IClusterService Clusters => this;

    public IRemovalService Removal => this;

    public ICostService Costs => this;

    public IPowerService Power => this;

    /// <summary>The program that logs in; a test that does not give one must not reach it.</summary>
    public SshService Ssh { get; init; } = new(new SpotSettings(), Path.Combine(Path.GetTempPath(), "spotcluster-no-keys"), "no-such-program-as-ssh");

    public SpotOffer[] Offers { get; init; } = [new SpotOffer { InstanceType = "t3.micro", Region = "us-east-1", Zone = "us-east-1a", HourlyPrice = 0.003m }];

    public SpotPrice[] Prices { get; init; } = [];

    public SpotCost Total { get; init; } = new() { InstanceCount = 2, HourlyCost = 0.03m, CostToDate = 1.5m, KnownHourlyCost = 0.03m, KnownCostToDate = 1.5m };

    public SpotException? BudgetError { get; init; }

    public CostQuery? CostQuery { get; private set; }

    public OfferQuery? OfferQuery { get; private set; }

    public Task<Cluster?> SetAsync(ClusterChange change, RemovalPlan everything, IOperationHost host, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Changes of clusters are tested on the simulator.");

    public Task RenewLeaseAsync(LeaseRenewal lease, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Jobs are tested on the simulator.");

    public Task<string> GetConsoleOutputAsync(InstanceKey instance, bool latest, IOperationHost host, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The console is tested on the simulator.");

    public JobRunner Jobs => throw new NotSupportedException("Jobs are tested on the simulator.");

    public IVastService Vast => throw new NotSupportedException("These tests are about AWS.");

    public bool HasVastKey { get; init; }

    public IReadOnlyList<IProvider> Providers =>
    [
        new KnownProvider(Engine.Aws.Clusters.AwsFacts.Value, true),
        new KnownProvider(Engine.Vast.VastProvider.OfVast, HasVastKey),
    ];

    public IReportService Reports => throw new NotSupportedException("Reports are written by the real engine.");

    public static SpotInstance Machine(string id, string region, decimal? price) => new()
    {
        Id = id,
        Provider = SpotProvider.Aws,
        Region = region,
        Zone = region + "a",
        ClusterName = "demo",
        InstanceType = "t3.micro",
        State = SpotInstanceState.Running,
        Lifecycle = SpotLifecycle.Spot,
        HourlyPrice = price,
        LaunchedAt = Noon,
    };

    public IEngineSession Open(EngineOptions options)
    {
        Options = options;
        TimesOpened++;
        return this;
    }

    /// <summary>As the real engine tells of a changing call.</summary>
    public void SendChangingCall(string region) =>
        Options!.CallObserver!.Sending(new CallRecord(1, "ec2", "CreateVpc", region, 0, Noon) { Changes = true });

    public SpotConfiguration Configuration { get; init; } = SpotConfiguration.Of(new SpotSettings());

    public Task<IReadOnlyList<SpotException>> TestConfigurationAsync(bool isOnline, IOperationHost host, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SpotException>>([.. Configuration.Errors.Select(finding => finding.ToException())]);

    public SpotUserData GetUserData(ClusterRequest request)
    {
        Request = request;
        return new SpotUserData { ClusterName = request.Name };
    }

    public Task<IReadOnlyList<SpotDiscovery>> DiscoverAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SpotDiscovery>>([]);

    public Task<SpotSsoSession> SignInAsync(SsoLoginRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        request.Show(new SsoDeviceCode("corp", new Uri("https://device.example.com/"), new Uri("https://device.example.com/?user_code=ABCD"), "ABCD", DateTimeOffset.UnixEpoch));
        return Task.FromResult(new SpotSsoSession { Outcome = SpotSsoOutcome.SignedIn, SessionName = "corp", CachePath = "/cache" });
    }

    public CleanupAgent OpenAgent(AgentOptions options, IAgentLog log) => throw new NotSupportedException("The agent is tested with the real engine.");

    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new SpotIdentity { AccountId = "123456789012", Arn = "arn:aws:iam::123456789012:user/test", Source = "fake" });

    public async Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        Request = request;
        await OnPlan(host, cancellationToken);
        return new Plan(new SpotPlan
        {
            Name = request.Name,
            Count = request.Count,
            HourlyCost = 0.0123m,
            Regions = [new SpotPlanRegion { Region = "us-east-1", Count = request.Count, Zones = ["us-east-1a"], InstanceTypes = ["t3.micro"] }],
        });
    }

    public Task<ResizePlan> PlanResizeAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<Cluster> ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<SpotChange> WatchAsync(ClusterQuery query, TimeSpan interval, IOperationHost host, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken)
    {
        Changes.Add("launch");
        SendChangingCall("us-east-1");
        await OnLaunch(host, cancellationToken);
        return new Cluster
        {
            Name = plan.Summary.Name,
            Wanted = plan.Summary.Count,
            Running = plan.Summary.Count,
            Regions = [new SpotClusterRegion { Region = "us-east-1", Wanted = plan.Summary.Count, Running = plan.Summary.Count }],
        };
    }

    public async IAsyncEnumerable<SpotInstance> GetInstancesAsync(
        InstanceQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await OnList(host, cancellationToken);
        foreach (var instance in Instances.Where(instance => query.Ids.Count == 0 || query.Ids.Contains(instance.Id)))
        {
            yield return instance;
        }
    }

    public async IAsyncEnumerable<Cluster> GetClustersAsync(
        ClusterQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await OnList(host, cancellationToken);
        foreach (var cluster in AllClusters.Where(cluster => query.Names.Count == 0 || query.Names.Contains(cluster.Name)))
        {
            yield return cluster;
        }
    }

    public async IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var key in instances)
        {
            yield return Machine(key.Id, key.Region!, 0.01m);
        }
    }

    public IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        PowerAsync("start", SpotInstanceState.Pending, instances, host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken) =>
        PowerAsync("stop", SpotInstanceState.Stopping, instances, host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> RestartAsync(IReadOnlyList<InstanceKey> instances, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        PowerAsync(recycle ? "recycle" : "reboot", SpotInstanceState.Running, instances, host, cancellationToken);

    public async Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        Changes.Add("terminate");
        RemovedKeys = instances;
        SendChangingCall("us-east-1");
        await OnRemove(host, cancellationToken);
        foreach (var key in instances)
        {
            onRemoval(new SpotRemoval { Id = key.Id, Type = "instance", Region = key.Region ?? "us-east-1", Outcome = Outcome });
        }
    }

    public async IAsyncEnumerable<SpotResource> GetResourcesAsync(
        RemovalScope scope, IOperationHost host, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var resource in Resources)
        {
            await Task.Yield();
            yield return resource;
        }
    }

    public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        Task.FromResult(new RemovalPlan("123456789012", Resources, 0.03m, []));

    public async Task<SpotProof> RemoveAsync(
        RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        Changes.Add("remove");
        Scope = scope;
        if (Resources.Length > 0)
        {
            SendChangingCall("us-east-1");
        }

        await OnRemove(host, cancellationToken);
        foreach (var resource in Resources)
        {
            onRemoval(new SpotRemoval
            {
                Id = resource.Id,
                Type = resource.Type,
                Region = resource.Region,
                Outcome = Outcome,
                Elapsed = TimeSpan.FromSeconds(90),
            });
        }

        return Proof;
    }

    public Task<IReadOnlyList<SpotOffer>> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        OfferQuery = query;
        return Task.FromResult<IReadOnlyList<SpotOffer>>(Offers);
    }

    public async IAsyncEnumerable<SpotPrice> GetPricesAsync(
        PriceQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var price in Prices)
        {
            yield return price;
        }
    }

    public IAsyncEnumerable<SpotQuota> GetQuotasAsync(IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Quotas are asked of the real engine.");

    public Task<CostReport> MeasureAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        CostQuery = query;
        return Task.FromResult(new CostReport(Total, [], [], [], BudgetError));
    }

    public async Task<CostTimeline> TraceAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        new(await MeasureAsync(query, host, cancellationToken), []);

    public void Dispose()
    {
    }

    private async IAsyncEnumerable<SpotInstance> PowerAsync(
        string change,
        SpotInstanceState state,
        IReadOnlyList<InstanceKey> instances,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Changes.Add(change);
        SendChangingCall("us-east-1");
        foreach (var key in instances)
        {
            await OnPower(host, cancellationToken);
            var machine = Machine(key.Id, key.Region!, 0.01m);
            machine.State = state;
            yield return machine;
        }
    }

    private sealed record KnownProvider(ProviderFacts Facts, bool HasCredentials) : IProvider;

    private sealed class Plan(SpotPlan summary) : ClusterPlan
    {
        public override SpotPlan Summary { get; } = summary;
    }
}
