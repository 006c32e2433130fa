using System.Text;
using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>Reads an OpenSSH public key.</summary>
public static class PublicKeyFile
{
    private static readonly string[] UsualNames = ["id_ed25519.pub", "id_rsa.pub"];

    private static readonly string[] Kinds = ["ssh-ed25519", "ssh-rsa"];

    /// <summary>The public keys of this user, of the kinds that ssh offers by itself; none where there are none or they cannot be read.</summary>
    public static IReadOnlyList<string> OfThisUser() => [.. PathsOfThisUser().Select(Read)];

    /// <summary>Where they are; only the one that belongs to a private key where that is given and its public one lies beside it.</summary>
    public static IReadOnlyList<string> PathsOfThisUser(string? privateKeyPath = null)
    {
        if (privateKeyPath is not null && IsKey(privateKeyPath + ".pub"))
        {
            return [privateKeyPath + ".pub"];
        }

        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh");
        return [.. UsualNames.Select(name => Path.Combine(folder, name)).Where(IsKey)];

        static bool IsKey(string path)
        {
            try
            {
                return File.Exists(path) && Read(path).Length > 0;
            }
            catch (SpotException)
            {
                // A file that is no key, or may not be read, is none that could log in.
                return false;
            }
        }
    }

    /// <summary>The one line of the file.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.KeyFileInvalid"/>.</exception>
    public static string Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path, Encoding.UTF8).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Invalid(path, $"Cannot read the key file {path}: {failure.Message}", failure);
        }

        // Nothing of the file's content goes into a message: people do give the private key by mistake.
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            throw Invalid(path, $"The key file {path} contains a private key; the public key, usually {path}.pub, is required.");
        }

        var parts = text.Split([' '], StringSplitOptions.RemoveEmptyEntries);
        if (text.Contains('\n') || parts.Length < 2 || !Kinds.Contains(parts[0], StringComparer.Ordinal) || !IsBlob(parts[1], parts[0]))
        {
            throw Invalid(path, $"The key file {path} is not a single OpenSSH public key of a type that EC2 supports (ssh-ed25519, ssh-rsa).");
        }

        return text;
    }

    // The blob repeats the kind as its first field, with a length of four bytes before it.
    private static bool IsBlob(string base64, string kind)
    {
        try
        {
            var bytes = Convert.FromBase64String(base64);
            return bytes.Length > 4 + kind.Length && Encoding.ASCII.GetString(bytes, 4, kind.Length) == kind;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static SpotException Invalid(string path, string message, Exception? cause = null) =>
        new(SpotErrorIds.KeyFileInvalid, SpotErrorCategory.InvalidArgument, message, cause)
        {
            Target = path,
            RecommendedAction = "Specify the path of an OpenSSH public key, for example ~/.ssh/id_ed25519.pub.",
        };
}
