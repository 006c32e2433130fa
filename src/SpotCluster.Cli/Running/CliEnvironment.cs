using System.CommandLine;
using SpotCluster.Cli.Consoles;
using SpotCluster.Engine.Configuration;

namespace SpotCluster.Cli.Running;

/// <summary>Everything around the program that a test replaces.</summary>
internal sealed record CliEnvironment
{
    /// <summary>Where it reads and writes.</summary>
    public required IConsole Console { get; init; }

    /// <summary>Opens an engine.</summary>
    public required Func<EngineOptions, IEngineSession> OpenEngine { get; init; }

    /// <summary>Time as the person at the terminal lives it; the engine has a clock of its own.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How long a command has after Ctrl+C to come to its own end, before its end is no longer waited for.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>The environment of this process.</summary>
    public static CliEnvironment ForProcess() => new()
    {
        Console = new SystemConsole(),
        OpenEngine = options => new EngineSession(options),
    };
}

/// <summary>One run of the program, which hands its environment to the command that the command line names.</summary>
internal sealed class CliInvocation(CliEnvironment environment) : InvocationConfiguration
{
    /// <summary>Everything around this run.</summary>
    public CliEnvironment Environment { get; } = environment;
}
