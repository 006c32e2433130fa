using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>Types are selected by what they have: by AWS, for the plan and for the fleet, and nothing but the plan is launched.</summary>
public sealed class InstanceRequirementTests : IDisposable
{
    private static readonly string[] Small = ["vcpu=4-8", "memory=16-32"];
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_launch_takes_types_of_the_plan_alone_and_the_fleet_has_the_requirement()
    {
        using var engine = _lab.Open();
        var plan = await engine.Clusters.PlanAsync(By(4, Small), _lab.Host, default);
        var planned = plan.Summary.Regions.SelectMany(region => region.InstanceTypes).ToHashSet();
        Assert.Contains("m5.xlarge", planned);
        Assert.DoesNotContain(planned, type => type.StartsWith("t3", StringComparison.Ordinal) || type.StartsWith("g4dn", StringComparison.Ordinal) || type.EndsWith(".large", StringComparison.Ordinal));

        var cluster = await engine.Clusters.LaunchAsync(plan, _lab.Host, default);
        Assert.Equal(4, cluster.Running);
        Assert.All(_lab.Machines(), machine => Assert.Contains(machine.InstanceType, planned));
        foreach (var fleet in _lab.Cloud.Calls.Of("CreateFleet").Where(call => !call.DryRun))
        {
            var overrides = fleet.Parameters.Where(pair => pair.Key.Contains(".Overrides.", StringComparison.Ordinal)).ToList();
            Assert.DoesNotContain(overrides, pair => pair.Key.EndsWith(".InstanceType", StringComparison.Ordinal));
            Assert.All(overrides.Where(pair => pair.Key.Contains(".AllowedInstanceType.", StringComparison.Ordinal)), pair => Assert.Contains(pair.Value, planned));
            Assert.Equal("4", fleet.Parameters["LaunchTemplateConfigs.1.Overrides.1.InstanceRequirements.VCpuCount.Min"]);
            Assert.Equal("32768", fleet.Parameters["LaunchTemplateConfigs.1.Overrides.1.InstanceRequirements.MemoryMiB.Max"]);
            Assert.Equal("0", fleet.Parameters["LaunchTemplateConfigs.1.Overrides.1.InstanceRequirements.AcceleratorCount.Max"]);
        }

        // The replacement of an instance uses the types that the tags name.
        _lab.Cloud.Interrupt(_lab.Machines("us-east-1")[0].Id);
        await Task.Delay(TimeSpan.FromMinutes(5), _lab.Cloud.Clock);
        var repair = await engine.Clusters.PlanResizeAsync(new ResizeRequest { Name = "demo" }, _lab.Host, default);
        Assert.Equal(1, repair.Summary.Launch);
        Assert.All(repair.Summary.Regions.SelectMany(region => region.InstanceTypes), type => Assert.Contains(type, planned));
    }

