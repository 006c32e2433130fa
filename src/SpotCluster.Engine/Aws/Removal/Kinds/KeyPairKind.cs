using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Key pairs. Nothing waits for them. Deleted by the name that the describe call told: every EC2 takes that.</summary>
internal sealed class KeyPairKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.KeyPair;

    protected override string IdFilter => "key-pair-id";

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var response = await Ec2.DescribeKeyPairsAsync(new DescribeKeyPairsRequest { Filters = filters }, cancellationToken).ConfigureAwait(false);
        foreach (var key in response.KeyPairs)
        {
            yield return new ResourceNode { Resource = Resource(key.KeyPairId, key.Tags, createdAt: key.CreateTime, name: key.KeyName) };
        }
    }

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteKeyPairAsync(new DeleteKeyPairRequest { KeyName = node.Resource.Name }, cancellationToken);
}
