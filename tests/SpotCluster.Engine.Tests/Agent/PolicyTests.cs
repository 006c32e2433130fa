using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Agent;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>The policy allows what the agent calls, and nothing else.</summary>
public sealed class PolicyTests
{
    [Fact]
    public async Task Every_action_that_the_agent_calls_is_allowed_and_no_other()
    {
        using var lab = new AgentLab();
        lab.Options = lab.Options with { CleanupEnabled = true, KeepNewest = 0 };
        var region = lab.Cloud.Region(AgentLab.Region);
        var machine = lab.Add();
        (string, string)[] tags =
        [
            ("TagSpecification.1.ResourceType", "image"), ("TagSpecification.1.Tag.1.Key", "ManagedBy"), ("TagSpecification.1.Tag.1.Value", "SpotOptimizer"),
            ("TagSpecification.2.ResourceType", "snapshot"), ("TagSpecification.2.Tag.1.Key", "ManagedBy"), ("TagSpecification.2.Tag.1.Value", "SpotOptimizer"),
        ];
        region.Call("CreateImage", [("InstanceId", machine), ("Name", "old"), .. tags]);
        region.Call("CreateLaunchTemplate", ("LaunchTemplateName", "web"), ("LaunchTemplateData.InstanceType", "t3.micro"));
        ((SpotCluster.Simulator.SimulatedClock)lab.Cloud.Clock).Advance(TimeSpan.FromDays(40));
        lab.Backend.Hand(machine);
        await lab.PassAsync();

        var called = lab.Cloud.Calls.Calls.Where(call => call.Service == "ec2").Select(call => "ec2:" + call.Operation).Distinct().Order();
        Assert.Equal(called, Actions(SpotEngine.GetAgentPolicy(AgentLab.Region, AgentLab.Account, AgentOptions.DefaultTag, AgentOptions.DefaultTag)).Order());
    }

    [Fact]
    public void What_changes_something_is_bound_to_region_account_and_tag()
    {
        var policy = JObject.Parse(SpotEngine.GetAgentPolicy("us-east-1", "111111111111", "Team=web", "Team=images"));
        var statements = policy["Statement"]!.ToDictionary(statement => (string)statement["Sid"]!);
        Assert.Equal("arn:aws:ec2:us-east-1:111111111111:instance/*", (string)statements["TerminateMarked"]["Resource"]!);
        Assert.Equal("web", (string)statements["TerminateMarked"]["Condition"]!["StringEquals"]!["aws:ResourceTag/Team"]!);
        Assert.Equal("images", (string)statements["CleanUp"]["Condition"]!["StringEquals"]!["aws:ResourceTag/Team"]!);
        Assert.All(statements.Values, statement => Assert.Equal("us-east-1", (string)statement["Condition"]!["StringEquals"]!["ec2:Region"]!));

        Assert.Equal(
            ["ec2:DescribeInstanceAttribute", "ec2:DescribeInstances", "ec2:TerminateInstances"],
            Actions(SpotEngine.GetAgentPolicy("us-gov-west-1", null, null, null)).Order());
        Assert.Contains("arn:aws-us-gov:ec2:us-gov-west-1:*:instance/*", SpotEngine.GetAgentPolicy("us-gov-west-1", null, null, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_launch_of_a_replica_calls_is_allowed_when_it_is_asked_for()
    {
        using var lab = new AgentLab();
        lab.Backend.Primary = lab.Add();
        lab.Backend.Replicas = () => ScriptedBackend.Json("""{"replicas":[{"id":"0193e0a0-0000-7000-8000-000000000001","status":"launching","instance_id":"manual-1a2b3c4d","pool":{"id":null,"az":null}}]}""");
        await lab.PassAsync();
        var actions = Actions(SpotEngine.GetAgentPolicy(AgentLab.Region, AgentLab.Account, AgentOptions.DefaultTag, null, launchReplicas: true)).ToList();
        Assert.All(lab.Cloud.Calls.Calls.Where(call => call.Service == "ec2"), call => Assert.Contains("ec2:" + call.Operation, actions));
        Assert.Contains(lab.Cloud.Calls.Calls, call => call.Operation == "RunInstances");
        Assert.Contains("iam:PassRole", actions);
        Assert.DoesNotContain("ec2:RunInstances", Actions(SpotEngine.GetAgentPolicy(AgentLab.Region, AgentLab.Account, AgentOptions.DefaultTag, null)));
    }

    private static IEnumerable<string> Actions(string policy) => JObject.Parse(policy)["Statement"]!.SelectMany(statement => statement["Action"]!.Values<string>())!;
}
