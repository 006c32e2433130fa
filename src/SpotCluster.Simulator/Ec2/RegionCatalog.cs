namespace SpotCluster.Simulator.Ec2;

/// <summary>A region of AWS, as it really is.</summary>
/// <param name="Name">For example <c>us-east-1</c>.</param>
/// <param name="ZoneLetters">Letters of the zones that an account sees; not every region has a, b and c.</param>
/// <param name="ZoneIdPrefix">Start of the zone ids, for example <c>use1</c>.</param>
/// <param name="EnabledByDefault">False for regions that an account must opt in to.</param>
/// <param name="PriceFactor">On-demand prices compared with us-east-1.</param>
internal sealed record RegionInfo(string Name, string ZoneLetters, string ZoneIdPrefix, bool EnabledByDefault, decimal PriceFactor)
{
    /// <summary>Names of the zones.</summary>
    public IReadOnlyList<string> Zones { get; } = [.. ZoneLetters.Select(letter => Name + letter)];
}

/// <summary>The regions of the commercial partition.</summary>
internal static class RegionCatalog
{
    public static readonly IReadOnlyList<RegionInfo> All =
    [
        new("af-south-1", "abc", "afs1", false, 1.33m),
        new("ap-east-1", "abc", "ape1", false, 1.38m),
        new("ap-northeast-1", "acd", "apne1", true, 1.29m),
        new("ap-northeast-2", "abcd", "apne2", true, 1.23m),
        new("ap-northeast-3", "abc", "apne3", true, 1.29m),
        new("ap-south-1", "abc", "aps1", true, 1.05m),
        new("ap-south-2", "abc", "aps2", false, 1.05m),
        new("ap-southeast-1", "abc", "apse1", true, 1.25m),
        new("ap-southeast-2", "abc", "apse2", true, 1.25m),
        new("ap-southeast-3", "abc", "apse3", false, 1.25m),
        new("ap-southeast-4", "abc", "apse4", false, 1.25m),
        new("ca-central-1", "abd", "cac1", true, 1.11m),
        new("ca-west-1", "abc", "caw1", false, 1.11m),
        new("eu-central-1", "abc", "euc1", true, 1.20m),
        new("eu-central-2", "abc", "euc2", false, 1.32m),
        new("eu-north-1", "abc", "eun1", true, 1.06m),
        new("eu-south-1", "abc", "eus1", false, 1.17m),
        new("eu-south-2", "abc", "eus2", false, 1.11m),
        new("eu-west-1", "abc", "euw1", true, 1.11m),
        new("eu-west-2", "abc", "euw2", true, 1.16m),
        new("eu-west-3", "abc", "euw3", true, 1.17m),
        new("il-central-1", "abc", "ilc1", false, 1.17m),
        new("me-central-1", "abc", "mec1", false, 1.22m),
        new("me-south-1", "abc", "mes1", false, 1.22m),
        new("sa-east-1", "abc", "sae1", true, 1.59m),
        new("us-east-1", "abcdef", "use1", true, 1.00m),
        new("us-east-2", "abc", "use2", true, 1.00m),
        new("us-west-1", "ac", "usw1", true, 1.17m),
        new("us-west-2", "abcd", "usw2", true, 1.00m),
    ];

    public static RegionInfo? Find(string name) => All.FirstOrDefault(region => region.Name == name);
}
