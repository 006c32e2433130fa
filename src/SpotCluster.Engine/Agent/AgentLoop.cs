using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// The agent until it is stopped: a pass, a pause, the next; beside it the look for an interruption notice. A pass that fails is told and
/// tried again, whatever failed.
/// </summary>
internal sealed class AgentLoop(CleanupAgent agent, TimeProvider clock, Action<AgentPass>? onPass, IOperationHost host)
{
    // Long timers are none of this program's: whoever sleeps looks at the clock every second.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(10);

    // Every call of a pass has a limit of its own; what takes longer than this hangs.
    private static readonly TimeSpan LongestPass = TimeSpan.FromHours(1);

    private int _failures;
    private volatile bool _isRegistered;
    private DateTimeOffset _nextCleanup = DateTimeOffset.MinValue;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = new InterruptionWatch(agent, clock).RunAsync(stop.Token);
        var heart = BeatAsync(stop.Token);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var pause = await PassAsync(cancellationToken).ConfigureAwait(false);
                await SleepAsync(pause, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            stop.Cancel();
            await watch.ConfigureAwait(false);
            await heart.ConfigureAwait(false);
            agent.Log.Info("stopped", "Cleanup: The agent has stopped");
        }
    }

    // Beside the passes: one that works through thousands of machines is no agent that is offline.
    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await clock.PauseAsync(Heartbeat, cancellationToken).ConfigureAwait(false);
                if (_isRegistered)
                {
                    await agent.HeartbeatAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The agent stops.
        }
    }

    /// <summary>The pause before the next pass.</summary>
    /// <param name="asked">What the backend asked for; null when it did not.</param>
    /// <param name="failures">How many passes have failed in a row.</param>
    internal TimeSpan PauseAfter(TimeSpan? asked, int failures)
    {
        var pause = asked ?? agent.Options.PollInterval;
        for (var failure = 1; failure < failures && pause < LongestBackOff; failure++)
        {
            pause += pause;
        }

        pause = failures > 1 && asked is null && pause > LongestBackOff ? LongestBackOff : pause;
        pause = pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
        return pause + TimeSpan.FromTicks((long)(pause.Ticks * 0.1 * agent.Options.Jitter()));
    }

    private async Task<TimeSpan> PassAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(LongestPass, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        var cancellationToken = either.Token;
        try
        {
            if (!_isRegistered)
            {
                await agent.RegisterAsync(cancellationToken).ConfigureAwait(false);
                _isRegistered = true;
            }

            await agent.HeartbeatAsync(cancellationToken).ConfigureAwait(false);
            var withImages = clock.GetUtcNow() >= _nextCleanup;
            var pass = await agent.WorkAsync(new PassScope { Images = withImages }, null, host, cancellationToken).ConfigureAwait(false);
            if (withImages)
            {
                _nextCleanup = clock.GetUtcNow() + agent.Options.CleanupInterval;
            }

            _failures = 0;
            onPass?.Invoke(pass);

            // A backend may ask for more patience than ours; for less only while it has more to hand out.
            TimeSpan? next = pass.NextPollSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            return PauseAfter(next > agent.Options.PollInterval || pass.Found > 0 ? next : null, 0);
        }
        catch (BackendPauseException failure)
        {
            return Failed(failure.Error, failure.Pause);
        }
        catch (SpotException failure)
        {
            return Failed(failure, null);
        }
#pragma warning disable CA1031 // Whatever one pass meets, the next may find otherwise; an agent that has ended terminates nothing any more.
        catch (Exception failure) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return Failed(
                limit.IsCancellationRequested
                    ? new SpotException(SpotErrorIds.ServiceFailed, SpotErrorCategory.Timeout, $"A pass was canceled after {LongestPass.TotalMinutes:0} minutes.", failure)
                    : new SpotException(SpotErrorIds.UnexpectedFailure, SpotErrorCategory.InvalidOperation, $"A pass failed: {failure.Message}", failure),
                null);
        }
    }

    private TimeSpan Failed(SpotException failure, TimeSpan? asked)
    {
        _failures++;
        agent.Log.Error(
            "pass_failed", $"Cleanup: Error fetching instances to terminate: {failure.Message}", ("error_id", failure.ErrorId), ("code", failure.ServiceCode));
        return PauseAfter(asked, _failures);
    }

    private async Task SleepAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var end = clock.GetUtcNow() + time;
        while (!cancellationToken.IsCancellationRequested && clock.GetUtcNow() is var now && now < end)
        {
            var left = end - now;
            await clock.PauseAsync(left < Tick ? left : Tick, cancellationToken).ConfigureAwait(false);
        }
    }
}
