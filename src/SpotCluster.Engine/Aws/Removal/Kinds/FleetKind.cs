using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal.Kinds;

/// <summary>
/// EC2 fleets. One that maintains its capacity is deleted before its machines, and leaves them to us: so none goes that
/// was to be kept. An instant one does not launch again and cannot be deleted without its machines: it goes after them.
/// Instant fleets are shown by id only.
/// </summary>
internal sealed class FleetKind(IEc2Client ec2) : Ec2ResourceKind(ec2)
{
    /// <summary>The tag that EC2 puts on the machines of a fleet.</summary>
    public const string MachineTag = "aws:ec2:fleet-id";

    private const string Instant = "instant";

    private readonly ConcurrentDictionary<string, bool> _ended = new(StringComparer.Ordinal);

    public override string Type => ResourceTypes.Fleet;

    public override int MaxBatch => 25;

    protected override string IdFilter => throw new NotSupportedException("Fleets are listed by id.");

    public override Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        ListByIdAsync(ids, chunk => DescribeAsync(new DescribeFleetsRequest { FleetIds = chunk }, cancellationToken));

    public override async Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
    {
        // A batch is of one type: the group of a fleet is its type.
        var request = new DeleteFleetsRequest { FleetIds = batch.Select(node => node.Key.Id).ToList(), TerminateInstances = batch[0].Group == Instant };
        var response = await Ec2.DeleteFleetsAsync(request, cancellationToken).ConfigureAwait(false);
        foreach (var item in response.SuccessfulFleetDeletions.Where(item => !IsLive(item.CurrentFleetState?.Value)))
        {
            _ended[item.FleetId] = true;
        }

        var refusals = new Dictionary<string, SpotException>(StringComparer.Ordinal);
        foreach (var item in response.UnsuccessfulFleetDeletions)
        {
            var code = item.Error?.Code?.Value switch
            {
                "fleetIdDoesNotExist" => "InvalidFleetId.NotFound",
                "fleetNotInDeletableState" => "IncorrectState",
                var other => other,
            };
            refusals[item.FleetId] = Refusal(item.FleetId, code, item.Error?.Message);
        }

        return refusals;
    }

    public override bool HasEnded(ResourceKey key) => _ended.ContainsKey(key.Id);

    protected override IAsyncEnumerable<ResourceNode> DescribeAsync(List<Filter> filters, CancellationToken cancellationToken) =>
        DescribeAsync(new DescribeFleetsRequest { Filters = filters }, cancellationToken);

    private static bool IsLive(string? state) => state?.StartsWith("deleted", StringComparison.Ordinal) != true && state != "failed";

    private async IAsyncEnumerable<ResourceNode> DescribeAsync(DescribeFleetsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var fleet in Ec2.DescribeAllFleetsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var live = IsLive(fleet.FleetState?.Value);
            var machines = fleet.Type == Instant
                ? Keys(ResourceTypes.Instance, fleet.Instances.SelectMany(item => item.InstanceIds)).ToList()
                : live ? await MachinesAsync(fleet.FleetId, cancellationToken).ConfigureAwait(false) : [];
            yield return new ResourceNode
            {
                Resource = Resource(fleet.FleetId, fleet.Tags, state: fleet.FleetState, createdAt: fleet.CreateTime),
                Live = live,
                Group = fleet.Type?.Value ?? "",
                OnlyWithMachines = true,
                After = fleet.Type == Instant ? machines : [],
                Holds = fleet.Type == Instant ? [] : machines,
                Leads = machines,
                Token = fleet.ClientToken,
            };
        }
    }

    private async Task<List<ResourceKey>> MachinesAsync(string fleetId, CancellationToken cancellationToken)
    {
        var ids = new List<string?>();
        var request = new DescribeFleetInstancesRequest { FleetId = fleetId };
        await foreach (var machine in Ec2.DescribeAllFleetInstancesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            ids.Add(machine.InstanceId);
        }

        return Keys(ResourceTypes.Instance, ids).ToList();
    }
}
