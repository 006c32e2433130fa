using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>AWS's attribute-based selection of instance types: types are found, and launched, by what they have.</summary>
internal static class AttributeSelection
{
    // EC2's way to switch its own limit off.
    private const int NoPriceProtection = 999_999;

    /// <summary>Types of a region that have what is required.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(
        IEc2Client ec2, InstanceRequirement requirement, SpotArchitecture? architecture, CancellationToken cancellationToken)
    {
        var request = new GetInstanceTypesFromInstanceRequirementsRequest
        {
            ArchitectureTypes = architecture switch
            {
                SpotArchitecture.X64 => ["x86_64"],
                SpotArchitecture.Arm64 => ["arm64"],
                _ => ["x86_64", "arm64"],
            },
            VirtualizationTypes = ["hvm"],
            InstanceRequirements = ToRequest(requirement),
        };
        try
        {
            var types = await ec2.GetAllInstanceTypesFromInstanceRequirementsAsync(request, cancellationToken).CollectAsync().ConfigureAwait(false);
            return [.. types.Select(type => type.InstanceType).OrderBy(type => type, StringComparer.Ordinal)];
        }
        catch (SpotException refused) when (refused.ServiceCode == "InvalidParameterValue")
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The instance requirement is not valid: {refused.Message}", refused)
            {
                Target = requirement.ToString(),
                ServiceCode = refused.ServiceCode,
                RequestId = refused.RequestId,
                RecommendedAction = "Specify values that EC2 has, such as gpu-name=a10g or gpu-manufacturer=nvidia.",
            };
        }
    }

    /// <summary>The requirement as a fleet takes it: of the types that have it, those of the plan and no others.</summary>
    public static InstanceRequirementsRequest ToOverride(InstanceRequirement requirement, IEnumerable<Pool> pools, bool hasMaxPrice)
    {
        var request = ToRequest(requirement);
        request.AllowedInstanceTypes = [.. pools.Select(pool => pool.InstanceType)];

        // The limit of the user takes the place of EC2's, twice the price of the cheapest type.
        request.SpotMaxPricePercentageOverLowestPrice = hasMaxPrice ? NoPriceProtection : null;
        return request;
    }

    private static InstanceRequirementsRequest ToRequest(InstanceRequirement requirement)
    {
        var gpu = requirement.Gpu is { Max: not 0 } wanted ? wanted : (NumberRange?)null;
        return new InstanceRequirementsRequest
        {
            VCpuCount = new VCpuCountRangeRequest { Min = (int)(requirement.VCpu.Min ?? 0), Max = (int?)requirement.VCpu.Max },
            MemoryMiB = new MemoryMiBRequest { Min = MiB(requirement.MemoryGiB.Min) ?? 0, Max = MiB(requirement.MemoryGiB.Max) },

            // Without a word about GPUs EC2 would also give types with them.
            AcceleratorCount = gpu is { } count ? new AcceleratorCountRequest { Min = (int?)count.Min, Max = (int?)count.Max } : new AcceleratorCountRequest { Max = 0 },
            AcceleratorTypes = gpu is null ? null : ["gpu"],
            AcceleratorNames = requirement.GpuNames.Count == 0 ? null : [.. requirement.GpuNames],
            AcceleratorManufacturers = requirement.GpuManufacturers.Count == 0 ? null : [.. requirement.GpuManufacturers],
            AcceleratorTotalMemoryMiB = requirement.GpuMemoryGiB is { Min: null, Max: null } ? null
                : new AcceleratorTotalMemoryMiBRequest { Min = MiB(requirement.GpuMemoryGiB.Min), Max = MiB(requirement.GpuMemoryGiB.Max) },
        };
    }

    private static int? MiB(decimal? gibibytes) => gibibytes is { } some ? (int)Math.Min(some * 1024, int.MaxValue) : null;
}
