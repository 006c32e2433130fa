using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>
/// Capacity reservations, which cost the on-demand price even when nothing runs in them. Machines of ours go first. EC2
/// itself does not insist on that: a machine that nobody looked for runs on outside of the reservation at the same price.
/// </summary>
internal sealed class CapacityReservationKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    public override string Type => ResourceTypes.CapacityReservation;

    protected override string IdFilter => throw new NotSupportedException("Capacity reservations are listed by id.");

    public override Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        ListByIdAsync(ids, chunk => DescribeAsync(new DescribeCapacityReservationsRequest { CapacityReservationIds = chunk }, cancellationToken));

    protected override IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, CancellationToken cancellationToken) =>
        DescribeAsync(new DescribeCapacityReservationsRequest { Filters = filters }, cancellationToken);

    protected override async Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken)
    {
        try
        {
            var request = new CancelCapacityReservationRequest { CapacityReservationId = node.Key.Id };
            await Ec2.CancelCapacityReservationAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException refusal) when (node.Resource.State == "pending" && refusal.ServiceCode == "InvalidCapacityReservationState")
        {
            // It can be cancelled once it is active, which takes up to five minutes; what is refused then stays refused.
            throw Refusal(node.Key.Id, "IncorrectState", refusal.Message);
        }
    }

    private async IAsyncEnumerable<ResourceNode> DescribeAsync(
        DescribeCapacityReservationsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var reservation in Ec2.DescribeAllCapacityReservationsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            yield return new ResourceNode
            {
                Resource = Resource(reservation.CapacityReservationId, reservation.Tags, state: reservation.State, createdAt: reservation.CreateDate),
                Live = reservation.State?.Value is not ("cancelled" or "expired" or "failed" or "payment-failed" or "unsupported" or "unavailable"),
            };
        }
    }
}
