using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>From what is used to what it costs.</summary>
internal sealed class CostReportBuilder(DateTimeOffset now)
{
    private readonly CostTally _total = new(SpotCostScope.Total, "");
    private readonly SortedDictionary<string, CostTally> _clusters = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CostTally> _regions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Cluster, string Id), CostTally> _machines = [];
    private int _unanswered;

    /// <summary>Adds a region that answered.</summary>
    public void Add(string region, RegionUsage usage)
    {
        var history = new PriceHistory(usage.Prices);
        var regional = Tally(_regions, region, () => new CostTally(SpotCostScope.Region, region) { Region = region });
        var owners = new Dictionary<string, (string Cluster, CostTally Machine)>(StringComparer.Ordinal);
        foreach (var machine in usage.Machines)
        {
            var cluster = machine.ClusterName ?? "";
            var own = new CostTally(SpotCostScope.Instance, machine.Id) { ClusterName = machine.ClusterName, Region = region };
            _machines[(cluster, machine.Id)] = own;
            owners[machine.Id] = (cluster, own);
            foreach (var row in new[] { _total, regional, Cluster(cluster), own })
            {
                row.AddMachine(Compute(machine, history), exists: !machine.IsGone);
                if (machine.IsGone)
                {
                    row.AddDisk(new CostItem(Amount.Zero, Amount.Unknown), exists: false);
                }

                if (machine.PublicIpHourlyPrice > 0)
                {
                    row.AddAddress(Address(machine), exists: true);
                }
                else if (!machine.IsBilled)
                {
                    // A stopped machine gives its address back; whether it had one is not told any more.
                    row.AddAddress(new CostItem(Amount.Zero, Amount.Unknown), exists: false);
                }
            }
        }

        foreach (var disk in usage.Disks)
        {
            var owner = disk.InstanceId is { } id && owners.TryGetValue(id, out var found) ? found : default;
            foreach (var row in new[] { _total, regional, Cluster(disk.ClusterName ?? owner.Cluster ?? ""), owner.Machine })
            {
                row?.AddDisk(Disk(disk), exists: true);
            }
        }

        foreach (var address in usage.Addresses)
        {
            foreach (var row in new[] { _total, regional, Cluster(address.ClusterName ?? "") })
            {
                row.AddAddress(Idle(address), exists: true);
            }
        }
    }

    private static CostItem Idle(AddressUsage address) => new(Amount.Of(address.HourlyPrice), Amount.Unknown);

    /// <summary>Adds a machine whose cloud tells by itself what it has charged.</summary>
    public void Add(ChargedInstance machine)
    {
        var cluster = machine.ClusterName ?? "";
        var own = new CostTally(SpotCostScope.Instance, machine.Id) { ClusterName = machine.ClusterName, Region = machine.Region };
        _machines[(cluster, machine.Id)] = own;
        var regional = Tally(_regions, machine.Region, () => new CostTally(SpotCostScope.Region, machine.Region) { Region = machine.Region });
        foreach (var row in new[] { _total, regional, Cluster(cluster), own })
        {
            row.AddMachine(new CostItem(Amount.Of(machine.ComputeHourlyPrice), Amount.Of(machine.ComputeCost)), exists: true);
            row.AddDisk(new CostItem(Amount.Of(machine.DiskHourlyPrice), Amount.Of(machine.DiskCost)), exists: true);
        }
    }

    /// <summary>Adds a region that did not answer.</summary>
    public void AddUnanswered(string region)
    {
        _unanswered++;
        _total.AddUnknownRegion();
        Tally(_regions, region, () => new CostTally(SpotCostScope.Region, region) { Region = region }).AddUnknownRegion();
    }

    /// <summary>The rows. Any cluster may have more in a region that did not answer.</summary>
    public CostReport Build(SpotBudget? budget)
    {
        foreach (var cluster in _clusters.Values)
        {
            for (var count = 0; count < _unanswered; count++)
            {
                cluster.AddUnknownRegion();
            }
        }

        var total = _total.ToCost(now);
        return new CostReport(
            total,
            [.. _clusters.Values.Select(row => row.ToCost(now))],
            [.. _regions.Values.Select(row => row.ToCost(now))],
            [.. _machines.Values.Select(row => row.ToCost(now))],
            budget is { } limit ? Budgets.Check(total, limit) : null);
    }

    private CostTally Cluster(string name) => Tally(
        _clusters, name, () => new CostTally(SpotCostScope.Cluster, name) { ClusterName = name.Length > 0 ? name : null });

    private static CostTally Tally(SortedDictionary<string, CostTally> rows, string name, Func<CostTally> make)
    {
        if (!rows.TryGetValue(name, out var row))
        {
            rows[name] = row = make();
        }

        return row;
    }

    private CostItem Compute(MachineUsage machine, PriceHistory history)
    {
        var hourly = !machine.IsBilled ? Amount.Zero : Amount.Of(history.At(machine, now));
        if (machine.StartedAt is not { } start || (machine.IsBilled ? now : machine.EndedAt) is not { } end)
        {
            return new CostItem(hourly, Amount.Unknown);
        }

        var spent = history.Between(machine, start, end);
        return new CostItem(hourly, machine.HasEarlierRuns ? spent + Amount.Unknown : spent);
    }

    private CostItem Address(MachineUsage machine)
    {
        var spent = machine.IsBilled && machine.StartedAt is { } start
            ? new Amount(machine.PublicIpHourlyPrice * Since(start), IsWhole: !machine.HasEarlierRuns)
            : Amount.Unknown;
        return new CostItem(Amount.Of(machine.PublicIpHourlyPrice), spent);
    }

    private CostItem Disk(DiskUsage disk) =>
        new(Amount.Of(disk.HourlyPrice), Amount.Of(disk.CreatedAt is { } created ? disk.HourlyPrice * Since(created) : null));

    private decimal Since(DateTimeOffset start) => Math.Max(0, PriceHistory.Hours(now - start));
}
