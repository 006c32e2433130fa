using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Snapshots of our own: free once no image uses them.</summary>
internal sealed class SnapshotKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Snapshot;

    protected override string IdFilter => "snapshot-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeSnapshotsRequest { Filters = filters, OwnerIds = ["self"] };
        await foreach (var snapshot in Ec2.DescribeAllSnapshotsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(snapshot.SnapshotId, snapshot.Tags, state: snapshot.State, createdAt: snapshot.StartTime),
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = node.Key.Id }, cancellationToken);
}
