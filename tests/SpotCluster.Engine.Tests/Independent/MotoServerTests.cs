using System.Text.Json;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Inventory;
using SpotCluster.Engine.Tests.Ec2;
using Xunit;

namespace SpotCluster.Engine.Tests.Independent;

/// <summary>The console program against an EC2 that we did not write; what it did is looked up by a client that we did not write.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class MotoServerTests : IAsyncLifetime
{
    private static readonly string[] Regions = ["us-east-1", "us-west-2", "eu-west-1"];

    private readonly MotoServer _moto = new();

    public ValueTask InitializeAsync() => _moto.InitializeAsync();

    public ValueTask DisposeAsync() => _moto.DisposeAsync();

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
        var foreign = await _moto.AwsAsync("us-west-2", "ec2", "run-instances", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
        var foreignId = foreign.GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!;

        var destroy = await SpotClusterAsync("destroy", "--name", "demo", "--region", string.Join(',', Regions), "--force");
        Assert.True(destroy.ExitCode == 0, destroy.ToString());
        Assert.True(JsonDocument.Parse(destroy.Out).RootElement.GetProperty("proof").GetProperty("proven").GetBoolean());

        Assert.Equal([(foreignId, "us-west-2")], await RunningAsync());
        foreach (var region in Regions)
        {
            await AssertEmptyAsync(region, "Vpcs", "describe-vpcs", "Name=is-default,Values=false");
            await AssertEmptyAsync(region, "LaunchTemplates", "describe-launch-templates");
            await AssertEmptyAsync(region, "KeyPairs", "describe-key-pairs");
            await AssertEmptyAsync(region, "SpotInstanceRequests", "describe-spot-instance-requests", "Name=state,Values=open,active");
            await AssertEmptyAsync(region, "Volumes", "describe-volumes", "Name=tag-key,Values=bacalhau-cluster");
            await AssertEmptyAsync(region, "SecurityGroups", "describe-security-groups", "Name=tag-key,Values=bacalhau-cluster");
        }
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

    [Fact]
    [Trait("Category", "IndependentServer")]
    public async Task A_mixed_account_loses_our_two_clusters_and_nothing_of_anybody_else()
    {
        Demand();
        var foreign = new List<(string Id, string Region)>();
        foreach (var region in new[] { "us-east-1", "us-west-2" })
        {
            var run = await _moto.AwsAsync(region, "ec2", "run-instances", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
            foreign.Add((run.GetProperty("Instances")[0].GetProperty("InstanceId").GetString()!, region));
        }

        // Almost our tag: the same key with another value.
        var vpc = await _moto.AwsAsync(
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

        Assert.Equal(foreign.Order(), (await RunningAsync()).Order());
        var vpcs = await _moto.AwsAsync("us-west-2", "ec2", "describe-vpcs", "--filters", "Name=is-default,Values=false");
        Assert.Equal([foreignVpc], vpcs.GetProperty("Vpcs").EnumerateArray().Select(item => item.GetProperty("VpcId").GetString()!));
        foreach (var region in Regions)
        {
            await AssertEmptyAsync(region, "LaunchTemplates", "describe-launch-templates");
            await AssertEmptyAsync(region, "KeyPairs", "describe-key-pairs");
            await AssertEmptyAsync(region, "Volumes", "describe-volumes", "Name=tag-key,Values=bacalhau-cluster");
            await AssertEmptyAsync(region, "SecurityGroups", "describe-security-groups", "Name=tag-key,Values=bacalhau-cluster");
            await AssertEmptyAsync(region, "Vpcs", "describe-vpcs", "Name=tag:bacalhau-cluster,Values=bacalhau-aws-spot");
        }
    }

    [Fact]
    [Trait("Category", "IndependentServer")]
    public async Task What_users_of_a_cluster_leave_behind_is_removed_or_named_with_its_arn()
    {
        Demand();
        const string Region = "us-east-1";
        const string Tag = "Key=bacalhau-cluster,Value=bacalhau-aws-spot";
        var subnets = (await _moto.AwsAsync(Region, "ec2", "describe-subnets")).GetProperty("Subnets").EnumerateArray().Take(2).ToList();
        string[] ids = [.. subnets.Select(subnet => subnet.GetProperty("SubnetId").GetString()!)];
        var vpc = subnets[0].GetProperty("VpcId").GetString()!;
        await _moto.AwsAsync(Region, ["elbv2", "create-load-balancer", "--name", "front", "--tags", Tag, "--subnets", .. ids]);
        await _moto.AwsAsync(Region, "elbv2", "create-target-group", "--name", "targets", "--protocol", "HTTP", "--port", "80", "--vpc-id", vpc, "--tags", Tag);
        await _moto.AwsAsync(Region, ["elb", "create-load-balancer", "--load-balancer-name", "old", "--tags", Tag, "--listeners", "Protocol=TCP,LoadBalancerPort=80,InstancePort=80", "--subnets", .. ids]);
        await _moto.AwsAsync(Region, "ec2", "create-launch-template", "--launch-template-name", "workers", "--launch-template-data", "{\"ImageId\":\"ami-12c6146b\",\"InstanceType\":\"t3.micro\"}");
        await _moto.RunAsync(
            Region, "autoscaling", "create-auto-scaling-group", "--auto-scaling-group-name", "workers", "--min-size", "2", "--max-size", "2",
            "--launch-template", "LaunchTemplateName=workers", "--vpc-zone-identifier", ids[0], "--tags", Tag + ",PropagateAtLaunch=true");
        var files = (await _moto.AwsAsync(Region, "efs", "create-file-system", "--creation-token", "x", "--tags", Tag)).GetProperty("FileSystemId").GetString()!;
        await _moto.AwsAsync(Region, "efs", "create-mount-target", "--file-system-id", files, "--subnet-id", ids[0]);
        await _moto.RunAsync(Region, "logs", "create-log-group", "--log-group-name", "/spot/nodes", "--tags", "bacalhau-cluster=bacalhau-aws-spot");
        await _moto.RunAsync(
            Region, "cloudwatch", "put-metric-alarm", "--alarm-name", "idle", "--metric-name", "m", "--namespace", "n", "--period", "60", "--evaluation-periods", "1",
            "--threshold", "1", "--comparison-operator", "GreaterThanThreshold", "--statistic", "Sum", "--tags", Tag);
        await _moto.RunAsync(
            Region, "iam", "create-role", "--role-name", "nodes", "--tags", Tag, "--assume-role-policy-document",
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}");
        await _moto.RunAsync(Region, "iam", "put-role-policy", "--role-name", "nodes", "--policy-name", "own", "--policy-document", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:ListAllMyBuckets\",\"Resource\":\"*\"}]}");
        await _moto.RunAsync(Region, "iam", "create-instance-profile", "--instance-profile-name", "nodes");
        await _moto.RunAsync(Region, "iam", "add-role-to-instance-profile", "--instance-profile-name", "nodes", "--role-name", "nodes");
        await _moto.RunAsync(Region, "autoscaling", "create-launch-configuration", "--launch-configuration-name", "old-style", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro");
        await _moto.RunAsync(
            Region, "autoscaling", "create-auto-scaling-group", "--auto-scaling-group-name", "old-workers", "--min-size", "0", "--max-size", "1",
            "--launch-configuration-name", "old-style", "--availability-zones", "us-east-1a", "--tags", Tag + ",PropagateAtLaunch=true");
        await _moto.AwsAsync(Region, "ec2", "allocate-hosts", "--instance-type", "m5.large", "--availability-zone", "us-east-1a", "--quantity", "1", "--tag-specifications", $"ResourceType=dedicated-host,Tags=[{{{Tag}}}]");
        var topic = (await _moto.AwsAsync(Region, "sns", "create-topic", "--name", "news", "--tags", Tag)).GetProperty("TopicArn").GetString()!;

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
            var left = await _moto.AwsAsync(Region, service, command);
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
        await _moto.RunAsync(Region, "scheduler", "create-schedule-group", "--name", "nightly");
        await _moto.RunAsync(Region, "events", "create-event-bus", "--name", "own");
        foreach (string[] bus in new string[][] { [], ["--event-bus-name", "own"] })
        {
            await _moto.RunAsync(Region, ["events", "put-rule", "--name", "tick", "--event-pattern", "{\"source\":[\"x\"]}", .. bus]);
            await _moto.RunAsync(Region, ["events", "put-targets", "--rule", "tick", "--targets", "Id=1,Arn=arn:aws:sqs:us-east-1:123456789012:x", .. bus]);
        }

        using var environment = new EnvironmentGuard();
        EnvironmentGuard.SetKeys();
        using var session = _moto.Open();
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

    private void Demand()
    {
        Assert.SkipWhen(_moto.Missing is not null, _moto.Missing ?? "It is there");
        Assert.SkipUnless(Tool.IsOnPath("aws"), "the AWS CLI (aws) is not on PATH");
    }

    private async Task CreateAsync(string name, string regions, int count)
    {
        var create = await SpotClusterAsync("create", "--name", name, "--region", regions, "--count", $"{count}", "--instance-type", "t3.micro");
        Assert.True(create.ExitCode == 0, create.ToString());
    }

    private Task<ToolResult> SpotClusterAsync(params string[] args) =>
        Tool.SpotClusterAsync(_moto.Environment, [.. args, "--json"]);

    private async Task<List<(string Id, string Region)>> RunningAsync()
    {
        var machines = new List<(string, string)>();
        foreach (var region in Regions)
        {
            var answer = await _moto.AwsAsync(region, "ec2", "describe-instances", "--filters", "Name=instance-state-name,Values=pending,running,stopping,stopped");
            machines.AddRange(answer.GetProperty("Reservations").EnumerateArray()
                .SelectMany(reservation => reservation.GetProperty("Instances").EnumerateArray())
                .Select(instance => (instance.GetProperty("InstanceId").GetString()!, region)));
        }

        return machines;
    }

    private async Task AssertEmptyAsync(string region, string kind, string operation, string? filter = null)
    {
        string[] filters = filter is null ? [] : ["--filters", filter];
        var answer = await _moto.AwsAsync(region, ["ec2", operation, .. filters]);
        Assert.True(answer.GetProperty(kind).GetArrayLength() == 0, $"{region} still has {kind}: {answer.GetProperty(kind)}");
    }
}
