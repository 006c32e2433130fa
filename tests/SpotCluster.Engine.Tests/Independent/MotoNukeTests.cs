using System.Text.Json;
using Xunit;

namespace SpotCluster.Engine.Tests.Independent;

/// <summary>A mixed account on an independent server is cleared of what is managed.</summary>
public sealed class MotoNukeTests : MotoServerTest
{
    [Fact]
    [Trait("Category", "IndependentServer")]
    public async Task A_mixed_account_loses_our_two_clusters_and_nothing_of_anybody_else()
    {
        Demand();
        var foreign = new List<(string Id, string Region)>();
        foreach (var region in new[] { "us-east-1", "us-west-2" })
        {
            var run = await Moto.AwsAsync(region, "ec2", "run-instances", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
            foreign.Add((run.GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!, region));
        }

        // Almost our tag: the same key with another value.
        var vpc = await Moto.AwsAsync(
            "us-west-2", "ec2", "create-vpc", "--cidr-block", "10.99.0.0/16", "--tag-specifications", "ResourceType=vpc,Tags=[{Key=bacalhau-cluster,Value=somebody-else}]");
        var foreignVpc = vpc.GetProperty("Vpc").GetProperty("VpcId").GetString()!;
        await CreateAsync("one", "us-east-1,us-west-2", 4);
        await CreateAsync("two", "eu-west-1", 2);
        Assert.Equal(8, (await RunningAsync()).Count);
        var regions = string.Join(',', Regions);

        var plan = await SpotClusterAsync("nuke", "--plan", "--region", regions);
        Assert.True(plan.ExitCode == 0, plan.ToString());
        var planned = JsonDocument.Parse(plan.Out).RootElement.GetProperty("plans")[0];
        Assert.Equal(6, planned.GetProperty("instanceCount").GetInt32());
        Assert.Equal(8, (await RunningAsync()).Count);

        var nuke = await SpotClusterAsync("nuke", "--approve", planned.GetProperty("hash").GetString()!, "--region", regions, "--force");
        Assert.True(nuke.ExitCode == 0, nuke.ToString());
        Assert.True(JsonDocument.Parse(nuke.Out).RootElement.GetProperty("proofs")[0].GetProperty("proven").GetBoolean());

        var left = await ResourcesAsync();
        Assert.Equal(foreign.Order(), left["Instances"].Order());
        Assert.Equal([(foreignVpc, "us-west-2")], left["Vpcs"]);
        Assert.All(BesideInstances.Where(kind => kind != "Vpcs"), kind => Assert.Empty(left[kind]));
    }
}
