using System.Collections.Concurrent;
using System.Globalization;

namespace SpotCluster.Engine.Core;

/// <summary>
/// Reports every call to the host of the operation that makes it: each answer for those who asked for detail, and for everybody a
/// call that was throttled or has no answer, before two seconds have passed.
/// </summary>
/// <param name="clock">The clock of the engine.</param>
/// <param name="isRemote">False where the services are in this process: every call is answered there.</param>
public sealed class CallNarrator(TimeProvider clock, bool isRemote) : ICallObserver
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Repetition = TimeSpan.FromSeconds(5);
    private static readonly AsyncLocal<IOperationHost?> Current = new();
    private readonly ConcurrentDictionary<(string Service, long Number), ITimer> _open = new();

    /// <summary>From here on, the calls of this asynchronous flow are reported to this host.</summary>
    public static void ReportTo(IOperationHost host) => Current.Value = host;

    /// <inheritdoc/>
    public void Sending(CallRecord call)
    {
        if (Current.Value is not { } host)
        {
            return;
        }

        host.Debug(string.Create(CultureInfo.InvariantCulture, $"#{call.Number} {Name(call)}: sent at {call.SentAt:HH:mm:ss.fff}Z, attempt {call.Attempt + 1}."));

        // Vast.ai's transport reports its own waits.
        if (isRemote && call.Service != "vast")
        {
            _open[(call.Service, call.Number)] = clock.CreateTimer(
                _ => Wait(host, call.Region, string.Create(
                    CultureInfo.InvariantCulture, $"{call.Operation}: no answer for {(clock.GetUtcNow() - call.SentAt).TotalSeconds:0} s, attempt {call.Attempt + 1}")),
                null,
                LongestSilence,
                Repetition);
        }
    }

    /// <inheritdoc/>
    public void Answered(CallRecord call)
    {
        if (_open.TryRemove((call.Service, call.Number), out var timer))
        {
            timer.Dispose();
        }

        if (Current.Value is not { IsVerbose: true } host)
        {
            return;
        }

        var took = (call.AnsweredAt - call.SentAt)?.TotalSeconds ?? 0;
        var answer = call.HttpStatus is { } status ? string.Create(CultureInfo.InvariantCulture, $"HTTP {status}") : "no answer";
        host.Verbose(string.Create(CultureInfo.InvariantCulture, $"{Name(call)}: {answer}{(call.ErrorCode is null ? "" : $" {call.ErrorCode}")} after {took:0.00} s, attempt {call.Attempt + 1}{(call.RequestId is null ? "" : $", request {call.RequestId}")}."));
    }

    /// <inheritdoc/>
    public void Waiting(CallWait wait)
    {
        if (Current.Value is not { } host)
        {
            return;
        }

        var status = wait.IsPaced ? string.Create(CultureInfo.InvariantCulture, $"{wait.Call.Operation} waits for its turn, next in {wait.Delay.TotalSeconds:0.#} s") : string.Create(
            CultureInfo.InvariantCulture, $"{wait.Call.Operation} {(wait.IsThrottled ? "throttled" : "failed")} ({wait.Call.ErrorCode ?? "no answer"}), attempt {wait.Call.Attempt + 1}, next in {wait.Delay.TotalSeconds:0.#} s");
        host.Verbose($"{wait.Call.Region}: {status}.");
        if (wait.Since + wait.Delay >= LongestSilence)
        {
            Wait(host, wait.Call.Region, status);
        }
    }

    private static string Name(CallRecord call) => $"{call.Service} {call.Operation}{(call.Region.Length == 0 ? "" : " in " + call.Region)}";

    private static void Wait(IOperationHost host, string region, string status) =>
        host.Progress(new OperationProgress("AWS", status, 0, 0, region) { IsWait = true });
}
