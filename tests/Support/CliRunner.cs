using System.Text.Json;
using SpotCluster.Cli;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;

namespace SpotCluster.Tests;

/// <summary>Runs the program in this process and keeps what it wrote.</summary>
internal static class CliRunner
{
    public static async Task<CliResult> RunAsync(
        string commandLine,
        Func<EngineOptions, IEngineSession> openEngine,
        TestConsole? console = null,
        CancellationToken cancellationToken = default)
    {
        console ??= new TestConsole();
        var environment = new CliEnvironment { Console = console, OpenEngine = openEngine, StopGrace = TimeSpan.Zero };
        var args = commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word == "''" ? "" : word).ToArray();
        var exitCode = await CliApplication.RunAsync(args, environment, cancellationToken);
        return new CliResult(exitCode, console.OutText, console.ErrorText);
    }

    public static Task<CliResult> RunAsync(string commandLine, FakeEngine engine, TestConsole? console = null, CancellationToken cancellationToken = default) =>
        RunAsync(commandLine, engine.Open, console, cancellationToken);
}

/// <summary>What a run left behind.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    /// <summary>Stdout as the one JSON document that it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    public string[] ErrorIds => [.. Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("id").GetString()!)];

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
