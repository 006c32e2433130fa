using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Simulator.Tests;

public sealed class FleetTests : SimulatorTests
{
    private const string Region = "us-west-2";
    private const string Ubuntu = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id";

    [Fact]
    public async Task An_instant_fleet_launches_at_once_with_the_tags_of_the_call_and_of_the_template()
    {
        var answer = await CreateAsync("instant", 4, ["t3.micro", "t3.small"], ("TagSpecification.1.ResourceType", "instance"), ("TagSpecification.1.Tag.1.Key", "cluster"), ("TagSpecification.1.Tag.1.Value", "demo"));
        var machines = Cloud.Region(Region).LiveInstances;
        Assert.Equal(4, machines.Count);
        Assert.All(machines, machine => Assert.True(machine.IsSpot));
        Assert.All(machines, machine => Assert.Equal("demo", machine.Tags["cluster"]));
        Assert.All(machines, machine => Assert.Equal("template", machine.Tags["from"]));
        Assert.All(machines, machine => Assert.Equal(answer.Value("fleetId"), machine.Tags["aws:ec2:fleet-id"]));
        var requests = await Ec2.DoAsync(Region, "DescribeSpotInstanceRequests");
        Assert.Equal(4, requests.Values("spotInstanceRequestId").Count);
        Assert.Empty((await Ec2.DoAsync(Region, "DescribeFleets")).Values("fleetId"));
        Assert.Single((await Ec2.DoAsync(Region, "DescribeFleets", ("FleetId.1", answer.Value("fleetId")))).Values("fleetId"));
    }

    [Theory]
    [InlineData("instant", "launch", null)]
    [InlineData("maintain", "launch", "120")]
    [InlineData("maintain", "launch-before-terminate", null)]
    [InlineData("maintain", "launch-before-terminate", "119")]
    [InlineData("maintain", "never", null)]
    public async Task A_rebalancing_that_EC2_refuses_is_refused(string type, string strategy, string? delay)
    {
        await TemplateAsync();
        const string Path = "SpotOptions.MaintenanceStrategies.CapacityRebalance.";
        var answer = await Ec2.CallAsync(
            Region, "CreateFleet", Parameters(type, 1, ["t3.micro"], [(Path + "ReplacementStrategy", strategy), .. delay is null ? Array.Empty<(string, string)>() : [(Path + "TerminationDelay", delay)]]));
        Assert.Equal(400, answer.Status);
        Assert.Empty(Cloud.Region(Region).LiveInstances);
    }

    [Fact]
    public async Task A_pool_without_capacity_is_an_error_beside_the_machines_of_the_others_with_http_200()
    {
        Cloud.Faults.Add(new FaultRule { Action = FaultAction.Capacity, InstanceType = "t3.micro", Code = "InsufficientInstanceCapacity" });
        var answer = await CreateAsync("instant", 2, ["t3.micro", "t3.small"]);
        Assert.Equal(200, answer.Status);
        Assert.Equal(["InsufficientInstanceCapacity"], answer.Values("errorCode"));
        Assert.All(Cloud.Region(Region).LiveInstances, machine => Assert.Equal("t3.small", machine.InstanceType));
        Assert.Equal(2, Cloud.Region(Region).LiveInstances.Count);
    }

    [Fact]
    public async Task A_fleet_takes_what_there_is_and_says_what_is_missing()
    {
        Cloud.Region(Region).SetCapacity("*", "*", 3);
        var answer = await CreateAsync("instant", 5, ["t3.micro"]);
        Assert.Equal(3, Cloud.Region(Region).LiveInstances.Count);
        Assert.Equal(["InsufficientInstanceCapacity"], answer.Values("errorCode"));
        Cloud.Region(Region).SetQuota("L-34B43A08", 7);
        Cloud.Region(Region).SetCapacity("*", "*", 100);
        var limited = await CreateAsync("instant", 1, ["t3.micro"]);
        Assert.Equal(["MaxSpotInstanceCountExceeded"], limited.Values("errorCode"));
    }

    [Fact]
    public async Task A_least_capacity_that_cannot_be_had_launches_nothing()
    {
        Cloud.Region(Region).SetCapacity("*", "*", 1);
        var answer = await CreateAsync("instant", 5, ["t3.micro", "t3.small"], ("SpotOptions.MinTargetCapacity", "4"));
        Assert.Contains("UnfulfillableCapacity", answer.Values("errorCode"));
        Assert.Empty(answer.Document.Descendants("instanceIds"));
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(Cloud.Region(Region).LiveInstances);
    }

    [Fact]
    public async Task A_price_limit_below_the_market_is_said_per_pool()
    {
        var answer = await CreateAsync("instant", 1, ["t3.micro"], ("LaunchTemplateConfigs.1.Overrides.1.MaxPrice", "0.0001"));
        Assert.Equal(["SpotMaxPriceTooLow"], answer.Values("errorCode"));
    }

    [Fact]
    public async Task The_same_token_launches_once_and_other_parameters_with_it_are_refused()
    {
        var first = await CreateAsync("instant", 2, ["t3.micro"], ("ClientToken", "token-1"));
        var second = await CreateAsync("instant", 2, ["t3.micro"], ("ClientToken", "token-1"));
        Assert.Equal(first.Value("fleetId"), second.Value("fleetId"));
        Assert.Equal(2, Cloud.Region(Region).LiveInstances.Count);
        var other = await Ec2.CallAsync(Region, "CreateFleet", Parameters("instant", 3, ["t3.micro"], ("ClientToken", "token-1")));
        Assert.Equal("IdempotentParameterMismatch", other.Code);
    }

