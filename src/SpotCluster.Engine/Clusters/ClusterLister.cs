using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>Lists machines and clusters: every region at once, each page passed on as it comes.</summary>
internal sealed class ClusterLister(IClusterProvider provider, NodeDirectory nodes, TimeProvider time)
{
    // Each region holds one more page until there is room: enough to keep all of them busy, and flat in memory.
    private const int PagesAhead = 4;

    public async IAsyncEnumerable<SpotInstance> GetInstancesAsync(
        InstanceQuery query,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var regions = await RegionNames.ExpandAsync(query.Regions, provider.GetEnabledRegionsAsync, cancellationToken).ConfigureAwait(false);
        var scope = ToScope(query);
        var failures = new UnlistedRegions(regions, host);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = query.IncludeHealth ? nodes.AskAsync(host, linked.Token) : null;
        try
        {
            await foreach (var page in ReadAsync(regions, scope with { OnUnlisted = UnlistedTo(host) }, failures, host, cancellationToken).ConfigureAwait(false))
            {
                var view = asking is null ? null : await asking.ConfigureAwait(false);
                foreach (var machine in page)
                {
                    view?.Judge(machine, time.GetUtcNow());
                    if (Wildcard.IsAnyMatch(query.Names, machine.Name)
                        && Wildcard.IsAnyMatch(query.ClusterNames, machine.ClusterName)
                        && (query.Ids.Count == 0 || query.Ids.Contains(machine.Id, StringComparer.Ordinal)))
                    {
                        yield return machine;
                    }
                }
            }

            failures.Report();

            // That nobody answered is told even where there is no machine to tell it of.
            await (asking ?? Task.FromResult(NodeView.NotConfigured)).ConfigureAwait(false);
        }
        finally
        {
            linked.Cancel();
            await QuietlyAsync(asking ?? Task.CompletedTask).ConfigureAwait(false);
        }
    }

    public async IAsyncEnumerable<Cluster> GetClustersAsync(
        ClusterQuery query,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var regions = await RegionNames.ExpandAsync(query.Regions, provider.GetEnabledRegionsAsync, cancellationToken).ConfigureAwait(false);
        var failures = new UnlistedRegions(regions, host);

        // One wave: the machines and the traces of every region are asked for together.
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asked = regions.Select(region => TracesAsync(region, linked.Token)).ToList();
        var asking = nodes.AskAsync(host, linked.Token);
        var view = NodeView.NotConfigured;
        var machines = new List<SpotInstance>();
        var traces = new List<ClusterTrace>();
        try
        {
            await foreach (var page in ReadAsync(regions, new ListScope { IncludePrice = true, OnUnlisted = UnlistedTo(host) }, failures, host, linked.Token).ConfigureAwait(false))
            {
                machines.AddRange(page.Where(machine => Wildcard.IsAnyMatch(query.Names, machine.ClusterName)));
            }

            foreach (var trace in await Task.WhenAll(asked).ConfigureAwait(false))
            {
                traces.AddRange(trace.Where(found => Wildcard.IsAnyMatch(query.Names, found.ClusterName)));
            }

            failures.Report();
            view = await asking.ConfigureAwait(false);
            machines.ForEach(machine => view.Judge(machine, time.GetUtcNow()));
        }
        finally
        {
            linked.Cancel();
            await QuietlyAsync(Task.WhenAll([.. asked, asking])).ConfigureAwait(false);
        }

        foreach (var cluster in ClusterSummary.Build(provider.Provider, machines, traces, failures.None, view))
        {
            yield return cluster;
        }

        async Task<IReadOnlyList<ClusterTrace>> TracesAsync(string region, CancellationToken token)
        {
            try
            {
                // A deleted fleet keeps its tags for a while, and would keep its cluster on the list.
                return [.. (await provider.GetTracesAsync(region, token).ConfigureAwait(false)).Where(trace => trace.FleetId is null)];
            }
            catch (SpotException failure)
            {
                failures.Add(UnlistedRegions.NotListed(region, failure));
                return [];
            }
        }
    }

    /// <summary>The machines of the regions, page by page, in the order in which they come.</summary>
    private async IAsyncEnumerable<IReadOnlyList<SpotInstance>> ReadAsync(
        IReadOnlyList<string> regions,
        ListScope scope,
        UnlistedRegions failures,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pages = Channel.CreateBounded<IReadOnlyList<SpotInstance>>(new BoundedChannelOptions(PagesAhead) { SingleReader = true });
        var answered = 0;
        var workers = regions.Select(ReadRegionAsync).ToList();
        var all = CompleteAsync();
        try
        {
            while (await pages.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (pages.Reader.TryRead(out var page))
                {
                    yield return page;
                }
            }

            await all.ConfigureAwait(false);
        }
        finally
        {
            // A reader that has seen enough leaves early: no call goes on behind its back.
            linked.Cancel();
            await QuietlyAsync(all).ConfigureAwait(false);
        }

        async Task ReadRegionAsync(string region)
        {
            try
            {
                await foreach (var page in provider.ListAsync(region, scope, linked.Token).ConfigureAwait(false))
                {
                    await pages.Writer.WriteAsync(page, linked.Token).ConfigureAwait(false);
                }
            }
            catch (SpotException failure)
            {
                failures.Add(UnlistedRegions.NotListed(region, failure));
            }

            host.Progress(new OperationProgress("Listing", $"{region} answered", Interlocked.Increment(ref answered), regions.Count));
        }

        async Task CompleteAsync()
        {
            try
            {
                await Task.WhenAll(workers).ConfigureAwait(false);
                pages.Writer.TryComplete();
            }
            catch (Exception failure)
            {
                pages.Writer.TryComplete(failure);
                throw;
            }
        }
    }

    /// <summary>Warns of unknown prices on demand, once for all regions.</summary>
    internal static Action<SpotException> UnlistedTo(IOperationHost host)
    {
        var told = 0;
        return refusal =>
        {
            if (Interlocked.Exchange(ref told, 1) == 0)
            {
                host.Warning(PriceRules.Unlisted(refusal));
            }
        };
    }

    private static ListScope ToScope(InstanceQuery query) => new()
    {
        Ids = query.Ids,
        States = query.States,
        Tags = query.Tags,
        IncludeForeign = query.IncludeForeign,
        IncludePrice = query.IncludePrice,
    };

    private static async Task QuietlyAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or SpotException)
        {
            // It was told already, or nobody waits for it any more.
        }
    }
}
