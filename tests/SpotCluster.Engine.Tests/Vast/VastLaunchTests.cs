using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastLaunchTests : IDisposable
{
    // Still prices: a quarter of an hour of waiting must not end in a higher bid of somebody else.
    private readonly VastWorld _world = new(new SimulatedVastOptions { TakenShare = 0, Volatility = 0 });

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task The_cheapest_fitting_offers_are_rented_and_run()
    {
        var cluster = await _world.Service.LaunchAsync(VastCrashTests.Launch(3), _world.Host, CancellationToken.None);
        Assert.Equal(SpotClusterState.Running, cluster.State);
        Assert.Equal(3, cluster.Running);
        Assert.Equal(_world.Vast.Machines.Sum(machine => machine.HourlyPrice), cluster.HourlyPrice!.Value, 6);
        Assert.All(_world.Vast.Machines, machine => Assert.True(machine.IsBid));
        Assert.Empty(_world.Host.Errors);
        Assert.Equal(0, _world.JournalFiles);

        var listed = new List<SpotCluster.Model.SpotCluster>();
        await foreach (var found in _world.Service.GetClustersAsync(new ClusterQuery { Names = ["DE*"] }, _world.Host, CancellationToken.None))
        {
            listed.Add(found);
        }

        Assert.Equal(3, Assert.Single(listed).Running);
        Assert.Equal(SpotErrorIds.ClusterNameInUse, (await FailsAsync(VastCrashTests.Launch(3))).ErrorId);
    }

    [Theory]
    [InlineData(VastFate.OfferGone)]
    [InlineData(VastFate.Parked)]
    [InlineData(VastFate.StuckLoading)]
    [InlineData(VastFate.LoadError)]
    [InlineData(VastFate.Exits)]
    [InlineData(VastFate.GoesOffline)]
    public async Task What_does_not_start_is_destroyed_and_the_next_offer_taken(VastFate fate)
    {
        _world.Vast.SetFates(fate, VastFate.Runs, fate);
        var cluster = await _world.Service.LaunchAsync(VastCrashTests.Launch(2), _world.Host, CancellationToken.None);
        Assert.Equal(2, cluster.Running);
        Assert.Equal(2, _world.Vast.Machines.Count);
        Assert.All(_world.Vast.Machines, machine => Assert.Equal("running", machine.Status));
        var offers = _world.Wire.Calls.Where(call => call.Call.Operation == "CreateInstance").Select(call => call.Call.Parameters["id"]).ToArray();
        Assert.Equal(4, offers.Length);
        Assert.Equal(offers.Length, offers.Distinct().Count());
    }

    [Theory]
    [InlineData(WireFault.ResetAfter)]
    [InlineData(WireFault.ResetBefore)]
    internal async Task A_lost_answer_neither_doubles_nor_loses_a_machine(WireFault fault)
    {
        _world.Wire.Fail("CreateInstance", fault);
        var cluster = await _world.Service.LaunchAsync(VastCrashTests.Launch(2), _world.Host, CancellationToken.None);
        Assert.Equal(2, cluster.Running);
        Assert.Equal(2, _world.Vast.Machines.Count);
    }

    [Fact]
    public async Task A_machine_that_is_outbid_while_the_launch_waits_for_another_is_replaced()
    {
        _world.Vast.SetFates(VastFate.Runs, VastFate.StuckLoading);
        var outbid = false;
        _world.Wire.Answering = call =>
        {
            if (!outbid && _world.Vast.Machines.FirstOrDefault(machine => machine.Status == "running") is { } running)
            {
                outbid = true;
                _world.Vast.Outbid(running.Id);
            }
        };
        var cluster = await _world.Service.LaunchAsync(VastCrashTests.Launch(2), _world.Host, CancellationToken.None);
        Assert.Equal(2, cluster.Running);
        Assert.All(_world.Vast.Machines, machine => Assert.Equal("running", machine.Status));
        Assert.Equal(2, _world.Vast.Machines.Count);
    }

    [Fact]
    public async Task Fewer_machines_than_wanted_are_an_error_beside_those_that_run()
    {
        var request = VastCrashTests.Launch(3) with { MostAttempts = 2 };
        var cluster = await _world.Service.LaunchAsync(request, _world.Host, CancellationToken.None);
        Assert.Equal(SpotClusterState.Partial, cluster.State);
        Assert.Equal(2, cluster.Running);
        Assert.Equal(SpotErrorIds.ClusterPartial, Assert.Single(_world.Host.Errors).ErrorId);
    }

    [Fact]
    public async Task No_machine_at_all_is_thrown_with_the_last_reason()
    {
        var none = VastCrashTests.Launch(1) with { Offers = new OfferQuery { MaxHourlyPrice = 0.0001m } };
        Assert.Equal(SpotErrorIds.ClusterNotLaunched, (await FailsAsync(none)).ErrorId);
        _world.Vast.SetFates([.. Enumerable.Repeat(VastFate.OfferGone, 20)]);
        var error = await FailsAsync(VastCrashTests.Launch(1));
        Assert.Equal(SpotErrorIds.ClusterNotLaunched, error.ErrorId);
        Assert.Equal("no_such_ask", error.ServiceCode);
        Assert.Empty(_world.Vast.Machines);
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task A_user_who_stops_waiting_keeps_only_what_runs()
    {
        using var stop = new CancellationTokenSource();
        _world.Vast.SetFates(VastFate.Runs, VastFate.StuckLoading);
        var ran = false;
        _world.Wire.Answering = call =>
        {
            ran |= _world.Vast.Machines.Any(machine => machine.Status == "running");
            if (ran && call.Operation == "ListInstances")
            {
                stop.CancelAfter(TimeSpan.Zero);
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _world.Service.LaunchAsync(VastCrashTests.Launch(2), _world.Host, stop.Token));
        Assert.All(_world.Vast.Machines, machine => Assert.Equal("running", machine.Status));
        Assert.DoesNotContain(_world.Vast.Machines, machine => machine.Status == "loading");
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task A_wrong_key_ends_the_launch_at_once()
    {
        using var service = _world.Open(key: "wrong");
        var error = await Assert.ThrowsAsync<SpotException>(() => service.LaunchAsync(VastCrashTests.Launch(1), _world.Host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.VastKeyInvalid, error.ErrorId);
        Assert.Single(_world.Wire.Calls);
    }

    [Fact]
    public async Task An_outbid_machine_is_shown_as_such_and_comes_back_with_a_higher_bid()
    {
        var mine = await _world.RunAsync();
        _world.Clock.Advance(TimeSpan.FromMinutes(10));
        _world.Vast.Outbid(long.Parse(mine.Id, CultureInfo.InvariantCulture));
        var outbid = Assert.Single(await _world.ListAsync());
        Assert.Equal(SpotInstanceState.Outbid, outbid.State);
        Assert.True(outbid.HourlyPrice < mine.HourlyPrice);
        Assert.Contains("market", outbid.StateReason, StringComparison.Ordinal);

        await _world.Service.SetBidAsync(new InstanceKey(mine.Id), null, _world.Host, CancellationToken.None);
        await foreach (var back in _world.Service.WaitAsync(
            [new InstanceKey(mine.Id)], WaitCondition.Running, TimeSpan.FromMinutes(10), _world.Host, CancellationToken.None))
        {
            Assert.Equal(mine.Id, back.Id);
        }

        Assert.Equal("running", _world.Vast.Machines.Single().Status);
    }

    [Fact]
    public async Task A_start_whose_gpu_is_taken_is_taken_back_unless_waiting_is_wanted()
    {
        var offer = _world.Vast.FreeOffers[0];
        var mine = await _world.RunAsync(offer);
        await _world.Service.StopAsync(new InstanceKey(mine.Id), _world.Host, CancellationToken.None);
        _world.Vast.TakeOffer(offer);
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.Service.StartAsync(new InstanceKey(mine.Id), false, _world.Host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.StartQueued, error.ErrorId);
        Assert.True(_world.Vast.Machines.Single().Stopped);
        var queued = await _world.Service.StartAsync(new InstanceKey(mine.Id), true, _world.Host, CancellationToken.None);
        Assert.Equal(SpotInstanceState.Pending, queued.State);
    }

    [Fact]
    public async Task A_new_name_keeps_the_machine_ours_and_a_foreign_one_is_not_touched()
    {
        var mine = await _world.RunAsync();
        var renamed = await _world.Service.SetNameAsync(new InstanceKey(mine.Id), "better", _world.Host, CancellationToken.None);
        Assert.Equal("better", renamed.Name);
        Assert.Equal("spotcluster/-/better", _world.Vast.Machines.Single().Label);
        var foreign = _world.Vast.AddMachine("theirs").ToString(CultureInfo.InvariantCulture);
        foreach (var act in new Func<Task>[]
        {
            () => _world.Service.SetNameAsync(new InstanceKey(foreign), "mine", _world.Host, CancellationToken.None),
            () => _world.Service.StopAsync(new InstanceKey(foreign), _world.Host, CancellationToken.None),
            () => _world.Service.StartAsync(new InstanceKey(foreign), true, _world.Host, CancellationToken.None),
            () => _world.Service.SetBidAsync(new InstanceKey(foreign), 1, _world.Host, CancellationToken.None),
        })
        {
            Assert.Equal(SpotErrorIds.InstanceNotOurs, (await Assert.ThrowsAsync<SpotException>(act)).ErrorId);
        }

        Assert.Equal(SpotErrorIds.InstanceNotFound, (await Assert.ThrowsAsync<SpotException>(
            () => _world.Service.StopAsync(new InstanceKey("4711"), _world.Host, CancellationToken.None))).ErrorId);
    }

    [Fact]
    public async Task Waiting_ends_with_an_error_for_what_exits_what_is_late_and_what_is_not_there()
    {
        _world.Vast.SetFates(VastFate.Exits, VastFate.StuckLoading);
        var exits = await _world.Service.RentAsync(_world.Request(), _world.Host, CancellationToken.None);
        var loads = await _world.Service.RentAsync(_world.Request(), _world.Host, CancellationToken.None);
        var start = _world.Clock.GetUtcNow();
        await foreach (var never in _world.Service.WaitAsync(
            [new InstanceKey(exits.Id), new InstanceKey(loads.Id), new InstanceKey("4711")],
            WaitCondition.Running,
            TimeSpan.FromMinutes(4),
            _world.Host,
            CancellationToken.None))
        {
            Assert.Fail(never.Id);
        }

        Assert.Equal(
            [(SpotErrorIds.InstanceNotFound, "4711"), (SpotErrorIds.InstanceStuck, exits.Id), (SpotErrorIds.WaitTimedOut, loads.Id)],
            _world.Host.Errors.Select(error => (error.ErrorId, (string)error.Target!)).Order());
        Assert.True(_world.Clock.GetUtcNow() - start < TimeSpan.FromMinutes(5));
        Assert.Equal(SpotInstanceState.Stuck, (await _world.ListAsync()).Single(instance => instance.Id == exits.Id).State);
    }

    [Fact]
    public async Task A_fresh_machine_that_looks_stopped_is_waited_for()
    {
        using var world = new VastWorld(new SimulatedVastOptions { TakenShare = 0, FreshLooksStopped = true });
        var running = await world.RunAsync();
        Assert.Equal(SpotInstanceState.Running, running.State);
        Assert.Empty(world.Host.Errors);
    }

    private Task<SpotException> FailsAsync(RentalClusterRequest request) =>
        Assert.ThrowsAsync<SpotException>(() => _world.Service.LaunchAsync(request, _world.Host, CancellationToken.None));
}
