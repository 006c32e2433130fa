using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SpotCluster.Engine.Tests.Independent;

/// <summary>An EC2 that somebody else wrote: a moto_server on a free port, for the life of this object.</summary>
internal sealed partial class MotoServer : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("spotcluster-moto-");

    private MotoServer(Process process, string endpoint)
    {
        _process = process;
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL"] = endpoint,
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
    }

    /// <summary>Makes any AWS tool speak to it, and nothing else.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>Why the tests on it cannot run here; null when they can.</summary>
    public static string? Missing =>
        !Tool.IsOnPath("moto_server") ? "moto_server is not on PATH" : !Tool.IsOnPath("aws") ? "the AWS CLI (aws) is not on PATH" : null;

    public static async Task<MotoServer> StartAsync()
    {
        var process = Process.Start(Tool.StartInfo("moto_server", new Dictionary<string, string>(), "-H", "127.0.0.1", "-p", "0"))!;
        using var deadline = new CancellationTokenSource(StartTime);
        while (await process.StandardError.ReadLineAsync(deadline.Token) is { } line)
        {
            if (Address().Match(line) is { Success: true } match)
            {
                // Whatever it says from now on must not fill the pipe.
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return new MotoServer(process, match.Value);
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

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _home.Delete(recursive: true);
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
