using System.Runtime.InteropServices;

namespace SpotCluster.Engine.Clusters.Journal;

/// <summary>Where the journal lies.</summary>
public static class JournalFolder
{
    /// <summary>
    /// <c>$XDG_STATE_HOME</c> or <c>~/.local/state</c>, on Windows <c>%LOCALAPPDATA%</c>, and in it <c>spotcluster/journal</c>.
    /// </summary>
    public static string Default()
    {
        var state = RuntimeInformation.IsOSPlatform(OSPlatform.Windows)
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } home && Path.IsPathRooted(home)
                ? home
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "spotcluster", "journal");
    }
}
