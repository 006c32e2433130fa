using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary>Finds the machines that a command is to work on.</summary>
internal static class ChosenInstances
{
    /// <summary>
    /// The machines of ours that fit. An id that is not among them is an error beside the others; when nothing fits at all,
    /// that ends the command before anything was changed.
    /// </summary>
    public static async Task<List<SpotInstance>> FindAsync(
        CommandRun run, IEngineSession engine, InstanceQuery query, CancellationToken cancellationToken)
    {
        var found = await run.Host.TrackAsync(async () => await engine.Clusters
            .GetInstancesAsync(query, run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        string[] missing = [.. query.Ids.Except(found.Select(machine => machine.Id), StringComparer.Ordinal)];
        if (found.Count == 0 && run.Host.ErrorCount == 0)
        {
            throw NotFound(missing.Length > 0 ? string.Join(", ", missing) : null);
        }

        foreach (var error in missing.Select(id => NotFound(id)).Concat(ClusterErrors.Missing(query.ClusterNames, found.Select(machine => machine.ClusterName)).Select(ClusterErrors.NoInstance)))
        {
            run.Host.Error(error);
        }

        return found;
    }

    /// <summary>What the engine needs to know of them.</summary>
    public static InstanceKey[] Keys(IEnumerable<SpotInstance> machines, bool includeForeign = false) =>
        [.. machines.Select(machine => new InstanceKey(machine.Id, machine.Region, machine.Provider)
        {
            IncludeForeign = includeForeign && machine.Provider == SpotProvider.Vast,
        })];

    /// <summary>Machines by their ids alone, with the region where exactly one is named.</summary>
    public static InstanceKey[] Keys(IEnumerable<string> ids, IReadOnlyList<string> regions)
    {
        var region = regions is [var only] && !Wildcard.IsPattern(only) ? only : null;
        return [.. ids.Select(id => new InstanceKey(id, region))];
    }

    /// <summary>Their ids, as the options take them.</summary>
    public static string Ids(IEnumerable<SpotInstance> machines) => string.Join(',', machines.Select(machine => machine.Id));

    /// <summary>A machine and where it is: <c>i-0123 (demo, us-east-1a)</c>.</summary>
    public static string Describe(SpotInstance machine)
    {
        var place = string.Join(", ", new[] { machine.ClusterName, machine.Zone ?? machine.Region }.Where(part => !string.IsNullOrEmpty(part)));
        return place.Length == 0 ? machine.Id : $"{machine.Id} ({place})";
    }

    /// <summary>Shows which machines something would be done to.</summary>
    public static void ReportWhatIf(CommandRun run, List<SpotInstance> machines, string action)
    {
        run.Report.Add("instances", machines);
        if (!run.IsJson && machines.Count > 0)
        {
            InstanceTable.Write(run.Console.Out, run.Console, machines, run.Now);
        }

        Messages.WriteNote(run.Console, $"What if: {action} {Cells.Count(machines.Count, "instance")}; nothing was changed.");
    }

    private static SpotException NotFound(string? ids) => new(
        SpotErrorIds.InstanceNotFound,
        SpotErrorCategory.NotFound,
        ids is null ? "No managed instance matches." : $"No managed instance matches '{ids}'.")
    {
        Target = ids,
        RecommendedAction = "List the instances with: spotcluster list. Unmanaged instances are not changed.",
    };
}
