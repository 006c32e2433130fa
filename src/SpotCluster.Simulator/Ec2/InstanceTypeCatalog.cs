namespace SpotCluster.Simulator.Ec2;

/// <summary>An instance type.</summary>
internal sealed record InstanceTypeInfo
{
    public required string Name { get; init; }

    public required string Family { get; init; }

    public required int VCpus { get; init; }

    public required int MemoryMiB { get; init; }

    /// <summary><c>x86_64</c> or <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    public required string Manufacturer { get; init; }

    /// <summary>On-demand USD per hour in us-east-1, Linux.</summary>
    public required decimal OnDemandPrice { get; init; }

    public int GpuCount { get; init; }

    public string? GpuName { get; init; }

    public string? GpuManufacturer { get; init; }

    public int GpuMemoryMiB { get; init; }

    public int InstanceStoreGB { get; init; }

    public bool Burstable => Family[0] == 't';

    public int ThreadsPerCore => Architecture == "arm64" || VCpus == 1 ? 1 : 2;

    public int Generation => Family.First(char.IsDigit) - '0';

    public string NetworkPerformance => VCpus >= 48 ? "25 Gigabit" : VCpus >= 8 ? "Up to 12.5 Gigabit" : "Up to 5 Gigabit";
}

/// <summary>The types that can be launched: real names, sizes and list prices.</summary>
internal static class InstanceTypeCatalog
{
    private const string Arm = "arm64";
    private const string Intel = "x86_64";

