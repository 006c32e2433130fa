using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Aws.Credentials;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Tests.AgentTests;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// A disk that is really full: the write itself fails with "no space left", at the first byte or in the middle of a file. Whoever wrote is
/// told which file and why; what was there before is there still; no draft stays; and with room again everything goes on.
/// </summary>
public sealed class FullDiskTests
{
    // Longer than a page: with one page left it is cut off in the middle.
    private static readonly string Long = new('x', SmallDisk.PageSize + 1000);

    public static TheoryData<int> PagesLeft => new(0, 1);

    [Theory]
    [MemberData(nameof(PagesLeft))]
    public void The_disk_of_these_tests_ends_in_the_middle_of_a_file(int pagesLeft)
    {
        using var disk = Mount();
        disk.Fill(pagesLeft);
        var path = Path.Combine(disk.Folder, "file");
        Assert.ThrowsAny<IOException>(() => File.WriteAllText(path, Long));
        Assert.Equal(pagesLeft * SmallDisk.PageSize, new FileInfo(path).Length);
    }

    [Theory]
    [MemberData(nameof(PagesLeft))]
    public void A_journal_keeps_the_calls_that_it_has(int pagesLeft)
    {
        using var disk = Mount();
        var folder = Path.Combine(disk.Folder, "journal");
        var host = new RecordingHost();
        var pools = Enumerable.Range(0, 60).Select(number => new Pool($"t3.size{number}", "us-east-1a", SpotArchitecture.X64, 2, 0.01m)).ToList();
        using (var run = Journal(folder).Open(Entry("demo")))
        {
            run.Record("us-east-1", 1, SpotLifecycle.Spot, pools[..1]);
            disk.Fill(pagesLeft);
            Reports(folder, Assert.Throws<SpotException>(() => run.Record("us-east-1", 2, SpotLifecycle.Spot, pools)));
            Assert.Single(run.Entry.Calls);
            Assert.DoesNotContain(disk.Files, name => name.EndsWith(".tmp", StringComparison.Ordinal));
        }

        // The next process reads it, and can say so on the same full disk.
        Assert.Single(Assert.Single(Journal(folder).GetOpenRuns("demo", null, host)).Calls);
        Assert.Empty(host.Warnings);

        disk.Free();
        using (var run = Journal(folder).Open(Assert.Single(Journal(folder).GetOpenRuns("demo", null, host))))
        {
            run.Record("us-east-1", 2, SpotLifecycle.Spot, pools);
            Assert.Equal(2, Assert.Single(Journal(folder).GetOpenRuns("demo", null, host)).Calls.Count);
            run.Complete();
        }

        Assert.Empty(disk.Files);
    }

    [Fact]
    public void A_run_that_cannot_be_written_down_does_not_begin_and_holds_nothing()
    {
        using var disk = Mount();
        var folder = Path.Combine(disk.Folder, "journal");
        disk.Fill();
        Reports(folder, Assert.Throws<SpotException>(() => Journal(folder).Open(Entry("demo"))));
        Assert.Empty(disk.Files);

        disk.Free();
        using var run = Journal(folder).Open(Entry("demo"));
        run.Complete();
    }

    [Theory]
    [MemberData(nameof(PagesLeft))]
    public void A_record_of_what_is_to_be_rented_is_whole_or_not_there(int pagesLeft)
    {
        using var disk = Mount();
        var folder = Path.Combine(disk.Folder, "journal");
        var journal = new RentJournal(folder);
        disk.Fill(pagesLeft);
        Reports(folder, Assert.Throws<SpotException>(() => journal.Begin(Rent(Long))));
        Assert.Empty(disk.Files);

        disk.Free();
        using var intent = journal.Begin(Rent("request"));
        intent.Complete();
        Assert.Empty(disk.Files);
    }

    [Fact]
    public void A_call_that_could_not_be_written_down_does_not_spoil_the_next()
    {
        using var disk = Mount();
        var folder = Path.Combine(disk.Folder, "journal");
        var journal = new RentJournal(folder);
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        // The first line ends ten bytes before the page does, so that the second is cut off.
        var length = SmallDisk.PageSize - 10 - Newtonsoft.Json.JsonConvert.SerializeObject(Rent(""), RentIntent.Json).Length - 1;
        using (var intent = journal.Begin(Rent(new string('x', length))))
        {
            disk.Fill();
            Reports(folder, Assert.Throws<SpotException>(() => intent.Sending(at)));
            Assert.Null(intent.SentAt);
        }

        Assert.Equal(SmallDisk.PageSize, new FileInfo(Path.Combine(folder, Assert.Single(disk.Files))).Length);
        using (var left = Assert.Single(journal.TakeAbandoned(SilentHost.Instance)))
        {
            Assert.Null(left.SentAt);
            disk.Free();
            left.Sending(at);
        }

        using var again = Assert.Single(journal.TakeAbandoned(SilentHost.Instance));
        Assert.Equal(at, again.SentAt);
    }

