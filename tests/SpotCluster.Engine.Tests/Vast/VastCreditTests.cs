using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastCreditTests : IDisposable
{
    private readonly VastWorld _world = new();
    private readonly List<ShutdownOutcome> _outcomes = [];
    private readonly List<ShutdownPlan> _asked = [];

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Used_up_credit_is_recognised_by_the_services_refusal_alone(int requiredHours)
    {
        var mine = await _world.RunAsync();
        var foreign = _world.Vast.AddMachine("somebody's");
        _world.Vast.Credit = 0;
        var error = await FailsAsync(_world.Request() with { RequiredHours = requiredHours, OnInsufficientCredit = Response(true) });
        Assert.Equal(SpotErrorIds.InsufficientCredit, error.ErrorId);
        Assert.Contains("insufficient_credit", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _world.Wire.Count("CreateInstance"));
        Assert.Equal(foreign, _world.Vast.Machines.Single().Id);
        var outcome = Assert.Single(_outcomes);
        Assert.Equal(mine.Id, outcome.Instance.Id);
        Assert.Null(outcome.Error);
        Assert.True(Assert.Single(_asked).HourlyPrice > 0);
    }

    [Fact]
    public async Task Nothing_is_done_without_consent_and_the_advice_says_what_to_run()
    {
        await _world.RunAsync();
        _world.Vast.Credit = 0;
        var error = await FailsAsync(_world.Request() with { OnInsufficientCredit = Response(false) });
        Assert.Single(_asked);
        Assert.Empty(_outcomes);
        Assert.Single(_world.Vast.Machines);
        Assert.Contains("1 managed instance", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_of_doing_nothing_does_not_even_ask()
    {
        await _world.RunAsync();
        _world.Vast.Credit = 0;
        await FailsAsync(_world.Request() with { OnInsufficientCredit = Response(true) with { Policy = SpotCreditPolicy.None } });
        await FailsAsync(_world.Request() with { OnInsufficientCredit = null });
        Assert.Empty(_asked);
        Assert.Single(_world.Vast.Machines);
    }

    [Fact]
    public async Task Stopping_keeps_the_machines()
    {
        // The refusal comes while the machine still runs: the service stops it only some time later.
        await _world.RunAsync();
        _world.Vast.Credit = 0;
        await FailsAsync(_world.Request() with { OnInsufficientCredit = Response(true) with { Policy = SpotCreditPolicy.StopMine } });
        Assert.True(Assert.Single(_world.Vast.Machines).Stopped);
        Assert.All(_outcomes, outcome => Assert.Null(outcome.Error));
    }

    [Fact]
    public async Task What_could_not_be_destroyed_is_named_and_the_original_error_comes_last()
    {
        var mine = await _world.RunAsync();
        _world.Vast.Credit = 0;
        for (var i = 0; i < 1000; i++)
        {
            _world.Wire.Fail("DestroyInstance", WireFault.RefuseOther);
        }

        var error = await FailsAsync(_world.Request() with { OnInsufficientCredit = Response(true) });
        Assert.Equal(SpotErrorIds.InsufficientCredit, error.ErrorId);
        var outcome = Assert.Single(_outcomes);
        Assert.Equal(mine.Id, outcome.Instance.Id);
        Assert.NotNull(outcome.Error);
        Assert.Contains(_world.Host.Errors, failure => failure.ErrorId == SpotErrorIds.InstanceNotRemoved && (string?)failure.Target == mine.Id);
        Assert.Single(_world.Vast.Machines);
    }

    [Fact]
    public async Task A_list_that_fails_is_told_and_nothing_is_claimed_to_be_destroyed()
    {
        await _world.RunAsync();
        _world.Vast.Credit = 0;
        for (var i = 0; i < 1000; i++)
        {
            _world.Wire.Fail("ListInstances", WireFault.ResetBefore);
        }

        var error = await FailsAsync(_world.Request() with { OnInsufficientCredit = Response(true) });
        Assert.Equal(SpotErrorIds.InsufficientCredit, error.ErrorId);
        Assert.Empty(_outcomes);
        Assert.Contains(_world.Host.Errors, failure => failure.ErrorId == SpotErrorIds.EndpointUnreachable);
    }

    [Fact]
    public async Task A_credit_that_would_not_last_refuses_the_rent_and_touches_nothing()
    {
        await _world.RunAsync();
        _world.Vast.Credit = 0.01m;
        var error = await FailsAsync(_world.Request() with { OnInsufficientCredit = Response(true) });
        Assert.Equal(SpotErrorIds.CreditTooLow, error.ErrorId);
        Assert.Empty(_asked);
        Assert.Equal(1, _world.Wire.Count("CreateInstance"));
    }

    [Fact]
    public async Task A_wrong_key_a_missing_right_a_new_accounts_limit_and_a_taken_offer_are_not_a_lack_of_credit()
    {
        using var world = new VastWorld(new Simulator.Vast.SimulatedVastOptions { TakenShare = 0, SpendRateLimit = 0.0001m });
        world.Vast.AddKey("reader", "misc", "user_read", "instance_read");
        var request = world.Request() with { OnInsufficientCredit = Response(true) };
        foreach (var (key, expected) in new[]
        {
            ("wrong", SpotErrorIds.VastKeyInvalid), ("reader", SpotErrorIds.PermissionMissing), ("simulated", SpotErrorIds.SpendRateLimited),
        })
        {
            using var service = world.Open(key: key);
            Assert.Equal(expected, (await Assert.ThrowsAsync<SpotException>(() => service.RentAsync(request, world.Host, CancellationToken.None))).ErrorId);
        }

        Assert.Equal(SpotErrorIds.OfferTaken, (await FailsAsync(_world.Request(1) with { OnInsufficientCredit = Response(true) })).ErrorId);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_start_without_credit_touches_nothing_and_a_launch_starts_the_clean_up()
    {
        var mine = await _world.RunAsync();
        await _world.Service.StopAsync(new InstanceKey(mine.Id), _world.Host, CancellationToken.None);
        _world.Vast.Credit = 0;
        var error = await Assert.ThrowsAsync<SpotException>(
            () => _world.Service.StartAsync(new InstanceKey(mine.Id), false, _world.Host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.InsufficientCredit, error.ErrorId);
        Assert.Contains("Invoke-SpotNuke -Provider Vast", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Single(_world.Vast.Machines);
        error = await Assert.ThrowsAsync<SpotException>(() => _world.Service.LaunchAsync(
            VastCrashTests.Launch(1) with { OnInsufficientCredit = Response(true) }, _world.Host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.InsufficientCredit, error.ErrorId);
        Assert.Single(_asked);
        Assert.Empty(_world.Vast.Machines);
        Assert.Equal(0, _world.JournalFiles);
    }

    [Fact]
    public async Task The_account_shows_what_is_left_and_for_how_long()
    {
        var mine = await _world.RunAsync();
        var stopped = await _world.RunAsync();
        await _world.Service.StopAsync(new InstanceKey(stopped.Id), _world.Host, CancellationToken.None);
        _world.Vast.AddMachine("somebody's");
        _world.Clock.Advance(TimeSpan.FromHours(2));
        var account = await _world.Service.GetAccountAsync(_world.Host, CancellationToken.None);
        Assert.Equal(3, account.InstanceCount);
        Assert.Equal(2, account.OwnInstanceCount);
        Assert.Equal(_world.Vast.Machines.Sum(machine => machine.HourlyPrice), account.HourlyCost!.Value, 6);
        Assert.Equal(_world.Vast.Machines.Single(m => m.Id.ToString(CultureInfo.InvariantCulture) == stopped.Id).HourlyPrice, account.StoppedStorageHourlyPrice!.Value, 6);
        Assert.True(account.StoppedStorageHourlyPrice < account.OwnHourlyCost);
        Assert.Equal(_world.Vast.Credit, account.Credit!.Value, 3);
        Assert.Equal(Math.Round(account.Credit.Value / account.HourlyCost.Value, 2), account.HoursLeft);
        Assert.Equal(account.HourlyCost * 24, account.Projected24Hours);
        Assert.Equal(_world.Vast.Charged, account.ChargedLast24Hours!.Value, 3);
        Assert.True(account.UploadPricePerGB > 0 && account.DownloadPricePerGB > 0);
        Assert.True(25m - account.Credit >= mine.HourlyPrice * 1.9m);
    }

    private ShutdownResponse Response(bool consent) => new()
    {
        ConsentAsync = (plan, _) =>
        {
            _asked.Add(plan);
            return Task.FromResult(consent);
        },
        OnOutcome = _outcomes.Add,
    };

    private Task<SpotException> FailsAsync(RentRequest request) =>
        Assert.ThrowsAsync<SpotException>(() => _world.Service.RentAsync(request, _world.Host, CancellationToken.None));
}
