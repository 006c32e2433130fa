using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>DHCP options: free once no VPC uses them.</summary>
internal sealed class DhcpOptionsKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.DhcpOptions;

    public override bool IsHeldFromElsewhere => true;

    protected override string IdFilter => "dhcp-options-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var options in Ec2.DescribeAllDhcpOptionsAsync(new DescribeDhcpOptionsRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode { Resource = Resource(options.DhcpOptionsId, options.Tags) };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteDhcpOptionsAsync(new DeleteDhcpOptionsRequest { DhcpOptionsId = node.Key.Id }, cancellationToken);
}
