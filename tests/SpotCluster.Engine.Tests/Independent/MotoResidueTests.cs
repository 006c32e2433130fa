using System.Text.Json;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Removal;
using Xunit;

namespace SpotCluster.Engine.Tests.Independent;

/// <summary>What users of a cluster leave behind in other services of an independent server.</summary>
public sealed class MotoResidueTests : MotoServerTest
{
    [Fact]
    [Trait("Category", "IndependentServer")]
    public async Task What_users_of_a_cluster_leave_behind_is_removed_or_named_with_its_arn()
    {
        Demand();
        const string Region = "us-east-1";
        const string Tag = "Key=bacalhau-cluster,Value=bacalhau-aws-spot";
        var subnets = (await Moto.AwsAsync(Region, "ec2", "describe-subnets")).GetProperty("Subnets").EnumerateArray().Take(2).ToList();
        string[] ids = [.. subnets.Select(subnet => subnet.GetProperty("SubnetId").GetString()!)];
        var vpc = subnets[0].GetProperty("VpcId").GetString()!;
        await Moto.AwsAsync(Region, ["elbv2", "create-load-balancer", "--name", "front", "--tags", Tag, "--subnets", .. ids]);
        await Moto.AwsAsync(Region, "elbv2", "create-target-group", "--name", "targets", "--protocol", "HTTP", "--port", "80", "--vpc-id", vpc, "--tags", Tag);
        await Moto.AwsAsync(Region, ["elb", "create-load-balancer", "--load-balancer-name", "old", "--tags", Tag, "--listeners", "Protocol=TCP,LoadBalancerPort=80,InstancePort=80", "--subnets", .. ids]);
        await Moto.AwsAsync(Region, "ec2", "create-launch-template", "--launch-template-name", "workers", "--launch-template-data", "{\"ImageId\":\"ami-12c6146b\",\"InstanceType\":\"t3.micro\"}");
        await Moto.RunAsync(
            Region, "autoscaling", "create-auto-scaling-group", "--auto-scaling-group-name", "workers", "--min-size", "2", "--max-size", "2",
            "--launch-template", "LaunchTemplateName=workers", "--vpc-zone-identifier", ids[0], "--tags", Tag + ",PropagateAtLaunch=true");
        var files = (await Moto.AwsAsync(Region, "efs", "create-file-system", "--creation-token", "x", "--tags", Tag)).GetProperty("FileSystemId").GetString()!;
        await Moto.AwsAsync(Region, "efs", "create-mount-target", "--file-system-id", files, "--subnet-id", ids[0]);
        await Moto.RunAsync(Region, "logs", "create-log-group", "--log-group-name", "/spot/nodes", "--tags", "bacalhau-cluster=bacalhau-aws-spot");
        await Moto.RunAsync(
            Region, "cloudwatch", "put-metric-alarm", "--alarm-name", "idle", "--metric-name", "m", "--namespace", "n", "--period", "60", "--evaluation-periods", "1",
            "--threshold", "1", "--comparison-operator", "GreaterThanThreshold", "--statistic", "Sum", "--tags", Tag);
        await Moto.RunAsync(
            Region, "iam", "create-role", "--role-name", "nodes", "--tags", Tag, "--assume-role-policy-document",
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}");
        await Moto.RunAsync(Region, "iam", "put-role-policy", "--role-name", "nodes", "--policy-name", "own", "--policy-document", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:ListAllMyBuckets\",\"Resource\":\"*\"}]}");
        await Moto.RunAsync(Region, "iam", "create-instance-profile", "--instance-profile-name", "nodes");
        await Moto.RunAsync(Region, "iam", "add-role-to-instance-profile", "--instance-profile-name", "nodes", "--role-name", "nodes");
        await Moto.RunAsync(Region, "autoscaling", "create-launch-configuration", "--launch-configuration-name", "old-style", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
        await Moto.RunAsync(
            Region, "autoscaling", "create-auto-scaling-group", "--auto-scaling-group-name", "old-workers", "--min-size", "0", "--max-size", "1",
            "--launch-configuration-name", "old-style", "--availability-zones", "us-east-1a", "--tags", Tag + ",PropagateAtLaunch=true");
        await Moto.AwsAsync(Region, "ec2", "allocate-hosts", "--instance-type", "m5.large", "--availability-zone", "us-east-1a", "--quantity", "1", "--tag-specifications", $"ResourceType=dedicated-host,Tags=[{{{Tag}}}]");
        var topic = (await Moto.AwsAsync(Region, "sns", "create-topic", "--name", "news", "--tags", Tag)).GetProperty("TopicArn").GetString()!;

        // The group and its instances are not ours to remove unless that is asked for.
        var kept = await SpotClusterAsync("nuke", "--region", Region, "--force");
        Assert.True(kept.ExitCode == 0, kept.ToString());
        Assert.Equal(2, (await RunningAsync()).Count);
        var proof = JsonDocument.Parse(kept.Out).RootElement.GetProperty("proofs")[0];
        var remaining = proof.GetProperty("unmanaged").EnumerateArray().Select(item => item.GetProperty("id").GetString()!).ToList();
        Assert.Contains("workers", remaining);
        Assert.Contains(topic, remaining);
        Assert.Contains("old-workers", remaining);
        Assert.True(remaining.Count == 5, string.Join(", ", remaining));
        Assert.Empty(proof.GetProperty("notCovered").EnumerateArray());

        var nuke = await SpotClusterAsync("nuke", "--region", Region, "--include-foreign", "--include-attached", "--force");
        Assert.True(nuke.ExitCode == 0, nuke.ToString());
        Assert.Empty(await RunningAsync());
        proof = JsonDocument.Parse(nuke.Out).RootElement.GetProperty("proofs")[0];

        // This server keeps the interfaces of terminated instances, and says that they do not go with them.
        Assert.Equal([topic], proof.GetProperty("unmanaged").EnumerateArray().Select(item => item.GetProperty("id").GetString()!)
            .Where(id => !id.StartsWith("eni-", StringComparison.Ordinal)));
        foreach (var (service, command, list) in new[]
        {
            ("elbv2", "describe-load-balancers", "LoadBalancers"), ("elbv2", "describe-target-groups", "TargetGroups"),
            ("elb", "describe-load-balancers", "LoadBalancerDescriptions"), ("autoscaling", "describe-auto-scaling-groups", "AutoScalingGroups"),
            ("efs", "describe-file-systems", "FileSystems"), ("logs", "describe-log-groups", "logGroups"), ("cloudwatch", "describe-alarms", "MetricAlarms"),
            ("iam", "list-roles", "Roles"), ("iam", "list-instance-profiles", "InstanceProfiles"),
            ("autoscaling", "describe-launch-configurations", "LaunchConfigurations"),
        })
        {
            var left = await Moto.AwsAsync(Region, service, command);
            Assert.Empty(left.GetProperty(list).EnumerateArray());
        }
    }

    /// <summary>The tagging API of this server does not show them: found and deleted by their names, as the engine does once it was shown them.</summary>
    [Fact]
    [Trait("Category", "IndependentServer")]
    public async Task A_rule_goes_with_its_targets_and_a_group_of_schedules_with_its_schedules()
    {
        Demand();
        const string Region = "us-east-1";
        await Moto.RunAsync(Region, "scheduler", "create-schedule-group", "--name", "nightly");
        await Moto.RunAsync(Region, "events", "create-event-bus", "--name", "own");
        foreach (string[] bus in new string[][] { [], ["--event-bus-name", "own"] })
        {
            await Moto.RunAsync(Region, ["events", "put-rule", "--name", "tick", "--event-pattern", "{\"source\":[\"x\"]}", .. bus]);
            await Moto.RunAsync(Region, ["events", "put-targets", "--rule", "tick", "--targets", "Id=1,Arn=arn:aws:sqs:us-east-1:123456789012:x", .. bus]);
        }

        using var session = Moto.Open();
        foreach (var (type, name) in new[] { (ResourceTypes.ScheduleGroup, "nightly"), (ResourceTypes.EventRule, "tick"), (ResourceTypes.EventRule, "own/tick") })
        {
            var row = NamedKind.Rows.Single(row => row.Type == type);
            var kind = new NamedKind(session.Service(row.Service, Region), row);
            var node = Assert.Single(await kind.ListAsync([name, "no-such"], CancellationToken.None));
            Assert.Equal(new ResourceKey(type, name), node.Key);
            await kind.DeleteAsync([node], CancellationToken.None);
            Assert.Empty(await kind.ListAsync([name], CancellationToken.None));
        }
    }
}
