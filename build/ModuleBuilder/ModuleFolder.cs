using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ModuleBuilder;

/// <summary>
/// The module folder under construction. Only what differs is written, and a file is replaced by renaming, never
/// overwritten: a PowerShell that has the old file loaded keeps it.
/// </summary>
internal sealed partial class ModuleFolder(string target)
{
    private readonly HashSet<string> _wanted = new(StringComparer.Ordinal);

    /// <summary>Keeps other builds away from the folder until disposed.</summary>
    public static FileStream Lock(string target)
    {
        var folder = Directory.GetParent(Path.GetFullPath(target))!.FullName;
        Directory.CreateDirectory(folder);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(folder, ".staging.lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException) when (attempt < 300)
            {
                Thread.Sleep(100);
            }
        }
    }

    /// <summary>The module and its types beside the manifest's root module; the engine and its packages one folder deeper.</summary>
    public void AddBinaries(string source)
    {
        foreach (var file in Directory.GetFiles(source, "*.dll"))
        {
            var name = Path.GetFileName(file);
            var folder = name is "SpotCluster.dll" or "SpotCluster.Model.dll" ? "" : "dependencies/";
            Add($"bin/{folder}{name}", File.ReadAllBytes(file));
        }
    }

    /// <summary>The manifest, with the version of the build in it.</summary>
    public void AddManifest(string source, string version)
    {
        var text = File.ReadAllText(source);
        if (VersionLine().Count(text) != 1)
        {
            throw new InvalidDataException($"{source} must have exactly one line ModuleVersion = '0.0.0'.");
        }

        Add(Path.GetFileName(source), Encoding.UTF8.GetBytes(VersionLine().Replace(text, $"${{1}}'{version}'")));
    }

    /// <summary>
    /// A folder as it is; but of XML, what is there for those who write it is left out: PowerShell goes through every
    /// comment and indentation of it at each import.
    /// </summary>
    public void AddFolder(string source)
    {
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var content = Path.GetExtension(file) == ".ps1xml" ? Compact(XDocument.Load(file)) : File.ReadAllBytes(file);
            Add(Path.GetRelativePath(source, file).Replace('\\', '/'), content);
        }
    }

    /// <summary>One file.</summary>
    public void Add(string name, byte[] content)
    {
        var path = Path.GetFullPath(Path.Combine(target, name));
        _wanted.Add(path);
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var fresh = path + ".new";
        File.WriteAllBytes(fresh, content);
        try
        {
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException && File.Exists(path))
        {
            // Windows: a loaded assembly cannot be replaced, but it can be moved out of the way.
            File.Move(path, $"{path}.{Guid.NewGuid():N}.old");
            File.Move(fresh, path);
        }
    }

    /// <summary>What an earlier build left and this one does not have.</summary>
    public void RemoveEverythingElse()
    {
        foreach (var file in Directory.GetFiles(target, "*", SearchOption.AllDirectories).Where(file => !_wanted.Contains(file)))
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException && file.EndsWith(".old", StringComparison.Ordinal))
            {
                // Still loaded somewhere; the next build tries again.
            }
        }

        foreach (var folder in Directory.GetDirectories(target, "*", SearchOption.AllDirectories).OrderByDescending(folder => folder.Length))
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
            }
        }
    }

    private static byte[] Compact(XDocument document)
    {
        document.DescendantNodes().OfType<XComment>().Remove();
        return Encoding.UTF8.GetBytes($"{document.Declaration}{document.ToString(SaveOptions.DisableFormatting)}");
    }

    [GeneratedRegex(@"(?m)^(\s*ModuleVersion\s*=\s*)'0\.0\.0'")]
    private static partial Regex VersionLine();
}
