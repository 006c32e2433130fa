using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Tests.Providers;

/// <summary>A third provider in one file: two regions, instances and nothing else. It has no resize and no console.</summary>
internal sealed class FakeProvider(TimeProvider clock)
    : ICloudProvider, IClusterService, IPowerService, IRemovalService, ICharges, IOfferSource
{
    public const SpotProvider Provider = (SpotProvider)77;

    public const string Account = "lab-account";

    private const decimal Price = 0.25m;

    private readonly List<SpotInstance> _instances = [];
    private int _last;

    public ProviderFacts Facts { get; } = new()
    {
        Provider = Provider,
        IsInstanceId = id => id.StartsWith("lab-i", StringComparison.Ordinal),
        MayHaveRegion = region => region.StartsWith("lab-", StringComparison.Ordinal) || Wildcard.IsPattern(region),
        Missing = new Dictionary<ProviderCapability, MissingCapability>
        {
            [ProviderCapability.Resize] = new("Cluster '{0}' cannot be resized in the lab.", "Launch another cluster."),
            [ProviderCapability.ChangeCluster] = new("Cluster '{0}' cannot be changed in the lab.", "Launch another cluster."),
            [ProviderCapability.ConsoleOutput] = new("Instance {0} has no console.", "Log in to it.", SpotErrorIds.ParameterInvalid),
        },
    };

    public bool HasCredentials => true;

    public TimeSpan? Skew => null;

    public IClusterService Clusters => this;

    public IPowerService Power => this;

    public IRemovalService Removal => this;

    public CostSource Costs => new(this) { Charged = this, Offers = this };

    bool ICharges.HasKey => HasCredentials;

    public SpotInstance Add(string? cluster, string region = "lab-1")
    {
        var instance = new SpotInstance
        {
            Id = $"lab-i{++_last}",
            Provider = Provider,
            ClusterName = cluster,
            Region = region,
            InstanceType = "bench",
            State = SpotInstanceState.Running,
            LaunchedAt = clock.GetUtcNow(),
            HourlyPrice = Price,
        };
        _instances.Add(instance);
        return instance;
    }

    public bool Has(string id) => _instances.Exists(instance => instance.Id == id);

    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => Task.FromResult(new SpotIdentity { Provider = Provider, AccountId = Account });

    public Task<string?> GetAccountIdAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(Account);

    public Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        Task.FromResult<ClusterPlan>(new Plan(new SpotPlan { Name = request.Name, Provider = Provider, AccountId = Account, Count = request.Count, HourlyCost = Price * request.Count }));

    public Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken)
    {
        Enumerable.Range(0, plan.Summary.Count).ToList().ForEach(_ => Add(plan.Summary.Name));
        return Task.FromResult(ClustersOf(_instances).Single(cluster => cluster.Name == plan.Summary.Name));
    }

    public Task<ResizePlan> PlanResizeAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken) => throw Lacking(ProviderCapability.Resize);

    public Task<Cluster> ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        throw Lacking(ProviderCapability.Resize);

    public Task<Cluster?> SetAsync(ClusterChange change, RemovalPlan everything, IOperationHost host, CancellationToken cancellationToken) =>
        throw Lacking(ProviderCapability.ChangeCluster);

    public Task<string> GetConsoleOutputAsync(InstanceKey instance, bool latest, IOperationHost host, CancellationToken cancellationToken) =>
        throw Lacking(ProviderCapability.ConsoleOutput);

    public Task RenewLeaseAsync(LeaseRenewal lease, CancellationToken cancellationToken)
    {
        _instances.Where(instance => instance.ClusterName == lease.ClusterName).ToList().ForEach(instance => instance.LeaseEndsAt = clock.GetUtcNow() + lease.Length);
        return Task.CompletedTask;
    }

    public IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        _instances.Where(instance => (query.IncludeForeign || instance.ClusterName is not null)
            && (query.Ids.Count == 0 || query.Ids.Contains(instance.Id))
            && Wildcard.IsAnyMatch([.. query.ClusterNames], instance.ClusterName)
            && Wildcard.IsAnyMatch([.. query.Regions], instance.Region)).ToArray().ToAsyncEnumerable();

    public IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        ClustersOf(_instances.Where(instance => Wildcard.IsAnyMatch([.. query.Regions], instance.Region)))
            .Where(cluster => Wildcard.IsAnyMatch([.. query.Names], cluster.Name)).ToArray().ToAsyncEnumerable();

    public IAsyncEnumerable<SpotChange> WatchAsync(ClusterQuery query, TimeSpan interval, IOperationHost host, CancellationToken cancellationToken) =>
        new ClusterWatcher(GetInstancesAsync, clock).WatchAsync(query, interval, host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances, WaitCondition condition, TimeSpan timeout, IOperationHost host, CancellationToken cancellationToken) => Known(instances, host);

    public IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken) => Turn(instances, SpotInstanceState.Running, host);

    public IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken) =>
        Turn(instances, SpotInstanceState.Stopped, host);

    public IAsyncEnumerable<SpotInstance> RestartAsync(IReadOnlyList<InstanceKey> instances, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        Turn(instances, SpotInstanceState.Running, host);

    public Task RemoveInstancesAsync(IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        foreach (var key in instances)
        {
            var isRefused = _instances.Exists(instance => instance.Id == key.Id && instance.ClusterName is null) && !key.IncludeForeign;
            onRemoval(Outcome(key.Id, isRefused ? SpotRemovalOutcome.Skipped : Delete(key.Id)));
        }

        return Task.CompletedTask;
    }

    public IAsyncEnumerable<SpotResource> GetResourcesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) => Select(scope).ToAsyncEnumerable();

    public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken)
    {
        var resources = Select(scope);
        return Task.FromResult(new RemovalPlan(Account, resources, Price * resources.Length, []) { Provider = Provider, Hash = RemovalPlanner.HashOf(Account, resources) });
    }

    public async Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(scope, host, cancellationToken);
        scope.RequireAccount(plan.AccountId);
        plan.RequireFit(scope);
        var confirmed = (scope.Plan ?? plan).Resources.Select(resource => resource.Id).ToHashSet();
        foreach (var resource in plan.Resources.Where(resource => confirmed.Contains(resource.Id)))
        {
            onRemoval(Outcome(resource.Id, Delete(resource.Id)));
        }

        var left = Select(scope);
        var first = clock.GetUtcNow();
        return new SpotProof
        {
            Provider = Provider,
            ClusterName = scope.ClusterName,
            AccountId = Account,
            Regions = ["lab-1", "lab-2"],
            Listings = 2,
            Residue = [.. left],
            Proven = left.Length == 0,
            FirstEmptyAt = left.Length == 0 ? first : null,
            LastEmptyAt = left.Length == 0 ? clock.GetUtcNow() : null,
        };
    }

    public Task<IReadOnlyList<ChargedInstance>> GetChargedAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ChargedInstance>>([.. _instances
            .Where(instance => instance.ClusterName is { } cluster && Wildcard.IsAnyMatch([.. query.ClusterNames], cluster) && (query.Ids.Count == 0 || query.Ids.Contains(instance.Id)))
            .Select(instance => new ChargedInstance(instance.Id, instance.ClusterName, instance.Region, Price, 1, 0, 0))]);

    public Task<SpotAccount> GetAccountAsync(IOperationHost host, CancellationToken cancellationToken) =>
        Task.FromResult(new SpotAccount { Provider = Provider, AccountId = Account, InstanceCount = _instances.Count });

    public IAsyncEnumerable<SpotOffer> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        new[] { new SpotOffer { Provider = Provider, OfferId = "bench", InstanceType = "bench", Region = "lab-1", HourlyPrice = Price } }.ToAsyncEnumerable();

    public void Dispose()
    {
    }

    private SpotException Lacking(ProviderCapability capability) => Facts.Lacking(capability, "")!;

    private static IEnumerable<Cluster> ClustersOf(IEnumerable<SpotInstance> instances) =>
        ClusterSummary.Build(Provider, [.. instances.Where(instance => instance.ClusterName is not null)], [], complete: true, NodeView.NotConfigured);

    private SpotRemovalOutcome Delete(string id) => _instances.RemoveAll(instance => instance.Id == id) > 0 ? SpotRemovalOutcome.Removed : SpotRemovalOutcome.AlreadyGone;

    private static SpotRemoval Outcome(string id, SpotRemovalOutcome outcome) => new() { Id = id, Provider = Provider, Type = "instance", Outcome = outcome };

    private IAsyncEnumerable<SpotInstance> Known(IReadOnlyList<InstanceKey> keys, IOperationHost host)
    {
        keys.Where(key => !Has(key.Id)).ToList().ForEach(key => host.Error(ClusterErrors.InstanceNotFound(key.Id)));
        return _instances.Where(instance => keys.Any(key => key.Id == instance.Id)).ToArray().ToAsyncEnumerable();
    }

    private IAsyncEnumerable<SpotInstance> Turn(IReadOnlyList<InstanceKey> keys, SpotInstanceState state, IOperationHost host)
    {
        _instances.Where(instance => keys.Any(key => key.Id == instance.Id)).ToList().ForEach(instance => instance.State = state);
        return Known(keys, host);
    }

    private SpotResource[] Select(RemovalScope scope) =>
    [
        .. _instances
            .Where(instance => (scope.ClusterName is { } name ? instance.ClusterName == name : instance.ClusterName is not null || scope.IncludeForeign)
                && Wildcard.IsAnyMatch([.. scope.Regions], instance.Region)
                && !scope.KeepClusters.Any(kept => instance.ClusterName is { } own && Wildcard.IsMatch(kept, own))
                && (scope.OlderThan is not { } age || clock.GetUtcNow() - instance.LaunchedAt >= age))
            .Select(instance => new SpotResource
            {
                Id = instance.Id,
                Type = "instance",
                Region = instance.Region,
                ClusterName = instance.ClusterName,
                CreatedAt = instance.LaunchedAt,
                Managed = instance.ClusterName is not null,
                Tagged = instance.ClusterName is not null,
                HourlyPrice = Price,
            }),
    ];

    private sealed class Plan(SpotPlan summary) : ClusterPlan
    {
        public override SpotPlan Summary => summary;
    }
}
