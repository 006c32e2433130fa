namespace SpotCluster.Engine.Core;

/// <summary>
/// One string for equal texts: the types, zones and tags of thousands of instances are the same few, and each answer brings
/// its own copies. What comes rarely makes room for what comes often, so it does not grow.
/// </summary>
internal static class SharedText
{
    private const int Places = 2048;
    private const int LongestShared = 64;

    // A reference is written whole, so threads at most replace what another one has put in a place.
    private static readonly string?[] Texts = new string?[Places];

    /// <summary>The same text, in a string that is shared where it can be.</summary>
    public static string Of(string text)
    {
        if (text.Length > LongestShared)
        {
            return text;
        }

        ref var place = ref Texts[(uint)string.GetHashCode(text, StringComparison.Ordinal) % Places];
        var shared = place;
        return shared is not null && string.Equals(shared, text, StringComparison.Ordinal) ? shared : place = text;
    }

    /// <inheritdoc cref="Of"/>
    public static string? OrNull(string? text) => text is null ? null : Of(text);
}
