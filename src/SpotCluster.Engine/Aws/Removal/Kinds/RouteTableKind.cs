using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Route tables. The main one goes with its VPC and is left out unless it has tags.</summary>
internal sealed class RouteTableKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.RouteTable;

    public override VpcListing InVpc => VpcListing.Thorough;

    protected override string IdFilter => "route-table-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var table in Ec2.DescribeAllRouteTablesAsync(new DescribeRouteTablesRequest { Filters = filters }, cancellationToken).ConfigureAwait(false))
        {
            var isMain = table.Associations.Any(association => association.Main == true);
            if (isMain && table.Tags.Count == 0)
            {
                continue;
            }

            yield return new ResourceNode
            {
                Resource = Resource(table.RouteTableId, table.Tags, table.VpcId),
                After = isMain ? [] : Keys(ResourceTypes.Subnet, table.Associations.Select(association => association.SubnetId)).ToList(),
                DeletedWith = isMain && table.VpcId is { } vpcId ? new ResourceKey(ResourceTypes.Vpc, vpcId) : null,
                Detail = table.Associations.Where(association => association.GatewayId is not null)
                    .Select(association => association.RouteTableAssociationId).ToList(),
            };
        }
    }

    protected override async Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        // The association of a subnet goes with the subnet; that of a gateway has to be taken off.
        foreach (var association in (List<string>)node.Detail!)
        {
            await AwsRefusals.UnlessDoneAsync(
                Ec2.DisassociateRouteTableAsync(new DisassociateRouteTableRequest { AssociationId = association }, cancellationToken)).ConfigureAwait(false);
        }

        await Ec2.DeleteRouteTableAsync(new DeleteRouteTableRequest { RouteTableId = node.Key.Id }, cancellationToken).ConfigureAwait(false);
    }
}
