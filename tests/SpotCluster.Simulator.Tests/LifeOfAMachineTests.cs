using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Simulator.Tests;

public sealed class LifeOfAMachineTests : SimulatorTests
{
    private const string Region = "us-east-1";

    [Fact]
    public async Task A_machine_goes_from_pending_to_terminated_on_the_clock_and_stays_visible_for_an_hour()
    {
        var id = await RunAsync();
        Assert.Equal("pending", await StateAsync(id));
        Clock.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal("running", await StateAsync(id));
        await Ec2.DoAsync(Region, "TerminateInstances", ("InstanceId.1", id));
        Assert.Equal("shutting-down", await StateAsync(id));
        Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("terminated", await StateAsync(id));
        var tags = await Ec2.DoAsync(Region, "DescribeTags", ("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", id));
        Assert.Equal(["demo"], tags.Values("value"));
        Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("InvalidInstanceID.NotFound", (await Ec2.CallAsync(Region, "DescribeInstances", ("InstanceId.1", id))).Code);
    }

    [Fact]
    public async Task The_interface_of_a_terminated_machine_lingers_and_holds_its_subnet()
    {
        var vpc = Cloud.Region(Region).AddVpc();
        var subnet = Cloud.Region(Region).Live.First(item => item.Kind == "subnet" && item.VpcId == vpc).Id;
        var id = Cloud.Region(Region).AddInstances(1, "t3.micro", spot: true, subnet)[0];
        await Ec2.DoAsync(Region, "TerminateInstances", ("InstanceId.1", id));
        Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("terminated", await StateAsync(id));
        Assert.Equal("DependencyViolation", (await Ec2.CallAsync(Region, "DeleteSubnet", ("SubnetId", subnet))).Code);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await Ec2.DoAsync(Region, "DeleteSubnet", ("SubnetId", subnet));
    }

    [Fact]
    public async Task Termination_is_all_or_nothing_for_an_unknown_id()
    {
        var id = await RunAsync();
        var unknown = await Ec2.CallAsync(Region, "TerminateInstances", ("InstanceId.1", id), ("InstanceId.2", "i-0123456789abcdef0"));
        Assert.Equal("InvalidInstanceID.NotFound", unknown.Code);
        var malformed = await Ec2.CallAsync(Region, "TerminateInstances", ("InstanceId.1", id), ("InstanceId.2", "i-nonsense"));
        Assert.Equal("InvalidInstanceID.Malformed", malformed.Code);
        Assert.Equal("InvalidParameterCombination", (await Ec2.CallAsync(Region, "TerminateInstances")).Code);
        Assert.Equal("pending", await StateAsync(id));
    }

    [Fact]
    public async Task A_protected_machine_saves_its_zone_only()
    {
        var region = Cloud.Region(Region);
        var subnets = await Ec2.DoAsync(Region, "DescribeSubnets", ("Filter.1.Name", "availability-zone"), ("Filter.1.Value.1", Region + "a"), ("Filter.1.Value.2", Region + "b"));
        var a = region.AddInstances(2, "t3.micro", spot: false, subnets.Values("subnetId")[0]);
        var b = region.AddInstances(1, "t3.micro", spot: false, subnets.Values("subnetId")[1]);
        await Ec2.DoAsync(Region, "ModifyInstanceAttribute", ("InstanceId", a[0]), ("DisableApiTermination.Value", "true"));
        var answer = await Ec2.CallAsync(Region, "TerminateInstances", ("InstanceId.1", a[0]), ("InstanceId.2", a[1]), ("InstanceId.3", b[0]));
        Assert.Equal("OperationNotPermitted", answer.Code);
        Assert.Equal("running", await StateAsync(a[0]));
        Assert.Equal("running", await StateAsync(a[1]));
        Assert.Equal("shutting-down", await StateAsync(b[0]));
    }

