using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>VPCs: the last to go. The default VPC of a region is out of reach whatever tag it carries.</summary>
internal sealed class VpcKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.Vpc;

    public override bool IsHeldFromElsewhere => true;

    public override VpcListing InVpc => VpcListing.Always;

    public override IReadOnlyList<string> AfterInVpc { get; } = ["*"];

    protected override string IdFilter => "vpc-id";

    public override async Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
        held.Key.Type == ResourceTypes.DhcpOptions
            ? await ListByAsync("dhcp-options-id", [held.Key.Id], cancellationToken).ConfigureAwait(false)
            : [];

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var vpc in Ec2.DescribeAllVpcsAsync(new DescribeVpcsRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(vpc.VpcId, vpc.Tags, vpc.VpcId, vpc.State),
                OutOfReach = vpc.IsDefault == true,
                Holds = Keys(ResourceTypes.DhcpOptions, vpc.DhcpOptionsId).ToList(),
            };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteVpcAsync(new DeleteVpcRequest { VpcId = node.Key.Id }, cancellationToken);
}
