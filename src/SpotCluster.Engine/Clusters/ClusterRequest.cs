using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>What a user asks for with New-SpotCluster or <c>create</c>.</summary>
public sealed record ClusterRequest
{
    /// <summary>Name of the cluster: 1 to 63 letters, digits and dashes, starting with a letter.</summary>
    public required string Name { get; init; }

    /// <summary>Regions; empty for those of the settings, then that of the profile. <c>*</c> and wildcards match enabled regions.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>The only zones that may be used, exact names; empty for all of the regions.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>Number of machines over all regions.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Instance types; empty for those of the settings, then a list of small general types.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>What the types must have, instead of their names, as <see cref="InstanceRequirement.Parse"/> reads it; empty for no requirement.</summary>
    public IReadOnlyList<string> InstanceRequirements { get; init; } = [];

    /// <summary>Architecture; null to take that of the types.</summary>
    public SpotArchitecture? Architecture { get; init; }

    /// <summary>AMI id, or <c>resolve:ssm:...</c>; null for Ubuntu of the architecture, through AWS's public parameter.</summary>
    public string? Image { get; init; }

    /// <summary>Most USD per hour for one machine; null for the list price, which is AWS's own limit.</summary>
    public decimal? MaxHourlyPrice { get; init; }

    /// <summary>Most USD per hour for the whole plan; null for no limit.</summary>
    public decimal? MaxHourlyCost { get; init; }

    /// <summary>Life of the machines; null for no expiry.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>How long an instance may be idle, by CPU, network and GPU, until it ends itself; null for ever.</summary>
    public TimeSpan? MaxIdle { get; init; }

    /// <summary>What to do when no spot capacity is left.</summary>
    public SpotFallback Fallback { get; init; }

    /// <summary>Lets AWS itself keep the number of machines: it replaces those that it takes back.</summary>
    public bool Maintain { get; init; }

    /// <summary>Uses the default VPC of each region instead of one of our own.</summary>
    public bool UseDefaultVpc { get; init; }

    /// <summary>Paths of OpenSSH public keys; empty for those of the settings.</summary>
    public IReadOnlyList<string> PublicKeyPaths { get; init; } = [];

    /// <summary>The first of <see cref="PublicKeyPaths"/>, or the only one; null for none.</summary>
    public string? PublicKeyPath
    {
        get => PublicKeyPaths.Count > 0 ? PublicKeyPaths[0] : null;
        init => PublicKeyPaths = value is null ? [] : [value];
    }

    /// <summary>Path of the private key that will log in, to be checked before anything is launched; null for that of the settings.</summary>
    public string? PrivateKeyPath { get; init; }

    /// <summary>What the machines are to become: what runs on them, and what lies on them.</summary>
    public NodeRequest Node { get; init; } = new();

    /// <summary>User data as it goes to the machines, before gzip and base64; null for what the engine generates.</summary>
    public string? UserData { get; init; }

    /// <summary>More tags for every resource.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>Which machines to list.</summary>
public sealed record InstanceQuery
{
    /// <summary>Ids, literal; empty for all.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>Names, with wildcards; empty for all.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Cluster names, with wildcards; empty for all.</summary>
    public IReadOnlyList<string> ClusterNames { get; init; } = [];

    /// <summary>Regions, with wildcards; empty for every enabled region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>States; empty for all but terminated.</summary>
    public IReadOnlyList<SpotInstanceState> States { get; init; } = [];

    /// <summary>Tags that must be there with exactly that value.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Clouds; empty for the one that the ids are of, and for AWS without ids.</summary>
    public IReadOnlyList<SpotProvider> Providers { get; init; } = [];

    /// <summary>
    /// Without <see cref="Providers"/> and <see cref="Ids"/>: every cloud that credentials are there for. Regions choose too:
    /// one that is named exactly belongs to one cloud.
    /// </summary>
    public bool EveryCloud { get; init; }

    /// <summary>Also machines that do not carry our filter tag.</summary>
    public bool IncludeForeign { get; init; }

    /// <summary>
    /// Told of the unmanaged instances of the account at Vast.ai where there are any and they are not included: they are
    /// billed all the same. Null for nobody who wants to know.
    /// </summary>
    public Action<UnmanagedInstances>? OnUnmanaged { get; init; }

    /// <summary>
    /// Also asks for prices: one more call per region in the same round trip, and one per type of machines on demand where there
    /// are any; at Vast.ai one call for what was charged.
    /// </summary>
    public bool IncludePrice { get; init; } = true;

    /// <summary>Also asks the orchestrator, where one is configured: one more call, in the same round trip.</summary>
    public bool IncludeHealth { get; init; } = true;
}

/// <summary>Instances of the account that SpotCluster does not manage, and that are billed all the same.</summary>
/// <param name="Count">How many.</param>
/// <param name="HourlyPrice">USD per hour of all of them; null when unknown.</param>
public sealed record UnmanagedInstances(int Count, decimal? HourlyPrice)
{
    /// <summary>One line about them: <c>2 others at Vast.ai, $0.62/h, not managed by SpotCluster</c>.</summary>
    public override string ToString() => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        "{0} {1} at Vast.ai, {2}, not managed by SpotCluster",
        Count,
        Count == 1 ? "other" : "others",
        HourlyPrice is { } price ? price.ToString("$0.00##", System.Globalization.CultureInfo.InvariantCulture) + "/h" : "price unknown");
}

/// <summary>Which clusters to list.</summary>
public sealed record ClusterQuery
{
    /// <summary>Names, with wildcards; empty for all.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Regions, with wildcards; empty for every enabled region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Clouds; empty for AWS, or for every one when <see cref="EveryCloud"/> is set.</summary>
    public IReadOnlyList<SpotProvider> Providers { get; init; } = [];

    /// <summary>Without <see cref="Providers"/>: every cloud that credentials are there for.</summary>
    public bool EveryCloud { get; init; }

    /// <summary>As <see cref="InstanceQuery.OnUnmanaged"/>.</summary>
    public Action<UnmanagedInstances>? OnUnmanaged { get; init; }

    /// <summary>A watch calls this with every instance that a look has shown; null for nothing beside looking.</summary>
    public Func<IReadOnlyCollection<SpotInstance>, IOperationHost, CancellationToken, Task>? AfterLook { get; init; }
}

/// <summary>A machine, by id and, where it is known, region.</summary>
/// <param name="Id">The cloud's id.</param>
/// <param name="Region">The region; null to look for it in every enabled one.</param>
/// <param name="Provider">The cloud.</param>
public sealed record InstanceKey(string Id, string? Region = null, SpotProvider Provider = SpotProvider.Aws)
{
    /// <summary>Vast.ai: also when SpotCluster does not manage the instance.</summary>
    public bool IncludeForeign { get; init; }

    /// <summary>True for a machine at Vast.ai: by the cloud, or by the form of the id, which no machine of AWS has.</summary>
    public bool IsVast => Provider == SpotProvider.Vast || IsVastId(Id);

    /// <summary>True when the id has the form of one of AWS: i- and 8 or 17 hexadecimal digits.</summary>
    public static bool IsAwsId(string id) =>
        id.Length is 10 or 19 && id.StartsWith("i-", StringComparison.Ordinal) && id.Skip(2).All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    /// <summary>True when the id has the form of one of Vast.ai: digits only.</summary>
    public static bool IsVastId(string id) => id.Length > 0 && id.All(c => c is >= '0' and <= '9');
}
