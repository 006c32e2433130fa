using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Vast.ai as a provider.</summary>
internal sealed class VastProvider(Lazy<VastService> service) : ICloudProvider, IOfferSource
{
    /// <summary>What it is, and what it does not have.</summary>
    public static ProviderFacts OfVast { get; } = new()
    {
        Provider = SpotProvider.Vast,
        IsInstanceId = InstanceKey.IsVastId,
        MayHaveRegion = RegionNames.MayBeVast,
        IsManaged = VastInstances.IsManaged,
        RegionAdvice = "Specify a place from Get-SpotInstance, for example 'Sweden, SE' or '*, SE', or omit the region.",
        Missing = new Dictionary<ProviderCapability, MissingCapability>
        {
            [ProviderCapability.Resize] = new(
                "Cluster '{0}' runs at Vast.ai, where clusters cannot be resized.",
                "Rent more instances with New-SpotInstance, or remove instances with Remove-SpotInstance."),
            [ProviderCapability.ChangeCluster] = new(
                "Cluster '{0}' runs at Vast.ai, where the expiry is part of the rent and nothing has tags.",
                "Rent further instances with another -ExpiresIn; names and bids are changed with Set-SpotInstance."),
            [ProviderCapability.ConsoleOutput] = new(
                "Cannot get the console output of {0}: an instance at Vast.ai is a container, and has no console.",
                "Get its log: Get-SpotLog, spotcluster logs; with -Daemon (--daemon) that of its host.",
                SpotErrorIds.ParameterInvalid),
            [ProviderCapability.RequestField] = new(
                "{0} is not supported at Vast.ai.", "Omit it, or launch at AWS.", SpotErrorIds.ParameterInvalid),
        },
    };

    public ProviderFacts Facts => OfVast;

    public bool HasCredentials => service.Value.HasKey;

    public IClusterService Clusters => new VastClusters(service.Value);

    public IPowerService Power => new VastPower(service.Value);

    public IRemovalService Removal => new VastRemovalService(service.Value);

    public CostSource Costs => new(this) { Charged = service.Value, Offers = this };

    public TimeSpan? Skew => service.IsValueCreated ? (service.Value.Time as ServiceTime)?.Skew : null;

    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => service.Value.GetIdentityAsync(cancellationToken);

    public async Task<string?> GetAccountIdAsync(CancellationToken cancellationToken)
    {
        var id = (await VastAccount.GetAsync(service.Value, SilentHost.Instance, cancellationToken).ConfigureAwait(false)).AccountId;
        return id == RemovalPlan.UnreadableAccount ? null : id;
    }

    public IAsyncEnumerable<SpotOffer> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken) => service.Value.FindOffersAsync(
        new OfferQuery
        {
            GpuNames = query.GpuNames,
            GpuCount = query.GpuCount,
            MinGpuMemoryGiB = query.MinGpuMemoryGiB,
            MinMemoryGiB = query.MinMemoryGiB,
            MinVCpu = query.MinVCpu,
            MaxHourlyPrice = query.MaxHourlyPrice,
        },
        host,
        cancellationToken);

    public void Dispose()
    {
        if (service.IsValueCreated)
        {
            service.Value.Dispose();
        }
    }
}