    [Fact]
    public async Task An_agent_claims_nothing_that_it_cannot_write_down()
    {
        using var disk = Mount();
        using var lab = new AgentLab { State = Path.Combine(disk.Folder, "agent") };
        var id = lab.Add(("spotcluster", "test"));
        lab.Backend.Hand(id);
        disk.Fill();
        Reports(lab.State, await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync()));
        Assert.Equal("running", lab.StateOf(id));
        Assert.DoesNotContain(lab.Backend.Requests, request => request.RequestUri!.AbsolutePath.EndsWith("instances-to-terminate", StringComparison.Ordinal));
        Assert.Equal(["lock"], disk.Files);

        disk.Free();
        await lab.PassAsync();
        Assert.Equal("terminated", lab.StateOf(id));
        Assert.Equal(["lock", "pace.json"], disk.Files);
    }

    [Theory]
    [InlineData("DescribeInstanceAttribute")]
    [InlineData("TerminateInstances")]
    public async Task A_disk_that_fills_up_during_a_pass_loses_no_decision(string fullFrom)
    {
        using var disk = Mount();
        using var lab = new AgentLab { State = Path.Combine(disk.Folder, "agent") };
        string[] ids = [lab.Add(), lab.Add()];
        lab.Backend.Hand(ids);
        lab.Cloud.Receiving += call =>
        {
            if (call.Operation == fullFrom)
            {
                disk.Fill();
            }
        };
        Reports(lab.State, await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync()));

        // Either nothing was done, or what was done is written down as decided.
        var begun = fullFrom == "TerminateInstances";
        Assert.Equal(begun ? 1 : 0, ids.Count(id => lab.StateOf(id) != "running"));
        Assert.Equal(begun ? 1 : 0, disk.Files.Count(name => name.EndsWith(".outbox.json", StringComparison.Ordinal)));
        Assert.DoesNotContain(disk.Files, name => name.EndsWith(".tmp", StringComparison.Ordinal));

        fullFrom = "";
        disk.Free();
        await lab.PassAsync();
        Assert.All(ids, id => Assert.Equal("terminated", lab.StateOf(id)));
        Assert.Equal(2, lab.Terminations);
        Assert.Equal(["lock", "pace.json"], disk.Files);
    }

    [Theory]
    [MemberData(nameof(PagesLeft))]
    public void An_outbox_entry_is_the_old_one_or_the_new_one(int pagesLeft)
    {
        using var disk = Mount();
        var outbox = new AgentOutbox(disk.Folder);
        var entry = new OutboxEntry { InstanceId = "i-0123456789abcdef0", Reason = "zombie_timeout" };
        outbox.Put(entry);
        disk.Fill(pagesLeft);
        entry.Report = new JObject { ["error"] = Long };
        Reports(disk.Folder, Assert.Throws<SpotException>(() => outbox.Put(entry)));
        Assert.Equal(["i-0123456789abcdef0.outbox.json"], disk.Files);
        Assert.Null(Assert.Single(outbox.Read(SilentHost.Instance)).Report);

        // Taking one away needs no room.
        outbox.Remove(entry);
        Assert.Empty(disk.Files);
    }

    [Fact]
    public void Drafts_of_a_killed_agent_are_cleared_away()
    {
        using var disk = Mount();
        var clock = TimeProvider.System;
        var server = new Uri("http://127.0.0.1:1/");
        using (AgentState.Open(disk.Folder, server, "agent-1", clock))
        {
        }

        File.WriteAllText(Path.Combine(Directory.GetDirectories(disk.Folder).Single(), "pace.json.0123.tmp"), "[1");
        using var state = AgentState.Open(disk.Folder, server, "agent-1", clock);
        Assert.Equal(["lock"], disk.Files);
    }

    [Fact]
    public void A_log_loses_lines_and_neither_the_agent_nor_the_next_line()
    {
        using var disk = Mount();
        var path = Path.Combine(disk.Folder, "agent.log");
        using (var log = new AgentLogFile(path))
        {
            log.Write(Line("first"));
            disk.Fill(pagesLeft: 0);
            log.Write(Line(Long));
            log.Write(Line(Long));
            disk.Free();
            log.Write(Line("last"));
        }

        Assert.Equal(["first", "last"], File.ReadAllLines(path).Select(line => (string?)JObject.Parse(line)["message"]));
    }

    [Theory]
    [MemberData(nameof(PagesLeft))]
    public void A_private_file_is_the_old_one_or_the_new_one(int pagesLeft)
    {
        using var disk = Mount();
        var path = Path.Combine(disk.Folder, "secret");
        PrivateFile.Write(path, "old");
        disk.Fill(pagesLeft);
        Assert.Contains("space", Assert.ThrowsAny<IOException>(() => PrivateFile.Write(path, Long)).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("old", SecretFile.Read(path, "secret"));
        Assert.Equal(["secret"], disk.Files);

        Assert.ThrowsAny<IOException>(() => PrivateFile.WriteNew(Path.Combine(disk.Folder, "new"), Long));
        Assert.ThrowsAny<IOException>(() => PrivateFile.RequireRoom(disk.Folder, 2 * SmallDisk.PageSize));
        Assert.Equal(["secret"], disk.Files);
    }

    [Fact]
    public void Whoever_writes_a_private_file_is_told_which_and_why()
    {
        using var disk = Mount();
        disk.Fill();
        var token = Path.Combine(disk.Folder, "token");
        Reports(token, Assert.Throws<SpotException>(() => TokenFile.Write(token, new AgentToken("secret-token"))));
        var configuration = Path.Combine(disk.Folder, "spotcluster.yaml");
        Reports(configuration, Assert.Throws<SpotException>(() => ConfigurationWriter.Write(configuration, new Dictionary<string, object>(), overwrite: false)));
        var log = Path.Combine(disk.Folder, "agent.log");
        var keys = new VastKeyStore(name => name == "HOME" ? disk.Folder : null);
        Reports(disk.Folder, Assert.Throws<SpotException>(() => keys.Save("0123456789abcdef")));
        var profile = new SsoProfile { ProfileName = "dev", StartUrl = "https://start", Region = "us-east-1" };
        var cache = new SsoTokenCache(new DiskCache(disk.Folder));
        Reports(disk.Folder, Assert.Throws<SpotException>(() => cache.WriteToken(profile, new SsoToken { AccessToken = "a" })));
        Reports(disk.Folder, Assert.Throws<SpotException>(() => cache.WriteRegistration(profile, new SsoClientRegistration { ClientId = "c" })));
        Assert.Empty(disk.Files);

        // With room again the same names can be taken.
        disk.Free();
        TokenFile.Write(token, new AgentToken("secret-token"));
        Assert.Equal(["token"], disk.Files);
        using var opened = new AgentLogFile(log);
    }

    private static SmallDisk Mount()
    {
        Assert.SkipWhen(SmallDisk.Missing is not null, SmallDisk.Missing ?? "It is there");
        return SmallDisk.TryMount(128 * SmallDisk.PageSize)!;
    }

    /// <summary>The error is about the file or folder, gives the system's reason, and says what to do.</summary>
    private static void Reports(string path, SpotException error)
    {
        Assert.Equal(SpotErrorIds.LocalFileFailed, error.ErrorId);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, Assert.IsType<string>(error.Target), StringComparison.Ordinal);
        Assert.Contains("Free disk space", error.RecommendedAction, StringComparison.Ordinal);

        // By its text, since secrets that other tests plant may stand in a trace, and are taken out of it.
        Assert.Contains(nameof(IOException), error.InnerException!.ToString(), StringComparison.Ordinal);
    }

    private static FileJournal Journal(string folder) => new(folder, TimeProvider.System);

    private static AgentLogEntry Line(string message) => new(DateTimeOffset.UnixEpoch, AgentLogLevel.Info, "test", message, new Dictionary<string, string?>());

    private static JournalEntry Entry(string name) => new()
    {
        ClusterName = name,
        AccountId = "123456789012",
        Run = "0123456789abcdef0123",
        Fingerprint = "f",
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    private static RentEntry Rent(string request) => new()
    {
        Label = "spotcluster/gpu/one",
        Request = request,
        Endpoint = "https://console.vast.ai",
        StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    /// <summary>The cache of sign-in tokens, on the small disk.</summary>
    private sealed class DiskCache(string folder) : ISsoCacheFiles
    {
        public string PathOf(string name) => Path.Combine(folder, name);

        public string? Read(string name) => null;

        public void Write(string name, string text) => PrivateFile.Write(PathOf(name), text);

        public void Delete(string name) => File.Delete(PathOf(name));
    }
}
