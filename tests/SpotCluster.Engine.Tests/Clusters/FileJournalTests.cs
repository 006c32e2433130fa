using SpotCluster.Engine.Journal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class FileJournalTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "spotcluster-journal-" + Guid.NewGuid().ToString("N"));
    private readonly RecordingHost _host = new();

    private FileJournal Journal => new(_folder, TimeProvider.System);

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void A_run_is_read_back_as_it_was_written_until_it_is_complete()
    {
        var pool = new Pool("t3.medium", "us-east-1a", SpotArchitecture.X64, 2, 0.0123m);
        using (var run = Journal.Open(Entry() with { Regions = [new JournalRegion("us-east-1", 2, [pool])] }))
        {
            var call = run.Record("us-east-1", 2, SpotLifecycle.Spot, [pool]);
            Assert.InRange(call.Token.Length, 1, 64);
            Assert.NotEqual(call.Token, run.Record("us-east-1", 1, SpotLifecycle.Spot, [pool]).Token);
        }

        var read = Assert.Single(Journal.GetOpenRuns("demo", "123456789012", _host));
        Assert.Equal(2, read.Calls.Count);
        Assert.Equal(pool, read.Calls[0].Pools[0]);
        Assert.Equal(pool, read.Regions[0].Pools[0]);
        Assert.Equal(Entry().StartedAt, read.StartedAt);
        Assert.Empty(Journal.GetOpenRuns("other", null, _host));

        using (var again = Journal.Open(read))
        {
            again.Complete();
        }

        Assert.Empty(Journal.GetOpenRuns(null, null, _host));
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Empty(_host.Warnings);
    }

    [Fact]
    public void Only_the_owner_may_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        using var run = Journal.Open(Entry());
        var file = Assert.Single(Directory.GetFiles(_folder, "*.json"));
#pragma warning disable CA1416 // Skipped on Windows just above.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder));
#pragma warning restore CA1416
    }

    [Fact]
    public void A_damaged_file_is_passed_over_with_a_warning()
    {
        using (Journal.Open(Entry()))
        {
        }

        File.WriteAllText(Path.Combine(_folder, "demo.broken.json"), "{ \"Version\": 1, \"Clus");
        File.WriteAllText(Path.Combine(_folder, "demo.future.json"), "{ \"Version\": 7, \"ClusterName\": \"demo\", \"AccountId\": \"1\", \"Run\": \"x\" }");
        Assert.Single(Journal.GetOpenRuns(null, null, _host));
        Assert.Equal(2, _host.Warnings.Count);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_stops_the_run_before_any_change()
    {
        var file = Path.GetTempFileName();
        try
        {
            var refused = Assert.Throws<SpotException>(() => new FileJournal(Path.Combine(file, "journal"), TimeProvider.System).Open(Entry()));
            Assert.Equal(SpotErrorIds.LocalFileFailed, refused.ErrorId);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Two_processes_cannot_work_on_one_cluster()
    {
        using (Journal.Open(Entry()))
        {
            Assert.Equal(SpotErrorIds.ClusterNameInUse, Assert.Throws<SpotException>(() => Journal.Open(Entry())).ErrorId);
        }

        using (Journal.Open(Entry()))
        {
        }
    }

    [Fact]
    public void Deleting_forgets_only_the_runs_of_that_cluster_and_account()
    {
        foreach (var entry in new[] { Entry(), Entry() with { ClusterName = "other", Run = "b" }, Entry() with { AccountId = "210987654321", Run = "c" } })
        {
            using (Journal.Open(entry))
            {
            }
        }

        Journal.Delete("demo", "123456789012");
        Assert.Equal(["b", "c"], Journal.GetOpenRuns(null, null, _host).Select(entry => entry.Run).Order(StringComparer.Ordinal));
    }

    private static JournalEntry Entry() => new()
    {
        ClusterName = "demo",
        Provider = SpotProvider.Aws,
        AccountId = "123456789012",
        Run = "0123456789abcdef0123",
        Fingerprint = "f",
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Wanted = 2,
    };
}
