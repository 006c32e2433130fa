using System.Globalization;
using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>A range of numbers; null for no limit.</summary>
/// <param name="Min">Least.</param>
/// <param name="Max">Most.</param>
public readonly record struct NumberRange(decimal? Min, decimal? Max);

/// <summary>
/// What instance types must have, instead of their names: <c>vcpu=4-16 memory=16- gpu=1 gpu-name=t4 gpu-manufacturer=nvidia</c>.
/// A range is <c>4</c> (exactly), <c>4-16</c>, <c>4-</c> or <c>-16</c>.
/// </summary>
public sealed record InstanceRequirement
{
    private const string Advice = "Specify vcpu=4-16, memory=16-64 (GiB), gpu=1, gpu-memory=24- (GiB), gpu-name=a10g and gpu-manufacturer=nvidia; a range is 4, 4-16, 4- or -16.";

    private static readonly Regex RangeText = new(@"^(?<min>\d{1,9}(\.\d{1,3})?)?(?<dash>-(?<max>\d{1,9}(\.\d{1,3})?)?)?$", RegexOptions.CultureInvariant);

    /// <summary>Virtual processors.</summary>
    public NumberRange VCpu { get; private init; }

    /// <summary>Main memory, GiB.</summary>
    public NumberRange MemoryGiB { get; private init; }

    /// <summary>GPUs of one instance; null when none is wanted.</summary>
    public NumberRange? Gpu { get; private init; }

    /// <summary>Memory of all GPUs together, GiB.</summary>
    public NumberRange GpuMemoryGiB { get; private init; }

    /// <summary>Names of GPUs as AWS writes them, such as <c>a10g</c>; empty for any.</summary>
    public IReadOnlyList<string> GpuNames { get; private init; } = [];

    /// <summary>Manufacturers of GPUs as AWS writes them, such as <c>nvidia</c>; empty for any.</summary>
    public IReadOnlyList<string> GpuManufacturers { get; private init; } = [];

    /// <summary>Why one part cannot be read; null when it can.</summary>
    public static string? Check(string part)
    {
        try
        {
            Parse([part]);
            return null;
        }
        catch (SpotException unread)
        {
            return unread.RecommendedAction;
        }
    }

    /// <summary>Reads <c>key=value</c> parts; null for none. Throws for one that cannot be read.</summary>
    public static InstanceRequirement? Parse(IReadOnlyList<string> parts)
    {
        if (parts.Count == 0)
        {
            return null;
        }

        var read = new InstanceRequirement();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            var split = part.IndexOf('=');
            var key = (split < 0 ? part : part.Substring(0, split)).Trim().ToLowerInvariant();
            var value = split < 0 ? "" : part.Substring(split + 1).Trim();
            if (value.Length == 0 || (!seen.Add(key) && key is not ("gpu-name" or "gpu-manufacturer")))
            {
                throw Invalid(part, value.Length == 0 ? "has no value" : "repeats a key");
            }

            read = key switch
            {
                "vcpu" => read with { VCpu = Range(part, value, isWhole: true) },
                "memory" => read with { MemoryGiB = Range(part, value) },
                "gpu" => read with { Gpu = Range(part, value, isWhole: true) },
                "gpu-memory" => read with { GpuMemoryGiB = Range(part, value) },
                "gpu-name" => read with { GpuNames = [.. read.GpuNames, Name(value)] },
                "gpu-manufacturer" => read with { GpuManufacturers = [.. read.GpuManufacturers, Name(value)] },
                _ => throw Invalid(part, "has an unknown key"),
            };
        }

        // Who names a GPU wants one.
        var needsGpu = read.GpuNames.Count > 0 || read.GpuManufacturers.Count > 0 || read.GpuMemoryGiB.Min > 0;
        return read with { Gpu = read.Gpu ?? (needsGpu ? new NumberRange(1, null) : null) };
    }

    // Offers show the names of EC2's catalogue, "Radeon Pro V520"; requirements name them radeon-pro-v520.
    private static string Name(string value) => value.ToLowerInvariant().Replace(' ', '-').Replace('_', '-');

    private static NumberRange Range(string part, string value, bool isWhole = false)
    {
        if (RangeText.Match(value) is not { Success: true } match || value == "-")
        {
            throw Invalid(part, "is not a range");
        }

        var min = Number("min");
        var max = match.Groups["dash"].Success ? Number("max") : min;
        return min > max ? throw Invalid(part, "has a minimum above its maximum")
            : isWhole && (min % 1 > 0 || max % 1 > 0) ? throw Invalid(part, "is not a whole number")
            : new NumberRange(min, max);

        decimal? Number(string group) => match.Groups[group] is { Success: true } text ? decimal.Parse(text.Value, CultureInfo.InvariantCulture) : null;
    }

    private static SpotException Invalid(string part, string why) =>
        new(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The instance requirement '{VisibleText.Clean(part)}' {why}.")
        {
            Target = part,
            RecommendedAction = Advice,
        };
}
