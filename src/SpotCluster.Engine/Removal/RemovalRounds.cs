namespace SpotCluster.Engine.Removal;

/// <summary>
/// Takes every region to its end, and then verifies all of them together: rounds in which each region is listed afresh at
/// the same time, until two in a row, some seconds apart, found every region empty. What a round finds is removed, and
/// the rounds begin anew. A single region is never verified by itself: something may be launched there while another
/// one is still being emptied. Both rounds list what EC2 has, where everything that runs lies; the second one also asks the
/// other services, whose index of tags does not change within seconds.
/// </summary>
internal sealed class RemovalRounds(IReadOnlyList<RegionRun> runs, RemovalContext context)
{
    /// <summary>Least time between the two rounds.</summary>
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(5);

    /// <summary>When the first of the two rounds began: what there was then, it would have listed.</summary>
    public DateTimeOffset? FirstEmptyAt { get; private set; }

    /// <summary>When the second one began; null when there was none.</summary>
    public DateTimeOffset? LastEmptyAt { get; private set; }

    /// <param name="scans">What was listed before, by region, which is taken out of it; empty to start with a listing.</param>
    /// <param name="listedAt">When that listing began, by the clock of the cloud; null where it dates from before the confirmation, and proves nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(Dictionary<string, RegionScan> scans, DateTimeOffset? listedAt, CancellationToken cancellationToken)
    {
        var begun = listedAt ?? context.CloudTime.GetUtcNow();
        var ends = await Task.WhenAll(runs.Select(run =>
            run.SettleAsync(scans.Remove(run.Region, out var scan) ? scan : null, isEvidence: listedAt is not null, asksOthers: true, cancellationToken))).ConfigureAwait(false);
        while (ends.Length > 0 && !ends.Contains(RegionEnd.Left))
        {
            if (!ends.All(end => end == RegionEnd.Empty))
            {
                FirstEmptyAt = null;
            }
            else if (FirstEmptyAt is not null)
            {
                LastEmptyAt = begun;
                return;
            }
            else
            {
                FirstEmptyAt = begun;
                await PauseAsync(cancellationToken).ConfigureAwait(false);
            }

            begun = context.CloudTime.GetUtcNow();
            ends = await Task.WhenAll(runs.Select(run => run.SettleAsync(null, isEvidence: true, asksOthers: FirstEmptyAt is not null, cancellationToken))).ConfigureAwait(false);
        }

        FirstEmptyAt = null;

        // Nothing is verified where something is left, but what other regions removed is still listed until it is seen to be gone.
        while (ends.Contains(RegionEnd.Drained))
        {
            ends = await Task.WhenAll(runs.Zip(ends, (run, end) =>
                end == RegionEnd.Drained ? run.SettleAsync(null, isEvidence: true, asksOthers: true, cancellationToken) : Task.FromResult(end))).ConfigureAwait(false);
        }
    }

    /// <summary>Lets the time between the rounds pass, and that in which an interrupted launch may still bring something to light.</summary>
    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        var now = context.Clock.GetUtcNow();
        var until = now + BetweenRounds;
        foreach (var run in runs)
        {
            if (context.CallsInFlight.SettledAt(run.Region, context.StartedAt) is { } settled && settled > now)
            {
                until = settled > until ? settled : until;
                context.Report($"A launch was interrupted; resources of its last calls may appear until {settled:u}", run.Region);
            }
        }

        await context.PauseAsync(until - now, cancellationToken).ConfigureAwait(false);
    }
}
