namespace SpotCluster.Backend.Tests.Support;

/// <summary>Folders of databases: in memory where the system has room for that, since no test is about the disk.</summary>
public static class TestFolder
{
    private const string Memory = "/dev/shm";
    private const long Room = 2L << 30;

    public static DirectoryInfo Create(string prefix) =>
        !OperatingSystem.IsWindows() && Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace > Room
            ? Directory.CreateDirectory(Path.Combine(Memory, prefix + Guid.NewGuid().ToString("N")[..12]), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            : Directory.CreateTempSubdirectory(prefix);
}
