namespace SpotCluster.Engine.Configuration;

/// <summary>The effective settings: what the file, the environment and the defaults say together.</summary>
public sealed record SpotSettings
{
    /// <summary>Key of the tag that says that a resource is ours.</summary>
    public string FilterTagName { get; init; } = "bacalhau-cluster";

    /// <summary>Value of that tag.</summary>
    public string FilterTagValue { get; init; } = "bacalhau-aws-spot";

    /// <summary>Value of the tag <c>CreatedBy</c>.</summary>
    public string Creator { get; init; } = "bacalhau-aws-spot-script";

    /// <summary>Start of the Name of each resource that we create.</summary>
    public string ResourcePrefix { get; init; } = "bacalhau-";

    /// <summary>Name of the VPC that we create.</summary>
    public string VpcName { get; init; } = "bacalhau-vpc";

    /// <summary>Regions that are used when none is named.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Instance types that are used when none is named; the cheapest fitting pools win.</summary>
    public IReadOnlyList<string> InstanceTypes { get; init; } = [];

    /// <summary>Account ids that may be changed; empty for any.</summary>
    public IReadOnlyList<string> AllowedAccounts { get; init; } = [];
}
