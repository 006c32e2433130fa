using System.Text.RegularExpressions;

namespace SpotCluster.Model;

/// <summary>
/// Removes secrets from text. Every error passes through it when it is created, and every message when it is written, so
/// that no text of a package, a service or a file can show a key, a token or a password.
/// </summary>
public static class SecretText
{
    private const string Mask = "***";

    /// <summary>A shorter value would be found in ordinary words.</summary>
    private const int ShortestValue = 8;

    /// <summary>The number of values that are remembered; the one that was used longest ago is forgotten first.</summary>
    private const int MostValues = 1000;

    /// <summary>The key of the simulator, which its documentation names.</summary>
    private const string Simulated = "simulated";

    /// <summary>Variables whose value is a secret.</summary>
    private static readonly string[] Variables =
    [
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "VAST_API_KEY", "BACALHAU_API_KEY",
        "BACALHAU_API_PASSWORD", "SPOTCLUSTER_ORCHESTRATOR_TOKEN", "SPOTCLUSTER_ADMIN_TOKEN", "SPOTCLUSTER_CERTIFICATE_PASSWORD",
        "SPOT_OPTIMIZER_CLIENT_TOKEN", "CLIENT_TOKEN",
    ];

    /// <summary>Variables whose value is an address, perhaps with a password.</summary>
    private static readonly string[] Proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

    // The user part of an address, with or without a password.
    private static readonly Regex UserOfAddress = new(
        @"(?<=\b[a-z][a-z0-9+.-]*://)[^/\s@'""<>]+(?=@)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    private static readonly Regex Named = new(
        @"(?<name>\b(?:x-amz-security-token|x-amz-signature|aws_secret_access_key|aws_session_token|authorization|api[_-]?key|access_?token|refresh_?token|client_?secret|password|pwd)[""']?\s*[=:]\s*[""']?)(?<value>(?:(?:bearer|basic|aws4-hmac-sha256)\s+)?[^\s""'&;,]+)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    private static readonly Regex Header = new(
        @"\b(?<scheme>bearer|basic)\s+[A-Za-z0-9+/=._~-]{16,}", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    // How the AWS SDK quotes a line of a file that it cannot parse.
    private static readonly Regex QuotedLine = new(@"(?<=\bLine \d+:<).*(?=> in file )", RegexOptions.CultureInvariant);

    private static readonly object Gate = new();
    private static readonly Dictionary<string, LinkedListNode<string>> Known = new(StringComparer.Ordinal);
    private static readonly LinkedList<string> ByUse = new();
    private static string[] _values = [];

    /// <summary>Remembers a secret, so that no text shows it from now on. Returns it.</summary>
    /// <param name="value">The secret; null and very short values are not remembered.</param>
    public static string? Hide(string? value)
    {
        if (value?.Trim() is not { Length: >= ShortestValue } secret || secret == Simulated)
        {
            return value;
        }

        lock (Gate)
        {
            if (Known.TryGetValue(secret, out var node))
            {
                ByUse.Remove(node);
                ByUse.AddLast(node);
                return value;
            }

            if (ByUse.Count >= MostValues)
            {
                Known.Remove(ByUse.First!.Value);
                ByUse.RemoveFirst();
            }

            Known[secret] = ByUse.AddLast(secret);

            // A value that holds another one is replaced first, so that nothing of it remains.
            Volatile.Write(ref _values, [.. Known.Keys.OrderByDescending(known => known.Length)]);
        }

        return value;
    }

    /// <summary>The text without secrets.</summary>
    /// <param name="text">Any text; null stays null.</param>
    public static string? Redact(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return text;
        }

        foreach (var name in Variables)
        {
            Hide(Environment.GetEnvironmentVariable(name));
        }

        foreach (var name in Proxies)
        {
            if (Uri.TryCreate(Environment.GetEnvironmentVariable(name), UriKind.Absolute, out var proxy) && proxy.UserInfo.Split([':'], 2) is [_, var password])
            {
                Hide(Uri.UnescapeDataString(password));
            }
        }

        var clean = text!;
        foreach (var value in Volatile.Read(ref _values))
        {
            clean = Replace(clean, value);
            var escaped = Uri.EscapeDataString(value);
            if (escaped != value)
            {
                clean = Replace(clean, escaped);
            }
        }

        clean = QuotedLine.Replace(clean, Mask);
        clean = UserOfAddress.Replace(clean, Mask);
        clean = Named.Replace(clean, match => match.Groups["name"].Value + Mask);
        return Header.Replace(clean, match => $"{match.Groups["scheme"].Value} {Mask}");
    }

    /// <summary>The cause of an error, unless its text or that of one of its causes holds a secret: then its text without them.</summary>
    /// <param name="cause">The cause; null for none.</param>
    public static Exception? Redact(Exception? cause)
    {
        if (cause is null or SpotException or RedactedException)
        {
            return cause;
        }

        var text = cause.ToString();
        var clean = Redact(text)!;
        return clean == text && Redact(cause.Message) == cause.Message ? cause : new RedactedException(Redact(cause.Message)!, clean);
    }

    private static string Replace(string text, string value) => string.Join(Mask, text.Split([value], StringSplitOptions.None));

    /// <summary>Stands for an exception whose own text must not be shown.</summary>
    private sealed class RedactedException(string message, string text) : Exception(message)
    {
        public override string ToString() => text;
    }
}
