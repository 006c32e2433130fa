using System.Globalization;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.CostTests;

/// <summary>Costs of machines whose prices the test sets, against values worked out by hand.</summary>
public sealed class MeasureTests : IDisposable
{
    private const string Type = "t3.medium";
    private const decimal Address = 0.005m;

    // 8 GiB of gp3 at 0.08 USD per GiB and month of 720 hours.
    private const decimal DiskUsEast = 8 * 0.08m / 720;
    private const decimal DiskFrankfurt = 8 * 0.096m / 720;

    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_cost_to_date_is_the_integral_of_the_price_over_its_changes()
    {
        var machine = await LaunchAsync("us-east-1", 0.01m);
        await PassAsync(machine, hours: 2);
        SetPrice("us-east-1", 0.02m);
        await PassAsync(machine, hours: 5);
        SetPrice("us-east-1", 0.04m);
        await PassAsync(machine, hours: 5.5);

        var cost = (await MeasureAsync()).Total;

        Assert.Equal((2 * 0.01m) + (3 * 0.02m) + (0.5m * 0.04m), cost.ComputeCost);
        Equal(5.5m * DiskUsEast, cost.StorageCost);
        Assert.Equal(5.5m * Address, cost.PublicIpCost);
        Equal(0.1m + (5.5m * (DiskUsEast + Address)), cost.CostToDate);
        Assert.Equal(cost.CostToDate, cost.KnownCostToDate);

        Assert.Equal(0.04m, cost.ComputeHourlyPrice);
        Equal(DiskUsEast, cost.StorageHourlyPrice);
        Assert.Equal(Address, cost.PublicIpHourlyPrice);
        Equal(0.04m + DiskUsEast + Address, cost.HourlyCost);
        Assert.Equal(24 * cost.HourlyCost, cost.Projected24Hours);
        Assert.Equal((1, 1, 1, 0), (cost.InstanceCount, cost.VolumeCount, cost.PublicIpCount, cost.UnknownCount));
        Assert.Equal(_lab.Cloud.Clock.GetUtcNow(), cost.MeasuredAt);
        Assert.Empty(_lab.Host.Warnings);
    }

    [Fact]
    public async Task Machines_add_up_to_clusters_regions_and_the_total()
    {
        await LaunchAsync("us-east-1", 0.01m, "one");
        await LaunchAsync("eu-central-1", 0.03m, "one");
        var last = await LaunchAsync("us-east-1", 0.01m, "two", count: 2);
        await PassAsync(last, hours: 1);

        var report = await MeasureAsync();

        Assert.Equal(["one", "two"], report.Clusters.Select(row => row.Name));
        Assert.Equal(["eu-central-1", "us-east-1"], report.Regions.Select(row => row.Name));
        Assert.Equal(4, report.Instances.Count);
        Equal(0.01m + DiskUsEast + Address + 0.03m + DiskFrankfurt + Address, report.Clusters[0].HourlyCost);
        Equal(3 * (0.01m + DiskUsEast + Address), report.Regions[1].HourlyCost);
        foreach (var rows in new[] { report.Clusters, report.Regions, report.Instances })
        {
            Assert.Equal(report.Total.InstanceCount, rows.Sum(row => row.InstanceCount));
            Assert.Equal(report.Total.VolumeCount, rows.Sum(row => row.VolumeCount));
            Assert.InRange(report.Total.CostToDate!.Value - rows.Sum(row => row.CostToDate)!.Value, -0.00001m, 0.00001m);
        }

        var one = Assert.Single((await MeasureAsync(new CostQuery { ClusterNames = ["TW*"] })).Clusters);
        Assert.Equal(("two", 2, 2), (one.Name, one.InstanceCount, one.VolumeCount));
        var id = report.Instances[0].Name;
        var alone = await MeasureAsync(new CostQuery { Ids = [id], Regions = ["us-*", "eu-*"] });
        Assert.Equal((id, 1, 1), Assert.Single(alone.Instances) is var row ? (row.Name, row.InstanceCount, alone.Total.VolumeCount) : default);
    }

