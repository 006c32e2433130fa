using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>What a removal would take, what became of it, and the proof.</summary>
internal static class RemovalTable
{
    /// <summary>What would be deleted: a line per cluster, region and kind.</summary>
    public static void WritePlan(IAnsiConsole target, IConsole console, RemovalPlan plan)
    {
        var table = new ReportTable(console, "Cluster", "Region", "Kind", ">Number", "~Which");
        var groups = plan.Resources
            .GroupBy(resource => (Cluster: resource.ClusterName ?? "", resource.Region, resource.Type))
            .OrderBy(group => group.Key.Cluster, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Region, StringComparer.Ordinal).ThenBy(group => group.Key.Type, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            table.Add(
                Cells.Strong(group.Key.Cluster),
                Cells.Of(group.Key.Region),
                Cells.Of(group.Key.Type),
                Cells.Of(Cells.Number(group.Count())),
                Cells.Of(Shorten([.. group.Select(resource => resource.Id)])));
        }

        if (plan.Resources.Count > 0)
        {
            table.Write(target);
        }

        target.Write(Cells.Of(
            $"{Cells.Count(plan.Resources.Count, "resource")}{(plan.Filter.IsEmpty ? "" : $" with {plan.Filter}")} at {ProviderNames.Of(plan.Provider)}, account {plan.AccountId}{(plan.Regions.Count == 0 ? "" : $", {Cells.Count(plan.Regions.Count, "region")}")}, {Cells.HourlyPrice(plan.HourlyPrice)} per hour."));
        target.WriteLine();
        WriteFilterTag(target, plan.FilterTag, plan.FilterTagSource);
        foreach (var group in plan.Skipped.GroupBy(removal => removal.Reason).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            target.Write(Cells.Of($"{Cells.Count(group.Count(), "resource")} retained: {group.Key}"));
            target.WriteLine();
        }

        WriteUnmanaged(target, "Included although not managed", [.. plan.Resources.Where(resource => !resource.Managed)]);
        WriteUnmanaged(target, "Excluded", plan.Unmanaged);
        foreach (var unknown in ByCause(plan.Unknown))
        {
            target.Write(Cells.Colored($"Could not be listed: {unknown}", Color.Red));
            target.WriteLine();
        }
    }

    // A line per cause, with every region that has it.
    private static IEnumerable<string> ByCause(IEnumerable<string> unknown) => unknown
        .Select(line => line.Split(": ", 2))
        .GroupBy(parts => parts[^1], parts => parts[0], StringComparer.Ordinal)
        .Select(group => $"{string.Join(", ", group.Distinct(StringComparer.Ordinal))}: {group.Key}");

    private static void WriteFilterTag(IAnsiConsole target, string filterTag, string source)
    {
        if (filterTag.Length > 0)
        {
            target.Write(Cells.Of($"Filter tag: {filterTag} ({source})."));
            target.WriteLine();
        }
    }

    private static void WriteNotCovered(IAnsiConsole target, SpotProof proof)
    {
        if (proof.NotCovered.Length > 0)
        {
            target.Write(Cells.Colored($"Not covered by the proof: {string.Join("; ", proof.NotCovered)}.", Color.Yellow));
            target.WriteLine();
        }
    }

    private static void WriteUnmanaged(IAnsiConsole target, string what, IReadOnlyList<SpotResource> resources)
    {
        const int Shown = 20;
        foreach (var resource in resources.Take(Shown))
        {
            target.Write(Cells.Colored($"{what}: {UnmanagedText.Line(resource)}", Color.Yellow));
            target.WriteLine();
        }

        if (resources.Count > Shown)
        {
            target.Write(Cells.Colored($"{what}: {Cells.Number(resources.Count - Shown)} more", Color.Yellow));
            target.WriteLine();
        }
    }

