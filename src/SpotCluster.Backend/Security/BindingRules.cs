using System.Net;

namespace SpotCluster.Backend.Security;

/// <summary>Loopback is fine; anything else needs TLS or somebody's explicit word.</summary>
internal static class BindingRules
{
    /// <exception cref="InvalidOperationException">An address that the options do not allow.</exception>
    public static void Check(BackendOptions options)
    {
        if (options.AdminToken.Length < Token.MinAdminLength)
        {
            throw new InvalidOperationException($"The admin token must have at least {Token.MinAdminLength} characters.");
        }

        if (options.Urls.Count == 0)
        {
            throw new InvalidOperationException("At least one address to listen on is required.");
        }

        foreach (var url in options.Urls)
        {
            // Kestrel takes * and + for every address; a Uri does not.
            var readable = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
            if (!Uri.TryCreate(readable, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new InvalidOperationException($"'{url}' is not a valid address to listen on: use the form http://127.0.0.1:5080.");
            }

            if (uri.Scheme == "https" && options.CertificatePath is null)
            {
                throw new InvalidOperationException($"A certificate is required for {url}.");
            }

            if (uri.Scheme != "https" && !IsLoopback(uri) && !options.AllowPublic)
            {
                throw new InvalidOperationException(
                    $"{url} is reachable from other computers without TLS: use https with a certificate, or allow it if a proxy in front provides TLS.");
            }
        }
    }

    private static bool IsLoopback(Uri uri) =>
        string.Equals(uri.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(uri.DnsSafeHost, out var address) && IPAddress.IsLoopback(address));
}
