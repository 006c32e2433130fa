using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Engine.Clusters;
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
        var above = Assert.Throws<SpotException>(() => PriceRules.KeepUnder([(3, [Pool(0.02m)])], 0.05m));
        Assert.Equal(SpotErrorIds.HourlyCostExceeded, above.ErrorId);
        Assert.Contains("0.06", above.Message, StringComparison.Ordinal);
        Assert.Equal(SpotErrorIds.HourlyCostExceeded, Assert.Throws<SpotException>(() => PriceRules.KeepUnder([(1, [Pool(null)])], 5m)).ErrorId);
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
                var kept = PriceRules.KeepUnder([.. plan.regions], plan.limit);
                var dearest = plan.regions.Zip(kept, (asked, pools) => asked.count == 0 ? 0 : asked.count * pools.Max(pool => pool.Price!.Value)).Sum();
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
