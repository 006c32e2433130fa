using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class PriceRulesTests
{
    [Fact]
    public void An_unknown_part_makes_the_sum_unknown_and_never_zero()
    {
        Assert.Null(PriceRules.Sum([1m, null]));
        Assert.Equal(3m, PriceRules.Sum([1m, 2m]));
        Assert.Null(PriceRules.Highest([Pool(1m), Pool(null)]));
        Assert.Null(PriceRules.Lowest([Pool(null)]));
        Assert.Equal(1m, PriceRules.Lowest([Pool(null), Pool(1m)]));
    }

    [Fact]
    public void A_plan_above_the_limit_or_without_a_price_is_refused()
    {
        var above = Assert.Throws<SpotException>(() => PriceRules.Ceilings([(3, 0.02m)], 0.05m, SpotFallback.None));
        Assert.Equal(SpotErrorIds.HourlyCostExceeded, above.ErrorId);
        Assert.Contains("0.06", above.Message, StringComparison.Ordinal);
        Assert.Equal(SpotErrorIds.HourlyCostExceeded, Assert.Throws<SpotException>(() => PriceRules.Ceilings([(1, null)], 5m, SpotFallback.None)).ErrorId);
    }

    [Fact]
    public void With_a_fallback_the_dearer_of_both_prices_counts_and_a_pool_without_both_does_not()
    {
        Pool[] pools = [Pool(0.01m) with { OnDemandPrice = 0.05m }, Pool(0.02m) with { OnDemandPrice = 0.03m }, Pool(0.001m), Pool(null) with { OnDemandPrice = 0.02m }];
        Assert.Equal(0.001m, PriceRules.Least(pools, SpotFallback.None));
        Assert.Equal(0.03m, PriceRules.Least(pools, SpotFallback.OnDemand));
        Assert.Null(PriceRules.Least([Pool(0.01m)], SpotFallback.OnDemand));
        Assert.Equal(2, PriceRules.OnDemandAtMost(pools, 0.03m).Count);
        Assert.Equal(4, PriceRules.OnDemandAtMost(pools, null).Count);
    }

    [Fact]
    public void Savings_are_unknown_where_a_price_is()
    {
        Assert.Equal(0.7m, PriceRules.Savings(0.03m, 0.1m));
        Assert.Null(PriceRules.Savings(null, 0.1m));
        Assert.Null(PriceRules.Savings(0.03m, null));
        Assert.Null(PriceRules.Savings(0.03m, 0m));
    }

    [Fact]
    public void Whichever_of_the_kept_pools_is_taken_the_limit_holds()
    {
        var region =
            from count in Gen.Choose(0, 9)
            from prices in Gen.NonEmptyListOf(Gen.Choose(1, 400))
            select (count, (IReadOnlyList<Pool>)[.. prices.OrderBy(price => price).Select(price => Pool(price / 1000m))]);
        var plans = from regions in Gen.NonEmptyListOf(region) from limit in Gen.Choose(1, 8000) select (regions, limit: limit / 1000m);
        Prop.ForAll(plans.ToArbitrary(), plan =>
        {
            try
            {
                var kept = PriceRules.Ceilings([.. plan.regions.Select(asked => (asked.count, PriceRules.Lowest(asked.Item2)))], plan.limit, SpotFallback.None);
                var dearest = plan.regions.Zip(kept, (asked, ceiling) =>
                    asked.count == 0 ? 0 : asked.count * PriceRules.AtMost(asked.Item2, ceiling).Max(pool => pool.Price!.Value)).Sum();
                return dearest <= plan.limit + 0.0000001m;
            }
            catch (SpotException)
            {
                return plan.regions.Sum(asked => asked.count == 0 ? 0 : asked.count * asked.Item2[0].Price!.Value) > plan.limit;
            }
        }).QuickCheckThrowOnFailure();
    }

    private static Pool Pool(decimal? price) => new("t3.medium", "us-east-1a", SpotArchitecture.X64, 2, price);
}
