using System.Globalization;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastRemovalTests
{
    [Fact]
    public async Task One_machine_takes_one_delete_and_is_seen_to_be_gone()
    {
        using var world = new VastWorld();
        var id = Add(world, "spotcluster/demo/a");
        var removal = Assert.Single(await RemoveAsync(world, id));
        Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome);
        Assert.Equal("a", removal.Name);
        Assert.Equal(1, world.Wire.Count("DestroyInstance"));
        Assert.Empty(world.Vast.Machines);
        Assert.Empty(world.Host.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_machines_go_in_one_call_of_up_to_64(bool emptyBody)
    {
        using var world = new VastWorld(new SimulatedVastOptions { TakenShare = 0, EmptyDeleteBody = emptyBody });
        var ids = Enumerable.Range(0, 70).Select(i => Add(world, $"spotcluster/demo/n{i}")).ToArray();
        var removals = await RemoveAsync(world, ids);
        Assert.Equal(ids.Order(), removals.Select(removal => removal.Id).Order());
        Assert.All(removals, removal => Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome));
        Assert.Equal(2, world.Wire.Count("DestroyInstances"));
        Assert.Equal(0, world.Wire.Count("DestroyInstance"));
        Assert.Empty(world.Vast.Machines);
    }

    [Fact]
    public async Task What_a_bulk_call_passes_over_is_destroyed_singly()
    {
        using var world = new VastWorld(new SimulatedVastOptions { TakenShare = 0, BulkSkips = true });
        var ids = Enumerable.Range(0, 4).Select(i => Add(world, $"spotcluster/demo/n{i}")).ToArray();
        var removals = await RemoveAsync(world, ids);
        Assert.All(removals, removal => Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome));
        Assert.Equal(3, world.Wire.Count("DestroyInstance"));
        Assert.Empty(world.Vast.Machines);
    }

    [Fact]
    public async Task A_bulk_call_that_fails_is_replaced_by_single_ones_and_one_that_fails_is_tried_again()
    {
        using var world = new VastWorld();
        var ids = Enumerable.Range(0, 3).Select(i => Add(world, $"spotcluster/demo/n{i}")).ToArray();
        world.Wire.Fail("DestroyInstances", WireFault.RefuseOther);
        world.Wire.Fail("DestroyInstance", WireFault.RefuseOther);
        var removals = await RemoveAsync(world, ids);
        Assert.Equal(ids.Order(), removals.Select(removal => removal.Id).Order());
        Assert.All(removals, removal => Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome));
        Assert.Equal(4, world.Wire.Count("DestroyInstance"));
        Assert.Empty(world.Host.Errors);
        Assert.Empty(world.Vast.Machines);
    }

    [Fact]
    public async Task A_machine_that_went_by_itself_is_already_gone()
    {
        using var world = new VastWorld();
        var removal = Assert.Single(await RemoveAsync(world, "4711"));
        Assert.Equal(SpotRemovalOutcome.AlreadyGone, removal.Outcome);
        Assert.Equal(0, world.Wire.Count("DestroyInstance"));
        Assert.Empty(world.Host.Errors);
    }

    [Fact]
    public async Task A_bad_id_and_a_foreign_machine_do_not_stop_the_rest()
    {
        using var world = new VastWorld();
        var ours = Add(world, "spotcluster/demo/a");
        var foreign = Add(world, "somebody's training run");
        var removals = await RemoveAsync(world, "i-0123", foreign, ours);
        Assert.Equal(SpotRemovalOutcome.Removed, removals.Single(removal => removal.Id == ours).Outcome);
        Assert.Equal(SpotRemovalOutcome.Skipped, removals.Single(removal => removal.Id == foreign).Outcome);
        Assert.Equal(
            [SpotErrorIds.InstanceIdInvalid, SpotErrorIds.InstanceNotOurs],
            world.Host.Errors.Select(error => error.ErrorId).Order());
        Assert.Equal(foreign, world.Vast.Machines.Single().Id.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Everything_of_ours_goes_and_the_proof_is_two_empty_listings()
    {
        using var world = new VastWorld();
        Add(world, "spotcluster/demo/a");
        Add(world, "spotcluster/other/a");
        Add(world, "spotcluster/-/a");
        var foreign = Add(world, null);
        var removals = new List<SpotRemoval>();
        var proof = await world.Service.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast }, removals.Add, world.Host, CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.True(proof.LastEmptyAt > proof.FirstEmptyAt);
        Assert.Equal(3, removals.Count);
        Assert.Equal(foreign, world.Vast.Machines.Single().Id.ToString(CultureInfo.InvariantCulture));
        Assert.NotNull(proof.AccountId);
        Assert.Empty(world.Host.Errors);
    }

    [Fact]
    public async Task One_cluster_goes_alone()
    {
        using var world = new VastWorld();
        Add(world, "spotcluster/demo/a");
        Add(world, "spotcluster/demo2/a");
        var proof = await world.Service.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast, ClusterName = "demo" }, _ => { }, world.Host, CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.Equal("spotcluster/demo2/a", world.Vast.Machines.Single().Label);
    }

    [Fact]
    public async Task Unmanaged_machines_go_only_when_asked_for_and_prepaid_ones_stay_and_are_named()
    {
        using var world = new VastWorld();
        Add(world, "spotcluster/demo/a");
        Add(world, "another program");
        var prepaid = world.Vast.AddMachine("reserved", prepaid: 120).ToString(CultureInfo.InvariantCulture);
        var scope = new RemovalScope { Provider = SpotProvider.Vast, IncludeForeign = true };
        Assert.Equal(3, (await world.Service.PlanRemovalAsync(scope, world.Host, CancellationToken.None)).Count);
        Assert.Equal(3, world.Vast.Machines.Count);
        var removals = new List<SpotRemoval>();
        var proof = await world.Service.RemoveAllAsync(scope, removals.Add, world.Host, CancellationToken.None);
        Assert.False(proof.Proven);
        Assert.Equal(prepaid, Assert.Single(proof.Residue).Id);
        Assert.Equal(SpotRemovalOutcome.Skipped, removals.Single(removal => removal.Id == prepaid).Outcome);
        Assert.Equal(2, removals.Count(removal => removal.Outcome == SpotRemovalOutcome.Removed));
        Assert.Contains(world.Host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);
    }

    [Fact]
    public async Task A_list_that_fails_on_the_way_leaves_the_removal_unproven()
    {
        using var world = new VastWorld();
        Add(world, "spotcluster/demo/a");
        world.Wire.Answering = call =>
        {
            if (call.Operation == "DestroyInstance")
            {
                for (var i = 0; i < 1000; i++)
                {
                    world.Wire.Fail("ListInstances", WireFault.ResetBefore);
                }
            }
        };
        var proof = await world.Service.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast }, _ => { }, world.Host, CancellationToken.None);
        Assert.False(proof.Proven);
        Assert.NotEmpty(proof.Unknown);
    }

    [Fact]
    public async Task A_wrong_key_dooms_the_whole_and_is_never_an_empty_account()
    {
        using var world = new VastWorld();
        using var service = world.Open(key: "wrong");
        var error = await Assert.ThrowsAsync<SpotException>(
            () => service.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast }, _ => { }, world.Host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.VastKeyInvalid, error.ErrorId);
    }

    [Fact]
    public async Task A_key_that_may_only_read_fails_per_machine()
    {
        using var world = new VastWorld();
        world.Vast.AddKey("reader", "instance_read");
        var ids = new[] { Add(world, "spotcluster/demo/a"), Add(world, "spotcluster/demo/b") };
        using var service = world.Open(key: "reader");
        var removals = new List<SpotRemoval>();
        await service.RemoveInstancesAsync([.. ids.Select(id => new InstanceKey(id))], removals.Add, world.Host, CancellationToken.None);
        Assert.All(removals, removal => Assert.Equal(SpotRemovalOutcome.Failed, removal.Outcome));
        Assert.All(world.Host.Errors, error => Assert.Equal(SpotErrorCategory.PermissionDenied, error.Category));
        Assert.Equal(2, world.Vast.Machines.Count);
    }

    private static string Add(VastWorld world, string? label) => world.Vast.AddMachine(label).ToString(CultureInfo.InvariantCulture);

    private static async Task<List<SpotRemoval>> RemoveAsync(VastWorld world, params string[] ids)
    {
        var removals = new List<SpotRemoval>();
        await world.Service.RemoveInstancesAsync([.. ids.Select(id => new InstanceKey(id))], removals.Add, world.Host, CancellationToken.None);
        return removals;
    }
}
