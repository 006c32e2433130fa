using System.Text;
using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>Files that hold a secret of one line.</summary>
internal static class SecretFile
{
    private const int MostBytes = 16 * 1024;

    /// <summary>The line. Nothing of it goes into a message.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it holds, for messages: <c>token</c>.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.SecretFileInvalid"/>.</exception>
    public static string Read(string path, string what)
    {
        string text;
        try
        {
            if (new FileInfo(path).Length > MostBytes)
            {
                throw Invalid(path, $"The file {path} is too large for a {what}.", $"Write the {what} and nothing else to the file.");
            }

            text = File.ReadAllText(path, Encoding.UTF8).Trim();
            SecretText.Hide(text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Invalid(path, $"Cannot read the file {path} with the {what}: {failure.Message}", $"Write the {what} to that file, or specify another file.", failure);
        }

        if (text.Length == 0 || text.Any(char.IsControl))
        {
            throw Invalid(path, $"The file {path} does not contain one line with a {what}.", $"Write the {what} and nothing else to the file.");
        }

        return IsOpenToOthers(path)
            ? throw Invalid(path, $"The file {path} with the {what} is readable by other users.", $"Run: chmod 600 {path}")
            : text;
    }

    /// <summary>True when others than its owner may read or change a file that is there. On Windows the folders of a user are private.</summary>
    public static bool IsOpenToOthers(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        return !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Others) != 0;
    }

    private static SpotException Invalid(string path, string message, string advice, Exception? cause = null) =>
        new(SpotErrorIds.SecretFileInvalid, SpotErrorCategory.InvalidArgument, message, cause) { Target = path, RecommendedAction = advice };
}
