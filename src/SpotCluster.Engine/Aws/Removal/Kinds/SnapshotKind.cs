using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Snapshots of our own: free once no image uses them.</summary>
internal sealed class SnapshotKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Snapshot;

    public override string? MadeFrom => ResourceTypes.Volume;

    public override bool IsHeldFromElsewhere => true;

    protected override string IdFilter => "snapshot-id";

    public override async Task<IReadOnlyList<ResourceNode>> ListMadeFromAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        await ListByAsync("volume-id", ids, cancellationToken).ConfigureAwait(false);

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeSnapshotsRequest { Filters = filters, OwnerIds = ["self"] };
        await foreach (var snapshot in Ec2.DescribeAllSnapshotsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(snapshot.SnapshotId, snapshot.Tags, state: snapshot.State, createdAt: snapshot.StartTime),
                Host = snapshot.VolumeId is { Length: > 0 } volume ? new ResourceKey(ResourceTypes.Volume, volume) : null,
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = node.Key.Id }, cancellationToken);
}
