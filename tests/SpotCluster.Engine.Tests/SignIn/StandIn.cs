using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>A small HTTP server on the loopback address in the place of a service that gives credentials.</summary>
internal sealed class StandIn : IAsyncDisposable
{
    private readonly WebApplication _application;

    private StandIn(WebApplication application) => _application = application;

    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Method and path of each request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Starts one. Throws <see cref="IOException"/> when the address is not one of this machine.</summary>
    public static async Task<StandIn> StartAsync(Func<HttpRequest, (int Status, string Body)> answer, IPAddress? address = null, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address ?? IPAddress.Loopback, port));
        var application = builder.Build();
        var service = new StandIn(application);
        application.Run(context =>
        {
            service.Requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
            var (status, body) = answer(context.Request);
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        });
        await application.StartAsync();
        return service;
    }

    /// <summary>The answer that containers and machines get for their credentials.</summary>
    public static string Keys(string id) =>
        "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"" + id + "\",\"SecretAccessKey\":\"HIDDENSECRET\",\"Token\":\"HIDDENTOKEN\",\"Expiration\":\"2099-01-01T00:00:00Z\",\"LastUpdated\":\"2025-01-01T00:00:00Z\"}";

    /// <summary>The metadata service of a machine, version 2 only.</summary>
    public static Task<StandIn> OfMachineAsync(string role, string keyId) => StartAsync(request => (request.Method, request.Path.Value!.TrimEnd('/')) switch
    {
        ("PUT", "/latest/api/token") => request.Headers["X-aws-ec2-metadata-token-ttl-seconds"].Count == 0 ? (400, "") : (200, "metadata-token"),
        _ when request.Headers["X-aws-ec2-metadata-token"] != "metadata-token" => (401, ""),
        ("GET", "/latest/meta-data/iam/security-credentials" or "/latest/meta-data/iam/security-credentials-extended") => (200, role),
        ("GET", "/latest/meta-data/iam/info") => (200, "{\"Code\":\"Success\",\"InstanceProfileArn\":\"arn:aws:iam::123456789012:instance-profile/node\",\"InstanceProfileId\":\"AIPA0000\"}"),
        ("GET", var path) when path.EndsWith("/" + role, StringComparison.Ordinal) => (200, Keys(keyId)),
        _ => (404, ""),
    });

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
