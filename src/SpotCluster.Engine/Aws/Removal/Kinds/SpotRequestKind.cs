using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>
/// Spot requests. An open one may still launch a machine, a persistent one replaces the machine that it lost: both are
/// cancelled. EC2 closes the fulfilled one-time request of a machine by itself when that is terminated.
/// </summary>
internal sealed class SpotRequestKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.SpotRequest;

    public override int MaxBatch => 200;

    protected override string IdFilter => "spot-instance-request-id";

    public override async Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
    {
        await Ec2.CancelSpotInstanceRequestsAsync(
            new CancelSpotInstanceRequestsRequest { SpotInstanceRequestIds = batch.Select(node => node.Key.Id).ToList() }, cancellationToken).ConfigureAwait(false);
        return new Dictionary<string, SpotException>(StringComparer.Ordinal);
    }

    protected override async IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new DescribeSpotInstanceRequestsRequest { Filters = filters };
        await foreach (var item in Ec2.DescribeAllSpotInstanceRequestsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var machine = Keys(ResourceTypes.Instance, item.InstanceId).ToList();
            yield return new ResourceNode
            {
                Resource = Resource(item.SpotInstanceRequestId, item.Tags, state: item.State, createdAt: item.CreateTime),
                Live = item.State?.Value is not ("closed" or "cancelled" or "failed"),
                Holds = item.Type == "persistent" ? machine : [],
                Leads = machine,
                EndsWith = item is { State.Value: "active", Type.Value: "one-time" } && machine.Count > 0 ? machine[0] : null,
            };
        }
    }
}
