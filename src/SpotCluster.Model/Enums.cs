namespace SpotCluster.Model;

/// <summary>The cloud that a machine or offer belongs to.</summary>
public enum SpotProvider
{
    /// <summary>Not known to this version.</summary>
    Unknown,

    /// <summary>Amazon Web Services, EC2.</summary>
    Aws,

    /// <summary>Vast.ai.</summary>
    Vast,
}

/// <summary>How a machine is bought.</summary>
public enum SpotLifecycle
{
    /// <summary>Not known to this version.</summary>
    Unknown,

    /// <summary>Spare capacity at the market's price; the cloud may take it back.</summary>
    Spot,

    /// <summary>At the list price, until it is removed.</summary>
    OnDemand,
}

/// <summary>Processor architecture.</summary>
public enum SpotArchitecture
{
    /// <summary>Not known to this version.</summary>
    Unknown,

    /// <summary>64-bit x86 (amd64); AWS writes <c>x86_64</c>.</summary>
    X64,

    /// <summary>64-bit ARM (aarch64); AWS writes <c>arm64</c>.</summary>
    Arm64,
}

/// <summary>The state of a machine as the cloud tells it.</summary>
public enum SpotInstanceState
{
    /// <summary>Not known to this version.</summary>
    Unknown,

    /// <summary>Being started (AWS pending; Vast.ai created, loading).</summary>
    Pending,

    /// <summary>Running and billed.</summary>
    Running,

    /// <summary>Being stopped.</summary>
    Stopping,

    /// <summary>Stopped; its disk is still billed.</summary>
    Stopped,

    /// <summary>Being terminated.</summary>
    ShuttingDown,

    /// <summary>Terminated: gone and no longer billed.</summary>
    Terminated,

    /// <summary>Vast.ai: stopped because another bid was higher; its disk is still billed.</summary>
    Outbid,

    /// <summary>Vast.ai: it will not come up by itself (exited, offline, failed to load).</summary>
    Stuck,
}

/// <summary>Whether a node does its work, as far as that is known.</summary>
public enum SpotHealth
{
    /// <summary>The orchestrator did not answer, or nothing can be said about such a machine.</summary>
    Unknown,

    /// <summary>Running, but not yet joined.</summary>
    Joining,

    /// <summary>Running, approved, connected, with a fresh heartbeat.</summary>
    Healthy,

    /// <summary>Joined before, and not connected now, or not approved.</summary>
    Unhealthy,

    /// <summary>The machine is gone.</summary>
    Gone,

    /// <summary>No orchestrator is configured whose API could be asked.</summary>
    NotConfigured,

    /// <summary>The machine was launched without Bacalhau, so no node is expected of it.</summary>
    NotAsked,
}

/// <summary>Whether an orchestrator lets a node work.</summary>
public enum SpotNodeMembership
{
    /// <summary>Not known to this version.</summary>
    Unknown,

    /// <summary>Waits for somebody to approve it.</summary>
    Pending,

    /// <summary>May work.</summary>
    Approved,

    /// <summary>Was turned away.</summary>
    Rejected,
}

/// <summary>Whether a node is connected to its orchestrator.</summary>
public enum SpotNodeConnection
{
    /// <summary>Not known to this version.</summary>
    Unknown,

    /// <summary>Its heartbeats arrive.</summary>
    Connected,

    /// <summary>They do not.</summary>
    Disconnected,
}

/// <summary>The state of a whole cluster.</summary>
public enum SpotClusterState
{
    /// <summary>Not known, for example because a region did not answer.</summary>
    Unknown,

    /// <summary>Machines are starting.</summary>
    Launching,

    /// <summary>As many machines run as were wanted.</summary>
    Running,

    /// <summary>Fewer machines run than were wanted.</summary>
    Partial,

    /// <summary>No machine runs, but other resources of the cluster exist.</summary>
    Empty,

    /// <summary>It is being removed.</summary>
    Removing,

    /// <summary>Removed, and proven so.</summary>
    Removed,
}

/// <summary>What became of one resource that was to be removed.</summary>
public enum SpotRemovalOutcome
{
    /// <summary>Not known to this version.</summary>
    Unknown,

    /// <summary>Removed by this run, and seen to be gone.</summary>
    Removed,

    /// <summary>It was gone before this run reached it.</summary>
    AlreadyGone,

    /// <summary>Left on purpose: protected, filtered out, or declined.</summary>
    Skipped,

    /// <summary>Something else must go first, and that something was not ours to remove.</summary>
    Blocked,

    /// <summary>The cloud refused, or it was still there at the deadline.</summary>
    Failed,
}

/// <summary>What to do when no spot capacity is left.</summary>
public enum SpotFallback
{
    /// <summary>Report it.</summary>
    None,

    /// <summary>Fill the rest with machines at the list price.</summary>
    OnDemand,
}

/// <summary>Which offers come first.</summary>
public enum SpotOfferOrder
{
    /// <summary>The cheapest.</summary>
    Price,

    /// <summary>Those with the best deep-learning performance per dollar.</summary>
    Performance,
}

/// <summary>What to do with running machines when the account's credit is used up.</summary>
public enum SpotCreditPolicy
{
    /// <summary>Report it, and what to run.</summary>
    None,

    /// <summary>Stop our machines: their data is kept, and their disks are still billed.</summary>
    StopMine,

    /// <summary>Destroy our machines: nothing is billed any more, and their data is lost.</summary>
    DestroyMine,
}

/// <summary>What kind of problem an error is; each host maps it to its own categories.</summary>
public enum SpotErrorCategory
{
    /// <summary>The operation could not be done; the code says more.</summary>
    InvalidOperation,

    /// <summary>An argument or setting is wrong.</summary>
    InvalidArgument,

    /// <summary>The answer could not be understood.</summary>
    InvalidData,

    /// <summary>No such object.</summary>
    NotFound,

    /// <summary>An object with that name is there already.</summary>
    AlreadyExists,

    /// <summary>Who are you: credentials are missing, wrong or expired.</summary>
    Authentication,

    /// <summary>You may not do that.</summary>
    PermissionDenied,

    /// <summary>A quota, a rate limit or a limit of the user's own.</summary>
    LimitsExceeded,

    /// <summary>The cloud has none to give at the moment.</summary>
    Unavailable,

    /// <summary>It took too long.</summary>
    Timeout,

    /// <summary>The service could not be reached.</summary>
    Connection,

    /// <summary>It is there and could not be removed, because something else holds it.</summary>
    Busy,

    /// <summary>The user declined, or a guard refused.</summary>
    Refused,
}

/// <summary>What to wait for.</summary>
public enum WaitCondition
{
    /// <summary>The machine runs.</summary>
    Running,

    /// <summary>It runs, and its status checks passed or its SSH port answers.</summary>
    Reachable,

    /// <summary>Its node is healthy.</summary>
    Healthy,

    /// <summary>It is terminated.</summary>
    Terminated,
}
