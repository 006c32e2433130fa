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

    [SkippableFact]
    [Trait("Category", "IndependentServer")]
    public async Task A_mixed_account_loses_our_two_clusters_and_nothing_of_anybody_else()
    {
        Skip.If(MotoServer.Missing is not null, MotoServer.Missing);
        using var moto = await MotoServer.StartAsync();
        var foreign = new List<(string Id, string Region)>();
        foreach (var region in new[] { "us-east-1", "us-west-2" })
        {
            var run = await moto.AwsAsync(region, "ec2", "run-instances", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
            foreign.Add((run.GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!, region));
        }

        // Almost our tag: the same key with another value.
        var vpc = await moto.AwsAsync(
            "us-west-2", "ec2", "create-vpc", "--cidr-block", "10.99.0.0/16", "--tag-specifications", "ResourceType=vpc,Tags=[{Key=bacalhau-cluster,Value=somebody-else}]");
        var foreignVpc = vpc.GetProperty("Vpc").GetProperty("VpcId").GetString()!;
        await CreateAsync(moto, "one", "us-east-1,us-west-2", 4);
        await CreateAsync(moto, "two", "eu-west-1", 2);
        Assert.Equal(8, (await RunningAsync(moto)).Count);
        var regions = string.Join(',', Regions);

        var plan = await SpotClusterAsync(moto, "nuke", "--plan", "--region", regions);
        Assert.True(plan.ExitCode == 0, plan.ToString());
        var planned = JsonDocument.Parse(plan.Out).RootElement.GetProperty("plan");
        Assert.Equal(6, planned.GetProperty("machines").GetInt32());
        Assert.Equal(8, (await RunningAsync(moto)).Count);

        var nuke = await SpotClusterAsync(moto, "nuke", "--approve", planned.GetProperty("hash").GetString()!, "--region", regions, "--force");
        Assert.True(nuke.ExitCode == 0, nuke.ToString());
        Assert.True(JsonDocument.Parse(nuke.Out).RootElement.GetProperty("proof").GetProperty("proven").GetBoolean());

        Assert.Equal(foreign.Order(), (await RunningAsync(moto)).Order());
        var vpcs = await moto.AwsAsync("us-west-2", "ec2", "describe-vpcs", "--filters", "Name=is-default,Values=false");
        Assert.Equal([foreignVpc], vpcs.GetProperty("Vpcs").EnumerateArray().Select(item => item.GetProperty("VpcId").GetString()!));
        foreach (var region in Regions)
        {
            await AssertEmptyAsync(moto, region, "LaunchTemplates", "describe-launch-templates");
            await AssertEmptyAsync(moto, region, "KeyPairs", "describe-key-pairs");
            await AssertEmptyAsync(moto, region, "Volumes", "describe-volumes", "Name=tag-key,Values=bacalhau-cluster");
            await AssertEmptyAsync(moto, region, "SecurityGroups", "describe-security-groups", "Name=tag-key,Values=bacalhau-cluster");
            await AssertEmptyAsync(moto, region, "Vpcs", "describe-vpcs", "Name=tag:bacalhau-cluster,Values=bacalhau-aws-spot");
        }
    }

    private static async Task CreateAsync(MotoServer moto, string name, string regions, int count)
    {
        var create = await SpotClusterAsync(
            moto, "create", "--name", name, "--region", regions, "--count", $"{count}", "--instance-type", "t3.micro");
        Assert.True(create.ExitCode == 0, create.ToString());
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