    [Fact]
    public async Task An_interrupted_spot_machine_is_gone_two_minutes_after_its_notice()
    {
        var id = await RunAsync();
        Clock.Advance(TimeSpan.FromSeconds(10));
        Cloud.Interrupt(id);
        var notice = await Ec2.DoAsync(Region, "DescribeSpotInstanceRequests", ("Filter.1.Name", "instance-id"), ("Filter.1.Value.1", id));
        Assert.Equal("marked-for-termination", notice.Document.Descendants("status").First().Element("code")!.Value);
        Assert.Equal("running", await StateAsync(id));
        Clock.Advance(TimeSpan.FromMinutes(2));
        var gone = await Ec2.DoAsync(Region, "DescribeInstances", ("InstanceId.1", id));
        Assert.Equal("shutting-down", gone.Document.Descendants("instanceState").First().Element("name")!.Value);
        Assert.Equal("Server.SpotInstanceTermination", gone.Document.Descendants("stateReason").First().Element("code")!.Value);
        var request = await Ec2.DoAsync(Region, "DescribeSpotInstanceRequests", ("Filter.1.Name", "instance-id"), ("Filter.1.Value.1", id));
        Assert.Equal("closed", request.Value("state"));
        Assert.Equal("instance-terminated-no-capacity", request.Document.Descendants("status").First().Element("code")!.Value);
        Assert.Throws<ArgumentException>(() => Cloud.Interrupt("i-0123456789abcdef0"));
    }

    [Fact]
    public async Task The_checks_of_a_machine_pass_a_minute_after_it_runs()
    {
        var id = await RunAsync();
        Assert.Empty((await Ec2.DoAsync(Region, "DescribeInstanceStatus")).Values("instanceId"));
        Clock.Advance(TimeSpan.FromSeconds(8));
        (string, string)[] passed = [("Filter.1.Name", "instance-status.status"), ("Filter.1.Value.1", "ok"), ("Filter.2.Name", "tag-key"), ("Filter.2.Value.1", "clus*")];
        Assert.Empty((await Ec2.DoAsync(Region, "DescribeInstanceStatus", passed)).Values("instanceId"));
        Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal([id], (await Ec2.DoAsync(Region, "DescribeInstanceStatus", passed)).Values("instanceId"));
    }

    [Fact]
    public async Task A_closed_request_is_forgotten_after_some_hours()
    {
        var id = await RunAsync();
        await Ec2.DoAsync(Region, "TerminateInstances", ("InstanceId.1", id));
        Assert.Equal("closed", (await Ec2.DoAsync(Region, "DescribeSpotInstanceRequests")).Value("state"));
        Assert.DoesNotContain(Cloud.AllLive(), item => item.Kind == "spot-instances-request");
        Clock.Advance(TimeSpan.FromHours(5));
        Assert.Empty((await Ec2.DoAsync(Region, "DescribeSpotInstanceRequests")).Values("state"));
    }

    [Fact]
    public async Task A_persistent_request_starts_a_new_machine_until_it_is_cancelled()
    {
        var id = await RunAsync(("InstanceMarketOptions.SpotOptions.SpotInstanceType", "persistent"));
        await Ec2.DoAsync(Region, "TerminateInstances", ("InstanceId.1", id));
        Clock.Advance(TimeSpan.FromSeconds(31));
        var second = Assert.Single(Cloud.Region(Region).LiveInstances);
        Assert.NotEqual(id, second.Id);
        Assert.Equal("demo", second.Tags["cluster"]);
        var request = (await Ec2.DoAsync(Region, "DescribeSpotInstanceRequests")).Value("spotInstanceRequestId");
        await Ec2.DoAsync(Region, "CancelSpotInstanceRequests", ("SpotInstanceRequestId.1", request));
        await Ec2.DoAsync(Region, "TerminateInstances", ("InstanceId.1", second.Id));
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(Cloud.Region(Region).LiveInstances);
    }

    [Fact]
    public async Task Only_machines_on_demand_or_persistent_stop_and_start()
    {
        var spot = await RunAsync();
        Assert.Equal("UnsupportedOperation", (await Ec2.CallAsync(Region, "StopInstances", ("InstanceId.1", spot))).Code);
        var onDemand = Cloud.Region(Region).AddInstances(1, spot: false)[0];
        await Ec2.DoAsync(Region, "StopInstances", ("InstanceId.1", onDemand));
        Assert.Equal("IncorrectInstanceState", (await Ec2.CallAsync(Region, "StartInstances", ("InstanceId.1", onDemand))).Code);
        Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("stopped", await StateAsync(onDemand));
        Assert.Null(Cloud.Region(Region).Instances.First(instance => instance.Id == onDemand).PublicIp);
        await Ec2.DoAsync(Region, "StartInstances", ("InstanceId.1", onDemand));
        Clock.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal("running", await StateAsync(onDemand));
    }

