using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>One thing that costs: per hour now, and until now.</summary>
/// <param name="Hourly">USD per hour.</param>
/// <param name="Spent">USD.</param>
internal readonly record struct CostItem(Amount Hourly, Amount Spent)
{
    public static readonly CostItem Unknown = new(Amount.Unknown, Amount.Unknown);

    public bool IsWhole => Hourly.IsWhole && Spent.IsWhole;

    public static CostItem operator +(CostItem left, CostItem right) => new(left.Hourly + right.Hourly, left.Spent + right.Spent);
}

/// <summary>Adds up one row.</summary>
internal sealed class CostTally(SpotCostScope scope, string name)
{
    private CostItem _compute = new(Amount.Zero, Amount.Zero);
    private CostItem _storage = new(Amount.Zero, Amount.Zero);
    private CostItem _publicIp = new(Amount.Zero, Amount.Zero);
    private int _machines;
    private int _disks;
    private int _addresses;
    private int _unknown;

    public string? ClusterName { get; init; }

    public string? Region { get; init; }

    /// <summary>Adds a machine; one that is gone has a cost and is not counted.</summary>
    public void AddMachine(CostItem item, bool exists)
    {
        _machines += exists ? 1 : 0;
        _compute += Count(item);
    }

    /// <summary>Adds a disk; one that is not there any more is not counted.</summary>
    public void AddDisk(CostItem item, bool exists)
    {
        _disks += exists ? 1 : 0;
        _storage += Count(item);
    }

    /// <summary>Adds an address; where it is not known whether there was one, it is not counted as one.</summary>
    public void AddAddress(CostItem item, bool exists)
    {
        _addresses += exists ? 1 : 0;
        _publicIp += Count(item);
    }

    /// <summary>Adds a region that did not answer: every part of the sum may be more.</summary>
    public void AddUnknownRegion()
    {
        _unknown++;
        _compute += CostItem.Unknown;
        _storage += CostItem.Unknown;
        _publicIp += CostItem.Unknown;
    }

    public SpotCost ToCost(DateTimeOffset at)
    {
        var sum = _compute + _storage + _publicIp;
        return new SpotCost
        {
            Scope = scope,
            Name = name,
            ClusterName = ClusterName,
            Region = Region,
            HourlyCost = sum.Hourly.Value,
            CostToDate = sum.Spent.Value,
            Projected24Hours = sum.Hourly.Value * 24,
            KnownHourlyCost = sum.Hourly.LowerBound,
            KnownCostToDate = sum.Spent.LowerBound,
            ComputeHourlyPrice = _compute.Hourly.Value,
            ComputeCost = _compute.Spent.Value,
            StorageHourlyPrice = _storage.Hourly.Value,
            StorageCost = _storage.Spent.Value,
            PublicIpHourlyPrice = _publicIp.Hourly.Value,
            PublicIpCost = _publicIp.Spent.Value,
            InstanceCount = _machines,
            VolumeCount = _disks,
            PublicIpCount = _addresses,
            UnknownCount = _unknown,
            MeasuredAt = at,
        };
    }

    private CostItem Count(CostItem item)
    {
        _unknown += item.IsWhole ? 0 : 1;
        return item;
    }
}
