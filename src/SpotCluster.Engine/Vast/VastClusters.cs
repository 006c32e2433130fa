using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Vast;

/// <summary>Clusters at Vast.ai: instances with one label, rented by price.</summary>
internal sealed class VastClusters(IVastService vast) : IClusterService
{
    private const string UsualImage = "pytorch/pytorch:latest";

    public async Task<ClusterPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        RequireFields(request);
        var rental = new RentalClusterRequest
        {
            Name = request.Name,
            Count = request.Count,
            Image = request.Image ?? UsualImage,
            ExpiresIn = request.ExpiresIn,
            Lease = request.Lease,
            MaxIdle = request.MaxIdle,
            PublicKeys = [.. request.PublicKeyPaths.Select(PublicKeyFile.Read)],
            Offers = new OfferQuery { Provider = SpotProvider.Vast, MaxHourlyPrice = request.MaxHourlyPrice },
        };
        return new VastPlan(rental, await vast.PlanAsync(rental, host, cancellationToken).ConfigureAwait(false));
    }

    public Task<Cluster> LaunchAsync(ClusterPlan plan, IOperationHost host, CancellationToken cancellationToken) =>
        plan is VastPlan own
            ? vast.LaunchAsync(own.Request, host, cancellationToken)
            : throw new ArgumentException("The plan was not made by this service.", nameof(plan));

    public Task<ResizePlan> PlanResizeAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        throw VastProvider.OfVast.Lacking(ProviderCapability.Resize, request.Name)!;

    public Task<Cluster> ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        throw VastProvider.OfVast.Lacking(ProviderCapability.Resize, plan.Summary.ClusterName)!;

    public Task<Cluster?> SetAsync(ClusterChange change, RemovalPlan everything, IOperationHost host, CancellationToken cancellationToken) =>
        throw VastProvider.OfVast.Lacking(ProviderCapability.ChangeCluster, change.Name)!;

    public Task RenewLeaseAsync(LeaseRenewal lease, CancellationToken cancellationToken) =>
        vast.RenewLeaseAsync(lease.ClusterName, lease.Length, SilentHost.Instance, cancellationToken);

    public IAsyncEnumerable<SpotInstance> GetInstancesAsync(InstanceQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        vast.GetInstancesAsync(query, host, cancellationToken);

    public IAsyncEnumerable<Cluster> GetClustersAsync(ClusterQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        vast.GetClustersAsync(query, host, cancellationToken);

    public IAsyncEnumerable<SpotChange> WatchAsync(ClusterQuery query, TimeSpan interval, IOperationHost host, CancellationToken cancellationToken) =>
        new ClusterWatcher(GetInstancesAsync, (vast.Time as ServiceTime)?.Clock ?? vast.Time).WatchAsync(query, interval, host, cancellationToken);

    public IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances, WaitCondition condition, TimeSpan timeout, IOperationHost host, CancellationToken cancellationToken) =>
        vast.WaitAsync(instances, condition, timeout, host, cancellationToken);

    private static void RequireFields(ClusterRequest request)
    {
        (bool IsGiven, string Name)[] fields =
        [
            (request.Regions.Count > 0, "A region"),
            (request.Zones.Count > 0, "A zone"),
            (request.InstanceTypes.Count + request.InstanceRequirements.Count > 0, "An instance type"),
            (request.Architecture is not null, "An architecture"),
            (request.MaxHourlyCost is not null, "A maximum hourly cost of the cluster"),
            (request.Fallback != SpotFallback.None, "A fallback"),
            (request.Maintain, "Maintaining the number of instances"),
            (request.UseDefaultVpc, "The default VPC"),
            (request.UserData is not null, "User data"),
            (request.Tags.Count > 0, "A tag"),
        ];
        if (Array.Find(fields, field => field.IsGiven).Name is { } name)
        {
            throw VastProvider.OfVast.Lacking(ProviderCapability.RequestField, name)!;
        }
    }

    private sealed class VastPlan(RentalClusterRequest request, SpotPlan summary) : ClusterPlan
    {
        public RentalClusterRequest Request => request;

        public override SpotPlan Summary => summary;
    }
}
