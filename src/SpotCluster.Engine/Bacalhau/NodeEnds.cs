using System.Globalization;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>What ends a machine by itself: scripts that start at every boot, each with one argument.</summary>
internal static class NodeEnds
{
    /// <summary>The name of each script, and its argument in seconds: since 1970 for the expiry, of idle time for the other.</summary>
    public static IEnumerable<(string Name, string Argument)> Of(DateTimeOffset? expiresAt, TimeSpan? maxIdle)
    {
        if (expiresAt is { } end)
        {
            yield return ("expiry", end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        }

        if (maxIdle is { } idle)
        {
            yield return ("idle", ((long)idle.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }
    }
}
