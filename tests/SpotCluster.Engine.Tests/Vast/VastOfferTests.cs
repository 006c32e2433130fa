using FsCheck;
using FsCheck.Fluent;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastOfferTests : IDisposable
{
    private readonly VastWorld _world = new(new SimulatedVastOptions { TakenShare = 0.1, Offers = 200, LimitRate = false });

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task The_filters_of_the_example_find_what_they_say()
    {
        var offers = await FindAsync(new OfferQuery
        {
            GpuNames = ["RTX 4090"],
            GpuCount = 1,
            MinGpuMemory = 24,
            MaxHourlyPrice = 0.40m,
            MinReliability = 0.95m,
        });
        Assert.NotEmpty(offers);
        Assert.All(offers, offer =>
        {
            Assert.Equal(SpotProvider.Vast, offer.Provider);
            Assert.Equal("RTX 4090", offer.GpuName);
            Assert.Equal(1, offer.GpuCount);
            Assert.Equal(24.0m, offer.GpuMemoryGiB);
            Assert.True(offer.HourlyPrice <= 0.40m);
            Assert.True(offer.Reliability >= 0.95m);
            Assert.InRange(offer.Savings!.Value, 0.1m, 0.8m);
        });
        Assert.Equal(offers.OrderBy(offer => offer.HourlyPrice), offers);
    }

    [Fact]
    public void Sizes_are_gigabytes_here_and_megabytes_on_the_wire()
    {
        var query = VastOffers.Query(new OfferQuery { MinGpuMemory = 24, MinMemoryGiB = 64, MinDuration = TimeSpan.FromDays(2) }, ["RTX 4090"], null, null);
        Assert.Equal(24000, (int)query["gpu_ram"]!["gte"]!);
        Assert.Equal(63.95m * 1024, (decimal)query["cpu_ram"]!["gte"]!);
        Assert.Equal(172800, (int)query["duration"]!["gte"]!);
        Assert.Equal("RTX 4090", (string?)query["gpu_name"]!["in"]![0]);
        Assert.Equal("bid", (string?)query["type"]);
        Assert.Equal("""[["dph_total","asc"],["id","asc"]]""", query["order"]!.ToString(Newtonsoft.Json.Formatting.None));
        Assert.Equal(true, (bool?)query["verified"]!["eq"]);
    }

    [Theory]
    [InlineData("NOPE", "No GPU at Vast.ai has the name 'NOPE'.", "Available names: A100 SXM4, H100 SXM, ")]
    [InlineData("RTX 4091", "No GPU at Vast.ai has the name 'RTX 4091'.", "RTX 4090")]
    [InlineData("H100", "No GPU at Vast.ai has the name 'H100'.", "Similar names: H100 SXM.")]
    [InlineData("NOPE*", "No GPU at Vast.ai matches 'NOPE*'.", "Available names: ")]
    public async Task A_gpu_that_does_not_exist_is_an_error_with_what_does(string name, string message, string advice)
    {
        var error = await Assert.ThrowsAsync<SpotException>(() => FindAsync(new OfferQuery { GpuNames = ["RTX 4090", name] }));
        Assert.Equal((SpotErrorIds.InstanceTypeNotOffered, message, name), (error.ErrorId, error.Message, error.Target));
        Assert.Contains(advice, error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(0, _world.Wire.Count("ListOffers"));
    }

    [Theory]
    [InlineData("rtx_4090")]
    [InlineData("RTX 4090")]
    [InlineData("rtx 40*")]
    public async Task A_gpu_is_found_by_its_name_in_any_case(string name) =>
        Assert.All(await FindAsync(new OfferQuery { GpuNames = [name] }), offer => Assert.Equal("RTX 4090", offer.GpuName));

    [Theory]
    [InlineData("ZZ", "ZA, ZM, ZW")]
    [InlineData("UK", "GB")]
    [InlineData("Sweden", "For example")]
    public async Task A_country_that_does_not_exist_is_an_error_and_one_without_offers_is_none(string code, string advice)
    {
        var error = await Assert.ThrowsAsync<SpotException>(() => FindAsync(new OfferQuery { Geolocation = ["SE", code] }));
        Assert.Equal((SpotErrorIds.ParameterInvalid, code), (error.ErrorId, error.Target));
        Assert.Contains($"'{code}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(await FindAsync(new OfferQuery { Geolocation = ["va"] }));
    }

    [Fact]
    public async Task More_offers_than_one_answer_holds_are_read_on_by_price()
    {
        var offers = await FindAsync(new OfferQuery { Limit = 150, IncludeUnverified = true, DiskGB = 10 });
        Assert.Equal(150, offers.Count);
        Assert.Equal(150, offers.Select(offer => offer.OfferId).Distinct().Count());
        Assert.Equal(offers.OrderBy(offer => offer.HourlyPrice).Select(offer => offer.HourlyPrice), offers.Select(offer => offer.HourlyPrice));
        Assert.Equal(3, _world.Wire.Count("ListOffers"));
    }

    [Fact]
    public async Task A_larger_disk_costs_what_the_formula_says()
    {
        var small = (await FindAsync(new OfferQuery { DiskGB = 10, OnDemand = true, Limit = 1 }))[0];
        var query = VastOffers.QueryOne(long.Parse(small.OfferId!, System.Globalization.CultureInfo.InvariantCulture), 10, onDemand: true);
        using var client = new VastClient(new VastClientOptions
        {
            BaseAddress = new Uri("https://console.vast.ai"),
            Key = () => new VastKey(SimulatedVast.DefaultKey, "test"),
            Transport = _world.Wire,
            Clock = _world.Clock,
        });
        var row = (await client.SearchOffersAsync(query, SilentHost.Instance, CancellationToken.None))[0];
        Assert.Equal(
            row.Number("dph_base")!.Value + VastPrices.DiskHourly(row.Number("storage_cost")!.Value, 10), row.Number("dph_total")!.Value, 6);
        Assert.Equal(small.HourlyPrice, row.Number("dph_total"));
        Assert.Equal(small.HourlyPrice, small.OnDemandHourlyPrice);
    }

    [Fact]
    public void Whatever_is_asked_only_fitting_offers_come_back()
    {
        var queries =
            from gpu in Gen.Elements("RTX*", "RTX_3090", "*", "h100 sxm", "tesla p40")
            from count in Gen.Elements(0, 1, 2, 4)
            from memory in Gen.Elements(0m, 16m, 24m, 48m, 80m)
            from price in Gen.Elements(0.2m, 0.5m, 2m, 50m)
            from reliability in Gen.Elements(0m, 0.95m, 0.99m)
            from place in Gen.Elements("", "SE", "us", "JP")
            from limit in Gen.Choose(1, 130)
            from onDemand in Gen.Elements(true, false)
            select new OfferQuery
            {
                GpuNames = [gpu],
                GpuCount = count == 0 ? null : count,
                MinGpuMemory = memory,
                MaxHourlyPrice = price,
                MinReliability = reliability,
                Geolocation = place.Length == 0 ? [] : [place],
                Limit = limit,
                OnDemand = onDemand,
            };
        Prop.ForAll(Arb.From(queries), query =>
        {
            var offers = FindAsync(query).GetAwaiter().GetResult();
            return offers.Count <= query.Limit
                && offers.Select(offer => offer.OfferId).Distinct().Count() == offers.Count
                && offers.All(offer =>
                    Core.Wildcard.IsMatch(query.GpuNames[0].Replace('_', ' '), offer.GpuName!)
                    && (query.GpuCount is null || offer.GpuCount == query.GpuCount)
                    && offer.GpuMemoryGiB * 1024 >= (query.MinGpuMemory * 1000) - 103
                    && offer.HourlyPrice <= query.MaxHourlyPrice
                    && offer.Reliability >= query.MinReliability
                    && (query.Geolocation.Count == 0 || offer.Region.EndsWith(query.Geolocation[0], StringComparison.OrdinalIgnoreCase)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public void A_filter_that_the_service_ignores_is_applied_here()
    {
        var row = JObject.Parse("""{"id":1,"rentable":true,"rented":false,"gpu_name":"RTX 3090","num_gpus":2,"gpu_ram":24576,"dph_total":0.3,"reliability2":0.97,"geolocation":"Sweden, SE"}""");
        Assert.True(VastOffers.Fits(row, new OfferQuery { Geolocation = ["se"], GpuNames = ["rtx*"], MinGpuMemory = 24 }));
        Assert.False(VastOffers.Fits(row, new OfferQuery { Geolocation = ["US"] }));
        Assert.False(VastOffers.Fits(row, new OfferQuery { GpuNames = ["RTX 4090"] }));
        Assert.False(VastOffers.Fits(row, new OfferQuery { GpuCount = 1 }));
        Assert.False(VastOffers.Fits(row, new OfferQuery { MinGpuMemory = 25 }));
        Assert.False(VastOffers.Fits(row, new OfferQuery { MaxHourlyPrice = 0.29m }));
        Assert.False(VastOffers.Fits(row, new OfferQuery { MinReliability = 0.98m }));
        row["rented"] = true;
        Assert.False(VastOffers.Fits(row, new OfferQuery()));
    }

    private async Task<List<SpotOffer>> FindAsync(OfferQuery query)
    {
        var found = new List<SpotOffer>();
        await foreach (var offer in _world.Service.FindOffersAsync(query, _world.Host, CancellationToken.None))
        {
            found.Add(offer);
        }

        return found;
    }
}
