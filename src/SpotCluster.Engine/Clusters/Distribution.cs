namespace SpotCluster.Engine.Clusters;

/// <summary>How many machines each region gets.</summary>
public static class Distribution
{
    /// <summary>
    /// Shares <paramref name="count"/> as evenly as the capacities allow; earlier places get the odd ones.
    /// The sum is <paramref name="count"/>, or the sum of all capacities when that is less.
    /// </summary>
    /// <param name="count">Number of machines, 0 or more.</param>
    /// <param name="capacities">Most machines per place; null for no limit.</param>
    public static int[] Share(int count, IReadOnlyList<int?> capacities)
    {
        var shares = new int[capacities.Count];
        var left = count;
        var open = Enumerable.Range(0, capacities.Count).Where(place => capacities[place] is not <= 0).ToList();
        while (left > 0 && open.Count > 0)
        {
            // Level by level: nobody gets more than one above anybody who could still take one.
            var level = Math.Max(1, left / open.Count);
            foreach (var place in open)
            {
                var room = capacities[place] is { } capacity ? capacity - shares[place] : left;
                var given = Math.Min(Math.Min(level, room), left);
                shares[place] += given;
                left -= given;
            }

            open.RemoveAll(place => capacities[place] is { } capacity && shares[place] >= capacity);
        }

        return shares;
    }
}
