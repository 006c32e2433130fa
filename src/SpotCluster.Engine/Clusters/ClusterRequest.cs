using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>What a user asks for with New-SpotCluster or <c>create</c>.</summary>
public sealed record ClusterRequest
{
    /// <summary>Name of the cluster: 1 to 63 letters, digits and dashes, starting with a letter.</summary>
    public required string Name { get; init; }

    /// <summary>The provider. Not each takes every field: <see cref="ProviderCapability.RequestField"/>.</summary>
    public SpotProvider Provider { get; init; } = SpotProvider.Aws;

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

    /// <summary>Length of the lease of a job, which its process renews; null for none.</summary>
    internal TimeSpan? Lease { get; init; }

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
