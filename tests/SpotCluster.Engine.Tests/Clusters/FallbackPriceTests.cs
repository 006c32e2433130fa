using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>What a fallback to on demand may cost: shown in the plan, and held to the user's limits.</summary>
public sealed class FallbackPriceTests : IDisposable
{
    private const string Small = "t3.medium";
    private const string Big = "m5.large";

    // Of each machine: its public address, and 8 GiB of gp3.
    private const decimal Extra = 0.005m + (8 * 0.08m / 720);
    private readonly ClusterLab _lab = new();

    public FallbackPriceTests()
    {
        // The big type is a bargain by spot, and more than twice as dear on demand: 0.0416 and 0.096 USD per hour.
        foreach (var zone in _lab.Cloud.Region("us-east-1").Zones)
        {
            _lab.Cloud.Region("us-east-1").SetSpotPrice(zone, Small, 0.02m);
            _lab.Cloud.Region("us-east-1").SetSpotPrice(zone, Big, 0.01m);
        }
    }

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_highest_cost_of_a_plan_is_that_of_every_machine_on_demand_in_the_dearest_pool()
    {
        var plan = (await PlanAsync(Request(3))).Summary;

        Assert.Equal((3 * 0.01m, Rounded(3 * (0.01m + Extra)), Rounded(3 * (0.096m + Extra))), (plan.ComputeHourlyPrice, plan.HourlyCost, plan.MaxHourlyCost));
        Assert.Equal((3 * 0.005m, Rounded(3 * (8 * 0.08m / 720))), (plan.PublicIpHourlyPrice, plan.StorageHourlyPrice));
        Assert.Equal((0.01m, 0.096m), (plan.Regions[0].LowestPrice, plan.Regions[0].HighestPrice));
        Assert.Equal(Rounded(3 * (0.02m + Extra)), (await PlanAsync(Request(3) with { Fallback = SpotFallback.None })).Summary.MaxHourlyCost);
    }

    [Theory]
    [InlineData(0.1, false)]
    [InlineData(0.15, true)]
    public async Task A_limit_on_the_cost_holds_for_the_fallback_too(double limit, bool isRetained)
    {
        // Three machines on demand cost 0.1248 at least, and 0.1425 with disks and addresses.
        var request = Request(3) with { MaxHourlyCost = (decimal)limit };
        if (!isRetained)
        {
            var error = await Assert.ThrowsAsync<SpotException>(() => PlanAsync(request));
            Assert.Equal(SpotErrorIds.HourlyCostExceeded, error.ErrorId);
            Assert.Contains("0.1425 USD per hour on demand, including disks and public addresses", error.Message, StringComparison.Ordinal);
            Assert.Equal(Rounded(3 * (0.02m + Extra)), (await PlanAsync(request with { Fallback = SpotFallback.None })).Summary.MaxHourlyCost);
            return;
        }

        Assert.Equal(Rounded(3 * (0.0416m + Extra)), (await PlanAsync(request)).Summary.MaxHourlyCost);
        NoSpot();
        var cluster = await _lab.CreateAsync(request);
        Assert.Equal((3, 3 * 0.0416m), (cluster.Running, cluster.HourlyPrice));
        Assert.All(_lab.Machines(), machine => Assert.Equal((Small, false), (machine.InstanceType, machine.IsSpot)));
    }

    [Fact]
    public async Task Spot_may_use_a_pool_that_is_too_dear_for_the_fallback()
    {
        // Under 0.05 for each machine the big type is allowed by spot, and the small one alone on demand.
        var cluster = await _lab.CreateAsync(Request(2) with { InstanceTypes = [Big, Small], MaxHourlyPrice = 0.05m });
        Assert.Contains(_lab.Machines(), machine => machine.InstanceType == Big);
        Assert.Equal(2, cluster.Running);

        NoSpot();
        await _lab.CreateAsync(Request(2) with { Name = "other", MaxHourlyPrice = 0.05m });
        Assert.All(_lab.Machines().Where(machine => !machine.IsSpot), machine => Assert.Equal(Small, machine.InstanceType));
        Assert.Equal(2, _lab.Machines().Count(machine => !machine.IsSpot));
    }

