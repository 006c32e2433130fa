using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using Xunit;

namespace SpotCluster.Tests;

/// <summary>An EC2 that somebody else wrote: a moto_server on a free port, for a class of tests or for one.</summary>
public sealed partial class MotoServer : IAsyncLifetime
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("spotcluster-moto-");
    private Process? _process;

    /// <summary>Why the tests on it cannot run here; null when they can.</summary>
    public string? Missing { get; } = Tool.IsOnPath("moto_server") ? null : "moto_server is not on PATH";

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Keys that it takes, so that a test need not set the environment of the process and run alone.</summary>
    internal static AwsKeys Keys { get; } = new("testing", "moto-takes-any-secret", null, "the tests");

    /// <summary>Makes any AWS tool speak to it, and nothing else.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["AWS_ENDPOINT_URL"] = Endpoint.GetLeftPart(UriPartial.Authority),
        ["AWS_ACCESS_KEY_ID"] = "testing",
        ["AWS_SECRET_ACCESS_KEY"] = "testing",
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_CONFIG_FILE"] = Path.Combine(_home.FullName, "config"),
        ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(_home.FullName, "credentials"),
        ["XDG_STATE_HOME"] = _home.FullName,
        ["XDG_CONFIG_HOME"] = _home.FullName,
        ["XDG_DATA_HOME"] = _home.FullName,
        ["XDG_CACHE_HOME"] = _home.FullName,
    };

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        _process = Process.Start(Tool.StartInfo("moto_server", new Dictionary<string, string>(), "-H", "127.0.0.1", "-p", "0"))!;
        using var deadline = new CancellationTokenSource(StartTime);
        while (await _process.StandardError.ReadLineAsync(deadline.Token) is { } line)
        {
            if (Address().Match(line) is { Success: true } match)
            {
                // Whatever it says from now on must not fill the pipe.
                _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                Endpoint = new Uri(match.Value);
                return;
            }
        }

        throw new InvalidOperationException("moto_server ended before it told its address.");
    }

    /// <summary>Asks it through the AWS CLI.</summary>
    public async Task<JsonElement> AwsAsync(string region, params string[] args)
    {
        var result = await Tool.RunAsync("aws", Environment, [.. args, "--region", region, "--output", "json"]);
        return result.ExitCode == 0 ? JsonDocument.Parse(result.Out).RootElement : throw new InvalidOperationException($"aws failed: {result}");
    }

    /// <summary>Lets the AWS CLI do what answers with nothing.</summary>
    public async Task RunAsync(string region, params string[] args)
    {
        var result = await Tool.RunAsync("aws", Environment, [.. args, "--region", region, "--output", "json"]);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"aws failed: {result}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _home.Delete(recursive: true);
    }

    internal AwsSession Open() => new(new EngineOptions { EndpointUrl = Endpoint, Keys = Keys });

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
