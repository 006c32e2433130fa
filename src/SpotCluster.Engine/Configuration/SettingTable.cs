using System.Globalization;
using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>Every setting that there is. The reader, the writer, the environment and the documentation follow this table.</summary>
public static class SettingTable
{
    /// <summary>Names the configuration file; it is no setting itself.</summary>
    public const string FileVariable = "SPOTCLUSTER_CONFIG";

    private static readonly HashSet<string> OwnTags = new(StringComparer.OrdinalIgnoreCase)
    {
        TagKeys.Cluster, TagKeys.Account, TagKeys.ExpiresAt, TagKeys.ProtectUntil, TagKeys.Wanted, TagKeys.WantedHere, TagKeys.Run, TagKeys.FilterTag, TagKeys.User,
        TagKeys.Node, TagKeys.Types, TagKeys.MaxPrice, TagKeys.Maintain,
        TagKeys.CreatedBy, TagKeys.Name,
    };

    /// <summary>The settings, in the order of a new file.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } =
    [
        new()
        {
            Name = "filterTagName",
            Kind = SettingKind.Text,
            Description = "Key of the filter tag, which marks managed resources; create, list, remove and nuke use it.",
            Example = "bacalhau-cluster",
            Rule = text => TagKey(text) ?? Exact(text),
            Get = settings => settings.FilterTagName,
            Set = (settings, value) => settings with { FilterTagName = (string)value },
        },
        new()
        {
            Name = "filterTagValue",
            Kind = SettingKind.Text,
            Description = "Value of the filter tag.",
            Example = "bacalhau-aws-spot",
            Rule = text => TagValue(text) ?? Exact(text),
            Get = settings => settings.FilterTagValue,
            Set = (settings, value) => settings with { FilterTagValue = (string)value },
        },
        new()
        {
            Name = "creator",
            Kind = SettingKind.Text,
            Description = "Value of the tag CreatedBy.",
            Example = "bacalhau-aws-spot-script",
            Rule = TagValue,
            Get = settings => settings.Creator,
            Set = (settings, value) => settings with { Creator = (string)value },
        },
        new()
        {
            Name = "resourcePrefix",
            Kind = SettingKind.Text,
            Description = "Prefix of the name of each resource that is created.",
            Example = "bacalhau-",
            Rule = text => Regex.IsMatch(text, @"^(?!sg-)[A-Za-z0-9][A-Za-z0-9()./_-]{0,39}$", RegexOptions.CultureInvariant)
                ? null
                : "1 to 40 letters, digits and ()./_- are required, starting with a letter or digit and not with sg-",
            Get = settings => settings.ResourcePrefix,
            Set = (settings, value) => settings with { ResourcePrefix = (string)value },
        },
        new()
        {
            Name = "vpcName",
            Kind = SettingKind.Text,
            Description = "Name of each created VPC.",
            Example = "bacalhau-vpc",
            Rule = TagValue,
            Get = settings => settings.VpcName,
            Set = (settings, value) => settings with { VpcName = (string)value },
        },
        new()
        {
            Name = "regions",
            Kind = SettingKind.TextList,
            Description = "Regions of the account, with wildcards. Every command uses them if no region is given, and nothing is launched elsewhere.",
            Example = "[us-east-1, eu-west-1]",
            Rule = text => Regex.IsMatch(text, @"^(?=.*[*?])[a-z0-9*?-]+$|^[a-z]{2,}(-[a-z]+)+-[0-9]+$", RegexOptions.CultureInvariant)
                ? null
                : "a region such as us-east-1 or a pattern such as eu-* is required",
            Get = settings => settings.Regions,
            Set = (settings, value) => settings with { Regions = (string[])value },
        },
        new()
        {
            Name = "instanceTypes",
            Kind = SettingKind.TextList,
            Description = "Instance types of a new cluster if no type is given; the cheapest pools with capacity are used.",
            Example = "[t3.medium, t3a.medium, m5.large]",
            Rule = text => Regex.IsMatch(text, @"^[a-z][a-z0-9-]*\.[a-z0-9-]+$", RegexOptions.CultureInvariant)
                ? null
                : "an instance type such as t3.medium is required",
            Get = settings => settings.InstanceTypes,
            Set = (settings, value) => settings with { InstanceTypes = (string[])value },
        },
        new()
        {
            Name = "instanceRequirements",
            Kind = SettingKind.TextList,
            Description = "What the instance types of a new cluster must have, instead of their names, if no type is given.",
            Example = "[vcpu=4-16, memory=16-64]",
            Rule = text => InstanceRequirement.Check(text),
            Get = settings => settings.InstanceRequirements,
            Set = (settings, value) => settings with { InstanceRequirements = (string[])value },
        },
        new()
        {
            Name = "architecture",
            Kind = SettingKind.Architecture,
            Description = "Architecture of a new cluster if neither architecture nor types nor an image are given.",
            Example = "x64",
            Get = settings => settings.Architecture,
            Set = (settings, value) => settings with { Architecture = (SpotArchitecture)value },
        },
        new()
        {
            Name = "image",
            Kind = SettingKind.Text,
            Description = "AMI id or resolve:ssm: parameter if neither an image nor an architecture is given; the default is Ubuntu.",
            Example = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
            Rule = text => Regex.IsMatch(text, "^(ami-[0-9a-z]+|resolve:ssm:.+)$", RegexOptions.CultureInvariant)
                ? null
                : "an AMI id (ami-...) or a public parameter (resolve:ssm:/aws/service/...) is required",
            Get = settings => settings.Image,
            Set = (settings, value) => settings with { Image = (string)value },
        },
        new()
        {
            Name = "maxHourlyPrice",
            Kind = SettingKind.Money,
            Description = "Maximum price of one instance in USD per hour if no other limit is given.",
            Example = "0.05",
            Get = settings => settings.MaxHourlyPrice,
            Set = (settings, value) => settings with { MaxHourlyPrice = (decimal)value },
        },
        new()
        {
            Name = "maxHourlyCost",
            Kind = SettingKind.Money,
            Description = "Maximum price of a whole cluster in USD per hour if no other limit is given; a more expensive plan is refused.",
            Example = "1.50",
            Get = settings => settings.MaxHourlyCost,
            Set = (settings, value) => settings with { MaxHourlyCost = (decimal)value },
        },
        new()
        {
            Name = "expiresIn",
            Kind = SettingKind.Duration,
            Description = "Time to live of new instances if none is given, 1 minute to 366 days; expired instances shut themselves down.",
            Example = "8h",
            Get = settings => settings.ExpiresIn,
            Set = (settings, value) => settings with { ExpiresIn = (TimeSpan)value },
        },
        new()
        {
            Name = "publicKeyPath",
            Kind = SettingKind.PathList,
            Description = "OpenSSH public keys that can log in to new instances if no key is given; a path, or a list of paths.",
            Example = "~/.ssh/id_ed25519.pub",
            Get = settings => settings.PublicKeyPaths,
            Set = (settings, value) => settings with { PublicKeyPaths = (string[])value },
        },
        new()
        {
            Name = "privateKeyPath",
            Kind = SettingKind.Path,
            Description = "OpenSSH private key for sessions and commands on instances; by default ssh selects a key.",
            Example = "~/.ssh/id_ed25519",
            Get = settings => settings.PrivateKeyPath,
            Set = (settings, value) => settings with { PrivateKeyPath = (string)value },
        },
        new()
        {
            Name = "sshCidrs",
            Kind = SettingKind.TextList,
            Description = "IPv4 networks that can reach port 22 of new instances; by default every address can, and only the keys restrict access.",
            Example = "[203.0.113.0/24]",
            Rule = ClusterNetwork.CheckSource,
            Get = settings => settings.SshCidrs,
            Set = (settings, value) => settings with { SshCidrs = (string[])value },
        },
        new()
        {
            Name = "userName",
            Kind = SettingKind.Text,
            Description = "User that is created on new instances in addition to the user of the image, with sudo and Docker.",
            Example = "worker",
            Rule = text => NodeRules.CheckUserName(text),
            Get = settings => settings.UserName,
            Set = (settings, value) => settings with { UserName = (string)value },
        },
        new()
        {
            Name = "orchestrators",
            Kind = SettingKind.TextList,
            Description = "Bacalhau orchestrators that new instances join; without any, Bacalhau is not installed. tls:// requires TLS.",
            Example = "[nats://orchestrator.example.com:4222]",
            Rule = text => NodeRules.CheckOrchestrator(text),
            Get = settings => settings.Orchestrators,
            Set = (settings, value) => settings with { Orchestrators = (string[])value },
        },
        new()
        {
            Name = "orchestratorUrl",
            Kind = SettingKind.Text,
            Description = "Address of the orchestrator's API, which reports the health of nodes; without it, health is unknown.",
            Example = "https://orchestrator.example.com:1234",
            Rule = text => NodeRules.CheckUrl(text),
            Get = settings => settings.OrchestratorUrl,
            Set = (settings, value) => settings with { OrchestratorUrl = (string)value },
        },
        new()
        {
            Name = "orchestratorTokenPath",
            Kind = SettingKind.Path,
            Description = "File, readable by its owner only, with the secret for joining nodes; SPOTCLUSTER_ORCHESTRATOR_TOKEN takes precedence.",
            Example = "~/.config/spotcluster/orchestrator-token",
            Get = settings => settings.OrchestratorTokenPath,
            Set = (settings, value) => settings with { OrchestratorTokenPath = (string)value },
        },
        new()
        {
            Name = "orchestratorTokenSource",
            Kind = SettingKind.Text,
            Description = "Location from which nodes read that secret, so that no launch template contains it: resolve:ssm:NAME or resolve:secretsmanager:NAME.",
            Example = "resolve:ssm:/bacalhau/join-token",
            Rule = text => NodeRules.CheckTokenSource(text),
            Get = settings => settings.OrchestratorTokenSource,
            Set = (settings, value) => settings with { OrchestratorTokenSource = (string)value },
        },
        new()
        {
            Name = "instanceProfile",
            Kind = SettingKind.Text,
            Description = "Instance profile of new instances, name or ARN; its role reads the secret of orchestratorTokenSource.",
            Example = "bacalhau-node",
            Rule = text => NodeRules.CheckInstanceProfile(text),
            Get = settings => settings.InstanceProfile,
            Set = (settings, value) => settings with { InstanceProfile = (string)value },
        },
        new()
        {
            Name = "orchestratorKeyPath",
            Kind = SettingKind.Path,
            Description = "File, readable by its owner only, with the key of the orchestrator's API; BACALHAU_API_KEY takes precedence.",
            Example = "~/.config/spotcluster/orchestrator-key",
            Get = settings => settings.OrchestratorKeyPath,
            Set = (settings, value) => settings with { OrchestratorKeyPath = (string)value },
        },
        new()
        {
            Name = "orchestratorCaPath",
            Kind = SettingKind.Path,
            Description = "Certificate (PEM) of the authority that signed the orchestrator's certificate, if systems do not trust it by default.",
            Example = "~/.config/spotcluster/orchestrator-ca.pem",
            Get = settings => settings.OrchestratorCaPath,
            Set = (settings, value) => settings with { OrchestratorCaPath = (string)value },
        },
        new()
        {
            Name = "bacalhauVersion",
            Kind = SettingKind.Text,
            Description = "Version of Bacalhau on new instances.",
            Example = "v1.9.3",
            Rule = text => NodeVersion.IsVersion(text) ? null : "a version such as 1.9.3 is required",
            Get = settings => settings.BacalhauVersion,
            Set = (settings, value) => settings with { BacalhauVersion = (string)value },
        },
        new()
        {
            Name = "networkedJobs",
            Kind = SettingKind.Text,
            Description = "Whether nodes accept jobs that use the network: reject or accept.",
            Example = "reject",
            Rule = text => text is "reject" or "accept" ? null : "reject or accept is required",
            Get = settings => settings.NetworkedJobs,
            Set = (settings, value) => settings with { NetworkedJobs = (string)value },
        },
        new()
        {
            Name = "nodeLabels",
            Kind = SettingKind.TextMap,
            Description = "Additional labels of the nodes, by which jobs select nodes.",
            Example = "{ team: blue }",
            Rule = NodeLabels.CheckKey,
            ValueRule = NodeLabels.CheckValue,
            Get = settings => settings.NodeLabels,
            Set = (settings, value) => settings with { NodeLabels = (Dictionary<string, string>)value },
        },
        new()
        {
            Name = "nodeFiles",
            Kind = SettingKind.PathMap,
            Description = "Files for new instances: the target path and the local file.",
            Example = "{ /opt/models/list.txt: list.txt }",
            Rule = NodeRules.CheckTarget,
            Get = settings => settings.NodeFiles,
            Set = (settings, value) => settings with { NodeFiles = (Dictionary<string, string>)value },
        },
        new()
        {
            Name = "nodeScriptPath",
            Kind = SettingKind.Path,
            Description = "Script that runs on new instances after the setup.",
            Example = "setup-node.sh",
            Get = settings => settings.NodeScriptPath,
            Set = (settings, value) => settings with { NodeScriptPath = (string)value },
        },
        new()
        {
            Name = "tags",
            Kind = SettingKind.TextMap,
            Description = "Additional tags for every new resource; tags of a command take precedence.",
            Example = "{ team: blue }",
            Rule = TagKey,
            ValueRule = text => text.Length > 256 ? "at most 256 characters are allowed" : HasHidden(text) ? Hidden : null,
            Get = settings => settings.Tags,
            Set = (settings, value) => settings with { Tags = (Dictionary<string, string>)value },
        },
        new()
        {
            Name = "allowedAccounts",
            Kind = SettingKind.TextList,
            Description = "Account ids in which changes are allowed; the default is any account. Every other account is refused.",
            Example = "[\"123456789012\"]",
            Rule = text => Regex.IsMatch(text, "^[0-9]{12}$", RegexOptions.CultureInvariant) ? null : "an account id of 12 digits is required",
            Get = settings => settings.AllowedAccounts,
            Set = (settings, value) => settings with { AllowedAccounts = (string[])value },
        },
        new()
        {
            Name = "callTimeout",
            Kind = SettingKind.Duration,
            Range = (TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(10)),
            Description = "Time after which a call to AWS without an answer fails, 3 seconds to 10 minutes; each of its three attempts has a third of it.",
            Example = "1m",
            Get = settings => settings.CallTimeout,
            Set = (settings, value) => settings with { CallTimeout = (TimeSpan)value },
        },
        new()
        {
            Name = "onInsufficientCredit",
            Kind = SettingKind.CreditPolicy,
            Description = "Action for managed instances at Vast.ai when the credit is used up; requires confirmation or -Force.",
            Example = "destroy-mine",
            Get = settings => settings.OnInsufficientCredit,
            Set = (settings, value) => settings with { OnInsufficientCredit = (SpotCreditPolicy)value },
        },
    ];

