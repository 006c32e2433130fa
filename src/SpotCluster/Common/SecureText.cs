using System.Net;
using System.Security;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Tokens from where a cmdlet gets them.</summary>
internal static class SecureText
{
    /// <summary>The token of a parameter, or of a file; null when neither is given.</summary>
    public static AgentToken? ToToken(SecureString? secret, string? path, Action<string> warn)
    {
        if (secret is null)
        {
            return path is null ? null : TokenFile.Read(path, warn);
        }

        try
        {
            return new AgentToken(new NetworkCredential("", secret).Password);
        }
        catch (ArgumentException)
        {
            throw new SpotException(SpotErrorIds.BackendTokenMissing, SpotErrorCategory.Authentication, "-Token is not valid: it must be one word of printable characters.");
        }
    }
}
