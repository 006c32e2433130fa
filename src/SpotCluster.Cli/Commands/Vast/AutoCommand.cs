using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>auto</c>: rents the cheapest fitting offers, and waits until they run.</summary>
internal static class AutoCommand
{
    private static readonly Argument<string[]> CommandWords = new("COMMAND")
    {
        Description = "Run this after -- on one instance, then destroy the instance, and end with the exit code of the command.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string[]> Upload = new("--upload")
    {
        Description = "With a command: copy this to the instance first; LOCAL, or LOCAL:REMOTE; repeatable.",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> Download = new("--download")
    {
        Description = "With a command: copy this from the instance when it has ended; REMOTE, or REMOTE:LOCAL; repeatable.",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "auto",
            "Rent the cheapest fitting offers of Vast.ai up to a price, and wait until they run; what does not start is destroyed.",
            [.. VastOptions.Launch, Upload, Download, NodeOptions.PrivateKeyPath, CommonOptions.Timeout, CommonOptions.WhatIf, VastOptions.OnlyVast]);
        command.Add(CommandWords);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        VastOptions.RequireVast(parsed, "auto");
        var request = VastOptions.ToClusterRequest(parsed);
        if (request.Offers.MaxHourlyPrice is null)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "Say what a machine may cost at most: --max-hourly-price 0.40");
        }

        request = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid) is { } timeout ? request with { StartTimeout = timeout } : request;
        var credit = new CreditAnswer(run, VastOptions.IsForced(parsed));
        request = request with { OnInsufficientCredit = credit.ToResponse(VastOptions.PolicyOf(parsed)) };
        var words = parsed.GetValue(CommandWords) ?? [];
        if (words.Length > 0 && run.IsJson)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--json is not supported with a command: its output is that of the instance.");
        }

        if (words.Length == 0)
        {
            VastOptions.Refuse(parsed, "no command after --", Upload, Download, NodeOptions.PrivateKeyPath);
        }

        using var engine = run.OpenEngine();
        if (words.Length > 0 && !parsed.GetValue(CommonOptions.WhatIf))
        {
            var job = new RentalJob(string.Join(' ', words), parsed.GetValue(Upload) ?? [], parsed.GetValue(Download) ?? [], parsed.GetValue(NodeOptions.PrivateKeyPath));
            await job.RunAsync(run, engine, request, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (parsed.GetValue(CommonOptions.WhatIf))
        {
            await ShowAsync(run, engine, request, cancellationToken).ConfigureAwait(false);
            return;
        }

        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"Machines that do not run yet are being destroyed. To see what is there: spotcluster instances. To remove it: spotcluster destroy --provider vast --name {request.Name}";
        var cluster = await engine.Vast.LaunchAsync(request, run.Host, cancellationToken).ConfigureAwait(false);
        run.Report.Add("cluster", cluster);
        var instances = await engine.Vast
            .GetInstancesAsync(new InstanceQuery { ClusterNames = [request.Name] }, run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        run.Report.Add("instances", instances);
        if (!run.IsJson)
        {
            RentalTable.Write(run.Console, instances);
        }

        Messages.WriteNote(
            run.Console,
            $"{cluster.Name}: {cluster.Running} of {Cells.Number(cluster.Wanted)} run. To remove them: spotcluster destroy --provider vast --name {cluster.Name}");
    }

    // What would be tried first; whether it can be rented, only the rent itself shows.
    private static async Task ShowAsync(CommandRun run, IEngineSession engine, VastClusterRequest request, CancellationToken cancellationToken)
    {
        var offers = await run.Host.TrackAsync(async () => await engine.Vast
            .FindOffersAsync(request.Offers, run.Host, cancellationToken).Take(request.Count)
            .ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        run.Report.Add("whatIf", true);
        run.Report.Add("offers", offers);
        if (!run.IsJson && offers.Count > 0)
        {
            OfferTable.Write(run.Console, offers);
        }

        var price = offers.Aggregate((decimal?)0m, (sum, offer) => sum + offer.HourlyPrice);
        Messages.WriteNote(
            run.Console,
            $"What if: {Cells.Number(offers.Count)} of {Cells.Count(request.Count, "machine")} would be rented, {Cells.HourlyPrice(price)} per hour; nothing was changed.");
    }
}
