using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>
/// Volumes. One without our tag is ours only when it is deleted with an instance of ours anyway: what somebody attached to
/// outlive the instance holds that one's data.
/// </summary>
internal sealed class VolumeKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Volume;

    protected override string IdFilter => "volume-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var volume in Ec2.DescribeAllVolumesAsync(new DescribeVolumesRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            var resource = Resource(volume.VolumeId, volume.Tags, state: volume.State, createdAt: volume.CreateTime);
            resource.HourlyPrice = AwsPriceList.VolumePerHour(Ec2.Region, volume.VolumeType, volume.Size, volume.Iops, volume.Throughput);
            yield return new ResourceNode
            {
                Resource = resource,
                Live = volume.State != "deleted",
                After = Keys(ResourceTypes.Instance, volume.Attachments.Select(attachment => attachment.InstanceId)).ToList(),
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = node.Key.Id }, cancellationToken);
}
