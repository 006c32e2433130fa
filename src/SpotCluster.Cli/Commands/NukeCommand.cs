using System.CommandLine;
using SpotCluster.Cli.Commands.Vast;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>nuke</c>: removes everything that carries the tag, of every cluster, and proves it.</summary>
internal static class NukeCommand
{
    private static readonly Option<string[]> KeepCluster = new("--keep-cluster")
    {
        Description = "Clusters that stay; wildcards.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> OlderThan = new("--older-than")
    {
        Description = "Only what was created at least so long ago, for example 24h.",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> MaxDelete = new("--max-delete")
    {
        Description = "Most resources that may go; more is refused before any change. Default: 200.",
        HelpName = "N",
    };

    private static readonly Option<bool> Plan = new("--plan")
    {
        Description = "Only look, and show the hash to approve.",
    };

    private static readonly Option<string?> Approve = new("--approve")
    {
        Description = "Hash of a plan: exactly that set goes, or nothing.",
        HelpName = "HASH",
    };

    private static readonly Option<bool> IncludeForeign = new("--include-foreign")
    {
        Description = "Also unmanaged resources: at AWS those inside a VPC of ours, at Vast.ai every instance of the account.",
    };

    private static readonly Option<bool> Unprotect = new("--unprotect")
    {
        Description = "Lift termination protection, and pass over the tag spotcluster:protect-until.",
    };

    private static readonly Option<bool> Expired = new("--expired")
    {
        Description = "Only what is expired: for a scheduled task that runs every few minutes.",
    };

    private static readonly Option<bool> IncludeVolume = new("--include-volume")
    {
        Description = "Vast.ai: also the volumes of the account, which are billed until they are deleted.",
    };

    private static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not ask.",
    };

    public static Command Build(CliEnvironment environment)
    {
        var command = CommonOptions.CloudCommand(
            "nuke",
            "Remove everything of every cluster, and prove that nothing is left.",
            VastOptions.Provider,
            CommonOptions.Region,
            KeepCluster,
            OlderThan,
            Expired,
            MaxDelete,
            Plan,
            Approve,
            IncludeForeign,
            IncludeVolume,
            Unprotect,
            CommonOptions.Timeout,
            Force,
            CommonOptions.WhatIf);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(environment, parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var scope = ReadScope(parsed);
        if (scope.Provider == SpotProvider.Vast)
        {
            VastOptions.Refuse(parsed, "Vast.ai", Unprotect, CommonOptions.EndpointUrl, CommonOptions.ProfileName);
        }
        else
        {
            VastOptions.Refuse(parsed, "AWS", IncludeVolume);
        }

        var isPlan = parsed.GetValue(Plan);
        if (isPlan && (scope.ApprovedHash is not null || parsed.GetValue(Force)))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--plan only looks: it does not go with --approve or --force.");
        }

        var consent = new Consent(isPlan || parsed.GetValue(CommonOptions.WhatIf), parsed.GetValue(Force));
        consent.RequireSomebodyToAsk(run, ScopeDestruction.Everything);
        run.Report.Add("whatIf", consent.IsWhatIf);
        using var engine = run.OpenEngine();
        var plan = await run.Host.TrackAsync(() => engine.Removal.PlanAsync(scope, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("plan", plan.ToModel());
        if (!run.IsJson)
        {
            RemovalTable.WritePlan(consent.IsWhatIf ? run.Console.Out : run.Console.Error, run.Console, plan);
            Messages.WriteNote(run.Console, $"Hash of this plan: {plan.Hash}");
        }

        if (consent.IsWhatIf)
        {
            ScopeDestruction.ReportUnknown(run, plan);
            Messages.WriteNote(run.Console, "Nothing was changed.");
            return;
        }

        // Refuses first, so that nobody types an account id for nothing.
        plan.RequireFit(scope);
        scope = scope with { ExpectedAccountId = plan.AccountId, Plan = plan };
        if (plan.Resources.Count > 0 || plan.Unknown.Count > 0)
        {
            var identity = scope.Provider == SpotProvider.Vast
                ? await RentalDestruction.IdentityAsync(engine, cancellationToken).ConfigureAwait(false)
                : await engine.GetIdentityAsync(cancellationToken).ConfigureAwait(false);
            var question = $"This removes {Cells.Count(plan.Resources.Count, "resource")} of account {plan.AccountId} and saves {Cells.HourlyPrice(plan.HourlyPrice)} per hour.";
            await consent.AskForAccountAsync(run, question, identity, cancellationToken).ConfigureAwait(false);
            await AskAboutForeignAsync(run, scope, plan, consent, cancellationToken).ConfigureAwait(false);
        }
        else if (!consent.IsForced)
        {
            // Nobody was asked about what turns up after an empty plan.
            scope = scope with { ApprovedHash = plan.Hash };
        }

        await ScopeDestruction.RemoveAsync(run, engine, scope, ScopeDestruction.Everything, "run the same command again", cancellationToken).ConfigureAwait(false);
    }

    // Unmanaged instances and volumes of the account at Vast.ai, each in a prompt of its own.
    private static async Task AskAboutForeignAsync(CommandRun run, RemovalScope scope, RemovalPlan plan, Consent consent, CancellationToken cancellationToken)
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

            await consent.AskAsync(run, $"Destroy {Cells.Count(group.Count(), $"{group.Key}")} that SpotCluster does not manage? The data is lost.", cancellationToken).ConfigureAwait(false);
        }
    }

    private static RemovalScope ReadScope(ParseResult parsed)
    {
        var scope = new RemovalScope
        {
            Provider = VastOptions.ProviderOf(parsed, []),
            Expired = parsed.GetValue(Expired),
            IncludeVolume = parsed.GetValue(IncludeVolume),
            Regions = parsed.List(CommonOptions.Region),
            KeepClusters = parsed.List(KeepCluster),
            OlderThan = parsed.Duration(OlderThan, SpotErrorIds.ParameterInvalid),
            MaxDelete = parsed.WholeNumber(MaxDelete, 0, int.MaxValue, SpotErrorIds.ParameterInvalid) ?? RemovalScope.UsualMaxDelete,
            ApprovedHash = parsed.GetValue(Approve),
            IncludeForeign = parsed.GetValue(IncludeForeign),
            Unprotect = parsed.GetValue(Unprotect),
        };
        return parsed.Duration(CommonOptions.Timeout, SpotErrorIds.ParameterInvalid) is { } limit ? scope with { Timeout = limit } : scope;
    }
}