    [Theory]
    [InlineData("gpu=1", "gpu-name=T4", "g4dn.")]
    [InlineData("gpu=1", "gpu-manufacturer=NVIDIA", "g")]
    [InlineData("gpu-memory=20-24", "vcpu=-4", "g")]
    public async Task A_gpu_is_selected_by_number_name_maker_and_memory(string first, string second, string family)
    {
        var cluster = await _lab.CreateAsync(By(1, first, second) with { Regions = ["us-east-1"] });
        Assert.Equal(1, cluster.Running);
        Assert.StartsWith(family, Assert.Single(_lab.Machines()).InstanceType, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_architecture_selects_too_and_a_fleet_that_is_maintained_keeps_the_requirement()
    {
        await _lab.CreateAsync(By(2, Small) with { Architecture = SpotArchitecture.Arm64, Maintain = true });
        Assert.All(_lab.Machines(), machine => Assert.EndsWith("g", machine.InstanceType.Split('.')[0], StringComparison.Ordinal));
        _lab.Cloud.Interrupt(_lab.Machines("us-east-1")[0].Id);
        await Task.Delay(TimeSpan.FromMinutes(5), _lab.Cloud.Clock);
        Assert.Equal(2, _lab.Machines().Count);
        Assert.All(_lab.Machines(), machine => Assert.EndsWith("g", machine.InstanceType.Split('.')[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_limit_nothing_above_twice_the_lowest_price_is_planned_and_with_one_what_is_within_it()
    {
        using var engine = _lab.Open();
        var plan = (await engine.Clusters.PlanAsync(By(1, "vcpu=2-"), _lab.Host, default)).Summary;
        Assert.All(plan.Regions, region => Assert.True(region.HighestPrice <= 2 * region.LowestPrice));
        var limited = (await engine.Clusters.PlanAsync(By(1, "vcpu=2-") with { MaxHourlyPrice = 0.3m }, _lab.Host, default)).Summary;
        Assert.All(limited.Regions, region => Assert.InRange(region.HighestPrice!.Value, 2 * region.LowestPrice!.Value, 0.3m));
    }

    [Fact]
    public async Task A_launch_whose_answer_was_lost_is_finished_with_the_same_call()
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "CreateFleet", Action = FaultAction.ResetAfter, Nth = [2] });
        var cluster = await _lab.CreateAsync(By(4, Small));
        Assert.Equal((4, 4), (cluster.Running, _lab.Machines().Count));
    }

    [Fact]
    public async Task A_zone_without_capacity_sends_the_rest_elsewhere()
    {
        foreach (var zone in _lab.Cloud.Region("us-east-1").Zones.Skip(1))
        {
            _lab.Cloud.Region("us-east-1").SetCapacity(zone, "*", 0);
        }

        var cluster = await _lab.CreateAsync(By(3, Small) with { Regions = ["us-east-1"] });
        Assert.Equal(3, cluster.Running);
        Assert.All(_lab.Machines(), machine => Assert.Equal("us-east-1a", machine.Zone));
    }

    [Theory]
    [InlineData("vcpu")]
    [InlineData("vcpu=")]
    [InlineData("vcpu=-")]
    [InlineData("vcpu=8-4")]
    [InlineData("vcpu=2.5")]
    [InlineData("vcpu=four")]
    [InlineData("vcpu=1-2-3")]
    [InlineData("memory=-1-2")]
    [InlineData("cores=4")]
    [InlineData("vcpu=4", "vcpu=5")]
    public async Task What_cannot_be_read_is_refused_before_any_call(params string[] parts)
    {
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(By(1, parts)));
        Assert.Equal(SpotErrorIds.ParameterInvalid, error.ErrorId);
        Assert.Contains("vcpu=4-16", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(_lab.Cloud.Calls.Calls);
    }

    [Fact]
    public async Task Types_beside_it_and_a_requirement_that_nothing_meets_are_refused_before_anything_is_created()
    {
        var both = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(By(1, Small) with { InstanceTypes = ["t3.medium"] }));
        Assert.Equal(SpotErrorIds.ParameterInvalid, both.ErrorId);
        var none = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(By(1, "vcpu=3")));
        Assert.Equal(SpotErrorIds.InstanceTypeNotOffered, none.ErrorId);
        var unknown = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(By(1, "gpu-name=riva128")));
        Assert.Equal("InvalidParameterValue", unknown.ServiceCode);
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes && !call.DryRun);
    }

    [Fact]
    public async Task The_configuration_requires_where_nothing_is_named_and_a_named_type_wins()
    {
        _lab.Settings = new() { InstanceRequirements = Small };
        using var engine = _lab.Open();
        var open = (await engine.Clusters.PlanAsync(By(1), _lab.Host, default)).Summary;
        Assert.Contains("m5.xlarge", open.Regions.SelectMany(region => region.InstanceTypes));
        var named = (await engine.Clusters.PlanAsync(By(1) with { InstanceTypes = ["t3.medium"] }, _lab.Host, default)).Summary;
        Assert.All(named.Regions, region => Assert.Equal(["t3.medium"], region.InstanceTypes));
    }

    [Fact]
    public async Task Offers_are_those_of_the_types_that_AWS_selects()
    {
        using var engine = _lab.Open();
        var offers = await engine.Costs.FindOffersAsync(
            new OfferQuery { Regions = ["us-east-1"], Requirement = InstanceRequirement.Parse(["vcpu=4", "gpu=1"]), IncludeScore = false }, _lab.Host, default);
        Assert.NotEmpty(offers);
        Assert.All(offers, offer => Assert.Equal((4m, 1), (offer.VCpu, offer.GpuCount)));
    }

    private static ClusterRequest By(int count, params string[] requirements) =>
        ClusterLab.Request(count, "us-east-1", "us-west-2") with { InstanceTypes = [], InstanceRequirements = requirements };
}
