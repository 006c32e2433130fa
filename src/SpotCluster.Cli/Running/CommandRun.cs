using System.CommandLine;
using SpotCluster.Cli.Consoles;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Cli.Running;

/// <summary>
/// One run of one command: its console, its messages, its JSON document, and the way from what happened to the exit
/// code. A command only does its work; whatever is the same for all of them is done here.
/// </summary>
internal sealed class CommandRun
{
    private readonly CliEnvironment _environment;
    private CancellationToken _stop;
    private readonly ParseResult _parsed;
    private TimeProvider? _time;
    private bool _isReported;
    private int? _exitCode;

    private CommandRun(ParseResult parsed)
    {
        _environment = ((CliInvocation)parsed.InvocationConfiguration).Environment;
        _parsed = parsed;
        IsJson = parsed.GetValue(CommonOptions.Json);
        Report = new JsonReport(IsJson);
        Host = new ConsoleOperationHost(Console, Report, Clock, parsed.GetValue(CommonOptions.Verbose));
        Calls = new CallWatcher(new CallNarrator(Clock, isRemote: true));
    }

    /// <summary>Where to read and write.</summary>
    public IConsole Console => _environment.Console;

    /// <summary>Time as the user lives it.</summary>
    public TimeProvider Clock => _environment.Clock;

    /// <summary>Now, as the providers have it: what ages are shown by.</summary>
    public DateTimeOffset Now => (_time ?? Clock).GetUtcNow();

    /// <summary>True when stdout belongs to one JSON document.</summary>
    public bool IsJson { get; }

    /// <summary>What the engine speaks to.</summary>
    public ConsoleOperationHost Host { get; }

    /// <summary>The document that <c>--json</c> writes.</summary>
    public JsonReport Report { get; }

    /// <summary>The calls so far.</summary>
    public CallWatcher Calls { get; }

    /// <summary>What to tell after Ctrl+C, from the moment that something may exist; null for nothing.</summary>
    public Func<string?>? AfterInterruption { get; set; }

    /// <summary>Runs a command and returns its exit code. Reported errors make a run that came to its end an incomplete one.</summary>
    public static async Task<int> RunAsync(
        ParseResult parsed,
        Func<CommandRun, CancellationToken, Task> command,
        CancellationToken cancellationToken)
    {
        var run = new CommandRun(parsed);
        var exitCode = await run.GuardAsync(command, cancellationToken).ConfigureAwait(false);
        if (run.IsJson && !run._isReported)
        {
            try
            {
                run.WriteReport(exitCode);
            }
            catch (SpotException error)
            {
                Messages.WriteError(run.Console, error);
                return exitCode == ExitCode.Done ? ExitCode.Failed : exitCode;
            }
        }

        return exitCode;
    }

    /// <summary>Writes the JSON document now: for a command that goes on until it is stopped.</summary>
    public void WriteReport()
    {
        _isReported = true;
        WriteReport(ExitCode.Done);
    }

    /// <summary>From now on each item of a list of the JSON document is written as it comes.</summary>
    public void StreamReport(string list)
    {
        if (IsJson)
        {
            Report.Stream(list, Console.OutWriter);
        }
    }

    /// <summary>No JSON document is written at the end: the command writes lines of its own.</summary>
    public void WritesItself() => _isReported = true;

    /// <summary>Ends with the exit code of another program, which ran in the place of this one.</summary>
    public void EndWith(int exitCode) => _exitCode = exitCode;

    /// <summary>Opens the engine that the common options ask for.</summary>
    public IEngineSession OpenEngine() => OpenEngine(CommonOptions.ToEngineOptions(_parsed));

    /// <summary>Opens an engine over other options, with the calls counted all the same.</summary>
    public IEngineSession OpenEngine(EngineOptions options)
    {
        var engine = _environment.OpenEngine(options with { CallObserver = Calls });
        _time = engine.Time;
        try
        {
            // Asked before anything moves on the screen; where nobody is there, the first call says what is missing.
            if (Console.CanAsk && MfaDeviceOf(engine) is { } device)
            {
                Console.Error.Write(new Spectre.Console.Text($"MFA code of {device}: "));
                if (Console.ReadSecretAsync(_stop).GetAwaiter().GetResult()?.Trim() is { Length: > 0 } code)
                {
                    engine.UseMfaCode(code);
                }
            }

            return engine;
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    // What is wrong with the files of AWS is said by the first call, and stops nothing that makes none.
    private static string? MfaDeviceOf(IEngineSession engine)
    {
        try
        {
            return engine.MfaDevice;
        }
        catch (SpotException)
        {
            return null;
        }
    }

    private void WriteReport(int exitCode)
    {
        if (Report.IsStreamed)
        {
            Report.EndStream(exitCode);
        }
        else
        {
            Console.WriteDocument(Report.ToJson(exitCode));
        }
    }

    private async Task<int> GuardAsync(Func<CommandRun, CancellationToken, Task> command, CancellationToken cancellationToken)
    {
        CallNarrator.ReportTo(Host);
        _stop = cancellationToken;
        try
        {
            await FinishInTimeAsync(command(this, cancellationToken), cancellationToken).ConfigureAwait(false);
            return _exitCode ?? (Host.ErrorCount > 0 ? ExitCode.Incomplete : ExitCode.Done);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ReportInterruption();
            return ExitCode.Interrupted;
        }
        catch (SpotException error)
        {
            Host.Error(error);
            return ExitCode.For(error, Calls.Changes > 0);
        }
#pragma warning disable CA1031 // The last resort: whatever it is, the user gets a message and an exit code, and JSON stays JSON.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Host.Error(new SpotException(
                SpotErrorIds.UnexpectedFailure,
                SpotErrorCategory.InvalidOperation,
                $"Unexpected error: {error.Message}",
                error)
            {
                RecommendedAction = "This is an error in SpotCluster. Run the command again with --verbose and report the output.",
            });
            Host.Verbose(error.ToString());
            return ExitCode.Failed;
        }
    }

    // After Ctrl+C the command has a moment to come to its end; then the user gets the terminal back whatever it does.
    private async Task FinishInTimeAsync(Task work, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(cancelled.SetResult).ConfigureAwait(false);
        if (await Task.WhenAny(work, cancelled.Task).ConfigureAwait(false) != work)
        {
            var grace = Task.Delay(_environment.StopGrace, _environment.Clock, CancellationToken.None);
            if (await Task.WhenAny(work, grace).ConfigureAwait(false) != work)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        await work.ConfigureAwait(false);
    }

    private void ReportInterruption()
    {
        Host.EndProgress();
        var what = AfterInterruption?.Invoke() ?? "Nothing was changed.";
        Report.Add("interrupted", what);
        Messages.WriteNote(Console, $"Interrupted. {what}");
    }
}
