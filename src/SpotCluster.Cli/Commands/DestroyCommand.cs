using System.CommandLine;
using SpotCluster.Cli.Commands.Vast;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>destroy</c>: removes a cluster, some machines or everything that carries the tag, and proves it.</summary>
internal static class DestroyCommand
{
    private static readonly Option<string?> Name = new("--name")
    {
        Description = "Everything in this cluster.",
        HelpName = "NAME",
    };

    private static readonly Option<string[]> InstanceId = new("--instance-id")
    {
        Description = "Only these instances.",
        HelpName = "ID[,ID]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> All = new("--all")
    {
        Description = "Everything with the filter tag, in every cluster.",
    };

    private static readonly Option<bool> Unprotect = new("--unprotect")
    {
        Description = "AWS: disable termination protection of managed instances.",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "destroy",
            "Remove a cluster, instances, or everything, and verify that nothing remains.",
            Name,
            InstanceId,
            All,
            CommonOptions.Region,
            CommonOptions.Timeout,
            Unprotect,
            CommonOptions.MaxDelete,
            VastOptions.Provider,
            VastOptions.IncludeForeign,
            VastOptions.IncludeAttached,
            Force,
            CommonOptions.WhatIf);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var name = parsed.GetValue(Name);
        var ids = parsed.List(InstanceId);
        var isAll = parsed.GetValue(All);
        if ((name is null ? 0 : 1) + (ids.Length == 0 ? 0 : 1) + (isAll ? 1 : 0) != 1)
        {
            throw Invalid("Exactly one of --name, --instance-id and --all is required.");
        }

        if (name is { Length: 0 })
        {
            // An empty name must never widen the scope.
            throw new SpotException(SpotErrorIds.ClusterNameInvalid, SpotErrorCategory.InvalidArgument, "The value of --name is empty.");
        }

        var most = CommonOptions.MostDeleted(parsed);
        RemovalScope.RequireWithin(ids.Distinct(StringComparer.Ordinal).Count(), most);
        var regions = parsed.List(CommonOptions.Region);
        var timeout = parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid);
        var consent = new Consent(parsed.GetValue(CommonOptions.WhatIf), parsed.GetValue(Force));
        if (VastOptions.ProviderOf(parsed, ids) == SpotProvider.Vast)
        {
            await DestroyRentalsAsync(run, parsed, name, ids, most, timeout, consent, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var engine = run.OpenEngine();
        if (ids.Length > 0)
        {
            VastOptions.Refuse(parsed, "--instance-id", CommonOptions.Timeout, Unprotect, VastOptions.IncludeForeign, VastOptions.IncludeAttached);
            await InstanceDestruction.ExecuteAsync(run, engine, ids, regions, consent, cancellationToken).ConfigureAwait(false);
            return;
        }

        var scope = new RemovalScope
        {
            ClusterName = name,
            Regions = regions,
            Unprotect = parsed.GetValue(Unprotect),
            MaxDelete = most,
            IncludeForeign = parsed.GetValue(VastOptions.IncludeForeign),
            IncludeAttached = parsed.GetValue(VastOptions.IncludeAttached),
        };
        scope = timeout is { } limit ? scope with { Timeout = limit } : scope;
        await ScopeDestruction.ExecuteAsync(run, engine, scope, consent, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DestroyRentalsAsync(
        CommandRun run, ParseResult parsed, string? name, string[] ids, int most, TimeSpan? timeout, Consent consent, CancellationToken cancellationToken)
    {
        VastOptions.Refuse(parsed, "Vast.ai", Unprotect, VastOptions.IncludeAttached, CommonOptions.EndpointUrl, CommonOptions.ProfileName);
        var includeForeign = parsed.GetValue(VastOptions.IncludeForeign);
        if (ids.Length > 0)
        {
            VastOptions.Refuse(parsed, "--instance-id", CommonOptions.Timeout, CommonOptions.Region);
            await RentalDestruction.MachinesAsync(run, ids, includeForeign, consent, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (name is not null)
        {
            VastOptions.Refuse(parsed, "--name", VastOptions.IncludeForeign);
        }

        var scope = new RemovalScope { Provider = SpotProvider.Vast, ClusterName = name, IncludeForeign = includeForeign, MaxDelete = most, Timeout = RentalDestruction.UsualTime, Regions = parsed.List(CommonOptions.Region) };
        scope = timeout is { } limit ? scope with { Timeout = limit } : scope;
        await RentalDestruction.AllAsync(run, scope, consent, cancellationToken).ConfigureAwait(false);
    }

    private static SpotException Invalid(string message) =>
        new(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, message);
}
