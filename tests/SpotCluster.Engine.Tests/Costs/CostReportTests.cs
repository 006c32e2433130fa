using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.CostTests;

/// <summary>The arithmetic of a report, on usage that the test makes up.</summary>
public sealed class CostReportTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly MachineUsage Running = new()
    {
        Id = "i-0",
        ClusterName = "demo",
        Zone = "us-east-1a",
        InstanceType = "t3.micro",
        Lifecycle = SpotLifecycle.Spot,
        StartedAt = Noon.AddHours(-4),
        IsBilled = true,
        PublicIpHourlyPrice = 0.005m,
    };

    [Fact]
    public void A_machine_that_runs_is_known_to_the_cent()
    {
        var cost = Measure(Running);

        Assert.Equal((0.105m, 0.42m, 2.52m), (cost.HourlyCost, cost.CostToDate, cost.Projected24Hours));
        Assert.Equal((1, 1, 0), (cost.InstanceCount, cost.PublicIpCount, cost.UnknownCount));
    }

    [Fact]
    public void A_machine_that_stopped_is_billed_until_then()
    {
        var cost = Measure(Running with { IsBilled = false, EndedAt = Noon.AddHours(-1), PublicIpHourlyPrice = 0 });

        Assert.Equal((0m, 0.3m, 0m), (cost.HourlyCost, cost.ComputeCost, cost.ComputeHourlyPrice));

        // Whether it had an address is not told any more.
        Assert.Null(cost.PublicIpCost);
        Assert.Equal((0, 1, 0.3m), (cost.PublicIpCount, cost.UnknownCount, cost.KnownCostToDate));
    }

    [Fact]
    public void A_machine_that_ran_before_or_stopped_at_an_unknown_time_has_an_unknown_past()
    {
        var restarted = Measure(Running with { HasEarlierRuns = true });
        Assert.Equal((0.105m, null, 0.42m), (restarted.HourlyCost, restarted.CostToDate, restarted.KnownCostToDate));

        var stopped = Measure(Running with { IsBilled = false, PublicIpHourlyPrice = 0 });
        Assert.Equal((0m, null, 0m), (stopped.HourlyCost, stopped.CostToDate, stopped.KnownCostToDate));
    }

    [Fact]
    public void What_is_bought_on_demand_or_started_before_the_history_is_not_priced_as_if_it_were_known()
    {
        var onDemand = Measure(Running with { Lifecycle = SpotLifecycle.OnDemand });
        Assert.Equal((null, null, 0.005m), (onDemand.HourlyCost, onDemand.CostToDate, onDemand.KnownHourlyCost));

        var unknown = Measure(Running with { Lifecycle = SpotLifecycle.Unknown });
        Assert.Equal((null, null), (unknown.HourlyCost, unknown.CostToDate));

        var listed = Measure(Running with { Lifecycle = SpotLifecycle.OnDemand, ListHourlyPrice = 0.2m });
        Assert.Equal((0.205m, 4 * 0.205m), (listed.HourlyCost, listed.CostToDate));

        var old = Measure(Running with { StartedAt = Noon.AddDays(-100) });
        Assert.Equal((0.105m, (decimal?)null), (old.HourlyCost, old.CostToDate));
        Assert.Equal((100 * 24 * 0.1m) + (100 * 24 * 0.005m) - (10 * 24 * 0.1m), old.KnownCostToDate);
    }

    [Theory]
    [InlineData(0.42, null)]
    [InlineData(0.419, SpotErrorIds.BudgetExceeded)]
    public void A_budget_that_is_just_reached_is_kept(double budget, string? errorId) =>
        Assert.Equal(errorId, Build((decimal)budget, Running).BudgetError?.ErrorId);

    [Theory]
    [InlineData(0.5, SpotErrorIds.BudgetNotProven)]
    [InlineData(0.4, SpotErrorIds.BudgetExceeded)]
    public void An_unknown_part_cannot_keep_a_budget_and_can_exceed_it(double budget, string errorId) =>
        Assert.Equal(errorId, Build((decimal)budget, Running with { HasEarlierRuns = true }).BudgetError?.ErrorId);

    private static SpotCost Measure(MachineUsage machine) => Assert.Single(Build(null, machine).Instances);

    private static CostReport Build(decimal? budget, MachineUsage machine)
    {
        var price = new SpotPrice
        {
            InstanceType = machine.InstanceType!,
            Zone = machine.Zone!,
            ProductDescription = machine.ProductDescription,
            HourlyPrice = 0.1m,
            At = Noon.AddDays(-90),
        };
        var builder = new CostReportBuilder(Noon);
        builder.Add("us-east-1", new RegionUsage([machine], [], [price], 0, null));
        return builder.Build(budget);
    }
}
