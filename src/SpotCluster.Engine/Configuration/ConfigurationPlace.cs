using System.Globalization;
using System.Runtime.InteropServices;

namespace SpotCluster.Engine.Configuration;

/// <summary>Where the configuration lies.</summary>
/// <param name="Path">Full path of the file; null when there is none in any of the default places.</param>
/// <param name="IsRequired">Somebody has named it, so it must be there.</param>
public sealed record ConfigurationPlace(string? Path, bool IsRequired)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "spotcluster.yaml";

    /// <summary>
    /// The file that was named; else that of <c>SPOTCLUSTER_CONFIG</c>; else the first that is there: in the working folder,
    /// then <c>$XDG_CONFIG_HOME/spotcluster</c> (<c>~/.config/spotcluster</c>), on Windows <c>%APPDATA%\spotcluster</c>.
    /// </summary>
    /// <param name="path">The file that was named; null for none.</param>
    /// <param name="workingFolder">What relative paths are relative to; null for that of the process.</param>
    /// <param name="variable">Reads an environment variable; null for those of the process.</param>
    public static ConfigurationPlace Find(string? path, string? workingFolder = null, Func<string, string?>? variable = null)
    {
        workingFolder ??= Directory.GetCurrentDirectory();
        variable ??= Environment.GetEnvironmentVariable;
        if (path is not null || variable(SettingTable.FileVariable) is { Length: > 0 })
        {
            return new ConfigurationPlace(System.IO.Path.GetFullPath(System.IO.Path.Combine(workingFolder, path ?? variable(SettingTable.FileVariable)!)), true);
        }

        return new ConfigurationPlace(Defaults(workingFolder, variable).FirstOrDefault(File.Exists), false);
    }

    /// <summary>Changes whenever the file or a variable has changed: equal stamps give equal settings.</summary>
    /// <param name="variable">Reads an environment variable; null for those of the process.</param>
    public string Stamp(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        var file = Path is null ? null : new FileInfo(Path);
        var state = file is { Exists: true }
            ? string.Format(CultureInfo.InvariantCulture, "{0}|{1}|{2}", Path, file.LastWriteTimeUtc.Ticks, file.Length)
            : Path;
        return string.Join("\n", SettingTable.All.Select(setting => variable(setting.EnvironmentVariable)).Prepend(state));
    }

    private static IEnumerable<string> Defaults(string workingFolder, Func<string, string?> variable)
    {
        yield return System.IO.Path.Combine(workingFolder, FileName);
        var isWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
        var settings = isWindows ? variable("APPDATA") : variable("XDG_CONFIG_HOME");
        if (string.IsNullOrEmpty(settings) || !System.IO.Path.IsPathRooted(settings))
        {
            var home = isWindows ? null : variable("HOME");
            settings = string.IsNullOrEmpty(home) ? null : System.IO.Path.Combine(home, ".config");
        }

        if (settings is not null)
        {
            yield return System.IO.Path.Combine(settings, "spotcluster", FileName);
        }
    }
}
