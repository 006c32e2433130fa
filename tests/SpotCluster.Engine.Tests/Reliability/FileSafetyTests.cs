using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>Files and streams that are not what a program expects.</summary>
[Collection(EnvironmentGuard.Collection)]
[SupportedOSPlatform("linux")]
public sealed class FileSafetyTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-files-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _environment.Dispose();
    }

    [Fact]
    public void The_lock_of_a_killed_process_goes_and_that_of_a_living_one_stays()
    {
        var journal = new FileJournal(_folder, TimeProvider.System);
        string[] locks = [.. new[] { "DEAD", "OLD", "YOUNG" }.Select(name => Path.Combine(_folder, name + ".lock"))];
        Array.ForEach(locks, path => File.WriteAllText(path, ""));
        File.SetLastWriteTimeUtc(locks[1], DateTime.UnixEpoch);
        journal.Delete("dead", "123456789012");
        using (journal.Open(new JournalEntry { ClusterName = "demo", AccountId = "123456789012", Run = "run", Fingerprint = "", StartedAt = default, Regions = [] }))
        {
            journal.Delete("demo", "123456789012");
            Assert.Equal(["DEMO.lock", "YOUNG.lock"], Directory.GetFiles(_folder, "*.lock").Select(Path.GetFileName).Order());
        }

        Assert.Equal(["YOUNG.lock"], Directory.GetFiles(_folder, "*.lock").Select(Path.GetFileName));
    }

    [Fact]
    public void Only_a_regular_file_is_replaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "devices are files on Linux");
        Assert.Throws<IOException>(() => PrivateFile.Write("/dev/full", "x"));
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, "/dev/null");
        Assert.Throws<IOException>(() => PrivateFile.Write(link, "x"));
        Assert.Throws<IOException>(() => PrivateFile.Write(_folder, "x"));
        var socket = Path.Combine(_folder, "socket");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        Assert.Throws<IOException>(() => PrivateFile.Write(socket, "x"));
        var pipe = Path.Combine(_folder, "fifo");
        using (var make = Process.Start("mkfifo", pipe))
        {
            make.WaitForExit();
        }

        Assert.Throws<IOException>(() => PrivateFile.Write(pipe, "x"));
        Assert.Equal(2, new[] { pipe, socket }.Count(File.Exists));
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
        var file = Path.Combine(_folder, "file");
        PrivateFile.Write(file, "1");
        PrivateFile.Write(file, "2");
        Assert.Equal("2", File.ReadAllText(file));
    }

    [Fact]
    public void Folders_are_for_their_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the folders of a user are private there");
        var deep = Path.Combine(_folder, "a", "b");
        PrivateFile.CreateFolder(deep);
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal((Owner, Owner), (File.GetUnixFileMode(deep), File.GetUnixFileMode(Path.Combine(_folder, "a"))));
    }

    [Fact]
    public async Task A_home_that_is_not_there_is_an_error_and_no_file_lands_where_the_command_runs()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the state folder is not below HOME there");
        EnvironmentGuard.Set("HOME", Path.Combine(_folder, "nobody"));
        var error = Assert.Throws<SpotException>(JournalFolder.Default);
        Assert.Equal(SpotErrorIds.LocalFileFailed, error.ErrorId);
        Assert.Contains("XDG_STATE_HOME", error.RecommendedAction, StringComparison.Ordinal);
        EnvironmentGuard.Set("XDG_STATE_HOME", _folder);
        Assert.StartsWith(_folder, JournalFolder.Default(), StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData("config show --json")]
    [InlineData("config show")]
    [InlineData("rehearse")]
    public async Task A_standard_output_that_is_full_is_one_sentence(string line)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Tool.IsOnPath("sh"), "there is no /dev/full");
        var run = await Tool.RunAsync("sh", new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = _folder }, "-c", $"dotnet '{Tool.SpotClusterPath}' {line} >/dev/full");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Cannot write to standard output", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("filterTagValue", "*", false)]
    [InlineData("filterTagValue", "team-?", false)]
    [InlineData("filterTagValue", "a\u001bb", false)]
    [InlineData("filterTagValue", "a\u202eb", false)]
    [InlineData("filterTagName", "team*", false)]
    [InlineData("creator", "a\u200bb", false)]
    [InlineData("filterTagValue", "team-a", true)]
    [InlineData("filterTagValue", "größe", true)]
    public void A_tag_that_others_may_have_or_that_cannot_be_seen_is_refused(string setting, string value, bool isValid) =>
        Assert.Equal(isValid, SettingTable.Get(setting).Rule(value) is null);

    [Fact]
    public void Hidden_characters_are_shown_as_their_code() =>
        Assert.Equal("a\\u202Eb\\u200B c é", VisibleText.Clean("a\u202eb\u200b\u001bc é"));
}
