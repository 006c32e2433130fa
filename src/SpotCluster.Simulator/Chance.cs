namespace SpotCluster.Simulator;

/// <summary>
/// Chance without a sequence: each draw is a hash of the seed and of what is drawn for. Calls that run in parallel
/// therefore never disturb each other's luck.
/// </summary>
internal static class Chance
{
    private const ulong Offset = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;

    /// <summary>64 well-mixed bits for a seed and a key.</summary>
    public static ulong Bits(int seed, string key)
    {
        unchecked
        {
            var hash = Offset ^ (ulong)(uint)seed;
            hash *= Prime;
            foreach (var c in key)
            {
                hash = (hash ^ c) * Prime;
            }

            // The finalizer of splitmix64: FNV alone leaves the high bits of short keys alike.
            hash += 0x9E3779B97F4A7C15UL;
            hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
            hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
            return hash ^ (hash >> 31);
        }
    }

    /// <summary>A number from 0 up to, not including, 1.</summary>
    public static double Unit(int seed, string key) => (Bits(seed, key) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 up to, not including, <paramref name="bound"/>.</summary>
    public static int Below(int seed, string key, int bound) => (int)(Bits(seed, key) % (ulong)bound);
}
