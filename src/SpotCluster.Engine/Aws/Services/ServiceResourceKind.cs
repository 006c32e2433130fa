using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>What the kinds of other services than EC2 have in common.</summary>
internal abstract class ServiceResourceKind(string region) : IResourceKind
{
    private static readonly IReadOnlyDictionary<string, SpotException> NoRefusals = new Dictionary<string, SpotException>(StringComparer.Ordinal);

    public abstract string Type { get; }

    public virtual int MaxBatch => 1;

    public virtual bool DeletesAtOnce => true;

    public bool IsInTagListing => false;

    public virtual bool ShowsTags => false;

    public virtual VpcListing InVpc => VpcListing.None;

    public virtual IReadOnlyList<string> AfterInVpc => [];

    protected string Region { get; } = region;

    public abstract Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    public virtual Task<IReadOnlyList<ResourceNode>> ListInVpcsAsync(IReadOnlyList<string> vpcIds, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ResourceNode>>([]);

    public virtual Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ResourceNode>>([]);

    public async Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
    {
        foreach (var node in batch)
        {
            await DeleteOneAsync(node, cancellationToken).ConfigureAwait(false);
        }

        return NoRefusals;
    }

    public virtual Task<ResourceNode?> ReleaseAsync(ResourceNode node, CancellationToken cancellationToken) => Task.FromResult<ResourceNode?>(null);

    public virtual Task<bool> UnprotectAsync(ResourceNode node, CancellationToken cancellationToken) => Task.FromResult(false);

    protected abstract Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken);

    protected SpotResource Resource(string id, IEnumerable<KeyValuePair<string, string>> tags, string? state = null, DateTimeOffset? createdAt = null, string? name = null, string? vpcId = null)
    {
        var resource = new SpotResource { Id = id, Type = Type, Region = Region, State = state, CreatedAt = createdAt, VpcId = vpcId };
        foreach (var tag in tags)
        {
            resource.Tags[tag.Key] = tag.Value;
        }

        resource.Name = name ?? (resource.Tags.TryGetValue(TagKeys.Name, out var named) ? named : null);
        resource.ClusterName = resource.Tags.TryGetValue(TagKeys.Cluster, out var cluster) ? cluster : null;
        return resource;
    }

    protected static IEnumerable<ResourceKey> Keys(string type, IEnumerable<string?> ids) =>
        ids.Where(id => !string.IsNullOrEmpty(id)).Distinct(StringComparer.Ordinal).Select(id => new ResourceKey(type, id!));
}
