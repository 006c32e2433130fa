using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>stop</c>: stops machines: their disks stay, and are billed on.</summary>
internal static class StopCommand
{
    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt for unmanaged instances. A stop prompts for nothing else.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "stop",
            "Stop instances. Their disks remain and are still billed. AWS does not support stopping one-time spot instances.",
            [.. InstanceOptions.All, VastOptions.IncludeForeign, Force, CommonOptions.WhatIf]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = InstanceOptions.ToWorkQuery(parsed);
        using var engine = run.OpenEngine();
        var stop = new InstanceChange("Stop", keys => engine.Power.StopAsync(keys, run.Host, cancellationToken)) { Caution = Caution };
        var stopped = await stop.ExecuteAsync(run, parsed, engine, query, parsed.GetValue(Force), cancellationToken).ConfigureAwait(false);
        if (stopped.Count > 0)
        {
            var ids = ChosenInstances.Ids(stopped);
            run.Host.Warning(
                $"Disks of stopped instances are still billed. To show the cost: spotcluster cost --instance-id {ids}. To remove them: spotcluster destroy --instance-id {ids}");
        }
    }

    private static string? Caution(IReadOnlyCollection<SpotInstance> machines)
    {
        var spot = machines.Count(machine => machine is { Provider: SpotProvider.Aws, Lifecycle: SpotLifecycle.Spot });
        return spot == 0 ? null : $"AWS does not support stopping one-time spot instances: {Cells.Count(spot, "instance")} would be refused.";
    }
}
