using System.Runtime.CompilerServices;
using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>One question to many regions.</summary>
internal static class RegionCalls
{
    /// <summary>Asks every region at once and passes the answers on as they come; null for a region that failed, which is reported.</summary>
    public static async IAsyncEnumerable<(string Region, T? Answer)> AskAsync<T>(
        string activity,
        IReadOnlyList<string> patterns,
        Func<CancellationToken, Task<IReadOnlyList<string>>> enabledRegions,
        Func<string, CancellationToken, Task<T>> ask,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var regions = await RegionNames.ExpandAsync(patterns, enabledRegions, cancellationToken).ConfigureAwait(false);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var failures = new UnlistedRegions(regions, host);
        var pending = regions.Select(region => AskOneAsync(region, linked.Token)).ToList();
        try
        {
            while (pending.Count > 0)
            {
                var next = await Task.WhenAny(pending).ConfigureAwait(false);
                pending.Remove(next);
                var (region, answer, failure) = await next.ConfigureAwait(false);
                if (failure is not null)
                {
                    failures.Add(UnlistedRegions.NotListed(region, failure));
                }

                host.Progress(new OperationProgress(activity, $"{region} answered", regions.Count - pending.Count, regions.Count));
                yield return (region, answer);
            }

            failures.Report();
        }
        finally
        {
            // Whoever has seen enough leaves early: no call goes on behind its back.
            linked.Cancel();
            await Task.WhenAll(pending.Select(QuietlyAsync)).ConfigureAwait(false);
        }

        async Task<(string Region, T? Answer, SpotException? Failure)> AskOneAsync(string region, CancellationToken token)
        {
            try
            {
                return (region, await ask(region, token).ConfigureAwait(false), null);
            }
            catch (SpotException failure) when (failure.ErrorId != SpotErrorIds.ParameterInvalid)
            {
                // What is not valid in one region is so in all, and ends the question.
                return (region, null, failure);
            }
        }
    }

    private static async Task QuietlyAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was told to end.
        }
    }
}
