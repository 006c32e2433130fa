using System.Collections.Concurrent;

namespace SpotCluster.Engine.Journal;

/// <summary>The resources that remain at a cloud that ends with this process.</summary>
public sealed class RemainingMemory : IRemainingResources
{
    private readonly ConcurrentDictionary<(string Account, string Region, string Id), RemainingResource> _resources = [];

    /// <inheritdoc/>
    public IReadOnlyList<RemainingResource> Get(string filterTag, IOperationHost host) =>
        [.. _resources.Values.Where(resource => resource.FilterTag == filterTag).OrderBy(resource => resource.Id, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public void Add(RemainingResource resource) => _resources[(resource.AccountId, resource.Region, resource.Id)] = resource;

    /// <inheritdoc/>
    public void Remove(RemainingResource resource) => _resources.TryRemove((resource.AccountId, resource.Region, resource.Id), out _);
}
