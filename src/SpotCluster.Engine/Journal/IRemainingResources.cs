namespace SpotCluster.Engine.Journal;

/// <summary>
/// What removals on this computer left because it was only attached to what they removed, and has no tag: nothing at the
/// provider leads to it any more. The provider decides whether it still exists.
/// </summary>
public interface IRemainingResources
{
    /// <summary>The resources of a filter tag. A file that cannot be read is reported as a warning and passed over.</summary>
    IReadOnlyList<RemainingResource> Get(string filterTag, IOperationHost host);

    /// <summary>Records a resource, before what it is attached to is removed.</summary>
    /// <exception cref="Model.SpotException"><see cref="Model.SpotErrorIds.LocalFileFailed"/>.</exception>
    void Add(RemainingResource resource);

    /// <summary>Forgets a resource: to be called once it is seen to be gone.</summary>
    void Remove(RemainingResource resource);
}

/// <summary>A resource that a removal left.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Region">The region.</param>
/// <param name="Type">Kind, in EC2's resource-type words.</param>
/// <param name="Id">The cloud's id.</param>
/// <param name="ClusterName">The cluster that was removed; null for none.</param>
/// <param name="FilterTag">The filter tag of the removal, <c>key=value</c>.</param>
/// <param name="RemovedAt">When what it was attached to was removed, UTC.</param>
public sealed record RemainingResource(
    string AccountId, string Region, string Type, string Id, string? ClusterName, string FilterTag, DateTimeOffset RemovedAt);
