namespace SpotCluster.Backend.Data;

/// <summary>Files that only their owner may read.</summary>
internal static class PrivateFile
{
    /// <summary>Creates a new file with mode 0600 where the system knows modes; fails when it exists.</summary>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }
}
