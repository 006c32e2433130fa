using SpotCluster.Simulator.Bacalhau;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Simulator;

/// <summary>What a simulated cloud is made with.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Seed of every random choice and of every id: the same seed and the same calls give the same answers.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Time that one round trip takes, on the simulator's clock.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.Zero;

    /// <summary>The clock; null for a simulated one that runs ahead whenever nobody is busy.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>The account that it plays: 12 digits.</summary>
    public string AccountId { get; init; } = "123456789012";

    /// <summary>Whether request rates are limited, with AWS's own numbers.</summary>
    public bool Throttling { get; init; } = true;

    /// <summary>
    /// How long a new resource is NotFound and a new tag is missing from filters and DescribeTags. Zero, the default, is an
    /// account where the news is always there first; AWS promises nothing, and a second is common.
    /// </summary>
    public TimeSpan ConsistencyWindow { get; init; } = TimeSpan.Zero;

    /// <summary>From launch to running.</summary>
    public TimeSpan PendingTime { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>From the call that terminates to terminated.</summary>
    public TimeSpan ShutdownTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the network interface of a terminated machine stays, and with it what its subnet and groups depend on.</summary>
    public TimeSpan InterfaceLinger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a terminated machine stays visible.</summary>
    public TimeSpan TerminatedVisible { get; init; } = TimeSpan.FromHours(1);

    /// <summary>From the notice to the end of an interrupted spot machine.</summary>
    public TimeSpan InterruptionNotice { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long NAT gateways, endpoints and snapshots take to come and to go.</summary>
    public TimeSpan AsyncResourceTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The Bacalhau orchestrator.</summary>
    public SimulatedOrchestratorOptions Orchestrator { get; init; } = new();

    /// <summary>The account at Vast.ai.</summary>
    public SimulatedVastOptions Vast { get; init; } = new();
}
