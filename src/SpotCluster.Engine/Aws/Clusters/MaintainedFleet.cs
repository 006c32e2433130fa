using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>Fleets whose size EC2 itself keeps. It starts their machines after its answer, and goes on trying for ever.</summary>
internal sealed class MaintainedFleet(IEc2Client ec2, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Waits until the fleet has its machines, and puts them into its answer. What it has not got by then it is not to get any
    /// more: the missing ones are asked of others.
    /// </summary>
    public async Task FillAsync(string fleetId, int count, CreateFleetResponse answer, CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        var machines = await MachinesAsync(fleetId, cancellationToken).ConfigureAwait(false);
        while (machines.Count < count && clock.GetUtcNow() - start < Patience)
        {
            await clock.PauseAsync(PollPace.Quick.After(clock.GetUtcNow() - start), cancellationToken).ConfigureAwait(false);
            machines = await MachinesAsync(fleetId, cancellationToken).ConfigureAwait(false);
        }

        if (machines.Count < count)
        {
            await ResizeAsync(fleetId, machines.Count, cancellationToken).ConfigureAwait(false);

            // It may have started some while it was told.
            machines = await MachinesAsync(fleetId, cancellationToken).ConfigureAwait(false);
        }

        answer.Instances.AddRange(machines.Select(machine => new CreateFleetInstance { InstanceIds = [machine.InstanceId!], InstanceType = machine.InstanceType }));
    }

    /// <summary>Reports the fleets of a region how many machines they are to keep together. The first one takes what the others leave; nothing is terminated by it.</summary>
    public async Task SetSizeAsync(IReadOnlyList<string> fleetIds, int count, CancellationToken cancellationToken)
    {
        if (fleetIds.Count == 0)
        {
            return;
        }

        var active = new List<FleetData>();
        await foreach (var fleet in ec2.DescribeAllFleetsAsync(new DescribeFleetsRequest { FleetIds = [.. fleetIds] }, cancellationToken).ConfigureAwait(false))
        {
            if (fleet is { Type.Value: "maintain", FleetState.Value: "active" or "submitted" or "modifying" })
            {
                active.Add(fleet);
            }
        }

        var left = count;
        foreach (var fleet in active.OrderBy(fleet => fleet.FleetId, StringComparer.Ordinal))
        {
            var own = fleet.TargetCapacitySpecification?.TotalTargetCapacity ?? 0;
            var isLast = fleet.FleetId == active.Max(other => other.FleetId);
            var size = isLast ? left : Math.Min(own, left);
            left -= size;
            if (size != own)
            {
                await ResizeAsync(fleet.FleetId!, size, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task<ModifyFleetResponse> ResizeAsync(string fleetId, int count, CancellationToken cancellationToken) => ec2.ModifyFleetAsync(
        new ModifyFleetRequest
        {
            FleetId = fleetId,
            ExcessCapacityTerminationPolicy = "no-termination",
            TargetCapacitySpecification = new TargetCapacitySpecificationRequest
            {
                TotalTargetCapacity = count,
                SpotTargetCapacity = count,
                OnDemandTargetCapacity = 0,
                DefaultTargetCapacityType = "spot",
            },
        },
        cancellationToken);

    private async Task<List<ActiveInstance>> MachinesAsync(string fleetId, CancellationToken cancellationToken) =>
        await ec2.DescribeAllFleetInstancesAsync(new DescribeFleetInstancesRequest { FleetId = fleetId }, cancellationToken).CollectAsync().ConfigureAwait(false);
}
