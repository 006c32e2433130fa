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
}