    /// <summary>The setting of that name, in exactly that spelling; null when there is none.</summary>
    public static SettingDefinition? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);

    /// <summary>The setting of that name, when it must be there.</summary>
    public static SettingDefinition Get(string name) => Find(name) ?? throw new ArgumentException($"No setting '{name}' exists.", nameof(name));

    /// <summary>The settings that <c>New-SpotConfiguration -Interactive</c> asks for: the seed's five questions, then where and what.</summary>
    public static IReadOnlyList<SettingDefinition> Questions { get; } =
        [Get("filterTagName"), Get("filterTagValue"), Get("creator"), Get("resourcePrefix"), Get("vpcName"), Get("regions"), Get("instanceTypes"),
        Get("publicKeyPath"), Get("orchestrators")];

    /// <summary>A value for people: lists and tables with commas, durations with units; empty for none.</summary>
    public static string ToText(object? value) => value switch
    {
        null => "",
        string text => text,
        TimeSpan span => SettingText.Write(span),
        SpotCreditPolicy policy => SettingText.Write(policy),
        IReadOnlyDictionary<string, string> table => string.Join(", ", table.Select(pair => $"{pair.Key}={pair.Value}")),
        IEnumerable<string> list => string.Join(", ", list),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string? TagKey(string text) =>
        text.Length is 0 or > 128 ? "1 to 128 characters are required"
        : HasHidden(text) ? Hidden
        : text.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) ? "keys that start with aws: are reserved by AWS"
        : OwnTags.Contains(text) ? "that tag is reserved by SpotCluster"
        : null;

    private static string? TagValue(string text) => text.Length is 0 or > 255 ? "1 to 255 characters are required" : HasHidden(text) ? Hidden : null;

    private const string Hidden = "control and invisible characters are not allowed";

    private static bool HasHidden(string text) => text.Any(VisibleText.IsHidden);

    // EC2 reads * and ? of a filter as wildcards, so such a tag would be that of others too.
    private static string? Exact(string text) => text.IndexOfAny(['*', '?']) >= 0 ? "* and ? are not allowed, because EC2 treats them as wildcards" : null;
}
