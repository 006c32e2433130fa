using System.CommandLine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>The options that describe a cluster, and the request that they make.</summary>
internal static class ClusterOptions
{
    private const int MostMachines = 100_000;

    public static readonly Option<string?> Name = new("--name")
    {
        Description = "Name of the cluster: letters, digits and dashes, starting with a letter.",
        HelpName = "NAME",
        Required = true,
    };

    private static readonly Option<string[]> Zone = new("--zone")
    {
        Description = "The only zones to use. Default: all zones of the regions.",
        HelpName = "ZONE[,ZONE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Count = new("--count")
    {
        Description = "Number of instances over all regions. Default: 1.",
        HelpName = "N",
    };

    private static readonly Option<string[]> InstanceType = new("--instance-type")
    {
        Description = "Instance types, separated by commas; the cheapest pools with capacity are used. Default: small general types.",
        HelpName = "TYPE[,TYPE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> InstanceRequirement = new("--instance-requirement")
    {
        Description = "What the types must have, instead of their names: vcpu, memory (GiB), gpu, gpu-memory (GiB), gpu-name, gpu-manufacturer; a range is 4, 4-16, 4- or -16.",
        HelpName = "KEY=RANGE[,KEY=RANGE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Image = new("--image")
    {
        Description = "AMI id or resolve:ssm:PARAMETER. Default: Ubuntu for the architecture.",
        HelpName = "AMI",
    };

    private static readonly Option<string?> Architecture = new("--architecture")
    {
        Description = "x64 or arm64. Default: that of the types.",
        HelpName = "ARCHITECTURE",
    };

    private static readonly Option<string?> MaxHourlyPrice = new("--max-hourly-price")
    {
        Description = "Maximum price of one instance in USD per hour. Default: the on-demand price, which is the limit of AWS.",
        HelpName = "USD",
    };

    private static readonly Option<string?> MaxHourlyCost = new("--max-hourly-cost")
    {
        Description = "Maximum price of the whole cluster in USD per hour; a plan above it is refused.",
        HelpName = "USD",
    };

    public static readonly Option<string?> ExpiresIn = new("--expires-in")
    {
        Description = "Time to live of the instances: 8h, 90m, 2d, hh:mm:ss. The instances shut themselves down when it expires.",
        HelpName = "DURATION",
    };

    public static readonly Option<string?> MaxIdle = new("--max-idle")
    {
        Description = "Idle time (CPU, network and GPU) after which an instance shuts itself down and is terminated, for example 30m.",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> Fallback = new("--fallback")
    {
        Description = "on-demand launches missing instances at the list price, within the price limits. Default: none.",
        HelpName = "WHAT",
    };

    private static readonly Option<bool> Maintain = new("--maintain")
    {
        Description = "Let AWS maintain the number of instances: it replaces interrupted ones.",
    };

    private static readonly Option<bool> UseDefaultVpc = new("--use-default-vpc")
    {
        Description = "Use the default VPC of each region instead of a new one.",
    };

    private static readonly Option<string[]> Tag = new("--tag")
    {
        Description = "Additional tag for every resource; repeatable.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    /// <summary>All of them, in the order of the help.</summary>
    public static Option[] All =>
    [
        Name, CommonOptions.Region, Zone, Count, InstanceType, InstanceRequirement, Architecture, Image, MaxHourlyPrice, MaxHourlyCost, ExpiresIn, MaxIdle,
        Fallback, Maintain, UseDefaultVpc, Tag, .. NodeOptions.All,
    ];

    /// <summary>What the user asks for. Throws <see cref="SpotException"/> for a value that cannot be read.</summary>
    public static ClusterRequest ToRequest(ParseResult parsed) => new()
    {
        Name = parsed.GetValue(Name)!,
        Regions = parsed.List(CommonOptions.Region),
        Zones = parsed.List(Zone),
        Count = parsed.WholeNumber(Count, 1, MostMachines, SpotErrorIds.CountInvalid) ?? 1,
        InstanceTypes = parsed.List(InstanceType),
        InstanceRequirements = parsed.List(InstanceRequirement),
        Architecture = parsed.Choice(Architecture, Words.Architectures),
        Image = parsed.GetValue(Image),
        MaxHourlyPrice = parsed.Price(MaxHourlyPrice),
        MaxHourlyCost = parsed.Price(MaxHourlyCost),
        ExpiresIn = parsed.Duration(ExpiresIn, SpotErrorIds.ExpiryInvalid),
        MaxIdle = parsed.Duration(MaxIdle, SpotErrorIds.ExpiryInvalid),
        Fallback = parsed.Choice(Fallback, Words.Fallbacks) ?? SpotFallback.None,
        Maintain = parsed.GetValue(Maintain),
        UseDefaultVpc = parsed.GetValue(UseDefaultVpc),
        PublicKeyPaths = parsed.List(NodeOptions.PublicKeyPath),
        PrivateKeyPath = parsed.GetValue(NodeOptions.PrivateKeyPath),
        Node = NodeOptions.ToRequest(parsed),
        Tags = parsed.Pairs(Tag),
    };

    /// <summary>The part of it that decides what a machine is told.</summary>
    public static ClusterRequest ToNodeRequest(ParseResult parsed) => new()
    {
        Name = parsed.GetValue(Name)!,
        ExpiresIn = parsed.Duration(ExpiresIn, SpotErrorIds.ExpiryInvalid),
        MaxIdle = parsed.Duration(MaxIdle, SpotErrorIds.ExpiryInvalid),
        PublicKeyPaths = parsed.List(NodeOptions.PublicKeyPath),
        PrivateKeyPath = parsed.GetValue(NodeOptions.PrivateKeyPath),
        Node = NodeOptions.ToRequest(parsed),
    };
}
