using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Jobs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary><c>auto</c>: rents the cheapest fitting offers, and waits until they run; with a command, at both providers, runs it and destroys what it ran on.</summary>
internal static class AutoCommand
{
    private static readonly Argument<string[]> CommandWords = new("COMMAND")
    {
        Description = "Command to run after -- on one instance; the instance is then destroyed, and the exit code is that of the command.",
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
        Description = "With a command: copy this from the instance when the command has ended; REMOTE, or REMOTE:LOCAL; repeatable.",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Provider = new("--provider")
    {
        Description = "vast, or with a command also aws. Default: vast.",
        HelpName = "CLOUD",
    };

    // What a job at AWS takes of the options of a launch.
    private static Option[] AtBoth =>
        [VastOptions.GpuName, VastOptions.GpuCount, VastOptions.MinGpuMemory, VastOptions.MaxHourlyPrice, VastOptions.Image, VastOptions.PublicKeyPath, VastOptions.ExpiresIn, VastOptions.MaxIdle];

    private static Option[] OnlyAws => [CommonOptions.Region, OfferOptions.InstanceType];

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "auto",
            "Rent the cheapest matching offers up to a price and wait until the instances run, or run one command: spotcluster auto --max-hourly-price 0.40 -- python train.py",
            [.. VastOptions.Launch, Upload, Download, NodeOptions.PrivateKeyPath, CommonOptions.Timeout, CommonOptions.WhatIf, Provider, .. OnlyAws]);
        command.Add(CommandWords);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var words = parsed.GetValue(CommandWords) ?? [];
        if (words.Length > 0 && run.IsJson)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--json is not supported with a command: its output is that of the instance.");
        }

        var isAws = parsed.Choice(Provider, VastOptions.Providers) == SpotProvider.Aws;
        if (isAws && words.Length == 0)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "A command after -- is required at AWS: spotcluster auto --provider aws --max-hourly-price 0.40 -- python train.py")
            {
                RecommendedAction = "To launch instances at AWS without a command: spotcluster create",
            };
        }

        VastOptions.Refuse(parsed, isAws ? "AWS" : "Vast.ai", isAws ? [.. VastOptions.Launch.Except([.. AtBoth, VastOptions.Force])] : [.. OnlyAws, CommonOptions.EndpointUrl, CommonOptions.ProfileName]);
        if (words.Length == 0)
        {
            VastOptions.Refuse(parsed, "no command after --", Upload, Download, NodeOptions.PrivateKeyPath);
        }

        if (parsed.Price(VastOptions.MaxHourlyPrice) is null)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "A maximum price is required: --max-hourly-price 0.40");
        }

        if (isAws)
        {
            await RunAtAwsAsync(run, parsed, words, cancellationToken).ConfigureAwait(false);
            return;
        }

        var request = VastOptions.ToClusterRequest(parsed);
        request = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid) is { } timeout ? request with { StartTimeout = timeout } : request;
        request = request with { OnInsufficientCredit = new ShutdownAnswer(run, VastOptions.IsForced(parsed)).ToResponse(VastOptions.PolicyOf(parsed)) };
        using var engine = run.OpenEngine();
        if (parsed.GetValue(CommonOptions.WhatIf))
        {
            await ShowAsync(run, engine, request, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (words.Length > 0)
        {
            await RunJobAsync(run, engine, JobOf(run, parsed, words) with { AtVast = request }, cancellationToken).ConfigureAwait(false);
            return;
        }

        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"Instances that are not running yet are being destroyed. To see which remain: spotcluster instances. To remove them: spotcluster destroy --provider vast --name {request.Name}";
        var cluster = await run.Host.WatchAsync(() => engine.Vast.LaunchAsync(request, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("cluster", cluster);
        var instances = await run.Host.WatchAsync(async () => await engine.Vast
            .GetInstancesAsync(new InstanceQuery { ClusterNames = [request.Name] }, run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        run.Report.Add("instances", instances);
        if (!run.IsJson)
        {
            RentalTable.Write(run.Console, instances);
        }

        Messages.WriteNote(
            run.Console,
            $"{cluster.Name}: {cluster.Running} of {Cells.Number(cluster.Wanted)} running. To remove them: spotcluster destroy --provider vast --name {cluster.Name}");
    }

    private static SpotJob JobOf(CommandRun run, ParseResult parsed, string[] words) => new()
    {
        Command = string.Join(' ', words),
        Uploads = parsed.GetValue(Upload) ?? [],
        Downloads = parsed.GetValue(Download) ?? [],
        PrivateKeyPath = parsed.GetValue(NodeOptions.PrivateKeyPath),
        ReachableWithin = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid) ?? SpotJob.UsualWait,
        OnLine = (line, isError) => (isError ? run.Console.ErrorWriter : run.Console.OutWriter).WriteLine(line),
    };

    private static async Task RunAtAwsAsync(CommandRun run, ParseResult parsed, string[] words, CancellationToken cancellationToken)
    {
        var offers = OfferOptions.ToQuery(parsed) with { IncludeScore = false };
        var job = JobOf(run, parsed, words) with
        {
            Offers = offers,
            AtAws = new ClusterRequest
            {
                Name = SpotJob.Prefix,
                Image = parsed.GetValue(VastOptions.Image),
                MaxHourlyPrice = offers.MaxHourlyPrice,
                ExpiresIn = parsed.Duration(VastOptions.ExpiresIn, SpotErrorIds.ExpiryInvalid),
                MaxIdle = parsed.Duration(VastOptions.MaxIdle, SpotErrorIds.ExpiryInvalid),
                PublicKeyPath = parsed.GetValue(VastOptions.PublicKeyPath),
                PrivateKeyPath = parsed.GetValue(NodeOptions.PrivateKeyPath),
            },
        };
        using var engine = run.OpenEngine();
        if (!parsed.GetValue(CommonOptions.WhatIf))
        {
            await RunJobAsync(run, engine, job, cancellationToken).ConfigureAwait(false);
            return;
        }

        var fitting = await run.Host.TrackAsync(() => engine.Costs.FindOffersAsync(offers, run.Host, cancellationToken)).ConfigureAwait(false);
        if (fitting.Count > 0)
        {
            PoolTable.Write(run.Console, [fitting[0]]);
        }

        Messages.WriteNote(run.Console, fitting.Count > 0 ? "What if: the command would run on this offer; nothing was changed." : "What if: no offer matches; nothing was changed.");
    }

    private static async Task RunJobAsync(CommandRun run, IEngineSession engine, SpotJob job, CancellationToken cancellationToken)
    {
        job = job with
        {
            OnInstance = machine => Messages.WriteNote(run.Console, $"Instance {machine.Id} ({machine.GpuName ?? machine.InstanceType}), {Cells.HourlyPrice(machine.HourlyPrice)} per hour."),
            IsOnTerminal = run.Console.IsOutTerminal,
        };
        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"The instance of the job is being destroyed; if it remains, it expires in {Cells.Duration(job.Life)}. To remove it now: spotcluster destroy --provider {job.Provider.ToString().ToLowerInvariant()} --name {job.Name} --force";
        var exitCode = await engine.Jobs.RunAsync(job, run.Host, cancellationToken).ConfigureAwait(false);
        run.EndWith(run.Host.ErrorCount > 0 && exitCode == 0 ? ExitCode.Incomplete : exitCode);
    }

    // What would be tried first; whether it can be rented, only the rent itself shows.
    private static async Task ShowAsync(CommandRun run, IEngineSession engine, RentalClusterRequest request, CancellationToken cancellationToken)
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
            $"What if: {Cells.Number(offers.Count)} of {Cells.Count(request.Count, "instance")} would be rented, {Cells.HourlyPrice(price)} per hour; nothing was changed.");
    }
}
