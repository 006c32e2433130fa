using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

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

    /// <summary>The regions are a default of the session and were not named: those of AWS do not narrow Vast.ai.</summary>
    public bool AreRegionsDefault { get; init; }

    /// <summary>The regions for Vast.ai.</summary>
    internal IReadOnlyList<string> RegionsAtVast => AreRegionsDefault && Regions.All(RegionNames.IsAwsForm) ? [] : Regions;

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
    /// <summary>Those of an account; null for none.</summary>
    public static UnmanagedInstances? Of(SpotAccount? account) => account is null || account.InstanceCount <= account.OwnInstanceCount
        ? null
        : new(account.InstanceCount - account.OwnInstanceCount, account.HourlyCost - (account.VolumeCount == 0 ? 0 : account.VolumeHourlyPrice) - account.OwnHourlyCost);

    /// <summary>One line about them: <c>2 others at Vast.ai, $0.62/h, not managed by SpotCluster</c>.</summary>
    public override string ToString() => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        "{0} {1} at Vast.ai, {2}, not managed by SpotCluster",
        Count,
        Count == 1 ? "other" : "others",
        HourlyPrice is { } price ? price.ToString("$0.00##", System.Globalization.CultureInfo.InvariantCulture) + "/h" : "price unknown");
}

/// <summary>Volumes of the account, which are billed until they are deleted.</summary>
/// <param name="Count">Number.</param>
/// <param name="HourlyPrice">USD per hour; null when unknown.</param>
public sealed record BilledVolumes(int Count, decimal? HourlyPrice)
{
    /// <summary>One line about them: <c>2 volumes at Vast.ai: $0.0048 per hour, until deleted.</c></summary>
    public override string ToString() => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        "{0} {1} at Vast.ai: {2} per hour, until deleted.",
        Count,
        Count == 1 ? "volume" : "volumes",
        HourlyPrice is { } price ? price.ToString("$0.0000", System.Globalization.CultureInfo.InvariantCulture) : "unknown");

    /// <summary>Says why they are unknown. A key that may not read them is made so on purpose.</summary>
    internal static void ReportUnknown(SpotException error, IOperationHost host)
    {
        var text = $"The volumes at Vast.ai cannot be read, so their cost is unknown: {error.Message}";
        Action<string> report = error.ErrorId == SpotErrorIds.PermissionMissing ? host.Verbose : host.Warning;
        report(text);
    }
}

/// <summary>Which clusters to list.</summary>
public sealed record ClusterQuery
{
    /// <summary>Names, with wildcards; empty for all.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Regions, with wildcards; empty for every enabled region.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>The regions are a default of the session and were not named: those of AWS do not narrow Vast.ai.</summary>
    public bool AreRegionsDefault { get; init; }

    /// <summary>The regions for Vast.ai.</summary>
    internal IReadOnlyList<string> RegionsAtVast => AreRegionsDefault && Regions.All(RegionNames.IsAwsForm) ? [] : Regions;

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
