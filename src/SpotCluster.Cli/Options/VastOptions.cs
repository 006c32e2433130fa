using System.CommandLine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>The options of the commands for Vast.ai, and the requests that they make.</summary>
internal static class VastOptions
{
    private const int MostMachines = 1000;

    public static readonly Option<string?> Provider = new("--provider")
    {
        Description = "aws or vast. Default: aws; vast for ids of Vast.ai.",
        HelpName = "CLOUD",
    };

    /// <summary>For commands that look at every cloud unless one is named.</summary>
    public static readonly Option<string?> ListedProvider = new("--provider")
    {
        Description = "aws or vast. Default: each provider with credentials.",
        HelpName = "CLOUD",
    };

    /// <summary>For commands that only Vast.ai has.</summary>
    public static readonly Option<string?> OnlyVast = new("--provider")
    {
        Description = "vast, the only provider that supports this command.",
        HelpName = "CLOUD",
    };

    public static readonly Option<bool> IncludeForeign = new("--include-foreign")
    {
        Description = "Include unmanaged resources: in a removal at AWS, instances with the filter tag and resources inside a managed VPC; at Vast.ai, every instance of the account.",
    };

    /// <summary>For removals at AWS.</summary>
    public static readonly Option<bool> IncludeAttached = new("--include-attached")
    {
        Description = "Include resources without the filter tag that are attached to managed resources: disks, addresses, snapshots.",
    };

    public static readonly Option<bool> Force = new("--force")
    {
        Description = "Do not prompt.",
    };

    public static readonly Option<string?> OfferId = new("--offer-id")
    {
        Description = "Offer to rent, as 'spotcluster offers' shows it.",
        HelpName = "N",
        Required = true,
    };

    public static readonly Option<string?> MaxHourlyPrice = new("--max-hourly-price")
    {
        Description = "Maximum price of one instance in USD per hour, including the disk.",
        HelpName = "USD",
    };

    public static readonly Option<bool> OnDemand = new("--on-demand", "--no-spot")
    {
        Description = "Rent at the list price, not interruptible. Default: by bid.",
    };

    public static readonly Option<string?> Limit = new("--limit")
    {
        Description = "Maximum number of offers to show. Default: 20.",
        HelpName = "N",
    };

    public static readonly Option<string?> Label = new("--label")
    {
        Description = "Name of the instance; a random suffix is added. Default: node.",
        HelpName = "NAME",
    };

    public static readonly Option<string?> Bid = new("--bid")
    {
        Description = "Bid in USD per hour, without the disk. Default: the lowest winning bid.",
        HelpName = "USD",
    };

    public static readonly Option<string?> Name = new("--name")
    {
        Description = "Name of the cluster. Default: auto.",
        HelpName = "NAME",
    };

