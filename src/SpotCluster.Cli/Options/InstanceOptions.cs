using System.CommandLine;
using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>The options that choose machines, in the same words wherever machines are listed or worked on.</summary>
internal static class InstanceOptions
{
    public static readonly Option<string[]> InstanceId = new("--instance-id")
    {
        Description = "Only these instances.",
        HelpName = "ID[,ID]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> Name = new("--name", "--cluster-name")
    {
        Description = "Only of these clusters; wildcards.",
        HelpName = "NAME[,NAME]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> State = new("--state")
    {
        Description = $"Only in these states: {Words.States.Words}. Default: all except terminated.",
        HelpName = "STATE[,STATE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> Tag = new("--tag")
    {
        Description = "Only instances with this tag at AWS; repeatable.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    /// <summary>All of them, in the order of the help.</summary>
    public static Option[] All => [Name, CommonOptions.Region, InstanceId, State, Tag, VastOptions.ListedProvider];

    /// <summary>The machines that they describe; without any of them every machine of ours.</summary>
    public static InstanceQuery ToQuery(ParseResult parsed) => new()
    {
        ClusterNames = parsed.List(Name),
        Regions = parsed.List(CommonOptions.Region),
        Ids = parsed.List(InstanceId),
        States = parsed.Choices(State, Words.States),
        Tags = parsed.Pairs(Tag),
        Providers = VastOptions.ProvidersOf(parsed),
        EveryCloud = VastOptions.ProvidersOf(parsed).Length == 0,
    };

    /// <summary>The same for a command that works on machines: a forgotten option must not mean all of them.</summary>
    public static InstanceQuery ToWorkQuery(ParseResult parsed)
    {
        var query = ToQuery(parsed);
        return query.Ids.Count > 0 || query.ClusterNames.Count > 0 || query.States.Count > 0
            ? query
            : throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--instance-id, --name or --state is required.");
    }
}
