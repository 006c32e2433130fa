namespace SpotCluster.Engine.Agent;

/// <summary>Random numbers from 0 to 1, from any thread.</summary>
internal static class AgentJitter
{
    public static double Next() => Random.Shared.NextDouble();
}
