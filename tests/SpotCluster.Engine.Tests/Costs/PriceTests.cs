using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.CostTests;

public sealed class PriceTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MachineUsage Machine = new() { Id = "i-0", Zone = "us-east-1a", InstanceType = "t3.micro", Lifecycle = SpotLifecycle.Spot };

    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_history_holds_each_change_from_the_price_that_was_valid_at_the_beginning()
    {
        var region = _lab.Cloud.Region("us-east-1");
        foreach (var price in new[] { 0.01m, 0.02m, 0.03m })
        {
            region.SetSpotPrice("us-east-1a", "t3.micro", price);
            await Task.Delay(TimeSpan.FromHours(2), _lab.Cloud.Clock);
        }

        var query = new PriceQuery { Regions = ["us-east-1"], Zones = ["*1A"], InstanceTypes = ["T3.micro"] };
        var start = _lab.Cloud.Clock.GetUtcNow();
        var history = (await ListAsync(query with { Last = TimeSpan.FromHours(3) })).OrderBy(price => price.At).ToList();

        Assert.Equal([0.02m, 0.03m], history.Select(price => price.HourlyPrice));
        Assert.Equal([start - TimeSpan.FromHours(4), start - TimeSpan.FromHours(2)], history.Select(price => price.At));
        Assert.All(history, price => Assert.Equal(
            ("us-east-1", "us-east-1a", "t3.micro", "Linux/UNIX"), (price.Region, price.Zone, price.InstanceType, price.ProductDescription)));
        Assert.Equal(0.03m, Assert.Single(await ListAsync(query)).HourlyPrice);
        Assert.True(Assert.Single(await ListAsync(query with { ProductDescription = "Windows" })).HourlyPrice > 0.03m);
    }

    [Fact]
    public async Task Regions_and_zones_are_what_was_asked_for()
    {
        var prices = await ListAsync(new PriceQuery { Regions = ["us-west-*", "eu-west-1"], InstanceTypes = ["t3.micro", "t3.small"] });

        Assert.Equal(["eu-west-1", "us-west-1", "us-west-2"], prices.Select(price => price.Region).Distinct().Order());
        Assert.Equal(["t3.micro", "t3.small"], prices.Select(price => price.InstanceType).Distinct().Order());
        Assert.Empty(await ListAsync(new PriceQuery { Regions = ["eu-west-1"], InstanceTypes = ["t9.*"] }));
    }

    [Fact]
    public void The_integral_counts_each_price_for_as_long_as_it_held()
    {
        var history = new PriceHistory([At(2, 0.2m), At(0, 0.1m), At(5, 0.4m), At(9, 9m)]);

        Assert.Equal(new Amount((1 * 0.1m) + (3 * 0.2m) + (1 * 0.4m), IsWhole: true), history.Between(Machine, Noon.AddHours(1), Noon.AddHours(6)));
        Assert.Equal(new Amount(0.05m, IsWhole: true), history.Between(Machine, Noon, Noon.AddMinutes(30)));
        Assert.Equal(Amount.Zero, history.Between(Machine, Noon.AddHours(3), Noon.AddHours(3)));
        Assert.Equal(0.2m, history.At(Machine, Noon.AddHours(4.99)));
        Assert.Equal(0.4m, history.At(Machine, Noon.AddHours(5)));
    }

    [Fact]
    public void What_lies_before_the_first_known_price_is_unknown_and_the_rest_a_lower_bound()
    {
        var history = new PriceHistory([At(0, 0.1m)]);

        Assert.Equal(new Amount(0.2m, IsWhole: false), history.Between(Machine, Noon.AddHours(-3), Noon.AddHours(2)));
        Assert.Null(history.At(Machine, Noon.AddSeconds(-1)));
        Assert.Equal(Amount.Unknown, history.Between(Machine with { Zone = "us-east-1b" }, Noon, Noon.AddHours(1)));
        Assert.Equal(Amount.Unknown, history.Between(Machine with { ProductDescription = "Windows" }, Noon, Noon.AddHours(1)));
    }

    [Fact]
    public void Known_prices_rank_before_unknown_ones_and_then_the_better_score()
    {
        SpotOffer[] offers =
        [
            new() { InstanceType = "unknown" },
            new() { InstanceType = "dear", HourlyPrice = 2 },
            new() { InstanceType = "unscored", HourlyPrice = 1 },
            new() { InstanceType = "bad", HourlyPrice = 1, PlacementScore = 1 },
            new() { InstanceType = "good", HourlyPrice = 1, PlacementScore = 9 },
        ];

        Assert.Equal(
            ["good", "bad", "unscored", "dear", "unknown"],
            offers.Order(OfferRanking.Instance).Select(offer => offer.InstanceType));
        Assert.Equal(
            offers.Order(OfferRanking.Instance).ToArray(),
            offers.Reverse().Order(OfferRanking.Instance).ToArray());
    }

    private static SpotPrice At(double hours, decimal price) => new()
    {
        InstanceType = Machine.InstanceType!,
        Zone = Machine.Zone!,
        ProductDescription = Machine.ProductDescription,
        HourlyPrice = price,
        At = Noon.AddHours(hours),
    };

    private async Task<List<SpotPrice>> ListAsync(PriceQuery query)
    {
        using var engine = _lab.Open();
        var prices = new List<SpotPrice>();
        await foreach (var price in engine.Costs.GetPricesAsync(query, _lab.Host, CancellationToken.None))
        {
            prices.Add(price);
        }

        return prices;
    }
}
