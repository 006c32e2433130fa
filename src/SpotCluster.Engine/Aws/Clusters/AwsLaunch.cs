using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Clusters.Journal;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>A launch on AWS: one fleet of its own per region, none waiting for another.</summary>
internal sealed class AwsLaunch : IClusterLaunch
{
    private readonly IReadOnlyDictionary<string, RegionFleet> _regions;

    public AwsLaunch(
        IAwsSession session,
        SpotSettings settings,
        LaunchSpec spec,
        LaunchCheck check,
        IJournalRun run,
        UnavailablePools unavailable,
        IOperationHost host)
    {
        _regions = check.Regions.OfType<AwsRegionCheck>().ToDictionary(
            region => region.Region,
            region => new RegionFleet(session, spec, region, new LaunchTags(settings, spec, run.Entry, region.Region), run, unavailable, host),
            StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public Task<FillResult> FillAsync(FillOrder order, CancellationToken cancellationToken) =>
        _regions[order.Region].FillAsync(order, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SpotInstance>> SettleAsync(string region, CancellationToken cancellationToken) =>
        _regions[region].SettleAsync(cancellationToken);

    /// <inheritdoc/>
    public IReadOnlyList<string> DescribeCreated() =>
        [.. _regions.Values.Select(region => region.DescribeCreated()).OfType<string>().OrderBy(line => line, StringComparer.Ordinal)];
}
