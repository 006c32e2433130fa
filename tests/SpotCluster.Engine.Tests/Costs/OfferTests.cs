using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.CostTests;

public sealed class OfferTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Every_pool_of_the_named_regions_comes_cheapest_first_with_its_live_price_and_its_size()
    {
        _lab.Cloud.Region("us-west-2").SetSpotPrice("us-west-2b", "t3.large", 0.0001m);

        var offers = await FindAsync(new OfferQuery { Regions = ["us-east-1", "us-west-2"], InstanceTypes = ["t3.large"] });

        var pools = new[] { "us-east-1", "us-west-2" }
            .Select(_lab.Cloud.Region)
            .Sum(region => region.Zones.Count(zone => region.Offers(zone, "t3.large")));
        Assert.Equal(pools, offers.Count);
        Assert.Equal(("us-west-2b", 0.0001m), (offers[0].Zone!, offers[0].HourlyPrice!.Value));
        Assert.Equal(offers.OrderBy(offer => offer.HourlyPrice).Select(offer => offer.HourlyPrice), offers.Select(offer => offer.HourlyPrice));
        Assert.All(offers, offer =>
        {
            Assert.Equal(_lab.Cloud.Region(offer.Region).SpotPrice(offer.Zone!, "t3.large"), offer.HourlyPrice);
            Assert.Equal((2m, 8m, SpotArchitecture.X64, 0), (offer.VCpu, offer.MemoryGiB, offer.Architecture, offer.GpuCount));
            Assert.InRange(offer.PlacementScore!.Value, 1, 10);
            Assert.Equal(_lab.Cloud.Region(offer.Region).OnDemandPrice("t3.large"), offer.OnDemandHourlyPrice);
            Assert.Equal(Math.Round(1 - (offer.HourlyPrice!.Value / offer.OnDemandHourlyPrice!.Value), 4), offer.Savings);
        });
    }

    [Fact]
    public async Task Without_a_filter_the_list_prices_are_asked_for_in_the_first_round_trip()
    {
        using var lab = new ClusterLab(new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) });
        ((SimulatedClock)lab.Cloud.Clock).IdleGrace = TimeSpan.FromMilliseconds(100);
        using var engine = lab.Open();
        var offers = await engine.Costs.FindOffersAsync(new OfferQuery { Regions = ["us-east-1"] }, lab.Host, CancellationToken.None);
        Assert.All(offers, offer => Assert.Equal(lab.Cloud.Region("us-east-1").OnDemandPrice(offer.InstanceType), offer.OnDemandHourlyPrice));
        var first = lab.Cloud.Calls.Waves()[0].Select(call => call.Operation).ToList();
        Assert.Contains("DescribeInstanceTypes", first);
        Assert.Contains("GetProducts", first);
    }

    [Fact]
    public async Task Each_filter_leaves_only_what_fits_and_something_that_fits()
    {
        await AllAsync(new OfferQuery { InstanceTypes = ["M6*.large", "c5.large"] }, offer => offer.InstanceType.EndsWith(".large", StringComparison.Ordinal));
        await AllAsync(new OfferQuery { Architecture = SpotArchitecture.Arm64, InstanceTypes = ["*.large"] }, offer => offer.Architecture == SpotArchitecture.Arm64);
        await AllAsync(new OfferQuery { MinVCpu = 64 }, offer => offer.VCpu >= 64);
        await AllAsync(new OfferQuery { MinMemoryGiB = 500 }, offer => offer.MemoryGiB >= 500);
        await AllAsync(new OfferQuery { GpuNames = ["a10g*"] }, offer => offer.GpuName == "A10G" && offer.GpuMemoryGiB == 24);
        await AllAsync(new OfferQuery { GpuCount = 4 }, offer => offer.GpuCount == 4);
        await AllAsync(new OfferQuery { MinGpuMemoryGiB = 40 }, offer => offer.GpuMemoryGiB >= 40);
        await AllAsync(new OfferQuery { MaxHourlyPrice = 0.01m }, offer => offer.HourlyPrice <= 0.01m);

        async Task AllAsync(OfferQuery query, Func<SpotOffer, bool> fits)
        {
            var offers = await FindAsync(query with { Regions = ["us-east-1"], IncludeScore = false });
            Assert.NotEmpty(offers);
            Assert.All(offers, offer => Assert.True(fits(offer), $"{query}: {offer}"));
        }
    }

    [Theory]
    [InlineData("UnauthorizedOperation")]
    [InlineData("InvalidAction")]
    public async Task Without_the_right_to_placement_scores_they_are_unknown_and_there_is_one_warning(string code)
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "GetSpotPlacementScores", Code = code });

        var offers = await FindAsync(new OfferQuery { Regions = ["us-east-1", "us-west-2", "eu-west-1"], InstanceTypes = ["t3.large"] });

        Assert.NotEmpty(offers);
        Assert.All(offers, offer => Assert.Null(offer.PlacementScore));
        Assert.Contains("placement score", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task Without_the_right_to_list_prices_they_are_unknown_and_one_warning_names_the_permission()
    {
        _lab.Cloud.Deny("GetProducts");

        var offers = await FindAsync(new OfferQuery { Regions = ["us-east-1", "us-west-2", "eu-west-1"], InstanceTypes = ["t3.large"] });

        Assert.NotEmpty(offers);
        Assert.All(offers, offer => Assert.True(offer is { HourlyPrice: > 0, OnDemandHourlyPrice: null, Savings: null }));
        Assert.Contains("allow you pricing:GetProducts", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task For_many_types_the_list_of_the_region_is_read_page_by_page_instead_of_one_call_for_each()
    {
        var offers = await FindAsync(new OfferQuery { Regions = ["us-west-2"], IncludeScore = false });

        Assert.True(offers.Select(offer => offer.InstanceType).Distinct().Count() > 100);
        Assert.All(offers, offer => Assert.Equal(_lab.Cloud.Region("us-west-2").OnDemandPrice(offer.InstanceType), offer.OnDemandHourlyPrice));
        Assert.Equal(2, _lab.Cloud.Calls.Of("GetProducts").Count);
    }

    [Fact]
    public async Task Scores_are_asked_for_per_region_and_belong_to_their_zone()
    {
        _lab.Cloud.Region("us-east-1").SetCapacity("us-east-1a", "t3.large", 0);

        var offers = await FindAsync(new OfferQuery { Regions = ["us-east-1", "us-west-2"], InstanceTypes = ["t3.large"], Count = 10 });

        Assert.Equal(1, offers.Single(offer => offer.Zone == "us-east-1a").PlacementScore);
        Assert.Contains(offers, offer => offer.PlacementScore > 1);
        Assert.Equal(2, _lab.Cloud.Calls.Of("GetSpotPlacementScores").Count);
    }

    [Fact]
    public async Task An_unknown_price_is_null_comes_last_and_is_above_every_limit()
    {
        _lab.Cloud.Region("us-east-1").SetSpotPrice("us-east-1a", "t3.large", 0);
        var query = new OfferQuery { Regions = ["us-east-1"], InstanceTypes = ["t3.large"] };

        var offers = await FindAsync(query);

        Assert.Equal(("us-east-1a", (decimal?)null), (offers[^1].Zone!, offers[^1].HourlyPrice));
        Assert.All(offers.SkipLast(1), offer => Assert.True(offer.HourlyPrice > 0));
        Assert.DoesNotContain(await FindAsync(query with { MaxHourlyPrice = 1000 }), offer => offer.Zone == "us-east-1a");
    }

    [Fact]
    public async Task Without_any_price_the_pools_are_shown_all_the_same()
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeSpotPriceHistory", Code = "UnauthorizedOperation" });

        var offers = await FindAsync(new OfferQuery { Regions = ["us-east-1"], InstanceTypes = ["t3.large"] });

        Assert.NotEmpty(offers);
        Assert.All(offers, offer => Assert.Null(offer.HourlyPrice));
        Assert.Contains("prices are unknown", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_fails_is_an_error_beside_the_offers_of_the_others()
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeInstanceTypes", Region = "us-west-2", Code = "UnauthorizedOperation" });

        var offers = await FindAsync(new OfferQuery { Regions = ["us-east-1", "us-west-2"], InstanceTypes = ["t3.large"] });

        Assert.Equal(["us-east-1"], offers.Select(offer => offer.Region).Distinct());
        Assert.Equal((SpotErrorIds.RegionNotListed, "us-west-2"), Assert.Single(_lab.Host.Errors) is var error ? (error.ErrorId, error.Region!) : default);
    }

    [Fact]
    public async Task A_type_that_no_region_has_is_an_error_and_a_pattern_without_a_match_is_an_empty_answer()
    {
        Assert.Empty(await FindAsync(new OfferQuery { Regions = ["us-east-1"], InstanceTypes = ["t9.*"] }));
        Assert.Empty(_lab.Host.Errors);

        Assert.NotEmpty(await FindAsync(new OfferQuery { Regions = ["us-east-1"], InstanceTypes = ["T3.Large", "t9.huge"] }));
        Assert.Equal((SpotErrorIds.InstanceTypeNotOffered, "t9.huge"), Assert.Single(_lab.Host.Errors) is var error ? (error.ErrorId, (string)error.Target!) : default);
    }

    [Fact]
    public async Task It_takes_five_calls_per_region_and_one_for_the_list_price_of_each_type_and_changes_nothing()
    {
        await FindAsync(new OfferQuery { Regions = ["us-east-1", "us-west-2", "eu-west-1"], InstanceTypes = ["t3.large", "m5.large"] });

        Assert.Equal(3 * 2, _lab.Cloud.Calls.Of("GetProducts").Count);
        var calls = _lab.Cloud.Calls.Calls.Where(call => call.Service == "ec2").ToList();
        Assert.Equal(3 * 5, calls.Count);
        Assert.All(calls.GroupBy(call => call.Operation), operation => Assert.Equal(3, operation.Select(call => call.Region).Distinct().Count()));
        Assert.DoesNotContain(calls, call => call.Changes);
    }

    private async Task<IReadOnlyList<SpotOffer>> FindAsync(OfferQuery query)
    {
        using var engine = _lab.Open();
        return await engine.Costs.FindOffersAsync(query, _lab.Host, CancellationToken.None);
    }
}
