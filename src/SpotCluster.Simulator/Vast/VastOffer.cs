namespace SpotCluster.Simulator.Vast;

/// <summary>One offer: a number of GPUs of one computer. Its prices follow from the seed and the time alone.</summary>
internal sealed class VastOffer
{
    private static readonly TimeSpan PriceStep = TimeSpan.FromMinutes(30);
    private static readonly (string Name, int MemoryMB, double Price, int Power)[] Gpus =
    [
        ("RTX 4090", 24564, 0.38, 450), ("RTX 3090", 24576, 0.19, 350), ("RTX 5090", 32607, 0.56, 575), ("Tesla P40", 24576, 0.11, 250),
        ("RTX A6000", 49140, 0.48, 300), ("L40S", 46068, 0.72, 350), ("A100 SXM4", 81920, 1.15, 400), ("H100 SXM", 81559, 2.10, 700),
    ];

    private static readonly (string Place, string Code)[] Places =
    [
        ("Sweden", "SE"), ("California", "US"), ("Texas", "US"), ("Quebec", "CA"), ("Germany", "DE"), ("Bulgaria", "BG"), ("Thailand", "TH"), ("Japan", "JP"),
    ];

    private readonly int _seed;
    private readonly SimulatedVastOptions _options;

    public VastOffer(int seed, int index, SimulatedVastOptions options)
    {
        _seed = seed;
        _options = options;
        Index = index;
        Id = 20_000_000 + (index * 97) + Chance.Below(seed, $"vast/offer/{index}", 90);

        // The first eight are one of each GPU, so that every market has them all.
        var gpu = Gpus[index < Gpus.Length ? index : Chance.Below(seed, $"vast/gpu/{index}", Gpus.Length)];
        GpuName = gpu.Name;
        GpuMemoryMB = gpu.MemoryMB;
        GpuPower = gpu.Power;
        GpuCount = index < Gpus.Length ? 1 : 1 << Chance.Below(seed, $"vast/count/{index}", 4);
        ListPrice = Money(gpu.Price * GpuCount * (0.85 + (0.3 * Unit("price"))));
        StoragePerMonth = Money(0.08 + (0.17 * Unit("storage")));
        (Place, Country) = Places[Chance.Below(seed, $"vast/place/{index}", Places.Length)];
        Reliability = Math.Round(0.90 + (0.0999 * Math.Sqrt(Unit("reliability"))), 4);
        Verified = index < Gpus.Length || Unit("verified") < 0.85;
        DiskGB = 100 + (25 * Chance.Below(seed, $"vast/disk/{index}", 60));
    }

    public int Index { get; }

    public long Id { get; }

    public long MachineId => 4000 + Index;

    public long HostId => 700 + (Index / 3);

    public string GpuName { get; }

    public int GpuMemoryMB { get; }

    public int GpuPower { get; }

    public int GpuCount { get; }

    /// <summary>USD per hour on demand, without disk.</summary>
    public decimal ListPrice { get; }

    /// <summary>USD per GB and month.</summary>
    public decimal StoragePerMonth { get; }

    public string Place { get; }

    public string Country { get; }

    public double Reliability { get; }

    public bool Verified { get; }

    public int DiskGB { get; }

    public int Cores => 8 * GpuCount;

    public int MemoryMB => 32_000 * GpuCount;

    public decimal UploadPrice => Money(0.002 + (0.01 * Unit("up")));

    public decimal DownloadPrice => Money(0.001 + (0.008 * Unit("down")));

    public string Address => FormattableString.Invariant($"203.0.113.{1 + (Index % 250)}");

    /// <summary>Set by a test: the lowest bid from now on; null for the market's.</summary>
    public decimal? FixedBid { get; set; }

    /// <summary>Set by a test: somebody else holds it from now on.</summary>
    public bool TakenForGood { get; set; }

    /// <summary>USD per hour of a disk: a month has 720 hours here.</summary>
    public decimal DiskHourly(decimal sizeGB) => StoragePerMonth * sizeGB / 720m;

    /// <summary>The lowest bid that wins at a time, USD per hour without disk.</summary>
    public decimal MinBid(DateTimeOffset now)
    {
        if (FixedBid is { } bid)
        {
            return bid;
        }

        var middle = 0.45 + (0.25 * Unit("discount"));
        var swing = _options.Volatility * ((2 * Chance.Unit(_seed, $"vast/bid/{Index}/{Step(now)}")) - 1);
        return Money((double)ListPrice * middle * (1 + swing));
    }

    /// <summary>True while somebody else holds it.</summary>
    public bool IsTaken(DateTimeOffset now) => TakenForGood || Chance.Unit(_seed, $"vast/taken/{Index}/{Step(now)}") < _options.TakenShare;

    private static long Step(DateTimeOffset now) => now.UtcTicks / PriceStep.Ticks;

    private static decimal Money(double value) => Math.Round((decimal)value, 6);

    private double Unit(string what) => Chance.Unit(_seed, $"vast/{what}/{Index}");
}
