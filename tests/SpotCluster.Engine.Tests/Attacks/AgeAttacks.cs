using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Tests.Reliability;
using SpotCluster.Engine.Tests.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>Attempts to have something young removed as old.</summary>
public sealed class AgeAttacks
{
    private readonly JumpingClock _clock = new();
    private readonly RecordingHost _host = new();
    private readonly List<SpotRemoval> _removals = [];
    private readonly FakeRegion _region;

    public AgeAttacks()
    {
        _region = new FakeRegion(_clock);
        _region.AddNetwork("vpc-1");
        _region["vpc-1"].CreatedAt = _clock.GetUtcNow() - TimeSpan.FromDays(3);
        _region.AddMachine("i-1", "demo", "vpc-1", "subnet-vpc-1-0", "sg-vpc-1");
    }

    [Fact]
    public async Task What_has_no_age_is_retained()
    {
        // The VPC of its cluster is old, which says nothing about the instance.
        await NukeAsync();
        Assert.Equal((SpotRemovalOutcome.Skipped, "AgeUnknown"), _removals.Where(removal => removal.Id == "i-1").Select(removal => (removal.Outcome, removal.Code)).Single());
        Assert.DoesNotContain(_region.Changes, call => call.Ids.Contains("i-1"));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(-25, true)]
    public async Task Its_own_age_decides(int hours, bool goes)
    {
        _region["i-1"].CreatedAt = _clock.GetUtcNow() + TimeSpan.FromHours(hours);
        await NukeAsync();
        Assert.Equal(goes, _region.Changes.Any(call => call.Ids.Contains("i-1")));
    }

    [Theory]
    [InlineData(-48)]
    [InlineData(48)]
    public async Task By_a_clock_that_is_days_off_nothing_is_removed_for_its_age(int hours)
    {
        _region["i-1"].CreatedAt = _clock.GetUtcNow() + TimeSpan.FromHours(hours) - TimeSpan.FromSeconds(1);
        var error = await Assert.ThrowsAsync<SpotException>(() => NukeAsync(TimeSpan.FromHours(hours)));
        Assert.Equal(SpotErrorIds.ClockSkewed, error.ErrorId);
        Assert.Empty(_region.Changes);
    }

    [Fact]
    public async Task A_difference_that_the_service_tolerates_is_added_to_every_age()
    {
        // Four minutes fast: by the clock of this computer it would be old enough.
        var skew = TimeSpan.FromMinutes(-4);
        _region["i-1"].CreatedAt = _clock.GetUtcNow() + skew - TimeSpan.FromHours(24) + TimeSpan.FromMinutes(1);
        await NukeAsync(skew);
        Assert.DoesNotContain(_region.Changes, call => call.Ids.Contains("i-1"));
        Assert.Equal("TooYoung", Assert.Single(_removals, removal => removal.Id == "i-1").Code);
    }

    [Fact]
    public async Task The_times_of_a_proof_are_those_of_the_service_and_the_user_is_warned()
    {
        var skew = TimeSpan.FromDays(-2);
        var begun = _clock.GetUtcNow();
        var proof = await NukeAsync(skew, new RemovalScope());
        Assert.True(proof.Proven);
        Assert.InRange(proof.FirstEmptyAt!.Value, begun + skew, _clock.GetUtcNow() + skew);
        Assert.InRange(proof.LastEmptyAt!.Value, proof.FirstEmptyAt.Value, _clock.GetUtcNow() + skew);
        Assert.Contains("48 h", Assert.Single(_host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_clock_two_days_fast_an_instance_of_one_second_is_not_older_than_a_day()
    {
        using var account = new SimulatedAccount();
        account.Cloud.SendsDate = true;
        account.AddCluster("us-east-1", 1);
        using var engine = new SpotEngine(new EngineOptions
        {
            Transport = account.Cloud.CreateHandler(),
            Clock = new WrongClock(account.Cloud.Clock, TimeSpan.FromDays(2)),
            Settings = new SpotSettings(),
            JournalDirectory = Path.Combine(Path.GetTempPath(), "spotcluster-tests", Guid.NewGuid().ToString("N")),
        });
        var scope = new RemovalScope { OlderThan = TimeSpan.FromHours(24), MaxDelete = RemovalScope.UsualMaxDelete };
        var planned = await Assert.ThrowsAsync<SpotException>(() => engine.Removal.PlanAsync(scope, _host, CancellationToken.None));
        var removed = await Assert.ThrowsAsync<SpotException>(() => engine.Removal.RemoveAsync(scope, _removals.Add, _host, CancellationToken.None));
        Assert.All([planned, removed], error => Assert.Equal(SpotErrorIds.ClockSkewed, error.ErrorId));
        Assert.Empty(account.Changes);
        Assert.Single(account.Cloud.Region("us-east-1").LiveInstances);
    }

    private Task<SpotProof> NukeAsync(TimeSpan? skew = null, RemovalScope? scope = null) =>
        new RemovalService(new FakeInventory(_region) { Skew = skew }, new SpotSettings(), new MemoryJournal(_clock), _clock).RemoveAsync(
            scope ?? new RemovalScope { OlderThan = TimeSpan.FromHours(24) }, _removals.Add, _host, CancellationToken.None);
}
