using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>rent</c>: rents one offer, by bid or on demand. <c>reserve</c> is the same on demand.</summary>
internal static class RentCommand
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(15);

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Wait until the instance is running.",
    };

    public static Command Build() => Build(
        "rent", "Rent one offer of Vast.ai, by bid unless --on-demand is given.", onDemand: false, VastOptions.Bid, VastOptions.OnDemand);

    /// <summary>The same on demand, under the name that the users of Vast.ai's tools know.</summary>
    public static Command BuildReserve() => Build(
        "reserve", "Rent one offer of Vast.ai on demand.", onDemand: true);

    private static Command Build(string name, string description, bool onDemand, params Option[] more)
    {
        var command = CommonOptions.CloudCommand(
            name,
            description,
            [
                VastOptions.OfferId, .. more, VastOptions.Label, VastOptions.MaxHourlyPrice, .. VastOptions.Machine, Wait, CommonOptions.Timeout,
                VastOptions.OnlyVast,
            ]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, name, onDemand, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, string name, bool onDemand, CancellationToken cancellationToken)
    {
        VastOptions.RequireVast(parsed, name);
        var timeout = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid) ?? DefaultWait;
        var credit = new ShutdownAnswer(run, VastOptions.IsForced(parsed));
        var request = VastOptions.ToRentRequest(parsed, onDemand) with { OnInsufficientCredit = credit.ToResponse(VastOptions.PolicyOf(parsed)) };
        using var engine = run.OpenEngine();
        run.AfterInterruption = () => run.Calls.Changes == 0 ? null : "To see what was rented: spotcluster instances";
        var instance = await run.Host.WatchAsync(() => engine.Vast.RentAsync(request, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("instance", instance);
        Messages.WriteNote(
            run.Console,
            $"Rented instance {instance.Id} ({instance.GpuName}) for {Cells.HourlyPrice(instance.HourlyPrice)} per hour. "
            + $"To stop its billing: spotcluster destroy --instance-id {instance.Id}");
        if (parsed.GetValue(Wait))
        {
            await WaitAsync(run, engine.Vast, instance, timeout, cancellationToken).ConfigureAwait(false);
        }
        else if (!run.IsJson)
        {
            RentalTable.Write(run.Console, [instance]);
        }
    }

    private static async Task WaitAsync(CommandRun run, IVastService vast, SpotInstance instance, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(instance.Id, null, SpotProvider.Vast);
        var running = await run.Host.TrackAsync(async () =>
            await vast.WaitAsync([key], WaitCondition.Running, timeout, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false))
            .ConfigureAwait(false);
        run.Report.Add("instances", running);
        if (!run.IsJson && running.Count > 0)
        {
            RentalTable.Write(run.Console, running);
        }
    }
}
