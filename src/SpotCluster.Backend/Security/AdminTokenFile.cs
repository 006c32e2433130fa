using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Security;

/// <summary>The admin's token in a file that only its owner may read; made at the first start.</summary>
public static class AdminTokenFile
{
    /// <summary>Reads the token, or makes a new one in a file with mode 0600.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The token, and whether the file was made by this call.</returns>
    /// <exception cref="InvalidOperationException">The file holds no usable token, or others may read it.</exception>
    public static (string Token, bool Created) ReadOrCreate(string path)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        if (!File.Exists(full))
        {
            var token = Token.New("sca_");
            using var file = PrivateFile.Create(full);
            using var writer = new StreamWriter(file);
            writer.WriteLine(token);
            return (token, true);
        }

        if (!OperatingSystem.IsWindows()
            && (File.GetUnixFileMode(full) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            throw new InvalidOperationException($"{path} is accessible by other users: run chmod 600 {path}.");
        }

        var text = File.ReadAllText(full).Trim();
        return text.Length >= Token.MinAdminLength
            ? (text, false)
            : throw new InvalidOperationException($"{path} does not contain a token of at least {Token.MinAdminLength} characters.");
    }
}
