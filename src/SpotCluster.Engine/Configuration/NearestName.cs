namespace SpotCluster.Engine.Configuration;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary>The nearest of some names; null when none is near.</summary>
    public static string? Find(string written, IEnumerable<string> names)
    {
        if (written.Length > 60)
        {
            return null;
        }

        // region_s, Regions and regions are the same word to a person.
        var bare = Bare(written);
        return names
            .Select(name => (Name: name, Distance: Distance(bare, Bare(name))))
            .Where(pair => pair.Distance <= Math.Max(2, pair.Name.Length / 3))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.Name)
            .FirstOrDefault();
    }

    private static string Bare(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    // Levenshtein's distance: the fewest letters to put in, take out or change.
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (one[i - 1] == other[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[other.Length];
    }
}
