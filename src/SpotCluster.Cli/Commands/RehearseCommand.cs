using System.CommandLine;
using System.Globalization;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rehearsal;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;

namespace SpotCluster.Cli.Commands;

/// <summary><c>rehearse</c>: the whole life of a cluster on the simulated cloud, with the real engine. No account, no network.</summary>
internal static class RehearseCommand
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(100);

    private static readonly Option<string?> Seed = new("--seed")
    {
        Description = "Seed of the simulated cloud; the same seed gives the same run. Default: 1.",
        HelpName = "N",
    };

    private static readonly Option<bool> Agent = new("--agent")
    {
        Description = "Run the scenarios of the termination agent instead: real agent, real backend, simulated EC2.",
    };

    private static readonly ClusterRequest Request = new()
    {
        Name = "rehearsal",
        Regions = ["us-east-1", "us-west-2", "eu-central-1"],
        Count = 6,
        ExpiresIn = TimeSpan.FromHours(8),
    };

    private static readonly ClusterRequest VastRequest = new() { Name = "rehearsal", Count = 3 };

    public static Command Build()
    {
        var command = CommonOptions.Command(
            "rehearse", "Run the whole lifecycle of a cluster on a simulated cloud, without account or network, in seconds.", Seed, VastOptions.Provider, Agent);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var seed = parsed.WholeNumber(Seed, 0, int.MaxValue, SpotErrorIds.ParameterInvalid) ?? 1;
        run.AfterInterruption = () => "The simulated cloud existed only in this process; nothing remains.";
        if (parsed.GetValue(Agent))
        {
            await using var stage = await AgentRehearsal.OpenAsync(run, seed, cancellationToken).ConfigureAwait(false);
            await AgentScenarios.PlayAsync(stage, cancellationToken).ConfigureAwait(false);
            return;
        }

        var start = run.Clock.GetTimestamp();
        var journal = Directory.CreateTempSubdirectory("spotcluster-rehearsal-");
        try
        {
            using var cloud = new SimulatedCloud(new SimulatorOptions { Seed = seed, Latency = Latency });
            using var transport = cloud.CreateHandler();
            using var engine = run.OpenEngine(new EngineOptions
            {
                Transport = transport,
                Clock = cloud.Clock,
                Settings = new SpotSettings { Orchestrators = [cloud.Orchestrator.Address], OrchestratorUrl = cloud.Orchestrator.Url },
                JournalDirectory = journal.FullName,
            });
            var isVast = VastOptions.ProviderOf(parsed, []) == SpotProvider.Vast;
            var context = new RehearsalContext(run, cloud, engine) { Request = isVast ? VastRequest : Request };
            var begin = context.Now;
            context.Story.Say($"A cluster of {Cells.Count(context.Request.Count, "instance")} on a simulated cloud, from launch to removal. The engine and its calls are real.");
            await RehearsalScript.RunAsync(context, isVast ? RehearsalScript.VastSteps : RehearsalScript.Steps, cancellationToken).ConfigureAwait(false);

            var simulated = context.Now - begin;
            var real = run.Clock.GetElapsedTime(start);
            run.Report.Add("seed", seed);
            run.Report.Add("calls", run.Calls.Calls);
            run.Report.Add("simulatedSeconds", simulated.TotalSeconds);
            run.Report.Add("realSeconds", real.TotalSeconds);
            context.Story.Say("");
            context.Story.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"{Cells.Count(run.Calls.Calls, "call")}, {Cells.Duration(simulated)} of simulated time in {Cells.Duration(real)} of real time (seed {seed})."));
        }
        finally
        {
            journal.Delete(recursive: true);
        }
    }
}
