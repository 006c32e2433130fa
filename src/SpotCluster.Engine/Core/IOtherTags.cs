using System.Runtime.CompilerServices;

namespace SpotCluster.Engine.Core;

/// <summary>Clusters of SpotCluster that the filter tag in force does not find.</summary>
internal interface IOtherTags
{
    /// <summary>The filter tag in force and where it comes from, one sentence.</summary>
    string InForce { get; }

    /// <summary>
    /// One sentence for each other filter tag, with what it hides in the regions. Regions that could not be looked at are
    /// one sentence more, and no error: it stands beside the answer that was asked for.
    /// </summary>
    Task<IReadOnlyList<string>> FindAsync(IReadOnlyList<string> regions, CancellationToken cancellationToken);
}

/// <summary>Warns of what a list does not include, beside the list.</summary>
internal static class OtherTagsNotice
{
    /// <summary>The same items, and the warnings after the last of them.</summary>
    public static async IAsyncEnumerable<T> Stream<T>(
        IAsyncEnumerable<T> source,
        Func<IOtherTags>? others,
        IReadOnlyList<string> regions,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var looking = BeginAsync(others, regions, host, stop.Token);
        try
        {
            await foreach (var item in source.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                yield return item;
            }

            await ReportAsync(looking, host).ConfigureAwait(false);
        }
        finally
        {
            stop.Cancel();
            try
            {
                await looking.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Nobody waits for it any more.
            }
        }
    }

    /// <summary>Reports the filter tag in force, and starts to look.</summary>
    public static Task<IReadOnlyList<string>> BeginAsync(Func<IOtherTags>? others, IReadOnlyList<string> regions, IOperationHost host, CancellationToken cancellationToken)
    {
        if (others?.Invoke() is not { } service)
        {
            return Task.FromResult<IReadOnlyList<string>>([]);
        }

        host.Verbose(service.InForce);
        return service.FindAsync(regions, cancellationToken);
    }

    /// <summary>Warns of what was found.</summary>
    public static async Task ReportAsync(Task<IReadOnlyList<string>> looking, IOperationHost host)
    {
        foreach (var line in await looking.ConfigureAwait(false))
        {
            host.Warning(line);
        }
    }
}