    /// <summary>What became of it: a line per kind for what is gone, a line per region and reason for what is not.</summary>
    public static void Write(IConsole console, IReadOnlyCollection<SpotRemoval> removals)
    {
        if (removals.Count == 0)
        {
            return;
        }

        var table = new ReportTable(console, "Kind", ">Number", "Outcome", "~Where", ">After");
        var gone = removals.Where(removal => IsGone(removal.Outcome))
            .GroupBy(removal => (removal.Type, removal.Outcome))
            .OrderBy(group => group.Key.Type, StringComparer.Ordinal).ThenBy(group => group.Key.Outcome);
        foreach (var group in gone)
        {
            Add(table, group.Key.Type, group.Key.Outcome, Regions(group), [.. group]);
        }

        var left = removals.Where(removal => !IsGone(removal.Outcome))
            .GroupBy(removal => (removal.Region, removal.Type, removal.Outcome, removal.Code, removal.Reason, removal.BlockedBy))
            .OrderBy(group => group.Key.Region, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Type, StringComparer.Ordinal).ThenBy(group => group.Key.Reason, StringComparer.Ordinal);
        foreach (var group in left)
        {
            Add(table, group.Key.Type, group.Key.Outcome, Why(group), [.. group]);
        }

        table.Write();
    }

    /// <summary>The proof in one sentence, or what is in its way.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="kept">Number of resources that were left on purpose.</param>
    public static void WriteProof(IConsole console, SpotProof proof, int kept = 0)
    {
        console.Out.Write(Cells.Colored(ProofText.Of(proof, kept), proof.Proven ? Color.Green : Color.Red));
        console.Out.WriteLine();
        WriteFilterTag(console.Out, proof.FilterTag, proof.FilterTagSource);
        foreach (var hidden in proof.Hidden)
        {
            console.Out.Write(Cells.Colored(hidden, Color.Yellow));
            console.Out.WriteLine();
        }

        if (proof.Proven)
        {
            WriteUnmanaged(console.Out, "Not covered, remains", proof.Unmanaged);
            WriteNotCovered(console.Out, proof);
            return;
        }

        foreach (var resource in proof.Residue)
        {
            console.Out.Write(Cells.Of($"  {(proof.Unknown.Length > 0 ? "not verified as removed" : "remains")}: {resource.Type} {resource.Id} in {resource.Region}"));
            console.Out.WriteLine();
        }

        WriteUnmanaged(console.Out, "Not covered, remains", proof.Unmanaged);
        foreach (var unknown in ByCause(proof.Unknown))
        {
            console.Out.Write(Cells.Of($"  unknown: {unknown}"));
            console.Out.WriteLine();
        }
    }

    /// <summary>True when the resource is no longer there.</summary>
    public static bool IsGone(SpotRemovalOutcome outcome) => outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone;

    private static void Add(ReportTable table, string kind, SpotRemovalOutcome outcome, string where, SpotRemoval[] group) => table.Add(
        Cells.Of(kind),
        Cells.Of(Cells.Number(group.Length)),
        Outcome(outcome),
        Cells.Of(where),
        Cells.Of(Cells.Duration(group.Max(removal => removal.Elapsed))));

    private static string Regions(IEnumerable<SpotRemoval> group)
    {
        string[] regions = [.. group.Select(removal => removal.Region).Distinct(StringComparer.Ordinal)];
        return regions is [var only] ? only : Cells.Count(regions.Length, "region");
    }

    private static string Why(IEnumerable<SpotRemoval> group)
    {
        var first = group.First();

        // The reason of one that was to go names it, its place and what holds it; that of one that was kept is for all of them.
        return first.Reason?.StartsWith(first.Id, StringComparison.Ordinal) == true
            ? $"{first.Reason} ({first.Code})"
            : $"{first.Region}: {Shorten([.. group.Select(removal => removal.Id)])} {first.Code} {first.Reason}";
    }

    private static string Shorten(string[] ids)
    {
        const int Shown = 3;
        return ids.Length <= Shown ? string.Join(' ', ids) : $"{string.Join(' ', ids[..Shown])} and {Cells.Number(ids.Length - Shown)} more";
    }

    private static Text Outcome(SpotRemovalOutcome outcome) => Cells.Colored(outcome.ToString(), outcome switch
    {
        SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone => Color.Green,
        SpotRemovalOutcome.Skipped => Color.Yellow,
        _ => Color.Red,
    });
}
