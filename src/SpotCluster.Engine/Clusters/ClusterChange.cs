using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>What is to be changed of a cluster that exists: its tags, and what they decide. What is null stays.</summary>
public sealed record ClusterChange
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(366);

    /// <summary>Name of the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>When it is to be gone.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Until when it is not to be removed.</summary>
    public DateTimeOffset? ProtectUntil { get; init; }

    /// <summary>Lifts the protection that <see cref="ProtectUntil"/> gave.</summary>
    public bool Unprotect { get; init; }

    /// <summary>Further tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>In words, for prompts.</summary>
    public string Text => string.Join(", ", new[]
    {
        ExpiresAt is { } end ? $"expires at {Format(end)}" : null,
        ProtectUntil is { } until ? $"protected until {Format(until)}" : null,
        Unprotect ? "no longer protected" : null,
        Tags.Count > 0 ? $"tags {string.Join(", ", Tags.Select(tag => $"{tag.Key}={tag.Value}"))}" : null,
    }.Where(part => part is not null));

    /// <summary>The tags that are set.</summary>
    internal IReadOnlyDictionary<string, string> ToTags()
    {
        var tags = Tags.ToDictionary(tag => tag.Key, tag => tag.Value ?? "", StringComparer.Ordinal);
        if (ExpiresAt is { } end)
        {
            tags[TagKeys.ExpiresAt] = Format(end);
        }

        if (ProtectUntil is { } until)
        {
            tags[TagKeys.ProtectUntil] = Format(until);
        }

        return tags;
    }

    /// <summary>Throws for the first thing that is wrong.</summary>
    /// <param name="filterTagName">Key of the filter tag, which stays as it is.</param>
    /// <param name="now">The time of the service.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ExpiryInvalid"/>, <see cref="SpotErrorIds.ParameterInvalid"/>.</exception>
    public void Check(string filterTagName, DateTimeOffset now)
    {
        if (ExpiresAt is { } end && (end < now + TimeSpan.FromMinutes(1) || end > now + LongestLife))
        {
            throw Invalid(SpotErrorIds.ExpiryInvalid, end, $"The expiry {Format(end)} is not between one minute and 366 days from now.", "To end the cluster at once, remove it.");
        }

        if (ProtectUntil is { } until && (until <= now || Unprotect))
        {
            throw Invalid(
                SpotErrorIds.ExpiryInvalid, until, Unprotect ? "A protection cannot be set and lifted at the same time." : $"The protection until {Format(until)} is over already.", "Name a time to come, or lift the protection.");
        }

        RequestRules.CheckTags(Tags, filterTagName);
        if (ToTags().Count == 0 && !Unprotect)
        {
            throw Invalid(SpotErrorIds.ParameterInvalid, Name, "There is nothing to change.", "Give an expiry, a protection or tags.");
        }
    }

    internal static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static SpotException Invalid(string errorId, object? target, string message, string advice) =>
        new(errorId, SpotErrorCategory.InvalidArgument, message) { Target = target, RecommendedAction = advice };
}
