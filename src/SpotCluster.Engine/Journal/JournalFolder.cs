using System.Runtime.InteropServices;
using SpotCluster.Model;

namespace SpotCluster.Engine.Journal;

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
                : Path.Combine(UserFolder(), ".local", "state");
        return Path.Combine(state, "spotcluster", "journal");
    }

    // A home folder that does not exist is an empty text to .NET, and the journal would go to wherever the command runs.
    private static string UserFolder() => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
        ? home
        : throw new SpotException(
            SpotErrorIds.LocalFileFailed,
            SpotErrorCategory.InvalidArgument,
            $"Cannot find a folder for the journal: the home folder {Environment.GetEnvironmentVariable("HOME")} does not exist.")
        {
            Target = "HOME",
            RecommendedAction = "Set HOME to an existing folder, or XDG_STATE_HOME to the folder for the journal.",
        };
}
