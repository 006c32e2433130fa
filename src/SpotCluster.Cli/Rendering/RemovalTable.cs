using System.Globalization;
using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>What a removal would take, what became of it, and the proof.</summary>
internal static class RemovalTable
{
    /// <summary>What would be deleted: a line per cluster, region and kind.</summary>
    public static void WritePlan(IAnsiConsole target, IConsole console, RemovalPlan plan)
    {
        var table = Tables.Create(console, "Cluster", "Region", "Kind", ">Number", "Which").WrapLast();
        var groups = plan.Resources
            .GroupBy(resource => (Cluster: resource.ClusterName ?? "", resource.Region, resource.Type))
            .OrderBy(group => group.Key);
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
            target.Write(table);
        }

        target.Write(Cells.Of(
            $"{Cells.Count(plan.Resources.Count, "resource")} of account {plan.AccountId}, {Cells.HourlyPrice(plan.HourlyPrice)} per hour."));
        target.WriteLine();
        foreach (var unknown in plan.Unknown)
        {
            target.Write(Cells.Colored($"Could not be listed: {unknown}", Color.Red));
            target.WriteLine();
        }
    }

    /// <summary>What became of it: a line per region, kind and outcome; what is left is named.</summary>
    public static void Write(IConsole console, IReadOnlyCollection<SpotRemoval> removals)
    {
        var table = Tables.Create(console, "Region", "Kind", ">Number", "Outcome", ">After", "Why").WrapLast();
        var groups = removals
            .GroupBy(removal => (removal.Region, removal.Type, removal.Outcome, removal.Code, removal.Reason, removal.BlockedBy))
            .OrderBy(group => group.Key.Region, StringComparer.Ordinal)
            .ThenBy(group => group.Max(removal => removal.Elapsed));
        foreach (var group in groups)
        {
            var ids = Shorten([.. group.Select(removal => removal.Id)]);
            table.Add(
                Cells.Of(group.Key.Region),
                Cells.Of(group.Key.Type),
                Cells.Of(Cells.Number(group.Count())),
                Outcome(group.Key.Outcome),
                Cells.Of(Cells.Duration(group.Max(removal => removal.Elapsed))),
                Cells.Of(IsGone(group.Key.Outcome) ? "" : Why(ids, group.First())));
        }

        if (removals.Count > 0)
        {
            console.Out.Write(table);
        }
    }

    public static void WriteProof(IConsole console, SpotProof proof)
    {
        var scope = proof.ClusterName is { } name ? $"cluster '{name}'" : "the filter tag";
        if (proof.Proven)
        {
            console.Out.Write(Cells.Colored(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Proven: nothing of {scope} is left in account {proof.AccountId}. {Cells.Count(proof.Listings, "complete listing")} of {Cells.Count(proof.Regions.Length, "region")}, the first empty one ended {Cells.Time(proof.FirstEmptyAt)}, the last {Cells.Time(proof.LastEmptyAt)}."),
                Color.Green));
            console.Out.WriteLine();
            return;
        }

        console.Out.Write(Cells.Colored($"Not proven: {Cells.Count(proof.Residue.Length, "resource")} of {scope} left, {Cells.Count(proof.Unknown.Length, "place")} could not be listed.", Color.Red));
        console.Out.WriteLine();
        foreach (var resource in proof.Residue)
        {
            console.Out.Write(Cells.Of($"  left: {resource.Type} {resource.Id} in {resource.Region}"));
            console.Out.WriteLine();
        }

        foreach (var unknown in proof.Unknown)
        {
            console.Out.Write(Cells.Of($"  unknown: {unknown}"));
            console.Out.WriteLine();
        }
    }

    /// <summary>True when the resource is no longer there.</summary>
    public static bool IsGone(SpotRemovalOutcome outcome) => outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone;

    private static string Why(string ids, SpotRemoval removal)
    {
        var blocker = removal.BlockedBy is { } id ? $" (held by {id})" : "";
        return $"{ids}: {removal.Code} {removal.Reason}{blocker}";
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