    [Fact]
    public async Task A_fleet_that_maintains_its_size_launches_later_replaces_and_ends_with_its_machines()
    {
        var fleet = (await CreateAsync("maintain", 2, ["t3.micro"])).Value("fleetId");
        Assert.Empty(Cloud.Region(Region).LiveInstances);
        Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(2, Cloud.Region(Region).LiveInstances.Count);
        await Ec2.DoAsync(Region, "TerminateInstances", ("InstanceId.1", Cloud.Region(Region).LiveInstances[0].Id));
        Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(2, Cloud.Region(Region).LiveInstances.Count);
        await Ec2.DoAsync(Region, "ModifyFleet", ("FleetId", fleet), ("TargetCapacitySpecification.TotalTargetCapacity", "1"));
        Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Single(Cloud.Region(Region).LiveInstances);
        var deleted = await Ec2.DoAsync(Region, "DeleteFleets", ("FleetId.1", fleet), ("FleetId.2", "fleet-0123456789abcdef0"), ("TerminateInstances", "true"));
        Assert.Equal("deleted_terminating", deleted.Value("currentFleetState"));
        Assert.Equal("fleetIdDoesNotExist", deleted.Value("code"));
        Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(Cloud.Region(Region).LiveInstances);
        Assert.Equal("deleted", (await Ec2.DoAsync(Region, "DescribeFleets", ("FleetId.1", fleet))).Value("fleetState"));
    }

    [Fact]
    public async Task A_spot_fleet_request_launches_and_is_cancelled_with_its_machines()
    {
        var template = await TemplateAsync();
        var fleet = (await Ec2.DoAsync(
            Region,
            "RequestSpotFleet",
            ("SpotFleetRequestConfig.IamFleetRole", "arn:aws:iam::123456789012:role/fleet"),
            ("SpotFleetRequestConfig.TargetCapacity", "2"),
            ("SpotFleetRequestConfig.LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId", template),
            ("SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.1.InstanceType", "t3.small"))).Value("spotFleetRequestId");
        Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(2, Cloud.Region(Region).LiveInstances.Count);
        await Ec2.DoAsync(Region, "CancelSpotFleetRequests", ("SpotFleetRequestId.1", fleet), ("TerminateInstances", "true"));
        Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(Cloud.Region(Region).LiveInstances);
        Assert.Equal("cancelled", (await Ec2.DoAsync(Region, "DescribeSpotFleetRequests")).Value("spotFleetRequestState"));
    }

    [Fact]
    public async Task An_unknown_template_refuses_the_whole_fleet()
    {
        var answer = await Ec2.CallAsync(
            Region,
            "CreateFleet",
            ("Type", "instant"),
            ("TargetCapacitySpecification.TotalTargetCapacity", "1"),
            ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId", "lt-0123456789abcdef0"),
            ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version", "$Latest"));
        Assert.Equal("InvalidLaunchTemplateId.NotFound", answer.Code);
    }

    private async Task<string> TemplateAsync()
    {
        var existing = await Ec2.DoAsync(Region, "DescribeLaunchTemplates");
        return existing.Values("launchTemplateId") is [var id, ..] ? id : (await Ec2.DoAsync(
            Region,
            "CreateLaunchTemplate",
            ("LaunchTemplateName", "machines"),
            ("LaunchTemplateData.ImageId", Ubuntu),
            ("LaunchTemplateData.NetworkInterface.1.DeviceIndex", "0"),
            ("LaunchTemplateData.NetworkInterface.1.AssociatePublicIpAddress", "true"),
            ("LaunchTemplateData.TagSpecification.1.ResourceType", "instance"),
            ("LaunchTemplateData.TagSpecification.1.Tag.1.Key", "from"),
            ("LaunchTemplateData.TagSpecification.1.Tag.1.Value", "template"))).Value("launchTemplateId");
    }

    private (string, string)[] Parameters(string type, int count, string[] types, params (string, string)[] more)
    {
        var subnet = Cloud.Region(Region).Call("DescribeSubnets").Descendants("subnetId").First().Value;
        var template = Cloud.Region(Region).Call("DescribeLaunchTemplates").Descendants("launchTemplateId").First().Value;
        return
        [
            ("Type", type),
            ("TargetCapacitySpecification.TotalTargetCapacity", $"{count}"),
            ("TargetCapacitySpecification.DefaultTargetCapacityType", "spot"),
            ("SpotOptions.AllocationStrategy", "price-capacity-optimized"),
            ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId", template),
            ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version", "$Latest"),
            .. types.SelectMany((name, index) => new[]
            {
                ($"LaunchTemplateConfigs.1.Overrides.{index + 1}.InstanceType", name),
                ($"LaunchTemplateConfigs.1.Overrides.{index + 1}.SubnetId", subnet),
            }),
            .. more,
        ];
    }

    private async Task<Ec2Answer> CreateAsync(string type, int count, string[] types, params (string, string)[] more)
    {
        await TemplateAsync();
        return await Ec2.DoAsync(Region, "CreateFleet", Parameters(type, count, types, more));
    }
}
