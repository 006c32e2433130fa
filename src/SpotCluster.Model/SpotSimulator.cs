namespace SpotCluster.Model;

/// <summary>The in-memory cloud of a session.</summary>
public sealed class SpotSimulator
{
    /// <summary>The account that it plays.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The enabled regions.</summary>
    public ValueList<string> Regions { get; set; } = [];

    /// <summary>The seed that its chance comes from.</summary>
    public int Seed { get; set; }

    /// <summary>Simulated time of one round trip.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>The simulated time when it was started, UTC.</summary>
    public DateTimeOffset StartedAt { get; set; }
}
