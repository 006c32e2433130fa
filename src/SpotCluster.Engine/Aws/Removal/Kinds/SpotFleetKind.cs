using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>
/// Spot fleet requests, the elder kind of fleet. Cancelled before its machines, so that it does not replace them; it
/// leaves them to us, so none goes that was to be kept.
/// </summary>
internal sealed class SpotFleetKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    /// <summary>The tag that EC2 puts on the machines of such a request.</summary>
    public const string MachineTag = "aws:ec2spot:fleet-request-id";

    public override string Type => ResourceTypes.SpotFleet;

    public override int MaxBatch => 100;

    protected override string IdFilter => throw new NotSupportedException("Spot fleet requests are listed by id.");

    public override Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        ListByIdAsync(ids, chunk => DescribeAsync(new DescribeSpotFleetRequestsRequest { SpotFleetRequestIds = chunk }, cancellationToken));

    public override async Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
    {
        var request = new CancelSpotFleetRequestsRequest { SpotFleetRequestIds = batch.Select(node => node.Key.Id).ToList(), TerminateInstances = false };
        var response = await Ec2.CancelSpotFleetRequestsAsync(request, cancellationToken).ConfigureAwait(false);
        return response.UnsuccessfulFleetRequests.Where(item => item.SpotFleetRequestId is not null).ToDictionary(
            item => item.SpotFleetRequestId!,
            item => Refusal(
                item.SpotFleetRequestId!,
                item.Error?.Code?.Value switch
                {
                    "fleetRequestIdDoesNotExist" => "InvalidSpotFleetRequestId.NotFound",
                    "fleetRequestNotInCancellableState" => "IncorrectState",
                    var other => other,
                },
                item.Error?.Message),
            StringComparer.Ordinal);
    }

    protected override IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Spot fleet requests are listed by id.");

    private async IAsyncEnumerable<ResourceNode> DescribeAsync(
        DescribeSpotFleetRequestsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var fleet in Ec2.DescribeAllSpotFleetRequestsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var live = fleet.SpotFleetRequestState?.Value is not ("cancelled" or "cancelled_running" or "cancelled_terminating" or "failed");

            // Machines of one that is cancelled are found too: it may have been cancelled without them.
            var machines = await MachinesAsync(fleet.SpotFleetRequestId, cancellationToken).ConfigureAwait(false);
            yield return new ResourceNode
            {
                Resource = Resource(fleet.SpotFleetRequestId, fleet.Tags, state: fleet.SpotFleetRequestState, createdAt: fleet.CreateTime),
                Live = live,
                OnlyWithMachines = true,
                Holds = machines,
                Leads = machines,
            };
        }
    }

    private async Task<List<ResourceKey>> MachinesAsync(string id, CancellationToken cancellationToken)
    {
        var request = new DescribeInstancesRequest
        {
            Filters =
            [
                new Filter { Name = "tag:" + MachineTag, Values = [id] },
                new Filter { Name = "instance-state-name", Values = ["pending", "running", "shutting-down", "stopping", "stopped"] },
            ],
        };
        var machines = new List<string?>();
        await foreach (var reservation in Ec2.DescribeAllInstancesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            machines.AddRange(reservation.Instances.Select(instance => instance.InstanceId));
        }

        return Keys(ResourceTypes.Instance, machines).ToList();
    }
}
