using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Images of our own. The snapshots below one are held by it.</summary>
internal sealed class ImageKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Image;

    protected override string IdFilter => "image-id";

    public override async Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
        held.Key.Type == ResourceTypes.Snapshot
            ? await ListByAsync("block-device-mapping.snapshot-id", [held.Key.Id], cancellationToken).ConfigureAwait(false)
            : [];

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeImagesRequest { Filters = filters, Owners = ["self"], IncludeDeprecated = true, IncludeDisabled = true };
        await foreach (var image in Ec2.DescribeAllImagesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var snapshots = Keys(ResourceTypes.Snapshot, image.BlockDeviceMappings.Select(device => device.Ebs?.SnapshotId)).ToList();
            yield return new ResourceNode
            {
                Resource = Resource(image.ImageId, image.Tags, state: image.State, name: image.Name),
                Live = image.State != "deregistered",
                Holds = snapshots,
                Companions = snapshots,
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = node.Key.Id }, cancellationToken);
}
