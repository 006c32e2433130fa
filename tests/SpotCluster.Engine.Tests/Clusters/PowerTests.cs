using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Tests.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>Starting and stopping machines of both clouds.</summary>
public sealed class PowerTests : TwoCloudsTests
{
    [Fact]
    public async Task Machines_on_demand_are_stopped_and_started_with_one_call_per_region()
    {
        var keys = await OnDemandAsync(3);
        Assert.All(await StopAsync(keys), machine => Assert.True(machine.State is SpotInstanceState.Stopping or SpotInstanceState.Stopped));
        Assert.Equal(1, Count("StopInstances"));
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.All(await StopAsync(keys), machine => Assert.Equal(SpotInstanceState.Stopped, machine.State));
        Assert.Equal(1, Count("StopInstances"));
        Assert.All(await StartAsync(keys), machine => Assert.True(machine.State is SpotInstanceState.Pending or SpotInstanceState.Running));
        Assert.Equal(1, Count("StartInstances"));
        Assert.Empty(Host.Errors);
    }

    [Fact]
    public async Task A_one_time_spot_machine_is_refused_without_a_call_and_the_others_go_on()
    {
        var onDemand = await OnDemandAsync(1);
        await LaunchAsync("spot", new ClusterRequest { Name = "spot", Regions = ["us-east-1"], InstanceTypes = ["t3.micro"] });
        var keys = await KeysAsync("*");
        Assert.Equal(onDemand[0].Id, Assert.Single(await StopAsync(keys)).Id);
        var error = Assert.Single(Host.Errors);
        Assert.Equal(SpotErrorIds.InstanceNotStoppable, error.ErrorId);
        Assert.Equal("UnsupportedOperation", error.ServiceCode);
    }

    [Fact]
    public async Task What_is_foreign_not_there_or_refused_is_an_error_of_its_own()
    {
        var keys = await OnDemandAsync(2);
        var foreign = Cloud.Region("us-east-1").AddInstances(1, "t3.micro", true, null, [])[0];
        InstanceKey[] all = [new(foreign, "us-east-1"), new("i-00000000000000000", "us-east-1"), .. keys];
        Cloud.Faults.Add(new FaultRule { Service = "ec2", Operation = "StopInstances", Action = FaultAction.Error, Code = "IncorrectInstanceState", Times = 1 });
        Assert.Equal(2, (await StopAsync(all)).Count);
        Assert.Equal(
            [SpotErrorIds.InstanceForeign, SpotErrorIds.InstanceNotFound],
            Host.Errors.Select(error => error.ErrorId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Machines_of_both_clouds_go_to_their_own_and_one_bad_id_stops_nothing()
    {
        var keys = await OnDemandAsync(1);
        var rented = Cloud.Vast.AddMachine("spotcluster/-/a").ToString(CultureInfo.InvariantCulture);
        var foreign = Cloud.Vast.AddMachine("of a colleague").ToString(CultureInfo.InvariantCulture);
        var stopped = await StopAsync([new InstanceKey(foreign), new InstanceKey(rented), .. keys]);
        Assert.Equal([SpotProvider.Vast, SpotProvider.Aws], stopped.Select(machine => machine.Provider));
        Assert.Equal(SpotErrorIds.InstanceNotOurs, Assert.Single(Host.Errors).ErrorId);
        Assert.Equal(SpotInstanceState.Stopped, stopped[0].State);
        Assert.Equal(rented, Assert.Single(await StartAsync([new InstanceKey(rented)])).Id);
    }

    private async Task<InstanceKey[]> OnDemandAsync(int count)
    {
        // Without any spot capacity the fallback takes machines on demand.
        Cloud.Faults.Add(new FaultRule { Service = "ec2", Operation = "CreateFleet", Action = FaultAction.Error, Code = "MaxSpotInstanceCountExceeded", Times = 1 });
        await LaunchAsync("fixed", new ClusterRequest
        {
            Name = "fixed",
            Regions = ["us-east-1"],
            Count = count,
            InstanceTypes = ["t3.micro"],
            Fallback = SpotFallback.OnDemand,
        });
        var keys = await KeysAsync("fixed");
        Assert.Equal(count, keys.Length);
        return keys;
    }

    private async Task LaunchAsync(string name, ClusterRequest request)
    {
        await Engine.Clusters.LaunchAsync(await Engine.Clusters.PlanAsync(request, Host, default), Host, default);
        Assert.Empty(Host.Errors);
        Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.NotEmpty(await KeysAsync(name));
    }

    private async Task<InstanceKey[]> KeysAsync(string cluster)
    {
        var keys = new List<InstanceKey>();
        await foreach (var machine in Engine.Clusters.GetInstancesAsync(new InstanceQuery { ClusterNames = [cluster], Providers = [SpotProvider.Aws] }, Host, default))
        {
            keys.Add(new InstanceKey(machine.Id, machine.Region));
        }

        return [.. keys];
    }

    private int Count(string operation) => Cloud.Calls.Calls.Count(call => call.Operation == operation);

    private async Task<List<SpotInstance>> StopAsync(IReadOnlyList<InstanceKey> keys) => await ListAsync(Engine.Power.StopAsync(keys, Host, default));

    private async Task<List<SpotInstance>> StartAsync(IReadOnlyList<InstanceKey> keys) =>
        await ListAsync(Engine.Power.StartAsync(keys, new StartRequest(), Host, default));

    private static async Task<List<SpotInstance>> ListAsync(IAsyncEnumerable<SpotInstance> source)
    {
        var machines = new List<SpotInstance>();
        await foreach (var machine in source)
        {
            machines.Add(machine);
        }

        return machines;
    }
}