    [Fact]
    public async Task A_highest_price_below_every_price_on_demand_is_refused()
    {
        var error = await Assert.ThrowsAsync<SpotException>(() => PlanAsync(Request(1) with { MaxHourlyPrice = 0.03m }));
        Assert.Equal(SpotErrorIds.SpotMaxPriceTooLow, error.ErrorId);
        Assert.Contains("on-demand instance costs at least 0.0416", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_cannot_fall_back_within_the_limit_is_left_out_and_said()
    {
        // 0.0416 in Virginia, 1.59 times as much in São Paulo.
        var plan = await PlanAsync(ClusterLab.Request(2, "us-east-1", "sa-east-1") with { Fallback = SpotFallback.OnDemand, MaxHourlyPrice = 0.05m });
        Assert.Equal("us-east-1", Assert.Single(plan.Summary.Regions).Region);
        Assert.Contains("sa-east-1 has no on-demand instance", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_list_prices_the_highest_cost_is_unknown_and_a_limit_is_refused()
    {
        _lab.Cloud.Deny("GetProducts");

        var plan = (await PlanAsync(Request(3))).Summary;
        Assert.Equal((Rounded(3 * (0.01m + Extra)), (decimal?)null), (plan.HourlyCost, plan.MaxHourlyCost));
        Assert.Contains("pricing:GetProducts", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);

        var cost = await Assert.ThrowsAsync<SpotException>(() => PlanAsync(Request(3) with { MaxHourlyCost = 100 }));
        var price = await Assert.ThrowsAsync<SpotException>(() => PlanAsync(Request(3) with { MaxHourlyPrice = 100 }));
        Assert.Equal((SpotErrorIds.HourlyCostExceeded, SpotErrorIds.SpotMaxPriceTooLow), (cost.ErrorId, price.ErrorId));
        Assert.Contains("on demand is unknown", cost.Message, StringComparison.Ordinal);
        Assert.Contains("on-demand price is unknown", price.Message, StringComparison.Ordinal);

        // The launch itself does not need them, and the price of its machines is unknown.
        NoSpot();
        var cluster = await _lab.CreateAsync(Request(2));
        Assert.Equal((2, (decimal?)null), (cluster.Running, cluster.HourlyPrice));
    }

    [Fact]
    public async Task Machines_on_demand_have_their_price_in_lists_and_without_the_permission_none_and_one_warning()
    {
        NoSpot();
        await _lab.CreateAsync(Request(2));
        using (var engine = _lab.Open())
        {
            var machines = await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _lab.Host, CancellationToken.None).ToListAsync();
            Assert.All(machines, machine => Assert.Equal(_lab.Cloud.Region("us-east-1").OnDemandPrice(machine.InstanceType!), machine.HourlyPrice));
            var cluster = Assert.Single(await engine.Clusters.GetClustersAsync(new ClusterQuery(), _lab.Host, CancellationToken.None).ToListAsync());
            Assert.Equal(machines.Sum(machine => machine.HourlyPrice), cluster.HourlyPrice);
            Assert.Empty(_lab.Host.Warnings);
        }

        _lab.Cloud.Region("eu-west-1").AddInstances(1, Small, spot: false, tags: [(ClusterLab.FilterKey, "bacalhau-aws-spot")]);
        _lab.Cloud.Deny("GetProducts");
        using var denied = _lab.Open();
        Assert.All(await denied.Clusters.GetInstancesAsync(new InstanceQuery(), _lab.Host, CancellationToken.None).ToListAsync(), machine => Assert.Null(machine.HourlyPrice));
        Assert.Contains("pricing:GetProducts", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
        Assert.Empty(_lab.Host.Errors);
    }

    private static ClusterRequest Request(int count) => ClusterLab.Request(count, "us-east-1") with { InstanceTypes = [Small, Big], Fallback = SpotFallback.OnDemand };

    private void NoSpot() => _lab.Cloud.Faults.Add(new FaultRule { Action = FaultAction.Capacity, Code = "InsufficientInstanceCapacity", Lifecycle = "spot" });

    private async Task<ClusterPlan> PlanAsync(ClusterRequest request)
    {
        using var engine = _lab.Open();
        return await engine.Clusters.PlanAsync(request, _lab.Host, CancellationToken.None);
    }

    private static decimal Rounded(decimal price) => Math.Round(price, 6);
}
