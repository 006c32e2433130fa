using System.CommandLine;
using System.Runtime.CompilerServices;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>set</c>: changes the name, the cluster or the bid of instances at Vast.ai.</summary>
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

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt for unmanaged instances. A change prompts for nothing else.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "set",
            "Change the name, the cluster or the bid of instances at Vast.ai.",
            [.. MachineOptions.All, VastOptions.IncludeForeign, Label, Bid, WinningBid, Adopt, ToCluster, Force, CommonOptions.WhatIf]);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var query = MachineOptions.ToWorkQuery(parsed);
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
            throw Invalid("At least one of --label, --adopt, --bid and --winning-bid is required.");
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
        var change = new MachineChange(values.Action, keys => ApplyAsync(run, engine.Vast, keys, values, cancellationToken));
        query = query with { IncludeForeign = values.Adopt };
        await change.ExecuteAsync(run, parsed, engine, query, parsed.GetValue(Force), cancellationToken).ConfigureAwait(false);
    }

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
