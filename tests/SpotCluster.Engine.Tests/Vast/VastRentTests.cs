using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastRentTests : IDisposable
{
    private readonly VastWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_machine_is_rented_by_the_lowest_bid_under_a_label_of_ours_and_then_runs()
    {
        var rented = await _world.Service.RentAsync(_world.Request() with { Name = "train", ClusterName = "demo" }, _world.Host, CancellationToken.None);
        Assert.Equal("demo", rented.ClusterName);
        Assert.StartsWith("train-", rented.Name, StringComparison.Ordinal);
        Assert.Equal(SpotLifecycle.Spot, rented.Lifecycle);
        Assert.Equal(SpotInstanceState.Pending, rented.State);
        Assert.True(rented.HourlyPrice > 0);
        Assert.Equal(0, _world.JournalFiles);
        var create = _world.Wire.Calls.Single(call => call.Call.Operation == "CreateInstance").Call;
        Assert.NotEqual("", create.Parameters["price"]);
        Assert.Equal("true", create.Parameters["cancel_unavail"]);

        var ready = await WaitAsync(rented.Id);
        Assert.Equal(SpotInstanceState.Running, ready!.State);
        Assert.StartsWith("ssh -p ", ready.SshCommand, StringComparison.Ordinal);
        Assert.Equal(_world.Vast.Machines[0].HourlyPrice, ready.HourlyPrice!.Value, 6);
    }

    [Fact]
    public async Task On_demand_sends_no_price()
    {
        var rented = await _world.Service.RentAsync(_world.Request() with { OnDemand = true }, _world.Host, CancellationToken.None);
        Assert.Equal(SpotLifecycle.OnDemand, rented.Lifecycle);
        Assert.Null(rented.ClusterName);
        Assert.Equal("", _world.Wire.Calls.Single(call => call.Call.Operation == "CreateInstance").Call.Parameters["price"]);
    }

    [Fact]
    public async Task The_price_that_was_searched_is_the_price_that_is_billed()
    {
        SpotOffer? offer = null;
        await foreach (var found in _world.Service.FindOffersAsync(new OfferQuery { DiskGB = 100, Limit = 1 }, _world.Host, CancellationToken.None))
        {
            offer = found;
        }

        var request = _world.Request(long.Parse(offer!.OfferId!, CultureInfo.InvariantCulture)) with { DiskGB = 100, MaxHourlyPrice = offer.HourlyPrice + 0.0001m };
        var rented = await _world.Service.RentAsync(request, _world.Host, CancellationToken.None);
        Assert.Equal(offer.HourlyPrice!.Value, rented.HourlyPrice!.Value, 4);
    }

    [Fact]
    public async Task An_offer_that_is_gone_is_told_as_taken_and_leaves_nothing()
    {
        _world.Vast.SetFates(VastFate.OfferGone);
        await FailsAsync(_world.Request(), SpotErrorIds.OfferTaken);
        var taken = _world.Vast.FreeOffers[0];
        _world.Vast.TakeOffer(taken);
        await FailsAsync(_world.Request(taken), SpotErrorIds.OfferTaken);
        await FailsAsync(_world.Request(999), SpotErrorIds.OfferTaken);
        Assert.Empty(_world.Vast.Machines);
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task A_refusal_that_leaves_a_machine_behind_is_cleaned_up()
    {
        _world.Vast.SetFates(VastFate.Parked);
        await FailsAsync(_world.Request(), SpotErrorIds.OfferTaken);
        Assert.Empty(_world.Vast.Machines);
        Assert.Equal(1, _world.Wire.Count("DestroyInstance"));
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task A_machine_that_was_left_behind_and_cannot_be_destroyed_is_named_and_found_by_the_next_command()
    {
        _world.Vast.SetFates(VastFate.Parked);
        for (var i = 0; i < 1000; i++)
        {
            _world.Wire.Fail("DestroyInstance", WireFault.RefuseOther);
        }

        var error = await FailsAsync(_world.Request(), SpotErrorIds.InstanceNotRemoved);
        Assert.Equal(_world.Vast.Machines.Single().Id.ToString(CultureInfo.InvariantCulture), error.Target);
        using var next = _world.Open();
        Assert.Single(await _world.ListAsync(service: next));
        Assert.Contains(_world.Host.Warnings, warning => warning.Contains("interrupted", StringComparison.Ordinal));
        Assert.Equal(0, _world.JournalFiles);
    }

    [Theory]
    [InlineData(WireFault.ResetAfter)]
    [InlineData(WireFault.TimeOutAfter)]
    [InlineData(WireFault.BadGatewayAfter)]
    [InlineData(WireFault.HtmlAfter)]
    [InlineData(WireFault.EmptyAfter)]
    internal async Task A_machine_whose_answer_was_lost_is_found_by_its_label_and_not_rented_twice(WireFault fault)
    {
        _world.Wire.Fail("CreateInstance", fault);
        var rented = await _world.Service.RentAsync(_world.Request(), _world.Host, CancellationToken.None);
        Assert.Equal(_world.Vast.Machines.Single().Id.ToString(CultureInfo.InvariantCulture), rented.Id);
        Assert.Equal(1, _world.Wire.Count("CreateInstance"));
        Assert.Equal(0, _world.JournalFiles);
    }

    [Theory]
    [InlineData(WireFault.ResetBefore, SpotErrorIds.EndpointUnreachable)]
    [InlineData(WireFault.BadGatewayBefore, SpotErrorIds.ServiceFailed)]
    [InlineData(WireFault.RefuseOther, SpotErrorIds.ServiceFailed)]
    internal async Task A_call_that_had_no_effect_fails_once_the_machine_would_have_appeared(WireFault fault, string expected)
    {
        _world.Wire.Fail("CreateInstance", fault);
        var start = _world.Clock.GetUtcNow();
        await FailsAsync(_world.Request(), expected);
        Assert.True(_world.Clock.GetUtcNow() - start >= VastPrices.LateWindow);
        Assert.Empty(_world.Vast.Machines);
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task A_lost_machine_that_cannot_be_looked_for_stays_in_the_journal()
    {
        _world.Wire.Fail("CreateInstance", WireFault.ResetAfter);
        for (var i = 0; i < 6; i++)
        {
            _world.Wire.Fail("ListInstances", WireFault.ResetBefore);
        }

        await FailsAsync(_world.Request(), SpotErrorIds.RentUncertain);
        Assert.Equal(1, _world.JournalFiles);
        using var next = _world.Open();
        Assert.Single(await _world.ListAsync(service: next));
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task A_user_who_stops_during_the_call_pays_for_nothing()
    {
        using var stop = new CancellationTokenSource();
        _world.Wire.Answering = call =>
        {
            if (call.Operation == "CreateInstance")
            {
                stop.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _world.Service.RentAsync(_world.Request(), _world.Host, stop.Token));
        Assert.Equal(1, _world.Wire.Count("CreateInstance"));
        Assert.Empty(_world.Vast.Machines);
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task Wrong_requests_are_refused_before_anything_is_sent()
    {
        await FailsAsync(_world.Request() with { OfferId = "x" }, SpotErrorIds.ParameterInvalid);
        await FailsAsync(_world.Request() with { Image = "" }, SpotErrorIds.ImageInvalid);
        await FailsAsync(_world.Request() with { DiskGB = 5 }, SpotErrorIds.ParameterInvalid);
        await FailsAsync(_world.Request() with { Bid = 0 }, SpotErrorIds.PriceInvalid);
        await FailsAsync(_world.Request() with { Bid = 200 }, SpotErrorIds.PriceInvalid);
        await FailsAsync(_world.Request() with { Bid = 1, OnDemand = true }, SpotErrorIds.ParameterInvalid);
        await FailsAsync(_world.Request() with { ClusterName = "1x" }, SpotErrorIds.ClusterNameInvalid);
        await FailsAsync(_world.Request() with { Name = "a/b" }, SpotErrorIds.ParameterInvalid);
        Assert.Empty(_world.Wire.Calls);
    }

    [Fact]
    public async Task A_bid_below_the_market_and_a_price_above_the_limit_are_refused_before_renting()
    {
        await FailsAsync(_world.Request() with { Bid = 0.002m }, SpotErrorIds.SpotMaxPriceTooLow);
        await FailsAsync(_world.Request() with { MaxHourlyPrice = 0.001m }, SpotErrorIds.HourlyCostExceeded);
        Assert.Equal(0, _world.Wire.Count("CreateInstance"));
    }

    [Fact]
    public async Task A_public_key_is_added_once_and_its_absence_is_warned_of()
    {
        await _world.Service.RentAsync(_world.Request(), _world.Host, CancellationToken.None);
        Assert.Contains(_world.Host.Warnings, warning => warning.Contains("SSH key", StringComparison.Ordinal));
        await _world.Service.RentAsync(_world.Request() with { PublicKeys = ["ssh-ed25519 AAAA me@here"] }, _world.Host, CancellationToken.None);
        await _world.Service.RentAsync(_world.Request() with { PublicKeys = ["ssh-ed25519 AAAA me@there"] }, _world.Host, CancellationToken.None);
        Assert.Equal(1, _world.Wire.Count("CreateSshKey"));
    }

    [Fact]
    public async Task A_key_that_may_not_read_the_account_can_still_rent()
    {
        _world.Vast.AddKey("scoped", "misc", "instance_read", "instance_write");
        using var service = _world.Open(key: "scoped");
        var rented = await service.RentAsync(_world.Request(), _world.Host, CancellationToken.None);
        Assert.Equal(_world.Vast.Machines.Single().Id.ToString(CultureInfo.InvariantCulture), rented.Id);
    }

    [Fact]
    public async Task A_missing_right_to_rent_leaves_nothing_open()
    {
        _world.Vast.AddKey("reader", "misc", "instance_read");
        using var service = _world.Open(key: "reader");
        var error = await Assert.ThrowsAsync<SpotException>(() => service.RentAsync(_world.Request(), _world.Host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.PermissionMissing, error.ErrorId);
        Assert.Equal(0, _world.JournalFiles);
    }

    private async Task<SpotException> FailsAsync(RentRequest request, string expected)
    {
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.Service.RentAsync(request, _world.Host, CancellationToken.None));
        Assert.Equal(expected, error.ErrorId);
        return error;
    }

    private async Task<SpotInstance?> WaitAsync(string id)
    {
        await foreach (var instance in _world.Service.WaitAsync(
            [new InstanceKey(id)], WaitCondition.Reachable, TimeSpan.FromMinutes(10), _world.Host, CancellationToken.None))
        {
            return instance;
        }

        return null;
    }
}
