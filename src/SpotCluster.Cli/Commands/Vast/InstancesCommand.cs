using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>instances</c>, which is <c>list --provider vast</c>: what is rented, what it costs, and how to get in.</summary>
internal static class InstancesCommand
{
    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "instances", "List the instances rented at Vast.ai, with their cost and how to log in.", VastOptions.IncludeForeign, VastOptions.OnlyVast);
        command.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(
            parsed,
            (run, token) =>
            {
                VastOptions.RequireVast(parsed, "instances");
                return ExecuteAsync(run, new InstanceQuery { IncludeForeign = parsed.GetValue(VastOptions.IncludeForeign) }, token);
            },
            cancellationToken));
        return command;
    }

    public static async Task ExecuteAsync(CommandRun run, InstanceQuery query, CancellationToken cancellationToken)
    {
        UnmanagedInstances? others = null;
        query = query with { OnUnmanaged = found => others = found };
        using var engine = run.OpenEngine();
        var instances = await run.Host.TrackAsync(async () =>
            await engine.Vast.GetInstancesAsync(query, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        run.Report.Add("instances", instances);
        run.Report.Add("hourlyPrice", InstanceTable.Sum(instances));
        if (instances.Count > 0 && !run.IsJson)
        {
            RentalTable.Write(run.Console, instances);
        }

        string[] missing = [.. query.Ids.Except(instances.Select(instance => instance.Id), StringComparer.Ordinal)];
        if (instances.Count == 0 && missing.Length == 0)
        {
            Messages.WriteNote(run.Console, others is null ? "No active instances." : "No managed instances.");
        }

        if (others is not null)
        {
            UnmanagedNote.Write(run, others);
        }

        foreach (var id in missing)
        {
            run.Host.Error(new SpotException(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No managed Vast.ai instance '{id}' exists.")
            {
                Target = id,
            });
        }
    }
}
