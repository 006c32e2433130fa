namespace SpotCluster.Engine.Agent;

/// <summary>A machine as the agent's guards see it.</summary>
/// <param name="Id">The cloud's id.</param>
/// <param name="State">pending, running, stopping, stopped, shutting-down or terminated.</param>
/// <param name="AccountId">The account that owns it; null when the cloud did not say.</param>
/// <param name="LaunchedAt">When it was launched, or started last.</param>
/// <param name="Tags">Its tags.</param>
internal sealed record AgentMachine(
    string Id, string State, string? AccountId, DateTimeOffset? LaunchedAt, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>True when it is gone or cannot come back.</summary>
    public bool IsGoing => State is "shutting-down" or "terminated";

    public bool IsGone => State == "terminated";

    /// <summary>The instance type; null when the cloud did not say.</summary>
    public string? InstanceType { get; init; }

    /// <summary>The zone; null when the cloud did not say.</summary>
    public string? Zone { get; init; }

    /// <summary>Whether it is a spot instance.</summary>
    public bool IsSpot { get; init; }

    /// <summary>The image that it was launched from.</summary>
    public string? ImageId { get; init; }

    /// <summary>Its name in the network; null when the cloud did not say.</summary>
    public string? HostName { get; init; }

    /// <summary>Its private IPv4 address.</summary>
    public string? PrivateIp { get; init; }

    /// <summary>Its public IPv4 address; null for none.</summary>
    public string? PublicIp { get; init; }
}

/// <summary>
/// The cloud of one region, as far as an agent needs it. Every member throws <see cref="Model.SpotException"/> with the cloud's code.
/// </summary>
internal interface IAgentCloud
{
    /// <summary>The region.</summary>
    string Region { get; }

    /// <summary>The account of the credentials, asked anew: they may have changed since the last pass.</summary>
    Task<string> GetAccountIdAsync(CancellationToken cancellationToken);

    /// <summary>The machines of these ids that the cloud knows, by id. One call for up to 200.</summary>
    Task<IReadOnlyDictionary<string, AgentMachine>> FindMachinesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);

    /// <summary>Whether the machine is protected against termination; null when the role may not ask.</summary>
    Task<bool?> IsProtectedAsync(string id, CancellationToken cancellationToken);

    /// <summary>Terminates one machine.</summary>
    /// <returns>The state that the cloud says it is in now.</returns>
    Task<string> TerminateAsync(string id, CancellationToken cancellationToken);

    /// <summary>Launches one spot instance like another: image, type, security groups, key and role are the same.</summary>
    /// <param name="sourceId">The instance that is copied.</param>
    /// <param name="zone">The zone; null for that of the source.</param>
    /// <param name="token">The client token: the same one gives the same instance.</param>
    /// <param name="tags">Tags of the instance and its disks.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The id of the instance.</returns>
    Task<string> LaunchCopyAsync(
        string sourceId, string? zone, string token, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken);

    /// <summary>The instance that a client token gave; null when EC2 lists none.</summary>
    Task<string?> FindByTokenAsync(string token, CancellationToken cancellationToken);

    /// <summary>Own images with this tag.</summary>
    Task<IReadOnlyList<AgentImage>> GetImagesAsync(string tagKey, string tagValue, CancellationToken cancellationToken);

    /// <summary>Own complete snapshots with this tag.</summary>
    Task<IReadOnlyList<AgentSnapshot>> GetSnapshotsAsync(string tagKey, string tagValue, CancellationToken cancellationToken);

    /// <summary>What machines, launch templates and spot requests launch from, and what images are made of.</summary>
    Task<ImageUse> GetImageUseAsync(CancellationToken cancellationToken);

    /// <summary>Deregisters an image; its snapshots stay.</summary>
    Task DeregisterImageAsync(string id, CancellationToken cancellationToken);

    /// <summary>Deletes a snapshot.</summary>
    Task DeleteSnapshotAsync(string id, CancellationToken cancellationToken);
}

/// <summary>An image of our own.</summary>
/// <param name="Id">The cloud's id.</param>
/// <param name="CreatedAt">When it was made; null when the cloud did not say.</param>
/// <param name="SnapshotIds">The snapshots that it is made of.</param>
internal sealed record AgentImage(string Id, DateTimeOffset? CreatedAt, IReadOnlyList<string> SnapshotIds);

/// <summary>A snapshot of our own.</summary>
/// <param name="Id">The cloud's id.</param>
/// <param name="StartedAt">When it was begun; null when the cloud did not say.</param>
internal sealed record AgentSnapshot(string Id, DateTimeOffset? StartedAt);

/// <summary>What images are used by.</summary>
/// <param name="Images">Who uses an image, by its id: a machine, template or request.</param>
/// <param name="Snapshots">The images that hold a snapshot, by the snapshot's id.</param>
/// <param name="Unknown">What names its image in a way that cannot be followed, so that any image may be in use; null for nothing.</param>
internal sealed record ImageUse(
    IReadOnlyDictionary<string, string> Images, IReadOnlyDictionary<string, HashSet<string>> Snapshots, string? Unknown);
