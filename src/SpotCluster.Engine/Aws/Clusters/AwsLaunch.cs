using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>A launch on AWS: one fleet of its own per region, none waiting for another.</summary>
internal sealed class AwsLaunch : IClusterLaunch
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    /// <summary>How long the other of two launches may take to remove its template.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TimeProvider _clock;
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
        _clock = session.Clock;
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
    public async Task<EarlierLaunch?> FindEarlierAsync(CancellationToken cancellationToken)
    {
        var deadline = _clock.GetUtcNow() + Patience;
        while (true)
        {
            // For each other run the first region that both are in decides, so that both come to the same result.
            var rivals = _regions.Values.OrderBy(region => region.Region, StringComparer.Ordinal).SelectMany(region => region.Rivals())
                .GroupBy(pair => pair.Rival.Run, StringComparer.Ordinal).Select(run => run.First()).ToList();
            if (rivals.Find(pair => pair.IsEarlier).Rival is { } earlier)
            {
                return earlier;
            }

            // Within one second it is the id that decides, and the other may have looked before it could see this one: only
            // when it has gone, this one was the first.
            if (rivals.Find(pair => pair.IsSameSecond).Rival is not { } twin)
            {
                return null;
            }

            if (_clock.GetUtcNow() >= deadline)
            {
                return twin;
            }

            await _clock.PauseAsync(BetweenLooks, cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(_regions.Values.Select(region => region.LookForRivalsAsync(cancellationToken))).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> DescribeCreated() =>
        [.. _regions.Values.Select(region => region.DescribeCreated()).OfType<string>().OrderBy(line => line, StringComparer.Ordinal)];
}
