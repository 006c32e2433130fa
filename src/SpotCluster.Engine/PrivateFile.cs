using System.Text;

namespace SpotCluster.Engine;

/// <summary>Files that only their owner may read.</summary>
internal static class PrivateFile
{
    /// <summary>Replaces a file in one step: a reader sees the old text or the new one, and never a part.</summary>
    public static void Write(string path, string text)
    {
        var draft = path + "." + Guid.NewGuid().ToString("N") + ".tmp";
        try
        {
            using (var stream = Create(draft))
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                stream.Write(bytes, 0, bytes.Length);
                stream.Flush(flushToDisk: true);
            }

            Replace(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Creates a file of mode 0600 (on Windows the user's own folders are private) that nobody else can open meanwhile.</summary>
    public static FileStream Create(string path)
    {
#if NET8_0_OR_GREATER
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
#else
        return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
#endif
    }

    private static void Replace(string draft, string path)
    {
#if NET8_0_OR_GREATER
        File.Move(draft, path, overwrite: true);
#else
        File.Delete(path);
        File.Move(draft, path);
#endif
    }
}