    private static readonly (string Size, int VCpus)[] CommonSizes =
        [("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("8xlarge", 32), ("12xlarge", 48), ("16xlarge", 64), ("24xlarge", 96)];

    private static readonly (string Size, int VCpus, double MemoryGiB, decimal ShareOfLarge)[] BurstableSizes =
    [
        ("nano", 2, 0.5, 0.0625m), ("micro", 2, 1, 0.125m), ("small", 2, 2, 0.25m), ("medium", 2, 4, 0.5m),
        ("large", 2, 8, 1m), ("xlarge", 4, 16, 2m), ("2xlarge", 8, 32, 4m),
    ];

    // Family, architecture, maker, GiB per vCPU, USD per hour of ".large" in us-east-1.
    private static readonly (string Family, string Architecture, string Manufacturer, int MemoryPerVCpu, decimal Large)[] Families =
    [
        ("m5", Intel, "Intel", 4, 0.096m), ("m5a", Intel, "AMD", 4, 0.086m), ("m6i", Intel, "Intel", 4, 0.096m),
        ("m6a", Intel, "AMD", 4, 0.0864m), ("m7i", Intel, "Intel", 4, 0.1008m), ("m6g", Arm, "AWS", 4, 0.077m),
        ("m7g", Arm, "AWS", 4, 0.0816m), ("c5", Intel, "Intel", 2, 0.085m), ("c5a", Intel, "AMD", 2, 0.077m),
        ("c6i", Intel, "Intel", 2, 0.085m), ("c6a", Intel, "AMD", 2, 0.0765m), ("c6g", Arm, "AWS", 2, 0.068m),
        ("c7g", Arm, "AWS", 2, 0.0725m), ("r5", Intel, "Intel", 8, 0.126m), ("r6i", Intel, "Intel", 8, 0.126m),
        ("r6g", Arm, "AWS", 8, 0.1008m), ("r7g", Arm, "AWS", 8, 0.1071m),
    ];

    private static readonly (string Family, string Architecture, string Manufacturer, decimal Large)[] BurstableFamilies =
        [("t2", Intel, "Intel", 0.0928m), ("t3", Intel, "Intel", 0.0832m), ("t3a", Intel, "AMD", 0.0752m), ("t4g", Arm, "AWS", 0.0672m)];

    private static readonly InstanceTypeInfo[] Accelerated =
    [
        Gpu("g4dn.xlarge", 4, 16, 0.526m, 1, "T4", 16384, 125), Gpu("g4dn.2xlarge", 8, 32, 0.752m, 1, "T4", 16384, 225),
        Gpu("g4dn.4xlarge", 16, 64, 1.204m, 1, "T4", 16384, 225), Gpu("g4dn.12xlarge", 48, 192, 3.912m, 4, "T4", 16384, 900),
        Gpu("g5.xlarge", 4, 16, 1.006m, 1, "A10G", 24576, 250), Gpu("g5.2xlarge", 8, 32, 1.212m, 1, "A10G", 24576, 450),
        Gpu("g5.12xlarge", 48, 192, 5.672m, 4, "A10G", 24576, 3800), Gpu("g6.xlarge", 4, 16, 0.8048m, 1, "L4", 24576, 250),
        Gpu("p3.2xlarge", 8, 61, 3.06m, 1, "V100", 16384, 0), Gpu("p3.8xlarge", 32, 244, 12.24m, 4, "V100", 16384, 0),
        Gpu("p4d.24xlarge", 96, 1152, 32.7726m, 8, "A100", 40960, 8000), Gpu("p5.48xlarge", 192, 2048, 98.32m, 8, "H100", 81920, 30400),
    ];

    public static readonly IReadOnlyList<InstanceTypeInfo> All = Make();

    private static readonly Dictionary<string, InstanceTypeInfo> ByName = All.ToDictionary(type => type.Name, StringComparer.Ordinal);

    public static InstanceTypeInfo? Find(string name) => ByName.TryGetValue(name, out var type) ? type : null;

    /// <summary>
    /// Whether a zone has a type. The same for every seed: which zone lacks which type is a property of AWS, not of chance.
    /// The small t3 and t3a are everywhere but in us-east-1e, the old zone that has t2 and m5 only.
    /// </summary>
    public static bool IsOffered(RegionInfo region, string zone, InstanceTypeInfo type)
    {
        if (zone == "us-east-1e")
        {
            return type.Family is "t2" or "m5" or "c5" or "r5";
        }

        if (type.Family is "t2" or "t3" or "t3a" or "m5")
        {
            return true;
        }

        if (type.Family is "p4d" or "p5" or "p3" && region.Name is not ("us-east-1" or "us-west-2" or "eu-west-1" or "ap-northeast-1"))
        {
            return false;
        }

        var missing = type.GpuCount > 0 ? 0.4 : type.Generation >= 7 ? 0.2 : type.Family == "t4g" ? 0.05 : 0.1;
        return Chance.Unit(0, $"offering/{zone}/{type.Family}") >= missing;
    }

    private static InstanceTypeInfo Gpu(
        string name, int vCpus, int memoryGiB, decimal price, int count, string gpu, int gpuMemoryMiB, int storeGB) => new()
        {
            Name = name,
            Family = name.Substring(0, name.IndexOf('.')),
            VCpus = vCpus,
            MemoryMiB = memoryGiB * 1024,
            Architecture = Intel,
            Manufacturer = name.StartsWith("g5", StringComparison.Ordinal) ? "AMD" : "Intel",
            OnDemandPrice = price,
            GpuCount = count,
            GpuName = gpu,
            GpuManufacturer = "NVIDIA",
            GpuMemoryMiB = gpuMemoryMiB,
            InstanceStoreGB = storeGB,
        };

    private static InstanceTypeInfo[] Make() =>
    [
        .. from family in BurstableFamilies
           from size in BurstableSizes
           select new InstanceTypeInfo
           {
               Name = $"{family.Family}.{size.Size}",
               Family = family.Family,
               VCpus = family.Family == "t2" && size.MemoryGiB < 4 ? 1 : size.VCpus,
               MemoryMiB = (int)(size.MemoryGiB * 1024),
               Architecture = family.Architecture,
               Manufacturer = family.Manufacturer,
               OnDemandPrice = family.Large * size.ShareOfLarge,
           },
        .. from family in Families
           from size in CommonSizes
           select new InstanceTypeInfo
           {
               Name = $"{family.Family}.{size.Size}",
               Family = family.Family,
               VCpus = size.VCpus,
               MemoryMiB = size.VCpus * family.MemoryPerVCpu * 1024,
               Architecture = family.Architecture,
               Manufacturer = family.Manufacturer,
               OnDemandPrice = family.Large * size.VCpus / 2,
           },
        .. Accelerated,
    ];
}
