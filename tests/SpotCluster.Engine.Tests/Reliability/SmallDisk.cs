using System.Diagnostics;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// A disk that can really be full: a file system of some pages in memory, mounted in a mount namespace of its own. The namespace is that
/// of a helper process, through whose root directory the files are reached; the mount is gone with it, whatever becomes of the test. It
/// takes root, or a system that lets every user have such a namespace.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    /// <summary>What a file takes of it at least.</summary>
    public const int PageSize = 4096;

    private const string BallastName = "ballast";

    private readonly DirectoryInfo _place;
    private readonly Process _holder;

    private SmallDisk(DirectoryInfo place, Process holder)
    {
        _place = place;
        _holder = holder;
        Folder = FormattableString.Invariant($"/proc/{holder.Id}/root{place.FullName}");
    }

    /// <summary>Why there is none here; null when there is.</summary>
    public static string? Missing => LazyMissing.Value;

    /// <summary>Its only folder.</summary>
    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, BallastName);

    private static Lazy<string?> LazyMissing { get; } = new(() =>
    {
        using var disk = TryMount(16 * PageSize, out var reason);
        return disk is null ? reason : null;
    });

    /// <summary>Mounts one of that many bytes; null where that is not permitted.</summary>
    public static SmallDisk? TryMount(int bytes) => TryMount(bytes, out _);

    /// <summary>From now on it takes no byte more, or only so many pages.</summary>
    public void Fill(int pagesLeft = 0)
    {
        // Unbuffered, page by page: what is refused then is exactly one page.
        using (var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 1))
        {
            var page = new byte[PageSize];
            try
            {
                while (true)
                {
                    ballast.Write(page, 0, page.Length);
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        using var rest = new FileStream(Ballast, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 1);
        rest.SetLength(rest.Length - (pagesLeft * PageSize));
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Ballast);

    /// <summary>The names of all files on it, without what fills it.</summary>
    public IReadOnlyList<string> Files =>
        [.. Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Where(name => name != BallastName).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        // At the end of its input the helper ends, and the namespace with it.
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
        _place.Delete();
    }

    private static SmallDisk? TryMount(int bytes, out string reason)
    {
        if (!OperatingSystem.IsLinux())
        {
            reason = "A file system in memory is mounted on Linux only.";
            return null;
        }

        var place = Directory.CreateTempSubdirectory("spotcluster-disk-");
        reason = "";
        foreach (var way in new[] { "--mount", "--mount --user --map-root-user" })
        {
            if (TryHold(place, way, bytes, out reason) is { } holder)
            {
                return new SmallDisk(place, holder);
            }
        }

        place.Delete();
        return null;
    }

    private static Process? TryHold(DirectoryInfo place, string way, int bytes, out string reason)
    {
        var size = bytes.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("unshare")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] script = ["sh", "-c", """mount -t tmpfs -o "size=$1,mode=700" none "$0" && echo mounted && exec cat""", place.FullName, size];
        foreach (var argument in way.Split(' ').Concat(script))
        {
            start.ArgumentList.Add(argument);
        }

        Process holder;
        try
        {
            holder = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            reason = $"A small disk cannot be mounted here: {failure.Message}";
            return null;
        }

        if (holder.StandardOutput.ReadLine() == "mounted")
        {
            reason = "";
            return holder;
        }

        reason = $"A small disk cannot be mounted here: {holder.StandardError.ReadToEnd().Trim()}";
        holder.WaitForExit();
        holder.Dispose();
        return null;
    }
}