    public static readonly Option<string[]> GpuName = new("--gpu-name")
    {
        Description = "GPUs, for example RTX_4090; an underscore stands for a space; wildcards.",
        HelpName = "GPU[,GPU]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<string?> GpuCount = new("--gpu-count")
    {
        Description = "Exact number of GPUs of an instance.",
        HelpName = "N",
    };

    public static readonly Option<string?> MinGpuMemory = new("--min-gpu-memory")
    {
        Description = "Minimum memory per GPU in GB; a card that is sold as 24 GB has 24.",
        HelpName = "GB",
    };

    private static readonly Option<string?> MinReliability = new("--min-reliability")
    {
        Description = "Minimum reliability, from 0 to 1.",
        HelpName = "SHARE",
    };

    private static readonly Option<string[]> Geolocation = new("--geolocation")
    {
        Description = "Two-letter country codes, separated by commas.",
        HelpName = "CC[,CC]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> MinDuration = new("--min-duration")
    {
        Description = "Minimum rental duration that the host offers, for example 2d.",
        HelpName = "DURATION",
    };

    private static readonly Option<string?> MinDownload = new("--min-download")
    {
        Description = "Vast.ai: minimum download rate, Mb/s.",
        HelpName = "MBPS",
    };

    private static readonly Option<string?> MinUpload = new("--min-upload")
    {
        Description = "Vast.ai: minimum upload rate, Mb/s.",
        HelpName = "MBPS",
    };

    private static readonly Option<string?> MinCuda = new("--min-cuda")
    {
        Description = "Vast.ai: minimum CUDA version that the driver supports, for example 12.4.",
        HelpName = "VERSION",
    };

    private static readonly Option<string?> MinDriver = new("--min-driver")
    {
        Description = "Vast.ai: minimum driver version, for example 550.90.07.",
        HelpName = "VERSION",
    };

    private static readonly Option<bool> DataCenter = new("--data-center")
    {
        Description = "Vast.ai: only hosts in data centers.",
    };

    private static readonly Option<string[]> HostId = Numbers("--host-id", "Vast.ai: only these hosts.");

    private static readonly Option<string[]> ExcludeHostId = Numbers("--exclude-host-id", "Vast.ai: hosts to exclude.");

    private static readonly Option<string[]> MachineId = Numbers("--machine-id", "Vast.ai: only these machine ids (the computers of hosts).");

    private static readonly Option<string[]> ExcludeMachineId = Numbers("--exclude-machine-id", "Vast.ai: machine ids (the computers of hosts) to exclude.");

    private static readonly Option<string?> Sort = new("--sort")
    {
        Description = "Vast.ai: price; or performance, for the best deep-learning performance per dollar first. Default: price.",
        HelpName = "ORDER",
    };

    private static readonly Option<string[]> Port = new("--port")
    {
        Description = "Port to open, 8080 or 8080/udp; Vast.ai maps it to a port of the host.",
        HelpName = "PORT[,PORT]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> RegistryUser = new("--registry-user")
    {
        Description = $"User of a private registry; its password is in the environment variable {RegistryPassword}.",
        HelpName = "USER",
    };

    private static readonly Option<string?> Registry = new("--registry")
    {
        Description = "Server of the private registry. Default: that of Docker.",
        HelpName = "SERVER",
    };

    private static readonly Option<string?> Template = new("--template")
    {
        Description = "Hash of a Vast.ai template for unspecified values.",
        HelpName = "HASH",
    };

    private const string RegistryPassword = "SPOTCLUSTER_REGISTRY_PASSWORD";

    private static readonly WordTable<bool> Orders = new() { ["price"] = false, ["performance"] = true };

    private static readonly Option<bool> IncludeUnverified = new("--include-unverified")
    {
        Description = "Include offers that Vast.ai has not verified.",
    };

    public static readonly Option<string?> Image = new("--image")
    {
        Description = "Container image with a tag. Default: pytorch/pytorch:latest.",
        HelpName = "IMAGE",
    };

    private static readonly Option<string?> Disk = new("--disk", "--disk-size")
    {
        Description = "Disk in GB; it cannot be changed later. Default: 40.",
        HelpName = "GB",
    };

    private static readonly Option<string?> Count = new("--count")
    {
        Description = "Number of instances. Default: 1.",
        HelpName = "N",
    };

    private static readonly Option<string[]> Environment = new("--environment")
    {
        Description = "Additional environment variable of the container; a port as '-p 8080:8080=1'; repeatable.",
        HelpName = "NAME=VALUE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> OnStart = new("--on-start")
    {
        Description = "Script, at most 4048 characters, that runs at each start of the container.",
        HelpName = "SCRIPT",
    };

    private static readonly Option<string?> RequiredHours = new("--required-hours", "--required-hour")
    {
        Description = "Number of hours that the credit must last. Default: 1; 0 disables the check.",
        HelpName = "HOURS",
    };

    public static readonly Option<string?> PublicKeyPath = new("--public-key-path")
    {
        Description = "OpenSSH public key that may log in; the key is added to the account.",
        HelpName = "FILE",
    };

    public static readonly Option<string?> ExpiresIn = new("--expires-in")
    {
        Description = "Time to live: 8h, 90m, 2d. The instance destroys itself when it expires; nuke --expired removes it if that fails.",
        HelpName = "DURATION",
    };

    public static readonly Option<string?> MaxIdle = new("--max-idle")
    {
        Description = "Idle time (at Vast.ai GPU load below 5 percent; at AWS also CPU and network) after which the instance ends itself, for example 30m.",
        HelpName = "DURATION",
    };

    public static readonly Option<string?> OnInsufficientCredit = new("--on-insufficient-credit")
    {
        Description = "Action when the credit is exhausted: destroy-mine, stop-mine or none. Prompts for confirmation unless --force is given. Default: that of the configuration, otherwise destroy-mine.",
        HelpName = "WHAT",
    };

    public static readonly WordTable<SpotProvider> Providers = new()
    {
        ["aws"] = SpotProvider.Aws,
        ["vast"] = SpotProvider.Vast,
    };

    private static readonly WordTable<SpotCreditPolicy> Policies = new()
    {
        ["none"] = SpotCreditPolicy.None,
        ["stop-mine"] = SpotCreditPolicy.StopMine,
        ["destroy-mine"] = SpotCreditPolicy.DestroyMine,
    };

    /// <summary>Options that say which offers fit.</summary>
    public static Option[] Filters => [GpuName, GpuCount, MinGpuMemory, MaxHourlyPrice, MinReliability, Geolocation, MinDuration, MinDownload, MinUpload, MinCuda, MinDriver, DataCenter, HostId, ExcludeHostId, MachineId, ExcludeMachineId, Sort, IncludeUnverified, Disk, OnDemand];

    /// <summary>Options that say what to rent.</summary>
    public static Option[] Machine => [Image, Template, RegistryUser, Registry, Disk, Environment, Port, OnStart, ExpiresIn, MaxIdle, PublicKeyPath, RequiredHours, OnInsufficientCredit, Force];

    /// <summary>Options of a launch by price.</summary>
    public static Option[] Launch => [Name, Count, .. Filters, .. Machine.Where(option => option != Disk)];

    /// <summary>The cloud that is named; what the ids tell where none is.</summary>
    public static SpotProvider ProviderOf(ParseResult parsed, IReadOnlyCollection<string> ids) =>
        parsed.Choice(Provider, Providers)
        ?? (ids.Count > 0 && ids.All(id => id.All(char.IsAsciiDigit)) ? SpotProvider.Vast : SpotProvider.Aws);

    /// <summary>The cloud that a list is about; none for every one.</summary>
    public static SpotProvider[] ProvidersOf(ParseResult parsed) => parsed.Choice(ListedProvider, Providers) is { } provider ? [provider] : [];

    /// <summary>Refuses unmanaged instances where none of Vast.ai can be meant.</summary>
    public static void RefuseUnmanagedAtAws(InstanceQuery query)
    {
        if (query.IncludeForeign && (query.Providers is [SpotProvider.Aws] || (query.Ids.Count > 0 && !query.Ids.All(InstanceKey.IsVastId))))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--include-foreign is not supported for instances of AWS: unmanaged ones are never changed.");
        }
    }

    /// <summary>Refuses options that were given and do nothing for what was asked, before any call: nobody is to rely on them.</summary>
    public static void Refuse(ParseResult parsed, string what, params Option[] options)
    {
        foreach (var option in options)
        {
            if (parsed.GetResult(option) is { Implicit: false })
            {
                var instead = option == CommonOptions.EndpointUrl || option == CommonOptions.ProfileName
                    ? ": it applies to AWS. Use the environment variables VAST_URL and VAST_API_KEY for Vast.ai"
                    : "";
                throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"{option.Name} is not supported with {what}{instead}.")
                {
                    Target = option.Name,
                };
            }
        }
    }

    /// <summary>Refuses another cloud at a command that only Vast.ai has.</summary>
    public static void RequireVast(ParseResult parsed, string command)
    {
        if (parsed.Choice(OnlyVast, Providers) is { } provider and not SpotProvider.Vast)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The command {command} is not supported with --provider {provider}: it is available for Vast.ai only.");
        }

        Refuse(parsed, "Vast.ai", CommonOptions.EndpointUrl, CommonOptions.ProfileName);
    }

    public static OfferQuery ToQuery(ParseResult parsed) => new()
    {
        Provider = SpotProvider.Vast,
        GpuNames = parsed.List(GpuName),
        GpuCount = parsed.WholeNumber(GpuCount, 1, 64, SpotErrorIds.CountInvalid),
        MinGpuMemory = parsed.Number(MinGpuMemory, 0, 100_000),
        MaxHourlyPrice = parsed.Price(MaxHourlyPrice),
        MinReliability = parsed.Number(MinReliability, 0, 1),
        Geolocation = parsed.List(Geolocation),
        MinDuration = parsed.Duration(MinDuration, SpotErrorIds.ParameterInvalid),
        IncludeUnverified = parsed.GetValue(IncludeUnverified),
        MinDownload = parsed.Number(MinDownload, 0, 1_000_000),
        MinUpload = parsed.Number(MinUpload, 0, 1_000_000),
        MinCuda = parsed.Number(MinCuda, 0, 1000),
        MinDriver = parsed.GetValue(MinDriver),
        DataCenter = parsed.GetValue(DataCenter),
        HostIds = NumbersOf(parsed, HostId),
        ExcludedHostIds = NumbersOf(parsed, ExcludeHostId),
        MachineIds = NumbersOf(parsed, MachineId),
        ExcludedMachineIds = NumbersOf(parsed, ExcludeMachineId),
        ByPerformance = parsed.Choice(Sort, Orders) ?? false,
        DiskGB = parsed.Number(Disk, 8, 100_000) ?? 40,
        OnDemand = parsed.GetValue(OnDemand),
    };

    public static int LimitOf(ParseResult parsed) => parsed.WholeNumber(Limit, 1, 10_000, SpotErrorIds.CountInvalid) ?? 20;

    public static bool IsForced(ParseResult parsed) => parsed.GetValue(Force);

    /// <summary>What to do when the credit is used up; null for what the configuration says.</summary>
    public static SpotCreditPolicy? PolicyOf(ParseResult parsed) => PolicyOf(parsed, OnInsufficientCredit);

    /// <summary>What to do with managed instances; null where the option is not given.</summary>
    public static SpotCreditPolicy? PolicyOf(ParseResult parsed, Option<string?> option) => parsed.Choice(option, Policies);

    /// <summary>The machine to rent; the answer to missing credit is for the command to add.</summary>
    public static RentRequest ToRentRequest(ParseResult parsed, bool onDemand) => new()
    {
        OfferId = parsed.GetValue(OfferId)!,
        Image = parsed.GetValue(Image) ?? DefaultImage,
        DiskGB = parsed.Number(Disk, 8, 100_000) ?? 40,
        Name = parsed.GetValue(Label),
        OnDemand = onDemand || parsed.GetValue(OnDemand),
        Bid = parsed.Price(Bid),
        MaxHourlyPrice = parsed.Price(MaxHourlyPrice),
        RequiredHours = Hours(parsed),
        Environment = parsed.Pairs(Environment),
        OnStart = parsed.GetValue(OnStart),
        Ports = parsed.List(Port),
        ImageLogin = ImageLogin(parsed),
        TemplateHash = parsed.GetValue(Template),
        ExpiresIn = parsed.Duration(ExpiresIn, SpotErrorIds.ExpiryInvalid),
        MaxIdle = parsed.Duration(MaxIdle, SpotErrorIds.ExpiryInvalid),
        PublicKeys = PublicKeys(parsed),
    };

    /// <summary>The machines to rent by price.</summary>
    public static RentalClusterRequest ToClusterRequest(ParseResult parsed) => new()
    {
        Name = parsed.GetValue(Name) ?? "auto",
        Count = parsed.WholeNumber(Count, 1, MostMachines, SpotErrorIds.CountInvalid) ?? 1,
        Offers = ToQuery(parsed),
        Image = parsed.GetValue(Image) ?? DefaultImage,
        RequiredHours = Hours(parsed),
        Environment = parsed.Pairs(Environment),
        OnStart = parsed.GetValue(OnStart),
        Ports = parsed.List(Port),
        ImageLogin = ImageLogin(parsed),
        TemplateHash = parsed.GetValue(Template),
        ExpiresIn = parsed.Duration(ExpiresIn, SpotErrorIds.ExpiryInvalid),
        MaxIdle = parsed.Duration(MaxIdle, SpotErrorIds.ExpiryInvalid),
        PublicKeys = PublicKeys(parsed),
    };

    private static Option<string[]> Numbers(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N[,N]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static long[] NumbersOf(ParseResult parsed, Option<string[]> option) =>
    [
        .. parsed.List(option).Select(text => long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{text}' is not valid for {option.Name}: specify numbers such as 1234,5678.")
            {
                Target = text,
            }),
    ];

    // The password never stands on a command line, where every user of the computer sees it.
    private static string? ImageLogin(ParseResult parsed)
    {
        var user = parsed.GetValue(RegistryUser);
        if (user is null)
        {
            return parsed.GetValue(Registry) is null ? null : throw Invalid("--registry is not supported without --registry-user.");
        }

        var password = System.Environment.GetEnvironmentVariable(RegistryPassword);
        if (string.IsNullOrEmpty(password))
        {
            throw Invalid($"The environment variable {RegistryPassword} with the password of {user} is required.");
        }

        return VastRegistry.ToLogin(user, password, parsed.GetValue(Registry));
    }

    private static SpotException Invalid(string message) => new(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, message);

    private const string DefaultImage = "pytorch/pytorch:latest";

    private static decimal Hours(ParseResult parsed) => parsed.WholeNumber(RequiredHours, 0, 100_000, SpotErrorIds.ParameterInvalid) ?? 1;

    private static string[] PublicKeys(ParseResult parsed) =>
        parsed.GetValue(PublicKeyPath) is { } path ? [Engine.Core.PublicKeyFile.Read(path)] : [];
}
