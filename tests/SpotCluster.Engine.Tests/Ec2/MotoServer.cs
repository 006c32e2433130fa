using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SpotCluster.Engine.Aws;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>An independent EC2 server on a free port; <see cref="Missing"/> tells why there is none.</summary>
public sealed class MotoServer : IAsyncLifetime
{
    private Process? _process;

    public string? Missing { get; private set; }

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1/");

    public async Task InitializeAsync()
    {
        var program = Programs.Find("moto_server");
        if (program is null)
        {
            Missing = "moto_server is not on PATH";
            return;
        }

        var port = Programs.FreePort();
        Endpoint = new Uri($"http://127.0.0.1:{port}/");
        _process = Process.Start(new ProcessStartInfo(program, $"-H 127.0.0.1 -p {port}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        _process!.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient();
        for (var attempt = 0; attempt < 300; attempt++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Endpoint, "moto-api/"));
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            }
        }

        Missing = "moto_server did not start";
    }

    public Task DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
        return Task.CompletedTask;
    }

    internal AwsSession Open() => new(new EngineOptions { EndpointUrl = Endpoint });
}

internal static class Programs
{
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
