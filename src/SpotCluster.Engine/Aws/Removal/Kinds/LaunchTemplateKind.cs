using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>Launch templates. Nothing waits for them.</summary>
internal sealed class LaunchTemplateKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.LaunchTemplate;

    protected override string IdFilter => throw new NotSupportedException("Launch templates are listed by id.");

    public override Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        ListByIdAsync(ids, chunk => DescribeAsync(new DescribeLaunchTemplatesRequest { LaunchTemplateIds = chunk }, cancellationToken));

    protected override IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, CancellationToken cancellationToken) =>
        DescribeAsync(new DescribeLaunchTemplatesRequest { Filters = filters }, cancellationToken);

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Ec2.DeleteLaunchTemplateAsync(new DeleteLaunchTemplateRequest { LaunchTemplateId = node.Key.Id }, cancellationToken);

    private async IAsyncEnumerable<ResourceNode> DescribeAsync(DescribeLaunchTemplatesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var template in Ec2.DescribeAllLaunchTemplatesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(template.LaunchTemplateId, template.Tags, createdAt: template.CreateTime, name: template.LaunchTemplateName),
            };
        }
    }
}
