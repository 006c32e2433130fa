using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>
/// Reports whether an engine still has the credentials that a new one would find: a session in which <c>AWS_PROFILE</c> was
/// set, or a wrong key was corrected, must not go on with the old ones.
/// </summary>
public static class CredentialStamp
{
    private static readonly string[] Prefixes = ["AWS_", "VAST_", "BACALHAU_"];

    /// <summary>A hash over the variables and files that credentials and endpoints are found by. Nothing can be read from it.</summary>
    public static string Now()
    {
        var text = new StringBuilder();
        foreach (var variable in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => (Name: (string)entry.Key, Value: entry.Value as string))
            .Where(variable => Prefixes.Any(prefix => variable.Name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(variable => variable.Name, StringComparer.Ordinal))
        {
            text.Append(variable.Name).Append('=').Append(variable.Value).Append('\n');
        }

        foreach (var path in ProfileFiles.Paths())
        {
            var file = new FileInfo(path);
            text.Append(path).Append('|');
            if (file.Exists)
            {
                text.Append(file.LastWriteTimeUtc.Ticks.ToString(CultureInfo.InvariantCulture)).Append('|').Append(file.Length.ToString(CultureInfo.InvariantCulture));
            }

            text.Append('\n');
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        return Convert.ToBase64String(SHA256.HashData(bytes));
    }
}
