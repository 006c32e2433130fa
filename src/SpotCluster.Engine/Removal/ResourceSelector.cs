using System.Globalization;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>Whose a resource is, seen from one removal.</summary>
internal enum Belonging
{
    /// <summary>In the scope: to be removed.</summary>
    Managed,

    /// <summary>Managed, and to be left: protected, too young, of a cluster that stays.</summary>
    Retained,

    /// <summary>Somebody else's, or another cluster's: never touched.</summary>
    Unmanaged,
}

/// <summary>
/// Decides what is in scope, by exact tag equality and nothing else. The server filters by one tag; everything is
/// checked again here on what the describe calls told.
/// </summary>
internal sealed class ResourceSelector(
    SpotSettings settings, RemovalScope scope, string? accountId, TimeProvider clock, IReadOnlyList<RemainingResource>? remaining = null)
{
    private readonly Dictionary<(string Region, ResourceKey Key), RemainingResource> _remaining = (remaining ?? [])
        .Where(resource => resource.AccountId == accountId && scope.Run is null
            && (scope.ClusterName is null || resource.ClusterName == scope.ClusterName)
            && Wildcard.IsAnyMatch(scope.OnlyClusters, resource.ClusterName))
        .ToDictionary(resource => (resource.Region, new ResourceKey(resource.Type, resource.Id)));

    public RemovalScope Scope { get; } = scope;

    /// <summary>The account; null when it is not known.</summary>
    public string? AccountId { get; } = accountId;

    /// <summary>The tag that the server is asked for: the narrowest of them.</summary>
    public (string Key, string Value) ServerTag { get; } = scope.Run is { } run
        ? (TagKeys.Run, run)
        : scope.ClusterName is { } name
        ? (TagKeys.Cluster, name)
        : (settings.FilterTagName, settings.FilterTagValue);

    /// <summary>It carries our tag, and that of the cluster where the scope is one.</summary>
    public bool Carries(SpotResource resource) => IsTagged(resource) && SameAccount(resource);

    /// <summary>What earlier removals of the scope left in a region.</summary>
    public IEnumerable<ResourceKey> RemainingIn(string region) => _remaining.Keys.Where(place => place.Region == region).Select(place => place.Key);

    /// <summary>The record of an earlier removal that left it; null for none.</summary>
    public RemainingResource? Remaining(string region, ResourceKey key) => _remaining.GetValueOrDefault((region, key));

    /// <summary>The filter tag, <c>key=value</c>.</summary>
    public string FilterTag { get; } = settings.FilterTag;

    /// <summary>
    /// SpotCluster created it: an instance carries tags that every launch of ours sets in the create call. Other kinds are
    /// taken at their tag, but no group of ours launches instances by itself.
    /// </summary>
    public bool IsCreatedByUs(ResourceNode node) => node.Key.Type switch
    {
        ResourceTypes.Instance => node.Launcher is null && LaunchMarks.Has(node.Resource.Tags, settings),
        ResourceTypes.AutoScalingGroup => false,
        _ => true,
    };

    /// <summary>The refusal when it carries our tag and was made by another account than this one; null when that is not so.</summary>
    public SpotException? WhyRefused(SpotResource resource) => IsTagged(resource) && !SameAccount(resource)
        ? AccountGuard.Mismatch(resource, TagKeys.Account, resource.Tags[TagKeys.Account], AccountId!)
        : null;

    /// <summary>It lies inside something of ours, and no tag of its own claims it for somebody else.</summary>
    public bool IsUnclaimed(SpotResource resource) =>
        SameAccount(resource)
        && (!resource.Tags.TryGetValue(settings.FilterTagName, out var value) || string.Equals(value, settings.FilterTagValue, StringComparison.Ordinal))
        && (Scope.ClusterName is null
            || !resource.Tags.TryGetValue(TagKeys.Cluster, out var cluster)
            || string.Equals(cluster, Scope.ClusterName, StringComparison.Ordinal))
        && (resource.ClusterName is null || Wildcard.IsAnyMatch(Scope.OnlyClusters, resource.ClusterName));

    /// <summary>Why something in the scope is to be left all the same; null when it is to go.</summary>
    public Retained? WhyRetained(SpotResource resource)
    {
        if (resource.ClusterName is { } cluster && Scope.KeepClusters.Any(pattern => Wildcard.IsMatch(pattern, cluster)))
        {
            return new Retained("KeepCluster", $"Cluster {cluster} is retained.");
        }

        if (!Scope.Unprotect && resource.Tags.TryGetValue(TagKeys.ProtectUntil, out var text))
        {
            // A date that cannot be read protects: keeping something by mistake can be mended, deleting it cannot.
            var readable = DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var until);
            if (!readable || until > clock.GetUtcNow())
            {
                return new Retained(Retained.Protected, readable ? $"Protected until {until:u}." : $"Protected: the value of its tag {TagKeys.ProtectUntil} is not valid.");
            }
        }

        return WhyNotExpired(resource);
    }

    // What is untagged goes with the tagged resource that it hangs on.
    private Retained? WhyNotExpired(SpotResource resource)
    {
        if (!Scope.Expired)
        {
            return null;
        }

        var (end, lease) = (Time(resource, TagKeys.ExpiresAt), Time(resource, TagKeys.LeaseEndsAt));
        return Scope.Jobs.IsExpired(resource.ClusterName, end, lease, clock.GetUtcNow()) ? null
            : end is not null ? new Retained("NotExpired", $"Expires at {end:u}.")
            : resource.Tags.ContainsKey(TagKeys.ExpiresAt) ? new Retained("NotExpired", $"The value of its tag {TagKeys.ExpiresAt} is not valid.")
            : IsTagged(resource) ? new Retained("NotExpired", "It has no time to live.")
            : null;
    }

    private static DateTimeOffset? Time(SpotResource resource, string tag) =>
        resource.Tags.TryGetValue(tag, out var text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    /// <summary>The reason to retain what the filter does not select; null when it does.</summary>
    public Retained? WhyNotSelected(SpotResource resource) =>
        Scope.Filter.Selects(resource) ? null : new Retained(Retained.NotSelected, $"Not selected by {Scope.Filter}.");

    /// <summary>Null when old enough; the reason to retain it otherwise, which is also that its age is not known.</summary>
    public Retained? WhyTooYoung(DateTimeOffset? createdAt)
    {
        if (Scope.OlderThan is not { } age)
        {
            return null;
        }

        return createdAt is null ? new Retained("AgeUnknown", "Its age is unknown.")
            : clock.GetUtcNow() - createdAt.Value < age ? new Retained("TooYoung", $"Created {createdAt.Value:u}, later than the limit.")
            : null;
    }

    private bool IsTagged(SpotResource resource) =>
        Has(resource, settings.FilterTagName, settings.FilterTagValue)
        && (Scope.ClusterName is null || Has(resource, TagKeys.Cluster, Scope.ClusterName))
        && (Scope.Run is null || Has(resource, TagKeys.Run, Scope.Run))
        && Wildcard.IsAnyMatch(Scope.OnlyClusters, resource.ClusterName);

    private bool SameAccount(SpotResource resource) =>
        AccountId is null
        || !resource.Tags.TryGetValue(TagKeys.Account, out var account)
        || string.Equals(account, AccountId, StringComparison.Ordinal);

    private static bool Has(SpotResource resource, string key, string value) =>
        resource.Tags.TryGetValue(key, out var found) && string.Equals(found, value, StringComparison.Ordinal);
}

/// <summary>Why a resource of ours stays.</summary>
internal sealed record Retained(string Code, string Reason)
{
    /// <summary>The code of what the filter does not select.</summary>
    public const string NotSelected = "NotSelected";

    /// <summary>The code of what its tag protects for a time.</summary>
    public const string Protected = "ProtectUntil";
}

/// <summary>The tags that every launch of ours, and of the programs before it, sets beside the filter tag.</summary>
internal static class LaunchMarks
{
    /// <summary>At least one of them is there.</summary>
    public static bool Has(IDictionary<string, string> tags, SpotSettings settings) =>
        tags.ContainsKey(TagKeys.Cluster) || tags.ContainsKey(TagKeys.Run) || tags.ContainsKey(TagKeys.Account)
        || (tags.TryGetValue(TagKeys.CreatedBy, out var creator) && string.Equals(creator, settings.Creator, StringComparison.Ordinal));
}
