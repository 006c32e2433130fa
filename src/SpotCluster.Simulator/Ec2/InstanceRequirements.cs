using SpotCluster.Simulator.Aws;

namespace SpotCluster.Simulator.Ec2;

/// <summary>Attribute-based selection of instance types, with the refusals of EC2.</summary>
internal static class InstanceRequirements
{
    private static readonly string[] Known =
    [
        "VCpuCount", "MemoryMiB", "MemoryGiBPerVCpu", "CpuManufacturer", "ExcludedInstanceType", "AllowedInstanceType", "InstanceGeneration",
        "BareMetal", "BurstablePerformance", "LocalStorage", "AcceleratorType", "AcceleratorCount", "AcceleratorManufacturer", "AcceleratorName",
        "AcceleratorTotalMemoryMiB", "SpotMaxPricePercentageOverLowestPrice", "OnDemandMaxPricePercentageOverLowestPrice",
    ];

    private static readonly string[] Manufacturers = ["amazon-web-services", "amd", "nvidia", "xilinx", "habana"];

    private static readonly string[] Names =
    [
        "a100", "inferentia", "k520", "k80", "m60", "radeon-pro-v520", "t4", "vu9p", "v100", "a10g", "h100", "t4g", "l40s", "l4",
        "gaudi-hl-205", "inferentia2", "trainium", "trainium2", "u30",
    ];

    /// <summary>The types of the catalogue that meet the requirements.</summary>
    public static IEnumerable<InstanceTypeInfo> Select(QueryNode requirements)
    {
        Check(requirements);
        return InstanceTypeCatalog.All.Where(type => Meets(requirements, type));
    }

    private static void Check(QueryNode requirements)
    {
        if (requirements.Names.FirstOrDefault(name => !Known.Contains(name)) is { } unknown)
        {
            throw new ServiceFaultException(400, "UnsupportedOperation", $"The simulator does not support the instance requirement {unknown}.");
        }

        foreach (var name in new[] { "VCpuCount", "MemoryMiB" })
        {
            _ = requirements[name].Decimal("Min") ?? throw AwsFaults.Missing($"InstanceRequirements.{name}.Min");
        }

        foreach (var name in new[] { "VCpuCount", "MemoryMiB", "MemoryGiBPerVCpu", "AcceleratorCount", "AcceleratorTotalMemoryMiB" })
        {
            if (requirements[name].Decimal("Min") > requirements[name].Decimal("Max"))
            {
                throw AwsFaults.Invalid($"The minimum of {name} must not be greater than its maximum.");
            }
        }

        if (requirements.Texts("AllowedInstanceType").Count > 0 && requirements.Texts("ExcludedInstanceType").Count > 0)
        {
            throw AwsFaults.InvalidCombination("AllowedInstanceTypes and ExcludedInstanceTypes must not be specified together.");
        }

        CheckNames("AllowedInstanceType", null);
        CheckNames("AcceleratorManufacturer", Manufacturers);
        CheckNames("AcceleratorName", Names);

        void CheckNames(string name, string[]? allowed)
        {
            var values = requirements.Texts(name);
            if (values.Count > 400)
            {
                throw AwsFaults.Invalid($"The number of {name} values exceeds 400.");
            }

            if (allowed is not null && values.FirstOrDefault(value => !allowed.Contains(value)) is { } other)
            {
                throw AwsFaults.Invalid($"Value ({other}) for parameter {name} is invalid.");
            }
        }
    }

    private static bool Meets(QueryNode requirements, InstanceTypeInfo type)
    {
        var allowed = requirements.Texts("AllowedInstanceType");
        var gpuManufacturers = requirements.Texts("AcceleratorManufacturer");
        var gpuNames = requirements.Texts("AcceleratorName");
        var gpuTypes = requirements.Texts("AcceleratorType");
        var manufacturers = requirements.Texts("CpuManufacturer");
        var generations = requirements.Texts("InstanceGeneration");
        return IsIn("VCpuCount", type.VCpus)
            && IsIn("MemoryMiB", type.MemoryMiB)
            && IsIn("MemoryGiBPerVCpu", type.MemoryMiB / 1024m / type.VCpus)
            && IsIn("AcceleratorCount", type.GpuCount)
            && IsIn("AcceleratorTotalMemoryMiB", (decimal)type.GpuCount * type.GpuMemoryMiB)
            && (allowed.Count == 0 || Ec2Call.MatchesAny(allowed, [type.Name]))
            && !Ec2Call.MatchesAny(requirements.Texts("ExcludedInstanceType"), [type.Name])
            && (gpuTypes.Count == 0 || (type.GpuCount > 0 && gpuTypes.Contains("gpu")))
            && (gpuManufacturers.Count == 0 || (type.GpuManufacturer is { } maker && gpuManufacturers.Contains(maker.ToLowerInvariant())))
            && (gpuNames.Count == 0 || (type.GpuName is { } gpu && gpuNames.Contains(gpu.ToLowerInvariant().Replace(' ', '-'))))
            && (manufacturers.Count == 0 || manufacturers.Contains(type.Manufacturer == "AWS" ? "amazon-web-services" : type.Manufacturer.ToLowerInvariant()))
            && (generations.Count == 0 || generations.Contains(type.Family == "t2" ? "previous" : "current"))
            && IsWanted("BurstablePerformance", type.Burstable, "excluded")
            && IsWanted("BareMetal", false, "excluded")
            && IsWanted("LocalStorage", type.InstanceStoreGB > 0, "included");

        bool IsIn(string name, decimal value) =>
            value >= (requirements[name].Decimal("Min") ?? 0) && value <= (requirements[name].Decimal("Max") ?? decimal.MaxValue);

        bool IsWanted(string name, bool has, string usual) => (requirements.Text(name) ?? usual) switch
        {
            "excluded" => !has,
            "required" => has,
            _ => true,
        };
    }
}
