namespace SpotCluster.Model;

/// <summary>One machine, at AWS or at Vast.ai, as its cloud describes it now.</summary>
public sealed class SpotInstance
{
    /// <summary>Key in <see cref="Tags"/> of an instance at Vast.ai that is prepaid, with the USD that giving it back early costs.</summary>
    public const string PrepaidTag = "prepaid";

    /// <summary>The cloud's id: <c>i-0123456789abcdef0</c> at AWS, a number at Vast.ai.</summary>
    public string Id { get; set; } = "";

    /// <summary>The cloud that it runs in.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>The cluster that it belongs to; null for a machine of no cluster.</summary>
    public string? ClusterName { get; set; }

    /// <summary>The Name tag or label.</summary>
    public string? Name { get; set; }

    /// <summary>AWS region, or the Vast.ai geolocation.</summary>
    public string Region { get; set; } = "";

    /// <summary>AWS availability zone; null at Vast.ai.</summary>
    public string? Zone { get; set; }

    /// <summary>AWS instance type; at Vast.ai the number and name of the GPUs.</summary>
    public string? InstanceType { get; set; }

    /// <summary>Processor architecture.</summary>
    public SpotArchitecture Architecture { get; set; }

    /// <summary>Name of the GPU; null where there is none.</summary>
    public string? GpuName { get; set; }

    /// <summary>Number of GPUs.</summary>
    public int GpuCount { get; set; }

    /// <summary>Load of its GPUs, percent; null when unknown, and at AWS.</summary>
    public decimal? GpuLoad { get; set; }

    /// <summary>How long it may be idle until it ends itself, at Vast.ai by its GPU load, at AWS by CPU, network and GPU; null for ever.</summary>
    public TimeSpan? MaxIdle { get; set; }

    /// <summary>Spot or on demand.</summary>
    public SpotLifecycle Lifecycle { get; set; }

    /// <summary>State of the machine.</summary>
    public SpotInstanceState State { get; set; }

    /// <summary>The cloud's own word on why it is in this state; null when it gave none.</summary>
    public string? StateReason { get; set; }

    /// <summary>Health of the node on it.</summary>
    public SpotHealth Health { get; set; }

    /// <summary>Why it is not healthy, in a few words; null when it is.</summary>
    public string? HealthReason { get; set; }

    /// <summary>Its node, as the orchestrator describes it; null when there is none or nobody was asked.</summary>
    public SpotNode? Node { get; set; }

    /// <summary>Public IPv4 address; null while there is none.</summary>
    public string? PublicIp { get; set; }

    /// <summary>Private IPv4 address; null while there is none.</summary>
    public string? PrivateIp { get; set; }

    /// <summary>The command that opens a shell on it; null while it has no address.</summary>
    public string? SshCommand { get; set; }

    /// <summary>Open ports with where they are reached, for example <c>8080/tcp=203.0.113.7:41023</c>; empty where the provider maps none.</summary>
    public ValueList<string> Ports { get; set; } = [];

    /// <summary>When it was launched, UTC; null when unknown.</summary>
    public DateTimeOffset? LaunchedAt { get; set; }

    /// <summary>When it is to be gone, UTC; null when it has no expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>When the lease of its job ends, UTC, which the job renews while it runs; null for an instance of no job.</summary>
    public DateTimeOffset? LeaseEndsAt { get; set; }

    /// <summary>When the contract with its host ends, UTC, whatever its own expiry is; null where there is none, or it is unknown.</summary>
    public DateTimeOffset? ContractEndsAt { get; set; }

    /// <summary>USD per hour in its current state; null when unknown, never 0 for that.</summary>
    public decimal? HourlyPrice { get; set; }

    /// <summary>USD since launch; null when unknown.</summary>
    public decimal? CostToDate { get; set; }

    /// <summary>The account that pays for it.</summary>
    public string? AccountId { get; set; }

    /// <summary>All tags, by key (case-sensitive).</summary>
    public IDictionary<string, string> Tags { get; set => field = ValueMap.Of(value); } = new ValueMap();

    /// <inheritdoc/>
    public override string ToString() => Id;
}
