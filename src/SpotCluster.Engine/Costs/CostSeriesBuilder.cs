namespace SpotCluster.Engine.Costs;

/// <summary>From what is used to what it cost per hour at each time. Every start, end and change of price is a step.</summary>
internal static class CostSeriesBuilder
{
    public static IReadOnlyList<CostSeries> Build(IReadOnlyList<(string Region, RegionUsage? Usage)> answers, DateTimeOffset now)
    {
        var series = new SortedDictionary<(string Cluster, string Region), Changes>();
        foreach (var (region, usage) in answers)
        {
            if (usage is not null)
            {
                Add(series, region, usage, now);
            }
        }

        return [.. series.Select(pair => new CostSeries(
            pair.Key.Cluster.Length > 0 ? pair.Key.Cluster : null, pair.Key.Region, pair.Value.ToSteps(now)))];
    }

    private static void Add(SortedDictionary<(string Cluster, string Region), Changes> series, string region, RegionUsage usage, DateTimeOffset now)
    {
        var history = new PriceHistory(usage.Prices);
        var owners = usage.Machines.ToDictionary(machine => machine.Id, machine => machine.ClusterName, StringComparer.Ordinal);
        foreach (var machine in usage.Machines)
        {
            // A run whose begin or end nobody tells has no place in time; the sums say that something is missing.
            if (machine.StartedAt is not { } start || (machine.IsBilled ? now : machine.EndedAt) is not { } end || end <= start)
            {
                continue;
            }

            var changes = Of(machine.ClusterName);
            (decimal Known, int Unknown) before = (0, 0);
            foreach (var (at, price) in history.Steps(machine, start, end))
            {
                var after = ((price ?? 0) + machine.PublicIpHourlyPrice, price is null ? 1 : 0);
                changes.Add(at, after.Item1 - before.Known, after.Item2 - before.Unknown);
                before = after;
            }

            if (end < now)
            {
                changes.Add(end, -before.Known, -before.Unknown);
            }
        }

        foreach (var disk in usage.Disks.Where(disk => disk.CreatedAt < now))
        {
            var owner = disk.ClusterName ?? (disk.InstanceId is { } id && owners.TryGetValue(id, out var cluster) ? cluster : null);
            Of(owner).Add(disk.CreatedAt!.Value, disk.HourlyPrice ?? 0, disk.HourlyPrice is null ? 1 : 0);
        }

        Changes Of(string? cluster)
        {
            var key = (cluster ?? "", region);
            if (!series.TryGetValue(key, out var changes))
            {
                series[key] = changes = new Changes();
            }

            return changes;
        }
    }

    /// <summary>By how much the price changes, and when.</summary>
    private sealed class Changes
    {
        private readonly SortedDictionary<DateTimeOffset, (decimal Known, int Unknown)> _at = [];

        public void Add(DateTimeOffset at, decimal known, int unknown)
        {
            _at.TryGetValue(at, out var sum);
            _at[at] = (sum.Known + known, sum.Unknown + unknown);
        }

        public List<CostStep> ToSteps(DateTimeOffset now)
        {
            var steps = new List<CostStep>(_at.Count + 1);
            (decimal Known, int Unknown) level = (0, 0);
            foreach (var (at, change) in _at)
            {
                level = (level.Known + change.Known, level.Unknown + change.Unknown);
                steps.Add(new CostStep(at, level.Known, level.Unknown));
            }

            if (steps.Count > 0 && steps[steps.Count - 1].At < now)
            {
                steps.Add(steps[steps.Count - 1] with { At = now });
            }

            return steps;
        }
    }
}
