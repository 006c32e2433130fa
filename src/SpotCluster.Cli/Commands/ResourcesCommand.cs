using System.CommandLine;
using SpotCluster.Cli.Commands.Vast;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>resources</c>: everything that carries the tag, and the untagged children of it.</summary>
internal static class ResourcesCommand
{
    private static readonly Option<string[]> ClusterName = new("--cluster-name", "--name")
    {
        Description = "Only of these clusters; wildcards.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<string[]> Type = new("--type")
    {
        Description = "Only these resource types, as EC2 names them, for example instance,volume,vpc.",
        HelpName = "KIND[,KIND]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> Discover = new("--discover")
    {
        Description = "Find the filter tag and the names that a lost configuration used.",
    };

    public static readonly Dictionary<string, string> KindWords =
        ResourceKinds.All.ToDictionary(kind => kind, kind => kind, StringComparer.OrdinalIgnoreCase);

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "resources", "List everything with the filter tag, in every enabled region.", VastOptions.Provider, ClusterName, CommonOptions.Region, Type, VastOptions.IncludeForeign, Discover);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var names = parsed.List(ClusterName);
        var kinds = parsed.Words(Type, KindWords);
        UnmanagedInstances? others = null;
        var scope = new RemovalScope
        {
            Provider = VastOptions.ProviderOf(parsed, []),
            OnlyClusters = names,
            Regions = parsed.List(CommonOptions.Region),
            IncludeForeign = parsed.GetValue(VastOptions.IncludeForeign),
            OnUnmanaged = found => others = found,
        };
        if (scope.Provider == SpotProvider.Vast)
        {
            VastOptions.Refuse(parsed, "Vast.ai", Discover, CommonOptions.EndpointUrl, CommonOptions.ProfileName);
        }
        else
        {
            VastOptions.Refuse(parsed, "AWS", VastOptions.IncludeForeign);
        }

        using var engine = run.OpenEngine();
        if (parsed.GetValue(Discover))
        {
            if (names.Length > 0 || kinds.Length > 0)
            {
                throw new SpotException(
                    SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--discover is not supported with --cluster-name or --type.");
            }

            await DiscoverAsync(run, engine, parsed.List(CommonOptions.Region), cancellationToken).ConfigureAwait(false);
            return;
        }

        var found = await run.Host.TrackAsync(async () =>
            await engine.Removal.GetResourcesAsync(scope, run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        SpotResource[] resources =
        [
            .. found.Where(resource => kinds.Length == 0 || kinds.Contains(resource.Type, StringComparer.Ordinal))
                .OrderBy(resource => resource.ClusterName, StringComparer.Ordinal)
                .ThenBy(resource => resource.Region, StringComparer.Ordinal)
                .ThenBy(resource => resource.Type, StringComparer.Ordinal)
                .ThenBy(resource => resource.Id, StringComparer.Ordinal),
        ];
        run.Report.Add("resources", resources);
        if (!run.IsJson && resources.Length > 0)
        {
            ResourceTable.Write(run.Console, resources);
        }

        FilterTagNote.Write(run, engine);
        if (others is not null)
        {
            UnmanagedNote.Write(run, others);
        }

        // With a region unanswered, nothing is claimed about what was not seen.
        if (run.Host.ErrorCount > 0)
        {
            return;
        }

        var existing = found.Select(resource => resource.ClusterName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (names.FirstOrDefault(name => !Wildcard.IsPattern(name) && !existing.Contains(name)) is { } missing)
        {
            throw ScopeDestruction.NotFound(engine, missing, scope.Regions);
        }

        if (resources.Length == 0)
        {
            Messages.WriteNote(run.Console, others is null ? "No resource matches" + run.Host.Whole : "No managed resource matches.");
        }
    }

    private static async Task DiscoverAsync(CommandRun run, IEngineSession engine, string[] regions, CancellationToken cancellationToken)
    {
        var found = await run.Host.TrackAsync(() => engine.DiscoverAsync(regions, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("discovered", found);
        if (!run.IsJson && found.Count > 0)
        {
            DiscoveryTable.Write(run.Console, found);
        }

        var lost = found.Where(one => !one.IsConfigured).ToList();
        Messages.WriteNote(run.Console, found.Count == 0
            ? "No resource is tagged with the name of a SpotCluster cluster."
            : lost.Count == 0
                ? "The effective settings find all of these resources."
                : $"The effective settings do not find all of these resources. To write them: spotcluster config new --filter-tag-name {Quoted(lost[0].FilterTagName)} --filter-tag-value {Quoted(lost[0].FilterTagValue)}");
    }

    private static string Quoted(string text) => text.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.') ? text : $"'{text}'";
}
