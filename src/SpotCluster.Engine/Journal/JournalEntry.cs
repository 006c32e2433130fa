using SpotCluster.Model;

namespace SpotCluster.Engine.Journal;

/// <summary>One run of a launch, as it is written down before its first change. Holds no secret.</summary>
public sealed record JournalEntry
{
    /// <summary>Layout of the file; another one is not read.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The cluster.</summary>
    public required string ClusterName { get; init; }

    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; init; }

    /// <summary>The account.</summary>
    public required string AccountId { get; init; }

    /// <summary>Where the cloud was reached; null for its own address.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Token of the run: on every resource as <see cref="TagKeys.Run"/>, and the stem of every client token.</summary>
    public required string Run { get; init; }

    /// <summary>Stem of the client tokens when the run adds machines to one that has ended; null for that of the run.</summary>
    public string? Stem { get; init; }

    /// <summary>Hash of the request: only the same request may finish the run.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>When the run was started, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the machines are to be gone, UTC; null for no expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Number of machines in total.</summary>
    public int Wanted { get; init; }

    /// <summary>What was planned per region.</summary>
    public IReadOnlyList<JournalRegion> Regions { get; init; } = [];

    /// <summary>Calls for machines, each written before it was sent, in that order.</summary>
    public IReadOnlyList<JournalCall> Calls { get; init; } = [];

    /// <summary>When the last call was written, or the run was started.</summary>
    public DateTimeOffset LastCallAt => Calls.Count == 0 ? StartedAt : Calls.Max(call => call.At);
}

/// <summary>What a run planned for one region.</summary>
/// <param name="Region">Region.</param>
/// <param name="Wanted">Number of machines; 0 for a region that only takes over what others lack.</param>
/// <param name="Pools">Pools, best first.</param>
public sealed record JournalRegion(string Region, int Wanted, IReadOnlyList<Pool> Pools)
{
    /// <summary>Those of the pools that may give machines on demand; null in the file of an older version, for all.</summary>
    public IReadOnlyList<Pool>? FallbackPools { get; init; }
}

/// <summary>A call for machines. Sent again with the same token and the same order, it makes no second machine.</summary>
/// <param name="Region">Region.</param>
/// <param name="Token">Client token.</param>
/// <param name="At">When it was written, UTC; it was sent just after.</param>
/// <param name="Count">Number of machines.</param>
/// <param name="Lifecycle">Spot or on demand.</param>
/// <param name="Pools">Pools, in the order of the call.</param>
public sealed record JournalCall(
    string Region,
    string Token,
    DateTimeOffset At,
    int Count,
    SpotLifecycle Lifecycle,
    IReadOnlyList<Pool> Pools)
{
    /// <summary>A removal has seen what came of it: nothing more will.</summary>
    public bool IsSettled { get; init; }
}
