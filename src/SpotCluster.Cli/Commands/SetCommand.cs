using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>set</c>: changes the name, the cluster or the bid of instances at Vast.ai, or the expiry, the protection and the tags of clusters at AWS.</summary>
internal static class SetCommand
{
    private static readonly Option<string?> Label = new("--label")
    {
        Description = "New name within the cluster.",
        HelpName = "NAME",
    };

    private static readonly Option<string?> Bid = new("--bid")
    {
        Description = "New bid in USD per hour, without the disk.",
        HelpName = "USD",
    };

    private static readonly Option<bool> WinningBid = new("--winning-bid")
    {
        Description = "Bid the lowest price that wins now; an outbid instance resumes with its data.",
    };

    private static readonly Option<bool> Adopt = new("--adopt")
    {
        Description = "Adopt the instances: they are managed from then on.",
    };

    private static readonly Option<string?> ToCluster = new("--to-cluster")
    {
        Description = "With --adopt: the cluster that the instances join. Default: none.",
        HelpName = "NAME",
    };

    private static readonly Option<string?> ExpiresIn = new("--expires-in")
    {
        Description = "Clusters at AWS: how long they live from now on, for example 8h.",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> ExpiresAt = new("--expires-at")
    {
        Description = "Clusters at AWS: when they end, ISO 8601.",
        HelpName = "TIME",
    };

    private static readonly Option<string?> ProtectUntil = new("--protect-until")
    {
        Description = "Clusters at AWS: nothing of them is removed before this time, ISO 8601.",
        HelpName = "TIME",
    };

    private static readonly Option<bool> Unprotect = new("--unprotect")
    {
        Description = "Clusters at AWS: lift that protection.",
    };

    private static readonly Option<string[]> SetTag = new("--set-tag")
    {
        Description = "Clusters at AWS: a further tag of everything of them; repeatable.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt for unmanaged instances. A change prompts for nothing else.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "set",
            "Change the name, the cluster or the bid of instances at Vast.ai, or the expiry, the protection and the tags of clusters at AWS.",
            [.. InstanceOptions.All, VastOptions.IncludeForeign, Label, Bid, WinningBid, Adopt, ToCluster, ExpiresIn, ExpiresAt, ProtectUntil, Unprotect, SetTag, Force, CommonOptions.WhatIf]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var change = new ClusterChange
        {
            Name = "",
            ExpiresAt = Time(parsed, ExpiresAt),
            ProtectUntil = Time(parsed, ProtectUntil),
            Unprotect = parsed.GetValue(Unprotect),
            Tags = parsed.Pairs(SetTag),
        };
        var life = parsed.Duration(ExpiresIn, SpotErrorIds.ExpiryInvalid);
        var isOfClusters = life is not null || change.Text.Length > 0;
        if (isOfClusters && (parsed.GetValue(Label) is not null || parsed.Price(Bid) is not null || parsed.GetValue(WinningBid) || parsed.GetValue(Adopt)))
        {
            throw Invalid("--label, --bid, --winning-bid and --adopt change instances at Vast.ai, and cannot be given with what changes clusters at AWS.");
        }

        var query = isOfClusters ? InstanceOptions.ToQuery(parsed) : InstanceOptions.ToWorkQuery(parsed);
        if (isOfClusters)
        {
            if (life is not null && change.ExpiresAt is not null)
            {
                throw Invalid("--expires-in is not supported with --expires-at: specify one of them.");
            }

            if (query.ClusterNames.Count == 0 || query.Ids.Count + query.Regions.Count + query.States.Count + query.Tags.Count > 0 || query.Providers.Contains(SpotProvider.Vast))
            {
                throw Invalid("The expiry, the protection and the tags are those of whole clusters at AWS: name them with --name, and nothing narrower.");
            }

            await SetAsync(run, parsed, query.ClusterNames, change, life, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (query.Ids.Count == 0 && query.Providers.Count == 0)
        {
            // A cluster or a state that is named means what can be changed; an id means its machine, wherever it is.
            query = query with { Providers = [SpotProvider.Vast] };
        }

        var values = new NewValues(
            parsed.GetValue(Label),
            parsed.Price(Bid),
            parsed.GetValue(WinningBid),
            parsed.GetValue(Adopt),
            parsed.GetValue(ToCluster));
        if (values.Label is null && values.Bid is null && !values.WinningBid && !values.Adopt)
        {
            throw Invalid("At least one of --label, --adopt, --bid and --winning-bid is required, or for clusters at AWS --expires-in, --expires-at, --protect-until, --unprotect or --set-tag.");
        }

        if (values.ToCluster is not null && !values.Adopt)
        {
            throw Invalid("--to-cluster is not supported without --adopt.");
        }

        if (values.Bid is not null && values.WinningBid)
        {
            throw Invalid("--bid is not supported with --winning-bid: specify one of them.");
        }

        using var engine = run.OpenEngine();
        var changing = new InstanceChange(values.Action, keys => ApplyAsync(run, engine.Vast, keys, values, cancellationToken));
        query = query with { IncludeForeign = values.Adopt };
        await changing.ExecuteAsync(run, parsed, engine, query, parsed.GetValue(Force), cancellationToken).ConfigureAwait(false);
    }

    private static async Task SetAsync(
        CommandRun run, ParseResult parsed, IReadOnlyList<string> names, ClusterChange change, TimeSpan? life, CancellationToken cancellationToken)
    {
        using var engine = run.OpenEngine();
        var found = await run.Host.TrackAsync(() => engine.Clusters.GetClustersAsync(new ClusterQuery { Names = names, Providers = [SpotProvider.Aws] }, run.Host, cancellationToken)
            .ToListAsync(cancellationToken).AsTask()).ConfigureAwait(false);
        if (run.Host.ErrorCount == 0 && ClusterErrors.Missing(names, found.Select(cluster => cluster.Name)).FirstOrDefault() is { } missing)
        {
            throw ClusterErrors.NotFound(missing);
        }

        var now = (engine.Time ?? run.Clock).GetUtcNow();
        var clusters = new List<Model.SpotCluster>();
        foreach (var cluster in found)
        {
            var own = change with { Name = cluster.Name, ExpiresAt = life is { } time ? now + time : change.ExpiresAt };
            own.Check(engine.Configuration.Settings.FilterTagName, now);
            var everything = await run.Host.TrackAsync(() => engine.Removal.PlanAsync(new RemovalScope { ClusterName = cluster.Name, Unprotect = true }, run.Host, cancellationToken)).ConfigureAwait(false);
            if (parsed.GetValue(CommonOptions.WhatIf))
            {
                Messages.WriteNote(run.Console, $"What if: cluster {cluster.Name}, {Cells.Count(everything.Resources.Count, "resource")} at AWS, account {everything.AccountId}: {own.Text}. Nothing was changed.");
                continue;
            }

            run.AfterInterruption = () => run.Calls.Changes == 0 ? null : $"The change of cluster {cluster.Name} may be incomplete. To finish it, run the same command again.";
            if (await run.Host.TrackAsync(() => engine.Clusters.SetAsync(own, everything, run.Host, cancellationToken)).ConfigureAwait(false) is { } changed)
            {
                clusters.Add(changed);
            }
        }

        run.Report.Add("clusters", clusters);
        if (!run.IsJson && clusters.Count > 0)
        {
            ClusterTable.WriteStatus(run.Console, clusters, run.Now, everyRegion: true);
        }
    }

    private static DateTimeOffset? Time(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal | DateTimeStyles.AdjustToUniversal, out var time) ? time
        : throw new SpotException(SpotErrorIds.ExpiryInvalid, SpotErrorCategory.InvalidArgument, $"'{text}' is not a valid time for {option.Name}.")
        {
            Target = text,
            RecommendedAction = "For example 2026-12-31T18:00:00Z.",
        };

    // What is wrong with one machine is told, and the others go on; what every other one would meet too ends it.
    private static async IAsyncEnumerable<SpotInstance> ApplyAsync(
        CommandRun run, IVastService vast, IReadOnlyList<InstanceKey> keys, NewValues values, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            SpotInstance machine;
            try
            {
                machine = await ChangeAsync(run, vast, key, values, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error) when (error.Category is not SpotErrorCategory.Authentication and not SpotErrorCategory.Connection)
            {
                run.Host.Error(error);
                continue;
            }

            yield return machine;
        }
    }

    private static async Task<SpotInstance> ChangeAsync(
        CommandRun run, IVastService vast, InstanceKey key, NewValues values, CancellationToken cancellationToken)
    {
        if (!key.IsVast)
        {
            throw new SpotException(
                SpotErrorIds.InstanceNotChangeable,
                SpotErrorCategory.InvalidOperation,
                $"Cannot change {key.Id}: only instances of Vast.ai have a bid and a label.")
            {
                Target = key.Id,
            };
        }

        var labeled = values.Adopt ? await vast.AdoptAsync(key, values.ToCluster, values.Label, run.Host, cancellationToken).ConfigureAwait(false)
            : values.Label is not null ? await vast.SetNameAsync(key, values.Label, run.Host, cancellationToken).ConfigureAwait(false)
            : null;
        return values.Bid is not null || values.WinningBid
            ? await vast.SetBidAsync(key, values.Bid, run.Host, cancellationToken).ConfigureAwait(false)
            : labeled!;
    }

    private static SpotException Invalid(string message) => new(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, message);

    private sealed record NewValues(string? Label, decimal? Bid, bool WinningBid, bool Adopt, string? ToCluster)
    {
        public string Action => string.Join(" and ", new[]
        {
            Adopt ? $"Adopt into {(ToCluster is null ? "no cluster" : $"cluster {ToCluster}")}" : null,
            Label is null ? null : $"Label {Label}",
            Bid is { } bid ? $"Bid {Cells.HourlyPrice(bid)} per hour" : WinningBid ? "Bid the lowest price that wins now" : null,
        }.Where(part => part is not null)) + " at";
    }
}
