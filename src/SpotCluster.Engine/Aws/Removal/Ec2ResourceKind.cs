using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal;

/// <summary>What the EC2 kinds have in common. Lists by filter, never by id: an id that is gone must not spoil the rest.</summary>
internal abstract class Ec2ResourceKind(IEc2Client ec2) : IResourceKind
{
    /// <summary>Most values of one filter.</summary>
    private const int MaxFilterValues = 200;

    private static readonly IReadOnlyDictionary<string, SpotException> NoRefusals = new Dictionary<string, SpotException>(StringComparer.Ordinal);

    public abstract string Type { get; }

    public virtual int MaxBatch => 1;

    public virtual bool DeletesAtOnce => true;

    public virtual PollPace Pace => PollPace.Quick;

    public virtual VpcListing InVpc => VpcListing.None;

    public virtual IReadOnlyList<string> AfterInVpc => [];

    public virtual string? MadeFrom => null;

    public virtual bool IsHeldFromElsewhere => false;

    public virtual bool HasInterface => false;

    protected IEc2Client Ec2 { get; } = ec2;

    /// <summary>Name of the filter that takes ids.</summary>
    protected abstract string IdFilter { get; }

    /// <summary>Name of the filter that takes ids of VPCs.</summary>
    protected virtual string VpcFilter => "vpc-id";

    public virtual async Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        await ListByAsync(IdFilter, ids, cancellationToken).ConfigureAwait(false);

    public virtual async Task<IReadOnlyList<ResourceNode>> ListInVpcsAsync(IReadOnlyList<string> vpcIds, CancellationToken cancellationToken) =>
        InVpc == VpcListing.None ? [] : await ListByAsync(VpcFilter, vpcIds, cancellationToken).ConfigureAwait(false);

    public virtual Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ResourceNode>>([]);

    public virtual Task<IReadOnlyList<ResourceNode>> ListMadeFromAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ResourceNode>>([]);

    public virtual async Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
    {
        foreach (var node in batch)
        {
            await DeleteOneAsync(node, cancellationToken).ConfigureAwait(false);
        }

        return NoRefusals;
    }

    public virtual bool HasEnded(ResourceKey key) => false;

    public virtual Task<ResourceNode?> ReleaseAsync(ResourceNode node, CancellationToken cancellationToken) => Task.FromResult<ResourceNode?>(null);

    public virtual Task<bool> UnprotectAsync(ResourceNode node, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>Describes what fits a filter, all pages.</summary>
    protected abstract IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, CancellationToken cancellationToken);

    /// <summary>Deletes one. Kinds with batches override <see cref="DeleteAsync"/> instead.</summary>
    protected virtual Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{Type} is deleted in batches.");

    protected async Task<IReadOnlyList<ResourceNode>> ListByAsync(string filter, IReadOnlyList<string> values, CancellationToken cancellationToken)
    {
        var pages = await Task.WhenAll(values.Chunk(MaxFilterValues).Select(async chunk =>
        {
            var nodes = new List<ResourceNode>();
            await foreach (var node in DescribeAsync([new Filter { Name = filter, Values = [.. chunk] }], cancellationToken).ConfigureAwait(false))
            {
                nodes.Add(node);
            }

            return nodes;
        })).ConfigureAwait(false);
        return pages.SelectMany(page => page).ToList();
    }

    /// <summary>For describes that have no filter for ids: asks by id, and halves the list while one of them is not there.</summary>
    protected static async Task<IReadOnlyList<ResourceNode>> ListByIdAsync(
        IReadOnlyList<string> ids,
        Func<List<string>, IAsyncEnumerable<ResourceNode>> describe)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        try
        {
            var nodes = new List<ResourceNode>();
            await foreach (var node in describe([.. ids]).ConfigureAwait(false))
            {
                nodes.Add(node);
            }

            return nodes;
        }
        catch (SpotException error) when (AwsRefusals.Classify(error) == RefusalKind.NotFound)
        {
            if (ids.Count == 1)
            {
                return [];
            }

            var half = ids.Count / 2;
            var halves = await Task.WhenAll(
                ListByIdAsync(ids.Take(half).ToList(), describe),
                ListByIdAsync(ids.Skip(half).ToList(), describe)).ConfigureAwait(false);
            return halves[0].Concat(halves[1]).ToList();
        }
    }

    protected SpotResource Resource(string id, IEnumerable<Tag> tags, string? vpcId = null, string? state = null, DateTimeOffset? createdAt = null, string? name = null)
    {
        var resource = new SpotResource
        {
            Id = id,
            Type = Type,
            Region = Ec2.Region,
            VpcId = SharedText.OrNull(vpcId),
            State = SharedText.OrNull(state),
            CreatedAt = createdAt,
        };
        foreach (var tag in tags)
        {
            resource.Tags[SharedText.Of(tag.Key)] = SharedText.Of(tag.Value);
        }

        resource.Name = name ?? (resource.Tags.TryGetValue(TagKeys.Name, out var named) ? named : null);
        resource.ClusterName = resource.Tags.TryGetValue(TagKeys.Cluster, out var cluster) ? cluster : null;
        return resource;
    }

    /// <summary>Keys of those ids that are there.</summary>
    protected static IEnumerable<ResourceKey> Keys(string type, IEnumerable<string?> ids) =>
        ids.Where(id => !string.IsNullOrEmpty(id)).Distinct(StringComparer.Ordinal).Select(id => new ResourceKey(type, id!));

    protected static IEnumerable<ResourceKey> Keys(string type, string? id) => Keys(type, [id]);

    /// <summary>A refusal that a call with a batch tells of one item.</summary>
    protected SpotException Refusal(string id, string? code, string? message) => new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.InvalidOperation,
        $"{id} in {Ec2.Region}: {message ?? code ?? "refused without a reason"}")
    {
        Target = id,
        ServiceCode = code,
        Region = Ec2.Region,
    };
}
