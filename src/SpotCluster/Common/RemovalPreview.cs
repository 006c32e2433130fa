using System.Globalization;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>What a removal would take, in words.</summary>
internal static class RemovalPreview
{
    /// <summary>One resource.</summary>
    public static string Line(SpotResource resource) =>
        $"{resource.Type} {resource.Id} ({(resource.ClusterName is { } cluster ? cluster + ", " : "")}{resource.Region})";

    /// <summary>All of it in one sentence.</summary>
    public static string Summary(RemovalPlan plan)
    {
        var machines = plan.Resources.Count(resource => resource.Type == "instance");
        var price = plan.HourlyPrice is { } hourly ? string.Format(CultureInfo.InvariantCulture, "{0:0.####} USD per hour saved", hourly) : "saving unknown";
        var skipped = plan.Skipped.Count == 0 ? "" : $", {Counted(plan.Skipped.Count, "resource")} excluded";
        var unmanaged = plan.Unmanaged.Count == 0 ? "" : $", {Counted(plan.Unmanaged.Count, "unmanaged resource")} excluded";
        var unknown = plan.Unknown.Count == 0 ? "" : $", not listed: {string.Join("; ", plan.Unknown)}";
        var tag = plan.FilterTag.Length == 0 ? "" : $"{(plan.Filter.IsEmpty ? "" : ",")} with the filter tag {plan.FilterTag} ({plan.FilterTagSource})";
        return $"{plan.Filter.Described}{tag} at {Scope(plan)}: {Counted(machines, "instance")} and "
            + $"{Counted(plan.Resources.Count - machines, "other resource")}{plan.UnmanagedPart}, {price}{skipped}{unmanaged}{unknown}";
    }

    /// <summary>What was looked at: provider, account and regions.</summary>
    public static string Scope(RemovalPlan plan)
    {
        var regions = plan.Regions.Count switch
        {
            0 => "",
            <= 3 => $" in {string.Join(", ", plan.Regions)}",
            var count => string.Format(CultureInfo.InvariantCulture, " in {0} regions", count),
        };
        return $"{ProviderNames.Of(plan.Provider)}, account {plan.AccountId}{regions}";
    }

    /// <summary>A line per cluster, region and kind.</summary>
    public static IEnumerable<string> Table(RemovalPlan plan) => plan.Resources
        .GroupBy(resource => (Cluster: resource.ClusterName ?? "no cluster", resource.Region))
        .OrderBy(group => group.Key)
        .Select(group => $"  {group.Key.Cluster}, {group.Key.Region}: "
            + string.Join(", ", group.GroupBy(resource => resource.Type).Select(kind => $"{kind.Count()} {kind.Key}")));

    /// <summary>A line for each resource that SpotCluster does not manage: included by an option, or excluded.</summary>
    public static IEnumerable<string> Unmanaged(RemovalPlan plan) =>
        Shortened("Included although not managed", [.. plan.Resources.Where(resource => !resource.Managed)])
            .Concat(Shortened("Excluded", plan.Unmanaged));

    private static IEnumerable<string> Shortened(string what, IReadOnlyList<SpotResource> resources)
    {
        const int Shown = 20;
        var lines = resources.Take(Shown).Select(resource => $"  {what}: {UnmanagedText.Line(resource)}");
        return resources.Count > Shown ? lines.Append($"  {what}: {resources.Count - Shown} more") : lines;
    }

    private static string Counted(int number, string word) =>
        string.Format(CultureInfo.InvariantCulture, number == 1 ? "{0} {1}" : "{0} {1}s", number, word);
}
