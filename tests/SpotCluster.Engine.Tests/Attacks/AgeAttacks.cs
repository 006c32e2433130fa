using SpotCluster.Engine.Clusters.Journal;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Inventory;
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

    private Task<SpotProof> NukeAsync() =>
        new RemovalService(new FakeInventory(_region), new SpotSettings(), new MemoryJournal(_clock), _clock).RemoveAsync(
            new RemovalScope { OlderThan = TimeSpan.FromHours(24) }, _removals.Add, _host, CancellationToken.None);
}
