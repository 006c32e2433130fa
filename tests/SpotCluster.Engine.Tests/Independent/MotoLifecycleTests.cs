using System.Text.Json;
using Xunit;

namespace SpotCluster.Engine.Tests.Independent;

/// <summary>Clusters are created, listed and removed on an independent server.</summary>
public sealed class MotoLifecycleTests : MotoServerTest
{
    [Fact]
    [Trait("Category", "IndependentServer")]
    public async Task A_cluster_over_three_regions_is_created_listed_and_destroyed_and_nothing_is_left()
    {
        Demand();

        var create = await SpotClusterAsync("create", "--name", "demo", "--region", string.Join(',', Regions), "--count", "6", "--instance-type", "t3.micro");
        Assert.True(create.ExitCode == 0, create.ToString());
        var list = await SpotClusterAsync("list", "--name", "demo", "--region", string.Join(',', Regions));
        Assert.True(list.ExitCode == 0, list.ToString());

        var running = await RunningAsync();
        Assert.Equal(6, running.Count);
        Assert.All(Regions, region => Assert.Equal(2, running.Count(machine => machine.Region == region)));
        Assert.Equal(
            running.Select(machine => machine.Id).Order(StringComparer.Ordinal),
            JsonDocument.Parse(list.Out).RootElement.GetProperty("instances").EnumerateArray()
                .Select(instance => instance.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));

        // A machine that is not ours, and that no removal may touch.
        var foreign = await Moto.AwsAsync("us-west-2", "ec2", "run-instances", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
        var foreignId = foreign.GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!;

        var destroy = await SpotClusterAsync("destroy", "--name", "demo", "--region", string.Join(',', Regions), "--force");
        Assert.True(destroy.ExitCode == 0, destroy.ToString());
        Assert.True(JsonDocument.Parse(destroy.Out).RootElement.GetProperty("proof").GetProperty("proven").GetBoolean());

        var left = await ResourcesAsync();
        Assert.Equal([(foreignId, "us-west-2")], left["Instances"]);
        Assert.All(BesideInstances, kind => Assert.Empty(left[kind]));
    }

    [Fact]
    [Trait("Category", "IndependentServer")]
    public async Task Machines_are_destroyed_by_id_and_a_bad_id_does_not_hold_up_the_rest()
    {
        Demand();
        var create = await SpotClusterAsync("create", "--name", "demo", "--region", "us-east-1", "--count", "3", "--instance-type", "t3.micro");
        Assert.True(create.ExitCode == 0, create.ToString());
        var ids = (await RunningAsync()).Select(machine => machine.Id).ToList();

        var destroy = await SpotClusterAsync("destroy", "--instance-id", $"{ids[0]},i-0123456789abcdef0,{ids[1]}", "--region", "us-east-1", "--force");

        Assert.True(destroy.ExitCode is 3, destroy.ToString());
        Assert.Equal([ids[2]], (await RunningAsync()).Select(machine => machine.Id));
    }
}
