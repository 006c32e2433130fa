using System.Text;
using ModuleBuilder;

namespace SpotCluster.Tests;

/// <summary>Putting the module folder together leaves alone what is right, and what others have open.</summary>
public sealed class StagingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("staging").FullName;

    private string Target => Path.Combine(_folder, "Module");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_that_is_right_is_not_written_again()
    {
        new ModuleFolder(Target).Add("a.txt", "same"u8.ToArray());
        var path = Path.Combine(Target, "a.txt");
        var longAgo = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, longAgo);

        new ModuleFolder(Target).Add("a.txt", "same"u8.ToArray());

        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void Whoever_has_the_old_file_open_keeps_it()
    {
        new ModuleFolder(Target).Add("bin/a.dll", "old"u8.ToArray());
        var path = Path.Combine(Target, "bin", "a.dll");
        using var holder = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

        new ModuleFolder(Target).Add("bin/a.dll", "newer"u8.ToArray());

        Assert.Equal("newer", File.ReadAllText(path));
        using var reader = new StreamReader(holder, Encoding.UTF8);
        Assert.Equal("old", reader.ReadToEnd());
    }

    [Fact]
    public void What_an_earlier_build_left_is_removed()
    {
        var earlier = new ModuleFolder(Target);
        earlier.Add("kept.txt", "x"u8.ToArray());
        earlier.Add("bin/old/stale.dll", "x"u8.ToArray());

        var now = new ModuleFolder(Target);
        now.Add("kept.txt", "x"u8.ToArray());
        now.RemoveEverythingElse();

        Assert.Equal([Path.Combine(Target, "kept.txt")], Directory.GetFileSystemEntries(Target, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_version_is_written_into_the_manifest()
    {
        var manifest = Path.Combine(_folder, "M.psd1");
        File.WriteAllText(manifest, "@{\n    ModuleVersion     = '0.0.0'\n}\n");

        new ModuleFolder(Target).AddManifest(manifest, "4.5.6");

        Assert.Equal("@{\n    ModuleVersion     = '4.5.6'\n}\n", File.ReadAllText(Path.Combine(Target, "M.psd1")));
    }

    [Fact]
    public void A_manifest_without_its_version_line_stops_the_build()
    {
        var manifest = Path.Combine(_folder, "M.psd1");
        File.WriteAllText(manifest, "@{ ModuleVersion = '1.2.3' }");

        Assert.Throws<InvalidDataException>(() => new ModuleFolder(Target).AddManifest(manifest, "4.5.6"));
    }

    [Fact]
    public async Task Two_builds_take_turns()
    {
        var released = false;
        var first = ModuleFolder.Lock(Target);
        var second = Task.Run(() =>
        {
            using var held = ModuleFolder.Lock(Target);
            return Volatile.Read(ref released);
        });
        Volatile.Write(ref released, true);
        await first.DisposeAsync();
        Assert.True(await second);
    }
}
