using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>What the price of an instance follows from.</summary>
/// <param name="InstanceType">The type.</param>
/// <param name="Zone">The zone.</param>
/// <param name="IsSpot">False on demand.</param>
internal sealed record BilledPool(string? InstanceType, string? Zone, bool IsSpot)
{
    /// <summary>Of an instance; null for one that is not billed.</summary>
    public static BilledPool? Of(Instance instance) => InstanceMapping.State(instance.State?.Name) is SpotInstanceState.Pending or SpotInstanceState.Running
        ? new(SharedText.OrNull(instance.InstanceType?.Value), SharedText.OrNull(instance.Placement?.AvailabilityZone), instance.InstanceLifecycle?.Value == "spot")
        : null;
}

/// <summary>Machines. Gone when terminated, which EC2 goes on showing for about an hour.</summary>
internal sealed class InstanceKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Instance;

    public override int MaxBatch => 1000;

    public override bool DeletesAtOnce => false;

    public override PollPace Pace => PollPace.Termination;

    public override VpcListing InVpc => VpcListing.Always;

    protected override string IdFilter => "instance-id";

    public override async Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
    {
        await Ec2.TerminateInstancesAsync(
            new TerminateInstancesRequest { InstanceIds = batch.Select(node => node.Key.Id).ToList() }, cancellationToken).ConfigureAwait(false);
        return new Dictionary<string, SpotException>(StringComparer.Ordinal);
    }

    public override async Task<bool> UnprotectAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        await Ec2.ModifyInstanceAttributeAsync(
            new ModifyInstanceAttributeRequest { InstanceId = node.Key.Id, DisableApiTermination = false }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    public override async Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) => held.Key.Type switch
    {
        ResourceTypes.SecurityGroup => await ListByAsync("instance.group-id", [held.Key.Id], cancellationToken).ConfigureAwait(false),
        ResourceTypes.Volume => await ListByAsync("block-device-mapping.volume-id", [held.Key.Id], cancellationToken).ConfigureAwait(false),
        ResourceTypes.NetworkInterface => await ListByAsync("network-interface.network-interface-id", [held.Key.Id], cancellationToken).ConfigureAwait(false),
        ResourceTypes.PlacementGroup when held.Resource.Name is { } name => await ListByAsync("placement-group-name", [name], cancellationToken).ConfigureAwait(false),
        _ => [],
    };

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeInstancesRequest { Filters = filters };
        await foreach (var reservation in Ec2.DescribeAllInstancesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            foreach (var instance in reservation.Instances)
            {
                yield return ToNode(instance);
            }
        }
    }

    /// <summary>A public address of it was allocated by the account and outlives it.</summary>
    private static bool HasElasticAddress(InstanceNetworkInterface item) =>
        item.PrivateIpAddresses.Select(address => address.Association).Append(item.Association)
            .Any(association => association is { PublicIp: not null, IpOwnerId: { } owner } && owner != "amazon");

    /// <summary>The first interface is made by the launch itself, whatever it says of its end.</summary>
    private static bool GoesWith(InstanceNetworkInterface item) =>
        item.Attachment is not { DeleteOnTermination: false } attachment || attachment.DeviceIndex == 0;

    private ResourceNode ToNode(Instance instance)
    {
        var volumes = instance.BlockDeviceMappings.Select(device => device.Ebs).OfType<EbsInstanceBlockDevice>().ToList();
        var dying = Keys(ResourceTypes.Volume, volumes.Where(volume => volume.DeleteOnTermination == true).Select(volume => volume.VolumeId)).ToList();
        var interfaces = instance.NetworkInterfaces
            .Where(GoesWith).Select(item => item.NetworkInterfaceId);
        var isLive = instance.State?.Name != "terminated";
        var resource = Resource(instance.InstanceId, instance.Tags, instance.VpcId, instance.State?.Name, instance.LaunchTime);
        string? TagOf(string key) => resource.Tags.TryGetValue(key, out var value) ? value : null;
        return new ResourceNode
        {
            Resource = resource,
            Live = isLive,
            Group = SharedText.Of(instance.Placement?.AvailabilityZone ?? ""),
            Detail = BilledPool.Of(instance),
            Launcher = Launchers.Of(resource.Tags),
            Holds =
            [
                .. Keys(ResourceTypes.Subnet, SharedText.OrNull(instance.SubnetId)),
                .. Keys(ResourceTypes.SecurityGroup, instance.SecurityGroups.Select(group => SharedText.OrNull(group.GroupId))),
                .. Keys(ResourceTypes.Volume, volumes.Select(volume => volume.VolumeId)),
                .. Keys(ResourceTypes.PlacementGroup, instance.Placement?.GroupId),
                .. Keys(ResourceTypes.CapacityReservation, instance.CapacityReservationId),
            ],
            Takes = [.. dying, .. Keys(ResourceTypes.NetworkInterface, interfaces)],
            Leads =
            [
                .. dying,
                .. Keys(ResourceTypes.AutoScalingGroup, TagOf(Launchers.AutoScaling)),
                .. Keys(ResourceTypes.SpotRequest, instance.SpotInstanceRequestId),
                .. Keys(ResourceTypes.Fleet, TagOf(FleetKind.MachineTag)),
                .. Keys(ResourceTypes.SpotFleet, TagOf(SpotFleetKind.MachineTag)),
            ],
            Companions =
            [
                .. Keys(ResourceTypes.Volume, volumes.Where(volume => volume.DeleteOnTermination != true).Select(volume => volume.VolumeId)),
                .. Keys(ResourceTypes.NetworkInterface, instance.NetworkInterfaces
                    .Where(item => isLive && (!GoesWith(item) || HasElasticAddress(item))).Select(item => item.NetworkInterfaceId)),
                .. Keys(ResourceTypes.CapacityReservation, instance.CapacityReservationId),
                .. Keys(ResourceTypes.DedicatedHost, instance.Placement?.HostId),
            ],
        };
    }
}
