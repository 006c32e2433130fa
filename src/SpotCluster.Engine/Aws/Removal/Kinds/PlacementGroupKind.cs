using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Placement groups: free once no machine is in them. EC2 deletes them by name.</summary>
internal sealed class PlacementGroupKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.PlacementGroup;

    public override bool IsHeldFromElsewhere => true;

    protected override string IdFilter => throw new NotSupportedException("Placement groups are listed by id.");

    public override Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        ListByIdAsync(ids, chunk => DescribeAsync(new DescribePlacementGroupsRequest { GroupIds = chunk }, cancellationToken));

    protected override IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, CancellationToken cancellationToken) =>
        DescribeAsync(new DescribePlacementGroupsRequest { Filters = filters }, cancellationToken);

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeletePlacementGroupAsync(new DeletePlacementGroupRequest { GroupName = node.Resource.Name! }, cancellationToken);

    private async IAsyncEnumerable<ResourceNode> DescribeAsync(DescribePlacementGroupsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var response = await Ec2.DescribePlacementGroupsAsync(request, cancellationToken).ConfigureAwait(false);
        foreach (var group in response.PlacementGroups.Where(group => group.GroupId is not null))
        {
            yield return new ResourceNode
            {
                Resource = Resource(group.GroupId!, group.Tags, state: group.State, name: group.GroupName),
                Live = group.State != "deleted",
            };
        }
    }
}
