namespace SpotCluster.Engine.Agent;

/// <summary>Random numbers from 0 to 1, from any thread.</summary>
internal static class AgentJitter
{
#if NET
    public static double Next() => Random.Shared.NextDouble();
#else
    private static readonly Random Source = new();

    public static double Next()
    {
        lock (Source)
        {
            return Source.NextDouble();
        }
    }
#endif
}
