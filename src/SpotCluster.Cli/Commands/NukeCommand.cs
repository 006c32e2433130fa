using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>nuke</c>: removes everything that carries the tag, of every cluster, and proves it.</summary>
internal static class NukeCommand
{
    private static readonly Option<string[]> KeepCluster = new("--keep-cluster")
    {
        Description = "Clusters to retain; wildcards. A name that matches no cluster is an error.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> Name = new("--name")
    {
        Description = "Only resources with these names; wildcards. A pattern that matches nothing is an error.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> Tag = new("--tag")
    {
        Description = "Only resources with this tag and exactly this value; repeatable, all are required.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> OlderThan = new("--older-than")
    {
        Description = "Only resources at least this old, for example 24h.",
        HelpName = "DURATION",
    };

    private static readonly Option<bool> Plan = new("--plan")
    {
        Description = "Show the plan and the hash to approve, without removing anything.",
    };

    private static readonly Option<string[]> Approve = new("--approve")
    {
        Description = "Hash of an approved plan, one per provider: exactly these resources are removed, or nothing.",
        HelpName = "HASH[,HASH]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> Unprotect = new("--unprotect")
    {
        Description = "Disable termination protection, and ignore the tag spotcluster:protect-until.",
    };

    private static readonly Option<bool> Expired = new("--expired")
    {
        Description = "Only expired resources; for a scheduled task that runs every few minutes.",
    };

    private static readonly Option<bool> IncludeVolume = new("--include-volume")
    {
        Description = "Vast.ai: include the volumes of the account, which are billed until deleted.",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt.",
    };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "nuke",
            "Remove every managed resource of every cluster, and verify that nothing remains.",
            VastOptions.ListedProvider,
            CommonOptions.Region,
            KeepCluster,
            Name,
            Tag,
            ResourcesCommand.Type,
            OlderThan,
            Expired,
            CommonOptions.MaxDelete,
            Plan,
            Approve,
            VastOptions.IncludeForeign,
            VastOptions.IncludeAttached,
            IncludeVolume,
            Unprotect,
            CommonOptions.Timeout,
            Force,
            CommonOptions.WhatIf);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var scope = ReadScope(parsed);
        var providers = VastOptions.ProvidersOf(parsed);
        if (providers is [SpotProvider.Vast])
        {
            VastOptions.Refuse(parsed, "Vast.ai", Unprotect, VastOptions.IncludeAttached, CommonOptions.EndpointUrl, CommonOptions.ProfileName);
        }
        else if (providers is [SpotProvider.Aws])
        {
            VastOptions.Refuse(parsed, "AWS", IncludeVolume);
        }

        var approved = parsed.List(Approve);
        var isPlan = parsed.GetValue(Plan);
        if (isPlan && (approved.Length > 0 || parsed.GetValue(Force)))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--plan is not supported with --approve or --force.");
        }

        var consent = new Consent(isPlan || parsed.GetValue(CommonOptions.WhatIf), parsed.GetValue(Force));
        consent.RequireSomebodyToAsk(run, scope.Described);
        run.Report.Add("whatIf", consent.IsWhatIf);
        using var engine = run.OpenEngine();
        var plans = await run.Host.TrackAsync(() => EveryProvider.PlanAsync(
            engine.Removal, engine.Providers, scope, providers, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("plans", plans.Select(one => one.Plan.ToModel()).ToArray());
        foreach (var (_, plan) in run.IsJson ? [] : plans)
        {
            RemovalTable.WritePlan(consent.IsWhatIf ? run.Console.Out : run.Console.Error, run.Console, plan);
            Messages.WriteNote(run.Console, $"Hash of this plan: {plan.Hash}");
        }

        if (consent.IsWhatIf)
        {
            foreach (var (_, plan) in plans)
            {
                ScopeDestruction.ReportUnknown(run, plan);
            }

            Messages.WriteNote(run.Console, "Nothing was changed.");
            return;
        }

        // Everything is refused and asked before the first change, so that nobody types an account id for nothing.
        var agreed = new List<RemovalScope>();
        foreach (var (one, plan) in EveryProvider.RequireFit(plans, approved))
        {
            agreed.Add(await AgreeAsync(run, engine, one, plan, consent, cancellationToken).ConfigureAwait(false));
        }

        run.StreamReport("removals");
        run.Report.Add("proofs", Array.Empty<SpotProof>());
        var scopes = agreed.Select(one => (one, What(one))).ToArray();
        await ScopeDestruction.RemoveAsync(run, engine, scopes, "run the same command again", isList: true, cancellationToken).ConfigureAwait(false);
    }

    private static string What(RemovalScope scope) =>
        $"{(scope.Filter.IsEmpty ? "everything managed by SpotCluster" : $"the resources with {scope.Filter}")} at {ProviderNames.Of(scope.Provider)}";

    private static async Task<RemovalScope> AgreeAsync(
        CommandRun run, IEngineSession engine, RemovalScope scope, RemovalPlan plan, Consent consent, CancellationToken cancellationToken)
    {
        scope = scope with { ExpectedAccountId = plan.AccountId, Plan = plan };
        if (plan.Resources.Count > 0 || plan.Unknown.Count > 0)
        {
            var identity = scope.Provider == SpotProvider.Vast
                ? plan.AccountId == RemovalPlan.UnreadableAccount
                    ? new SpotIdentity { Provider = SpotProvider.Vast, AccountId = plan.AccountId }
                    : await run.Host.TrackAsync(() => engine.Vast.GetIdentityAsync(cancellationToken)).ConfigureAwait(false)
                : await run.Host.TrackAsync(() => engine.GetIdentityAsync(cancellationToken)).ConfigureAwait(false);
            var question = $"This removes {Cells.Count(plan.Resources.Count, "resource")}{(plan.Filter.IsEmpty ? "" : $" with {plan.Filter}")} at {ProviderNames.Of(plan.Provider)}, account {plan.AccountId}{plan.UnmanagedPart}, and saves {Cells.HourlyPrice(plan.HourlyPrice)} per hour.";
            await consent.AskForAccountAsync(run, question, identity, cancellationToken).ConfigureAwait(false);
            await AskAboutUnmanagedAsync(run, scope, plan, consent, cancellationToken).ConfigureAwait(false);
            return scope;
        }

        // Nobody was asked about what turns up after an empty plan.
        return consent.IsForced ? scope : scope with { ApprovedHash = plan.Hash };
    }

    // Unmanaged instances and volumes of the account at Vast.ai, each in a prompt of its own.
    private static async Task AskAboutUnmanagedAsync(CommandRun run, RemovalScope scope, RemovalPlan plan, Consent consent, CancellationToken cancellationToken)
    {
        if (scope.Provider != SpotProvider.Vast || consent.IsForced)
        {
            return;
        }

        foreach (var group in plan.Resources.Where(resource => !resource.Tagged).GroupBy(resource => resource.Type))
        {
            foreach (var resource in group)
            {
                Messages.WriteNote(run.Console, $"  {resource.Type} {resource.Id} {resource.Name ?? "without a label"} ({resource.Region})");
            }

            await consent.AskAsync(run, $"Destroy {Cells.Count(group.Count(), $"{group.Key}")} not managed by SpotCluster? Their data is lost.", cancellationToken).ConfigureAwait(false);
        }
    }

    private static RemovalScope ReadScope(ParseResult parsed)
    {
        var scope = new RemovalScope
        {
            Expired = parsed.GetValue(Expired),
            IncludeVolume = parsed.GetValue(IncludeVolume),
            Regions = parsed.List(CommonOptions.Region),
            KeepClusters = parsed.List(KeepCluster),
            Filter = new() { Names = parsed.List(Name), Tags = parsed.Pairs(Tag), Types = parsed.Words(ResourcesCommand.Type, ResourcesCommand.KindWords) },
            OlderThan = parsed.Duration(OlderThan, SpotErrorIds.ParameterInvalid),
            MaxDelete = CommonOptions.MostDeleted(parsed),
            IncludeForeign = parsed.GetValue(VastOptions.IncludeForeign),
            IncludeAttached = parsed.GetValue(VastOptions.IncludeAttached),
            Unprotect = parsed.GetValue(Unprotect),
        };
        return parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid) is { } limit ? scope with { Timeout = limit } : scope;
    }
}
