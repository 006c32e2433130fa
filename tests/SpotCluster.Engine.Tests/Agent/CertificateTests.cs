using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>A backend with a certificate that no public authority has signed.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("spotcluster-certificate-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_is_named_and_taken_once_its_authority_is_given()
    {
        using var certificate = SelfSigned("localhost");
        await using var app = await ServeAsync(certificate);
        var server = new Uri($"https://localhost:{new Uri(app.Urls.Single()).Port}/");
        var token = new AgentToken("secret-token-of-the-agent");

        using var plain = new BackendTransport(server, token, null, TimeProvider.System);
        var reply = await plain.SendAsync(HttpMethod.Get, "", null, CancellationToken.None);
        var error = BackendErrors.From(reply, server, "answer");
        Assert.Contains("certificate", error.Message, StringComparison.Ordinal);
        Assert.Contains("not trusted", error.Message, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("--certificate-authority", error.RecommendedAction, StringComparison.Ordinal);

        using var trusting = new BackendTransport(server, token, null, TimeProvider.System, Pem("own.pem", certificate));
        Assert.True((await trusting.SendAsync(HttpMethod.Get, "", null, CancellationToken.None)).Succeeded);

        // Another authority, or the right one for another name, is none.
        using var other = SelfSigned("localhost");
        using var wrong = new BackendTransport(server, token, null, TimeProvider.System, Pem("other.pem", other));
        Assert.Equal(0, (await wrong.SendAsync(HttpMethod.Get, "", null, CancellationToken.None)).Status);
        var byAddress = new Uri($"https://127.0.0.1:{server.Port}/");
        using var elsewhere = new BackendTransport(byAddress, token, null, TimeProvider.System, Pem("own.pem", certificate));
        Assert.Equal(0, (await elsewhere.SendAsync(HttpMethod.Get, "", null, CancellationToken.None)).Status);
    }

    [Theory]
    [InlineData("missing.pem", null)]
    [InlineData("empty.pem", "")]
    [InlineData("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void A_file_without_a_certificate_is_named(string name, string? text)
    {
        var path = Path.Combine(_folder.FullName, name);
        if (text is not null)
        {
            File.WriteAllText(path, text);
        }

        var error = Assert.Throws<SpotException>(() => new BackendTransport(
            new Uri("https://localhost/"), new AgentToken("secret-token-of-the-agent"), null, TimeProvider.System, path));
        Assert.Equal((SpotErrorIds.LocalFileFailed, path), (error.ErrorId, error.Target));
    }

    private string Pem(string name, X509Certificate2 certificate)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<WebApplication> ServeAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        app.Run(http => http.Response.WriteAsync("{}"));
        await app.StartAsync();
        return app;
    }
}
