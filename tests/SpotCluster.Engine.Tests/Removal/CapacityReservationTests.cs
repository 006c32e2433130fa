using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>Reserved capacity costs money with nothing in it: ours is found and cancelled, and somebody else's is not.</summary>
public sealed class CapacityReservationTests : IDisposable
{
    private const string East = "us-east-1";
    private const string Zone = "us-east-1a";

    private SimulatedAccount _account = new();

    private SimulatedRegion Target => _account.Cloud.Region(East);

    public void Dispose() => _account.Dispose();

    [Fact]
    public async Task Managed_goes_after_the_machine_in_it_and_what_is_of_somebody_else_stays()
    {
        var foreign = Reserve(isManaged: false, ("InstanceMatchCriteria", "targeted"));
        var ours = Reserve(isManaged: true);
        var machine = Run(_account.Specification("instance", "demo"));
        var guest = Run([]);
        var inside = Target.Call("DescribeInstances", ("Filter.1.Name", "capacity-reservation-id"), ("Filter.1.Value.1", ours));
        Assert.Equal([machine, guest], inside.Descendants("instanceId").Select(id => id.Value));
        await Task.Delay(TimeSpan.FromMinutes(1), _account.Cloud.Clock);

        var found = Assert.Single(await ListAsync(), resource => resource.Type == ResourceTypes.CapacityReservation);
        Assert.Equal((ours, "active", "demo", true), (found.Id, found.State, found.ClusterName, found.Tagged));

        _account.DemandGone(await _account.RemoveAsync());

        var order = _account.Removals.Select(removal => removal.Id).ToList();
        Assert.True(order.IndexOf(machine) < order.IndexOf(ours), string.Join(", ", order));
        var cancelled = Assert.Single(_account.Cloud.Calls.Of("CancelCapacityReservation"));
        Assert.True(cancelled.ReceivedAt >= Target.Instances.Single(item => item.Id == machine).TerminatedAt);
        Assert.Equal("cancelled", Target.Find(ours)!.State);
        _account.DemandUntouched(foreign, guest);
    }

    [Fact]
    public async Task What_was_cancelled_or_has_expired_is_a_memory()
    {
        var cancelled = Reserve(isManaged: true);
        var expired = Reserve(isManaged: true, ("EndDateType", "limited"), ("EndDate", "2026-01-01T01:00:00Z"));
        await Task.Delay(TimeSpan.FromHours(2), _account.Cloud.Clock);
        Target.Call("CancelCapacityReservation", ("CapacityReservationId", cancelled));
        Assert.Equal(["cancelled", "expired"], new[] { cancelled, expired }.Select(id => Target.Find(id)!.State));

        Assert.Empty(await ListAsync());
        _account.DemandGone(await _account.RemoveAsync());
        Assert.Empty(_account.Changes);
        Assert.Empty(_account.Removals);
    }

    [Fact]
    public async Task One_that_is_pending_is_cancelled_as_soon_as_it_can_be()
    {
        _account.Dispose();
        _account = new SimulatedAccount(new SimulatorOptions { PendingTime = TimeSpan.FromMinutes(2) });
        var ours = Reserve(isManaged: true);

        _account.DemandGone(await _account.RemoveAsync());

        var calls = _account.Cloud.Calls.Of("CancelCapacityReservation");
        Assert.Equal("InvalidCapacityReservationState", calls[0].ErrorCode);
        Assert.Null(calls[^1].ErrorCode);
        Assert.Equal("cancelled", Target.Find(ours)!.State);
    }

    [Fact]
    public async Task One_that_cannot_be_cancelled_is_named_and_not_asked_again()
    {
        var ours = Reserve(isManaged: true);
        await Task.Delay(TimeSpan.FromMinutes(1), _account.Cloud.Clock);
        _account.Cloud.Faults.Add(new FaultRule { Operation = "CancelCapacityReservation", Code = "InvalidCapacityReservationState" });

        var proof = await _account.RemoveAsync();

        Assert.False(proof.Proven);
        Assert.Equal(ours, Assert.Single(proof.Residue).Id);
        Assert.Equal("InvalidCapacityReservationState", Assert.Single(_account.Removals, removal => removal.Id == ours).Code);
        Assert.Single(_account.Cloud.Calls.Of("CancelCapacityReservation"));
    }

    private string Reserve(bool isManaged, params (string Name, string Value)[] more) => Target.Call(
        "CreateCapacityReservation",
        [
            ("InstanceType", "t3.micro"),
            ("InstancePlatform", "Linux/UNIX"),
            ("AvailabilityZone", Zone),
            ("InstanceCount", "3"),
            .. isManaged ? _account.Specification("capacity-reservation", "demo").Select(item => (item.Name.Replace("Specification", "Specifications", StringComparison.Ordinal), item.Value)) : [],
            .. more,
        ]).Descendants("capacityReservationId").Single().Value;

    private string Run(IEnumerable<(string Name, string Value)> tags) => Target.Call(
        "RunInstances",
        [
            ("MinCount", "1"),
            ("MaxCount", "1"),
            ("InstanceType", "t3.micro"),
            ("ImageId", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
            ("Placement.AvailabilityZone", Zone),
            .. tags,
        ]).Descendants("instanceId").Single().Value;

    private async Task<List<SpotResource>> ListAsync()
    {
        var found = new List<SpotResource>();
        await foreach (var resource in _account.Engine.Removal.GetResourcesAsync(new RemovalScope(), _account.Host, CancellationToken.None))
        {
            found.Add(resource);
        }

        Assert.Empty(_account.Host.Errors);
        return found;
    }
}