    [Fact]
    public async Task Reserved_words_in_launches_are_refused_with_their_code()
    {
        (string, string)[] right = [("ImageId", "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"), ("InstanceType", "t3.micro"), ("MinCount", "1"), ("MaxCount", "1")];
        await ExpectAsync("InvalidParameterValue", ("InstanceType", "t3.gigantic"));
        await ExpectAsync("InvalidParameterValue", ("InstanceType", "t4g.micro"));
        await ExpectAsync("InvalidAMIID.NotFound", ("ImageId", "ami-0123456789abcdef0"));
        await ExpectAsync("InvalidAMIID.Malformed", ("ImageId", "ami-x"));
        await ExpectAsync("InvalidParameterValue", ("ImageId", "resolve:ssm:/no/such/parameter"));
        await ExpectAsync("InvalidKeyPair.NotFound", ("KeyName", "nobody"));
        await ExpectAsync("InvalidGroup.NotFound", ("SecurityGroupId.1", "sg-0123456789abcdef0"));
        await ExpectAsync("InvalidSubnetID.NotFound", ("SubnetId", "subnet-0123456789abcdef0"));
        await ExpectAsync("InvalidParameterValue", ("UserData", Convert.ToBase64String(new byte[16385])));
        await ExpectAsync("Unsupported", ("Placement.AvailabilityZone", "us-east-1e"));
        await ExpectAsync("InvalidParameterValue", ("TagSpecification.1.ResourceType", "instance"), ("TagSpecification.1.Tag.1.Key", "aws:mine"), ("TagSpecification.1.Tag.1.Value", "x"));
        await ExpectAsync("SpotMaxPriceTooLow", ("InstanceMarketOptions.MarketType", "spot"), ("InstanceMarketOptions.SpotOptions.MaxPrice", "0.0001"));
        Assert.Empty(Cloud.Region(Region).Instances);

        async Task ExpectAsync(string code, params (string Name, string Value)[] wrong)
        {
            // RunInstances has the smallest bucket of all.
            Clock.Advance(TimeSpan.FromSeconds(1));
            var parameters = right.Where(pair => wrong.All(other => other.Name != pair.Item1)).Concat(wrong).ToArray();
            Assert.Equal(code, (await Ec2.CallAsync(Region, "RunInstances", parameters)).Code);
        }
    }

    [Fact]
    public async Task Quota_and_capacity_are_refused_with_their_code()
    {
        Cloud.Region(Region).SetQuota("L-34B43A08", 3);
        Assert.Equal("MaxSpotInstanceCountExceeded", (await TryRunAsync(2)).Code);
        Cloud.Region(Region).SetQuota("L-34B43A08", 640);
        Cloud.Region(Region).SetCapacity("*", "t3.micro", 1);
        Assert.Equal("InsufficientInstanceCapacity", (await TryRunAsync(2)).Code);
        Assert.Null((await TryRunAsync(1)).Code);
        Cloud.Faults.Add(new FaultRule { Action = FaultAction.Capacity, InstanceType = "t3.*", Code = "UnfulfillableCapacity" });
        Assert.Equal("UnfulfillableCapacity", (await TryRunAsync(1)).Code);
    }

    private async Task<Ec2Answer> TryRunAsync(int count, params (string Name, string Value)[] more) => await Ec2.CallAsync(
        Region,
        "RunInstances",
        [
            ("ImageId", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
            ("InstanceType", "t3.micro"),
            ("MinCount", $"{count}"),
            ("MaxCount", $"{count}"),
            ("InstanceMarketOptions.MarketType", "spot"),
            ("TagSpecification.1.ResourceType", "instance"),
            ("TagSpecification.1.Tag.1.Key", "cluster"),
            ("TagSpecification.1.Tag.1.Value", "demo"),
            .. more,
        ]);

    private async Task<string> RunAsync(params (string Name, string Value)[] more)
    {
        var answer = await TryRunAsync(1, more);
        Assert.True(answer.Code is null, answer.Text);
        return answer.Value("instanceId");
    }

    private async Task<string> StateAsync(string id) =>
        (await Ec2.DoAsync(Region, "DescribeInstances", ("InstanceId.1", id))).Document.Descendants("instanceState").First().Element("name")!.Value;
}