    [Fact]
    public async Task An_unknown_price_makes_the_sum_unknown_and_leaves_a_lower_bound()
    {
        var machine = await LaunchAsync("us-east-1", 0.01m);
        await LaunchAsync("us-west-2", 0.01m, "other");
        await PassAsync(machine, hours: 1);
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeSpotPriceHistory", Region = "us-west-2", Code = "UnauthorizedOperation" });

        var report = await MeasureAsync();

        Assert.Null(report.Total.HourlyCost);
        Assert.Null(report.Total.CostToDate);
        Assert.Null(report.Total.Projected24Hours);
        Assert.Equal(1, report.Total.UnknownCount);
        Equal(0.01m + (2 * (DiskUsEast + Address)), report.Total.KnownHourlyCost);
        Equal(0.01m + (2 * (DiskUsEast + Address)), report.Total.KnownCostToDate);
        Assert.NotNull(report.Total.StorageCost);
        Assert.NotNull(report.Clusters.Single(row => row.Name == "demo").CostToDate);
        Assert.Null(report.Clusters.Single(row => row.Name == "other").CostToDate);
        Assert.Contains("prices are unknown", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_does_not_answer_makes_every_sum_unknown_in_which_it_may_have_a_part()
    {
        await LaunchAsync("us-east-1", 0.01m);
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeVolumes", Region = "us-west-2", Code = "UnauthorizedOperation" });

        var report = await MeasureAsync(new CostQuery { Regions = ["us-east-1", "us-west-2"], Budget = 100 });

        Assert.Equal((SpotErrorIds.RegionNotListed, "us-west-2"), Assert.Single(_lab.Host.Errors) is var error ? (error.ErrorId, error.Region!) : default);
        Assert.Null(report.Total.CostToDate);
        Assert.Null(Assert.Single(report.Clusters).CostToDate);
        Assert.Null(report.Regions.Single(row => row.Name == "us-west-2").CostToDate);
        Assert.NotNull(report.Regions.Single(row => row.Name == "us-east-1").CostToDate);
        Assert.Equal(SpotErrorIds.BudgetNotProven, report.BudgetError!.ErrorId);
    }

    [Fact]
    public async Task Without_the_price_list_gp3_has_the_price_of_the_table_and_every_other_disk_is_unknown_and_not_cheap()
    {
        _lab.Cloud.Deny("GetProducts");
        _lab.Cloud.EnableRegion("eu-south-1");
        await LaunchAsync("eu-south-1", 0.01m);
        var unlisted = (await MeasureAsync(new CostQuery { Regions = ["eu-south-1"] })).Total;
        Assert.Null(unlisted.StorageHourlyPrice);
        Assert.Equal(0.01m, unlisted.ComputeHourlyPrice);
        Assert.Null(unlisted.HourlyCost);

        await LaunchAsync("us-east-1", 0.01m);
        Assert.Empty(await WarningsAsync());
        Assert.Contains(_lab.Host.Messages, detail => detail.Contains("as of 2024", StringComparison.Ordinal));
        AddDisk(("VolumeType", "gp3"), ("Iops", "6000"));
        Assert.Contains("pricing:GetProducts", Assert.Single(await WarningsAsync()), StringComparison.Ordinal);
        var faster = (await MeasureAsync(new CostQuery { Regions = ["us-east-1"] })).Total;
        Assert.Null(faster.StorageHourlyPrice);
        Assert.Equal((2, 1), (faster.VolumeCount, faster.UnknownCount));

        async Task<string[]> WarningsAsync()
        {
            _lab.Host.Warnings.Clear();
            var cost = await MeasureAsync(new CostQuery { Regions = ["us-east-1"] });
            Equal(DiskUsEast, cost.Instances[0].StorageHourlyPrice);
            return [.. _lab.Host.Warnings];
        }
    }

    [Theory]
    [InlineData("gp2", 100, null, null, 100 * 0.10)]
    [InlineData("gp3", 100, 3000, 125, 100 * 0.08)]
    [InlineData("gp3", 100, 6000, 1125, (100 * 0.08) + (3000 * 0.005) + (1000 * 0.04))]
    [InlineData("io1", 100, 2000, null, (100 * 0.125) + (2000 * 0.065))]
    [InlineData("io2", 100, 70000, null, (100 * 0.125) + (32000 * 0.065) + (32000 * 0.0455) + (6000 * 0.03185))]
    [InlineData("st1", 500, null, null, 500 * 0.045)]
    [InlineData("sc1", 500, null, null, 500 * 0.015)]
    [InlineData("standard", 100, null, null, 100 * 0.05)]
    public async Task A_disk_of_any_type_costs_what_the_price_list_says_for_its_size_and_speed(string type, int size, int? iops, int? throughput, double perMonth)
    {
        AddDisk(
            [
                ("VolumeType", type),
                .. iops is null ? Array.Empty<(string, string)>() : [("Iops", iops.Value.ToString(CultureInfo.InvariantCulture))],
                .. throughput is null ? Array.Empty<(string, string)>() : [("Throughput", throughput.Value.ToString(CultureInfo.InvariantCulture))],
            ],
            size);

        var total = (await MeasureAsync()).Total;

        Equal((decimal)perMonth / 720, total.StorageHourlyPrice);
        Assert.Equal(0, total.UnknownCount);
        Assert.Single(_lab.Cloud.Calls.Of("GetProducts"));
    }

    [Theory]
    [InlineData("io1")]
    [InlineData("of-next-year")]
    public async Task A_disk_of_another_type_or_of_a_speed_that_is_not_told_is_unknown(string type)
    {
        AddDisk(("VolumeType", type));
        Assert.Null((await MeasureAsync()).Total.StorageHourlyPrice);
    }

    [Fact]
    public async Task A_machine_on_demand_costs_the_list_price_for_all_its_life()
    {
        var region = _lab.Cloud.Region("eu-central-1");
        var id = Assert.Single(region.AddInstances(1, Type, spot: false, tags: [(ClusterLab.FilterKey, "bacalhau-aws-spot")]));
        await Task.Delay(TimeSpan.FromHours(3), _lab.Cloud.Clock);

        var cost = Assert.Single((await MeasureAsync()).Instances);

        Assert.Equal((id, region.OnDemandPrice(Type)), (cost.Name, cost.ComputeHourlyPrice));
        Equal(3 * region.OnDemandPrice(Type), cost.ComputeCost);
        Equal(3 * (region.OnDemandPrice(Type) + DiskFrankfurt + Address), cost.CostToDate);
        Assert.Equal(0, cost.UnknownCount);
        using var engine = _lab.Open();
        var trace = await engine.Costs.TraceAsync(new CostQuery(), _lab.Host, CancellationToken.None);
        Equal(cost.HourlyCost!.Value, Math.Round(trace.Series[0].Steps[^1].HourlyPrice, 6));

        _lab.Cloud.Deny("GetProducts");
        var unknown = Assert.Single((await MeasureAsync()).Instances);
        Assert.Null(unknown.ComputeHourlyPrice);
        Assert.Null(unknown.CostToDate);
        Assert.Contains("pricing:GetProducts", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_was_left_behind_costs_and_is_shown_with_its_cluster()
    {
        AddDisk(("VolumeType", "gp3"));
        await Task.Delay(TimeSpan.FromHours(9), _lab.Cloud.Clock);

        var report = await MeasureAsync();

        Equal(9 * DiskUsEast, Assert.Single(report.Clusters).CostToDate);
        Assert.Equal((0, 1), (report.Total.InstanceCount, report.Total.VolumeCount));
        Assert.Empty((await MeasureAsync(new CostQuery { Ids = ["i-00000000000000000"] })).Clusters);
    }

    [Fact]
    public async Task A_disk_that_somebody_attached_without_our_tag_costs_all_the_same()
    {
        var machine = await LaunchAsync("us-east-1", 0.01m);
        var region = _lab.Cloud.Region("us-east-1");
        await Task.Delay(TimeSpan.FromMinutes(1), _lab.Cloud.Clock);
        var disk = region.Call("CreateVolume", ("AvailabilityZone", machine.Zone), ("Size", "80"), ("VolumeType", "gp3")).Descendants("volumeId").First().Value;
        region.Call("AttachVolume", ("VolumeId", disk), ("InstanceId", machine.Id), ("Device", "/dev/sdf"));

        var cost = Assert.Single((await MeasureAsync()).Instances);

        Assert.Equal((2, 0), (cost.VolumeCount, cost.UnknownCount));
        Equal(11 * DiskUsEast, cost.StorageHourlyPrice);
    }

    [Fact]
    public async Task A_machine_that_was_stopped_and_started_again_has_an_unknown_past()
    {
        var region = _lab.Cloud.Region("us-east-1");
        var id = Assert.Single(region.AddInstances(1, Type, spot: false, tags: [(ClusterLab.FilterKey, "bacalhau-aws-spot")]));
        await Task.Delay(TimeSpan.FromHours(1), _lab.Cloud.Clock);
        var before = Assert.Single((await MeasureAsync()).Instances);
        region.Call("StopInstances", ("InstanceId.1", id));
        await Task.Delay(TimeSpan.FromHours(1), _lab.Cloud.Clock);
        region.Call("StartInstances", ("InstanceId.1", id));
        await Task.Delay(TimeSpan.FromHours(1), _lab.Cloud.Clock);
        var after = Assert.Single((await MeasureAsync()).Instances);

        Assert.Equal(Address, before.PublicIpCost);
        Assert.Equal((1, Address), (after.PublicIpCount, after.PublicIpHourlyPrice));
        Assert.Null(after.PublicIpCost);
        Equal(3 * DiskUsEast, after.StorageCost);
    }

    [Fact]
    public async Task A_stopped_machine_is_billed_until_it_stopped_and_its_disk_goes_on()
    {
        SetPrice("us-east-1", 0.01m);
        var id = Assert.Single(_lab.Cloud.Region("us-east-1").AddInstances(1, Type, spot: false, tags: [(ClusterLab.FilterKey, "bacalhau-aws-spot")]));
        await Task.Delay(TimeSpan.FromHours(1), _lab.Cloud.Clock);
        _lab.Cloud.Region("us-east-1").Call("StopInstances", ("InstanceId.1", id));
        await Task.Delay(TimeSpan.FromHours(1), _lab.Cloud.Clock);

        var cost = Assert.Single((await MeasureAsync()).Instances);

        // What does not run costs nothing now.
        Assert.Equal(0m, cost.ComputeHourlyPrice);
        Equal(_lab.Cloud.Region("us-east-1").OnDemandPrice(Type), cost.ComputeCost);
        Assert.Null(cost.PublicIpCost);
        Assert.NotNull(cost.HourlyCost);
        Assert.Null(cost.CostToDate);
        Assert.True(cost.KnownCostToDate > 0);
    }

    [Fact]
    public async Task A_machine_that_ended_is_told_and_not_counted()
    {
        var machine = await LaunchAsync("us-east-1", 0.01m, count: 2);
        _lab.Cloud.Region("us-east-1").Call("TerminateInstances", ("InstanceId.1", machine.Id));
        await Task.Delay(TimeSpan.FromMinutes(5), _lab.Cloud.Clock);

        var total = (await MeasureAsync()).Total;

        Assert.Equal((1, 1, 0), (total.InstanceCount, total.VolumeCount, total.UnknownCount));
        Assert.NotNull(total.CostToDate);
        Assert.Contains("1 instance is terminated", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.05, SpotErrorIds.BudgetExceeded)]
    [InlineData(1, null)]
    public async Task A_budget_is_held_against_what_was_spent(double budget, string? errorId)
    {
        var machine = await LaunchAsync("us-east-1", 0.01m);
        await PassAsync(machine, hours: 10);

        var report = await MeasureAsync(new CostQuery { Budget = (decimal)budget });

        Assert.Equal(errorId, report.BudgetError?.ErrorId);
        Assert.Equal(errorId is null ? null : SpotErrorCategory.LimitsExceeded, report.BudgetError?.Category);
    }

    [Fact]
    public async Task Unmanaged_machines_and_disks_are_nobody_s_cost_here()
    {
        _lab.Cloud.Region("us-east-1").AddInstances(3, tags: (ClusterLab.FilterKey, "somebody-else"));

        var report = await MeasureAsync();

        Assert.Empty(report.Instances);
        Assert.Equal((0, 0, (decimal?)0m), (report.Total.InstanceCount, report.Total.VolumeCount, report.Total.CostToDate));
    }

    [Fact]
    public async Task An_empty_region_takes_four_calls_and_another_five_with_only_its_own_pools_asked_for()
    {
        var machine = await LaunchAsync("us-east-1", 0.01m, count: 3);
        await PassAsync(machine, hours: 1);
        _lab.Cloud.Calls.Clear();

        await MeasureAsync(new CostQuery { Regions = ["us-east-1", "us-west-2"] });

        Assert.Equal(5, _lab.Cloud.Calls.Calls.Count(call => call.Service == "ec2" && call.Region == "us-east-1"));
        Assert.Equal(4, _lab.Cloud.Calls.Calls.Count(call => call.Region == "us-west-2"));
        Assert.Equal(1, _lab.Cloud.Calls.Calls.Count(call => call.Service == "pricing"));
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes);
        var prices = Assert.Single(_lab.Cloud.Calls.Of("DescribeSpotPriceHistory"));
        Assert.Equal([Type], prices.Values("InstanceType"));
        Assert.Equal(_lab.Machines().Select(found => found.Zone).Distinct().Order(), prices.Values("Filter.1.Value"));
    }

    [Fact]
    public async Task An_address_that_nobody_uses_costs_and_is_named()
    {
        var machine = await LaunchAsync("us-east-1", 0.01m);
        var target = _lab.Cloud.Region("us-east-1");
        var id = target.Call(
            "AllocateAddress",
            ("Domain", "vpc"), ("TagSpecification.1.ResourceType", "elastic-ip"),
            ("TagSpecification.1.Tag.1.Key", ClusterLab.FilterKey), ("TagSpecification.1.Tag.1.Value", "bacalhau-aws-spot"),
            ("TagSpecification.1.Tag.2.Key", "spotcluster:cluster"), ("TagSpecification.1.Tag.2.Value", "demo")).Descendants("allocationId").First().Value;
        target.Call("AllocateAddress", ("Domain", "vpc"));
        await PassAsync(machine, hours: 1);

        var idle = await MeasureAsync();

        Assert.Equal(2 * Address, idle.Total.PublicIpHourlyPrice);
        Assert.Null(idle.Total.CostToDate);
        Equal(0.01m + DiskUsEast + Address, idle.Total.KnownCostToDate);
        Assert.Equal(2, Assert.Single(idle.Clusters).PublicIpCount);
        Assert.Equal(1, Assert.Single(idle.Instances).PublicIpCount);
        Assert.Contains("1 elastic IP address costs", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);

        // In use by the machine it is the machine's own, and counted once.
        target.Call("AssociateAddress", ("AllocationId", id), ("InstanceId", target.LiveInstances[0].Id));
        Assert.Equal(Address, (await MeasureAsync()).Total.PublicIpHourlyPrice);
    }

    [Fact]
    public async Task Machines_that_ended_are_counted_when_asked_for()
    {
        var machine = await LaunchAsync("us-east-1", 0.02m);
        await PassAsync(machine, hours: 3);
        var target = _lab.Cloud.Region("us-east-1");
        target.Call("TerminateInstances", ("InstanceId.1", target.LiveInstances[0].Id));
        await Task.Delay(TimeSpan.FromMinutes(10), _lab.Cloud.Clock);

        Assert.Empty((await MeasureAsync()).Instances);
        using var engine = _lab.Open();
        var cost = Assert.Single((await engine.Costs.MeasureAsync(new CostQuery { IncludeEnded = true }, _lab.Host, CancellationToken.None)).Instances);

        Assert.Equal(0.06m, cost.ComputeCost);
        Assert.Equal(0.06m, cost.KnownCostToDate);
        Assert.Null(cost.CostToDate); // its disk and its address cost too
        Assert.Equal(0, cost.HourlyCost);
        Assert.Equal((0, 0, 0), (cost.InstanceCount, cost.VolumeCount, cost.PublicIpCount));
    }

    [Fact]
    public async Task Lists_carry_the_cost_when_asked_for()
    {
        var machine = await LaunchAsync("us-east-1", 0.01m);
        await PassAsync(machine, hours: 2);
        using var engine = _lab.Open();
        var machines = await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _lab.Host, CancellationToken.None)
            .WithCostAsync(engine.Costs, _lab.Host, CancellationToken.None).ToListAsync();
        Equal(2 * (0.01m + DiskUsEast + Address), Assert.Single(machines).CostToDate!.Value);
        var clusters = await engine.Clusters.GetClustersAsync(new ClusterQuery(), _lab.Host, CancellationToken.None)
            .WithCostAsync(engine.Costs, [], _lab.Host, CancellationToken.None).ToListAsync();
        Equal(2 * (0.01m + DiskUsEast + Address), Assert.Single(clusters).CostToDate!.Value);

        // What cannot be priced is unknown, and never 0.
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeSpotPriceHistory", Code = "UnauthorizedOperation" });
        var unpriced = await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _lab.Host, CancellationToken.None)
            .WithCostAsync(engine.Costs, _lab.Host, CancellationToken.None).ToListAsync();
        Assert.Null(Assert.Single(unpriced).CostToDate);
    }

    private static void Equal(decimal expected, decimal? actual) => Assert.Equal(Math.Round(expected, 6), actual);

    private async Task<CostReport> MeasureAsync(CostQuery? query = null)
    {
        using var engine = _lab.Open();
        return await engine.Costs.MeasureAsync(query ?? new CostQuery(), _lab.Host, CancellationToken.None);
    }

    private async Task<SimulatedInstance> LaunchAsync(string region, decimal price, string name = "demo", int count = 1)
    {
        SetPrice(region, price);
        var known = _lab.Machines().Select(machine => machine.Id).ToHashSet();
        await _lab.CreateAsync(ClusterLab.Request(count, region) with { Name = name, InstanceTypes = [Type] });
        return _lab.Machines(region).First(machine => !known.Contains(machine.Id));
    }

    private void SetPrice(string region, decimal price)
    {
        foreach (var zone in _lab.Cloud.Region(region).Zones)
        {
            _lab.Cloud.Region(region).SetSpotPrice(zone, Type, price);
        }
    }

    // Until so many hours after the launch of a machine.
    private Task PassAsync(SimulatedInstance machine, double hours) =>
        Task.Delay(machine.LaunchedAt + TimeSpan.FromHours(hours) - _lab.Cloud.Clock.GetUtcNow(), _lab.Cloud.Clock);

    private void AddDisk(params (string Name, string Value)[] more) => AddDisk(more, 8);

    private void AddDisk((string Name, string Value)[] more, int size) => _lab.Cloud.Region("us-east-1").Call(
        "CreateVolume",
        [
            ("AvailabilityZone", "us-east-1a"), ("Size", size.ToString(CultureInfo.InvariantCulture)), ("TagSpecification.1.ResourceType", "volume"),
            ("TagSpecification.1.Tag.1.Key", ClusterLab.FilterKey), ("TagSpecification.1.Tag.1.Value", "bacalhau-aws-spot"),
            ("TagSpecification.1.Tag.2.Key", "spotcluster:cluster"), ("TagSpecification.1.Tag.2.Value", "demo"), .. more,
        ]);
}
