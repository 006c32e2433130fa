using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>Whom a connection to the orchestrator trusts.</summary>
internal static class OrchestratorTls
{
    /// <summary>A handler that trusts the system's authorities, or the one of the file instead.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>.</exception>
    public static HttpClientHandler Handler(string? caPath)
    {
        var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = System.Net.DecompressionMethods.All };
        if (caPath is null)
        {
            return handler;
        }

        var authority = Load(caPath);
        handler.ServerCertificateCustomValidationCallback = (_, certificate, chain, errors) =>
        {
            if (certificate is null || chain is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            {
                return false;
            }

            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authority);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return chain.Build(certificate);
        };
        return handler;
    }

    private static X509Certificate2Collection Load(string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new SpotException(SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidArgument, $"Cannot read the certificate {path}: {failure.Message}", failure)
            {
                Target = path,
                RecommendedAction = "Specify a file with a PEM certificate.",
            };
        }
    }
}
