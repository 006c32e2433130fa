using SpotCluster.Model;

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

    /// <summary>Architecture when neither it nor types nor an image are asked for; null to take that of the types.</summary>
    public SpotArchitecture? Architecture { get; init; }

    /// <summary>Image when neither it nor an architecture is asked for; null for Ubuntu.</summary>
    public string? Image { get; init; }

    /// <summary>Most USD per hour for one machine when no other limit is asked for; null for none.</summary>
    public decimal? MaxHourlyPrice { get; init; }

    /// <summary>Most USD per hour for a whole cluster when no other limit is asked for; null for none.</summary>
    public decimal? MaxHourlyCost { get; init; }

    /// <summary>Life of the machines when none is asked for; null for no expiry.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Full path of the public key when none is asked for; null for none.</summary>
    public string? PublicKeyPath { get; init; }

    /// <summary>Tags for every resource; those of a request win over them.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Account ids that may be changed; empty for any.</summary>
    public IReadOnlyList<string> AllowedAccounts { get; init; } = [];

    /// <summary>What an old file says and has no meaning here, one sentence each: to be told before something is launched.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
