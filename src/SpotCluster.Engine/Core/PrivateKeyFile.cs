using System.Text;
using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>Checks an OpenSSH private key: that it is there, that it is one, and that it is its owner's alone. It is never read further.</summary>
public static class PrivateKeyFile
{
    /// <summary>Throws for the first thing that is wrong.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.KeyFileInvalid"/>.</exception>
    public static void Check(string path)
    {
        string start;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var head = new byte[64];
            start = Encoding.ASCII.GetString(head, 0, stream.Read(head, 0, head.Length));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Invalid(path, $"Cannot read the key file {path}: {failure.Message}", "Specify the path of an OpenSSH private key, for example ~/.ssh/id_ed25519.", failure);
        }

        if (!start.StartsWith("-----BEGIN ", StringComparison.Ordinal) || !start.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw Invalid(path, $"The key file {path} is not an OpenSSH private key.", "Specify the path of the private key, not of the public key (.pub).");
        }

        CheckMode(path);
    }

    /// <summary>Throws when others than its owner may read or change the file; a file that is not there is passed over.</summary>
    public static void CheckMode(string path)
    {
        if (SecretFile.IsOpenToOthers(path))
        {
            throw Invalid(path, $"The private key {path} is readable by other users, so ssh does not use it.", $"Run: chmod 600 {path}");
        }
    }

    private static SpotException Invalid(string path, string message, string advice, Exception? cause = null) =>
        new(SpotErrorIds.KeyFileInvalid, SpotErrorCategory.InvalidArgument, message, cause) { Target = path, RecommendedAction = advice };
}
