using System.CommandLine;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>The options that describe offers of both clouds, and the query that they make for AWS.</summary>
internal static class OfferOptions
{
    public static readonly Option<string[]> InstanceType = new("--instance-type")
    {
        Description = "AWS: only these types; wildcards.",
        HelpName = "TYPE[,TYPE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<string[]> InstanceRequirement = new("--instance-requirement")
    {
        Description = "AWS: only types with vcpu, memory (GiB), gpu, gpu-memory (GiB), gpu-name, gpu-manufacturer; a range is 4, 4-16, 4- or -16.",
        HelpName = "KEY=RANGE[,KEY=RANGE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Architecture = new("--architecture")
    {
        Description = "AWS: x64 or arm64.",
        HelpName = "ARCHITECTURE",
    };

    private static readonly Option<string?> MinVCpu = new("--min-v-cpu", "--min-vcpu")
    {
        Description = "AWS: minimum number of vCPUs.",
        HelpName = "N",
    };

    private static readonly Option<string?> MinMemory = new("--min-memory-gib")
    {
        Description = "AWS: minimum memory in GiB.",
        HelpName = "GIB",
    };

    private static readonly Option<string?> Count = new("--count")
    {
        Description = "AWS: number of instances for the placement score. Default: 1.",
        HelpName = "N",
    };

    private static readonly Option<bool> NoScore = new("--no-score")
    {
        Description = "AWS: do not request placement scores.",
    };

    private static readonly Option<string?> Provider = new("--provider")
    {
        Description = "aws or vast. Default: vast, or aws if an option is given that only AWS supports.",
        HelpName = "CLOUD",
    };

    /// <summary>All of them, in the order of the help.</summary>
    public static Option[] All => [Provider, .. VastOptions.Filters, VastOptions.Limit, .. OnlyAws];

    private static Option[] OnlyAws => [CommonOptions.Region, InstanceType, InstanceRequirement, Architecture, MinVCpu, MinMemory, Count, NoScore];

    private static IEnumerable<Option> OnlyVast =>
        VastOptions.Filters.Except([VastOptions.GpuName, VastOptions.GpuCount, VastOptions.MinGpuMemory, VastOptions.MaxHourlyPrice]);

    /// <summary>The cloud that is named; where none is, the one that the options belong to. Refuses options of the other.</summary>
    public static SpotProvider ProviderOf(ParseResult parsed)
    {
        var provider = parsed.Choice(Provider, VastOptions.Providers) ?? (OnlyAws.Any(IsGiven) ? SpotProvider.Aws : SpotProvider.Vast);
        var foreign = (provider == SpotProvider.Aws ? OnlyVast : OnlyAws).FirstOrDefault(IsGiven);
        return foreign is null ? provider : throw new SpotException(
            SpotErrorIds.ParameterInvalid,
            SpotErrorCategory.InvalidArgument,
            $"{foreign.Name} is not supported for offers of {ProviderNames.Of(provider)}: omit it, or specify the other --provider.");

        bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
    }

    /// <summary>The query that they describe.</summary>
    public static OfferQuery ToQuery(ParseResult parsed) => new()
    {
        Regions = parsed.List(CommonOptions.Region),
        InstanceTypes = parsed.List(InstanceType),
        Requirement = Engine.Core.InstanceRequirement.Parse(parsed.List(InstanceRequirement)),
        Architecture = parsed.Choice(Architecture, Words.Architectures),
        MinVCpu = Whole(parsed, MinVCpu),
        MinMemoryGiB = Whole(parsed, MinMemory),
        GpuNames = parsed.List(VastOptions.GpuName),
        GpuCount = parsed.WholeNumber(VastOptions.GpuCount, 0, 64, SpotErrorIds.CountInvalid),
        MinGpuMemoryGiB = OfferQuery.ToGiB(parsed.Number(VastOptions.MinGpuMemory, 0, 100_000)),
        MaxHourlyPrice = parsed.Price(VastOptions.MaxHourlyPrice),
        Count = parsed.WholeNumber(Count, 1, 2000, SpotErrorIds.CountInvalid) ?? 1,
        IncludeScore = !parsed.GetValue(NoScore),
    };

    private static int? Whole(ParseResult parsed, Option<string?> option) =>
        parsed.WholeNumber(option, 0, 1_000_000, SpotErrorIds.ParameterInvalid);
}
