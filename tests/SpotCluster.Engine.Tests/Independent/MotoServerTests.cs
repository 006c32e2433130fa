using System.Text.Json;
using Xunit;

namespace SpotCluster.Engine.Tests.Independent;

/// <summary>The console program against an EC2 that we did not write; what it did is looked up by a client that we did not write.</summary>
public sealed class MotoServerTests
{
    private static readonly string[] Regions = ["us-east-1", "us-west-2", "eu-west-1"];

    [SkippableFact]
    [Trait("Category", "IndependentServer")]
    public async Task A_cluster_over_three_regions_is_created_listed_and_destroyed_and_nothing_is_left()
    {
        Skip.If(MotoServer.Missing is not null, MotoServer.Missing);
        using var moto = await MotoServer.StartAsync();

        var create = await SpotClusterAsync(moto, "create", "--name", "demo", "--region", string.Join(',', Regions), "--count", "6", "--instance-type", "t3.micro");
        Assert.True(create.ExitCode == 0, create.ToString());
        var list = await SpotClusterAsync(moto, "list", "--name", "demo", "--region", string.Join(',', Regions));
        Assert.True(list.ExitCode == 0, list.ToString());

        var running = await RunningAsync(moto);
        Assert.Equal(6, running.Count);
        Assert.All(Regions, region => Assert.Equal(2, running.Count(machine => machine.Region == region)));
        Assert.Equal(
            running.Select(machine => machine.Id).Order(StringComparer.Ordinal),
            JsonDocument.Parse(list.Out).RootElement.GetProperty("instances").EnumerateArray()
                .Select(instance => instance.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));

        // A machine that is not ours, and that no removal may touch.
        var foreign = await moto.AwsAsync("us-west-2", "ec2", "run-instances", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
        var foreignId = foreign.GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!;

        var destroy = await SpotClusterAsync(moto, "destroy", "--name", "demo", "--region", string.Join(',', Regions), "--force");
        Assert.True(destroy.ExitCode == 0, destroy.ToString());
        Assert.True(JsonDocument.Parse(destroy.Out).RootElement.GetProperty("proof").GetProperty("proven").GetBoolean());

        Assert.Equal([(foreignId, "us-west-2")], await RunningAsync(moto));
        foreach (var region in Regions)
        {
            await AssertEmptyAsync(moto, region, "Vpcs", "describe-vpcs", "Name=is-default,Values=false");
            await AssertEmptyAsync(moto, region, "LaunchTemplates", "describe-launch-templates");
            await AssertEmptyAsync(moto, region, "KeyPairs", "describe-key-pairs");
            await AssertEmptyAsync(moto, region, "SpotInstanceRequests", "describe-spot-instance-requests", "Name=state,Values=open,active");
            await AssertEmptyAsync(moto, region, "Volumes", "describe-volumes", "Name=tag-key,Values=bacalhau-cluster");
            await AssertEmptyAsync(moto, region, "SecurityGroups", "describe-security-groups", "Name=tag-key,Values=bacalhau-cluster");
        }
    }

    [SkippableFact]
    [Trait("Category", "IndependentServer")]
    public async Task Machines_are_destroyed_by_id_and_a_bad_id_does_not_hold_up_the_rest()
    {
        Skip.If(MotoServer.Missing is not null, MotoServer.Missing);
        using var moto = await MotoServer.StartAsync();
        var create = await SpotClusterAsync(moto, "create", "--name", "demo", "--region", "us-east-1", "--count", "3", "--instance-type", "t3.micro");
        Assert.True(create.ExitCode == 0, create.ToString());
        var ids = (await RunningAsync(moto)).Select(machine => machine.Id).ToList();

        var destroy = await SpotClusterAsync(moto, "destroy", "--instance-id", $"{ids[0]},i-0123456789abcdef0,{ids[1]}", "--region", "us-east-1", "--force");

        Assert.True(destroy.ExitCode is 3, destroy.ToString());
        Assert.Equal([ids[2]], (await RunningAsync(moto)).Select(machine => machine.Id));
    }

    private static Task<ToolResult> SpotClusterAsync(MotoServer moto, params string[] args) =>
        Tool.SpotClusterAsync(moto.Environment, [.. args, "--json"]);

    private static async Task<List<(string Id, string Region)>> RunningAsync(MotoServer moto)
    {
        var machines = new List<(string, string)>();
        foreach (var region in Regions)
        {
            var answer = await moto.AwsAsync(region, "ec2", "describe-instances", "--filters", "Name=instance-state-name,Values=pending,running,stopping,stopped");
            machines.AddRange(answer.GetProperty("Reservations").EnumerateArray()
                .SelectMany(reservation => reservation.GetProperty("Instances").EnumerateArray())
                .Select(instance => (instance.GetProperty("InstanceId").GetString()!, region)));
        }

        return machines;
    }

    private static async Task AssertEmptyAsync(MotoServer moto, string region, string kind, string operation, string? filter = null)
    {
        string[] filters = filter is null ? [] : ["--filters", filter];
        var answer = await moto.AwsAsync(region, ["ec2", operation, .. filters]);
        Assert.True(answer.GetProperty(kind).GetArrayLength() == 0, $"{region} still has {kind}: {answer.GetProperty(kind)}");
    }
}
