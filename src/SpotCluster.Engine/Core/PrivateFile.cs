using System.Text;

namespace SpotCluster.Engine.Core;

/// <summary>Files that only their owner may read.</summary>
internal static class PrivateFile
{
    private const string DraftExtension = ".tmp";

    /// <summary>Replaces a file in one step: a reader sees the old text or the new one, and never a part.</summary>
    /// <exception cref="IOException">It cannot be written, or there is something at the path that is not a regular file.</exception>
    public static void Write(string path, string text)
    {
        RequireRegular(path);
        var draft = path + "." + Guid.NewGuid().ToString("N") + DraftExtension;
        try
        {
            using (var stream = Create(draft))
            {
                WriteAll(stream, text);
            }

            Replace(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Writes a file that must not be there yet. When it cannot be written to its end, nothing of it stays.</summary>
    public static void WriteNew(string path, string text)
    {
        var isWhole = false;
        using var stream = Create(path);
        try
        {
            WriteAll(stream, text);
            isWhole = true;
        }
        finally
        {
            if (!isWhole)
            {
                stream.Dispose();
                File.Delete(path);
            }
        }
    }

    /// <summary>Makes a folder, and those above it, that only their owner may enter (mode 0700). One that is there stays as it is.</summary>
    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            return;
        }

        // The mode is that of the last folder only, so each one is made by itself.
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent)
        {
            CreateFolder(parent);
        }

        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Throws <see cref="IOException"/> when the folder does not take so many bytes more. Nothing of them stays.</summary>
    public static void RequireRoom(string folder, int bytes)
    {
        var path = Path.Combine(folder, "room." + Guid.NewGuid().ToString("N") + DraftExtension);
        try
        {
            using var stream = Create(path);
            stream.Write(new byte[bytes], 0, bytes);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Deletes what runs left that were killed while they wrote, as far as that works. Only for whoever is alone in the folder.</summary>
    public static void DeleteDrafts(string folder)
    {
        try
        {
            foreach (var path in Directory.GetFiles(folder, "*" + DraftExtension))
            {
                File.Delete(path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // They are read by nobody.
        }
    }

    /// <summary>
    /// Creates a file of mode 0600 (on Windows the user's own folders are private) that nobody else can open meanwhile. It has no
    /// buffer: on a full disk the write fails, and not the close that comes after it.
    /// </summary>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    // A rename would take the place of a device or a folder, where its owner may rename there.
    private static void RequireRegular(string path)
    {
        var real = Path.GetFullPath(File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? target.FullName : path);
        if (Directory.Exists(real)
            || (real.StartsWith("/dev/", StringComparison.Ordinal) && !real.StartsWith("/dev/shm/", StringComparison.Ordinal) && !OperatingSystem.IsWindows()))
        {
            throw NotRegular(path);
        }

        if (File.Exists(real) && !OperatingSystem.IsWindows())
        {
            try
            {
                // Opened both ways a FIFO waits for nobody; a socket cannot be opened.
                using var there = new FileStream(real, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0);
                if (there.CanSeek)
                {
                    return;
                }
            }
            catch (IOException failure)
            {
                throw NotRegular(path, failure);
            }

            throw NotRegular(path);
        }
    }

    private static IOException NotRegular(string path, Exception? cause = null) => new($"{path} is not a regular file.", cause);

    private static void WriteAll(FileStream stream, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        stream.Write(bytes, 0, bytes.Length);
        stream.Flush(flushToDisk: true);
    }

    private static void Replace(string draft, string path)
    {
        File.Move(draft, path, overwrite: true);
    }
}
