using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>Creates things that take no token, and uses things that were created a moment ago.</summary>
internal sealed class CreateOnce(TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // EC2 shows a new thing within seconds; after this nobody can say any more whether it will come.
    private static readonly int[] LookSeconds = [1, 2, 4];

    private int _ambiguous;

    /// <summary>True when some call had to be looked up: a second thing may have come to be.</summary>
    public bool MayHaveDoubles => Volatile.Read(ref _ambiguous) > 0;

    /// <summary>
    /// Creates one thing. A call without an answer is followed by a look for the thing by its tags, and is repeated only
    /// when it is not there.
    /// </summary>
    /// <param name="create">The call.</param>
    /// <param name="find">Finds what an earlier try has made; null when there is nothing.</param>
    /// <param name="duplicateCode">Code of the refusal to make it twice; null where there is none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<T> RunAsync<T>(Func<Task<T>> create, Func<Task<T?>> find, string? duplicateCode, CancellationToken cancellationToken)
        where T : class
    {
        var deadline = clock.GetUtcNow() + Patience;
        while (true)
        {
            Exception cause;
            try
            {
                return await UntilVisibleAsync(create, cancellationToken).ConfigureAwait(false);
            }
            catch (AmbiguousCallException unanswered)
            {
                cause = unanswered;
                Interlocked.Increment(ref _ambiguous);
            }
            catch (SpotException refused) when (duplicateCode is not null && refused.ServiceCode == duplicateCode && clock.GetUtcNow() < deadline)
            {
                cause = refused;
            }

            foreach (var seconds in LookSeconds)
            {
                await clock.PauseAsync(TimeSpan.FromSeconds(seconds), cancellationToken).ConfigureAwait(false);
                if (await find().ConfigureAwait(false) is { } found)
                {
                    return found;
                }
            }

            if (clock.GetUtcNow() >= deadline)
            {
                throw cause as SpotException ?? new SpotException(
                    SpotErrorIds.ServiceFailed,
                    SpotErrorCategory.Timeout,
                    $"{cause.Message} It was not found afterwards, after several attempts.",
                    cause);
            }
        }
    }

    /// <summary>Repeats a call while EC2 does not know yet what was created just before.</summary>
    public async Task<T> UntilVisibleAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var deadline = clock.GetUtcNow() + Patience;
        var pause = TimeSpan.FromMilliseconds(500);
        while (true)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (SpotException unknown) when (LaunchErrors.IsNotVisibleYet(unknown.ServiceCode) && clock.GetUtcNow() + pause < deadline)
            {
                await clock.PauseAsync(pause, cancellationToken).ConfigureAwait(false);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, TimeSpan.FromSeconds(8).Ticks));
            }
        }
    }

    /// <summary>The same for a change that may have been made already, by an earlier try or an interrupted run.</summary>
    public async Task UntilDoneAsync<T>(Func<Task<T>> call, string doneCode, CancellationToken cancellationToken)
    {
        try
        {
            await UntilVisibleAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException refused) when (refused.ServiceCode == doneCode)
        {
            // It is as it was to be.
        }
    }
}
