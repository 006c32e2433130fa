using System.Globalization;
using SpotCluster.Engine.Aws.Agent;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>A replica copies its source: what containers on the one cannot reach, they cannot reach on the other.</summary>
public sealed class ReplicaCopyTests
{
    [Theory]
    [InlineData(null, "1")]
    [InlineData(1, "1")]
    [InlineData(3, "3")]
    public async Task The_metadata_reach_as_far_as_on_the_source_and_need_a_token(int? hops, string expected)
    {
        using var cloud = new SimulatedCloud(new SimulatorOptions());
        var region = cloud.Region(AgentLab.Region);
        (string, string)[] metadata = hops is { } limit ? [("MetadataOptions.HttpPutResponseHopLimit", limit.ToString(CultureInfo.InvariantCulture))] : [];
        var source = region.Call(
            "RunInstances",
            [("MinCount", "1"), ("MaxCount", "1"), ("InstanceType", "t3.micro"), ("ImageId", region.Call("DescribeImages").Descendants("imageId").First().Value), .. metadata])
            .Descendants("instanceId").First().Value;
        using var session = new AwsSession(new EngineOptions { Transport = cloud.CreateHandler(), Clock = cloud.Clock });
        var replica = await new AwsAgentCloud(session, AgentLab.Region).LaunchCopyAsync(source, null, "token-1", new Dictionary<string, string>(), default);

        Assert.Contains(region.LiveInstances, machine => machine.Id == replica && machine.IsSpot);
        var call = Assert.Single(cloud.Calls.Of("RunInstances"), call => call.Parameters.ContainsKey("InstanceMarketOptions.MarketType"));
        Assert.Equal(("required", expected), (call.Parameters["MetadataOptions.HttpTokens"], call.Parameters["MetadataOptions.HttpPutResponseHopLimit"]));
    }
}
