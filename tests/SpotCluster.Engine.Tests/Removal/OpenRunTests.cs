using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>A launch of which only its record remains: the removal of its cluster closes the record, so that the name can be used again.</summary>
public sealed class OpenRunTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("spotcluster-test-");
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_plan_has_something_to_do_while_a_record_is_open_and_the_removal_closes_it()
    {
        var journal = new FileJournal(_folder.FullName, _cloud.Clock);
        journal.Open(new JournalEntry
        {
            ClusterName = "demo",
            AccountId = "123456789012",
            Run = "0123456789abcdef0123",
            Fingerprint = "x",
            StartedAt = _cloud.Clock.GetUtcNow(),
        }).Dispose();
        using var engine = new SpotEngine(new EngineOptions { Transport = _cloud.CreateHandler(), Clock = _cloud.Clock, Settings = new(), JournalDirectory = _folder.FullName });
        var host = new RecordingHost();
        var scope = new RemovalScope { ClusterName = "demo" };
        var plan = await engine.Removal.PlanAsync(scope, host, CancellationToken.None);
        Assert.Equal((1, false), (plan.OpenRuns, plan.IsEmpty));
        Assert.True((await engine.Removal.PlanAsync(scope with { ClusterName = "other" }, host, CancellationToken.None)).IsEmpty);

        var proof = await engine.Removal.RemoveAsync(scope with { Plan = plan }, _ => { }, host, CancellationToken.None);
        Assert.True(proof.Proven, string.Join("; ", host.Errors));
        Assert.Empty(journal.GetOpenRuns("demo", null, host));
    }
}
