using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Inventory;

/// <summary>Looks at everything that a scope covers, in all regions at once, and changes nothing.</summary>
internal sealed class RemovalPlanner(ICloudInventory cloud, SpotSettings settings, Func<IClusterService>? clusters, TimeProvider clock)
{
    /// <summary>What would go, what would stay, and what it costs.</summary>
    public async Task<RemovalPlan> PlanAsync(
        RemovalScope scope,
        SpotIdentity identity,
        IReadOnlyList<string> regions,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var scans = await Task.WhenAll(regions.Select(region => ScanAsync(region, scope, identity, cancellationToken))).ConfigureAwait(false);
        var selector = new ResourceSelector(settings, scope, identity.AccountId, clock);
        if (scans.SelectMany(found => found.Scan.Resources)
            .Select(resource => selector.WhyRefused(resource.Node.Resource)).FirstOrDefault(refusal => refusal is not null) is { } refused)
        {
            throw refused;
        }

        var skipped = new List<SpotRemoval>();
        var planned = new List<SpotResource>();
        foreach (var (region, scan) in scans)
        {
            UnknownListings.Report(region, scan.Unknown, host);
            var graph = new RemovalGraph(cloud.Open(region).Kinds);
            graph.Merge(scan.Resources);
            foreach (var item in graph.Items.Where(item => item.Belonging != Belonging.Foreign))
            {
                if ((item.Kept ?? graph.Blocker(item)?.Kept) is { } kept)
                {
                    skipped.Add(Skipped(identity.Provider, item, kept));
                }
                else
                {
                    planned.Add(item.Node.Resource);
                }
            }
        }

        var resources = planned.OrderBy(resource => resource.Region, StringComparer.Ordinal)
            .ThenBy(resource => resource.Type, StringComparer.Ordinal)
            .ThenBy(resource => resource.Id, StringComparer.Ordinal).ToList();
        var price = await HourlyPriceAsync(resources, host, cancellationToken).ConfigureAwait(false);
        var unknown = scans.SelectMany(found => found.Scan.Unknown.Select(listing => $"{found.Region}: {listing}")).ToList();
        return new RemovalPlan(identity.AccountId, resources, price, unknown)
        {
            Skipped = skipped,
            Hash = HashOf(identity.AccountId, resources),
        };
    }

    /// <summary>Everything of the scope, streamed region by region.</summary>
    public async IAsyncEnumerable<SpotResource> ListAsync(
        RemovalScope scope,
        SpotIdentity identity,
        IReadOnlyList<string> regions,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var found = Channel.CreateUnbounded<SpotResource>();
        var work = ListAllAsync(stop.Token);
        try
        {
            while (await found.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (found.Reader.TryRead(out var resource))
                {
                    yield return resource;
                }
            }
        }
        finally
        {
            // The reader may have had enough: the other regions are told to stop, and are waited for.
            stop.Cancel();
            await Quietly(work).ConfigureAwait(false);
        }

        async Task ListAllAsync(CancellationToken token)
        {
            try
            {
                await Task.WhenAll(regions.Select(async region =>
                {
                    var (_, scan) = await ScanAsync(region, scope, identity, token).ConfigureAwait(false);
                    UnknownListings.Report(region, scan.Unknown, host);
                    foreach (var resource in scan.Resources.Where(resource => resource.Belonging != Belonging.Foreign))
                    {
                        found.Writer.TryWrite(resource.Node.Resource);
                    }
                })).ConfigureAwait(false);
                found.Writer.Complete();
            }
            catch (Exception error)
            {
                found.Writer.Complete(error);
                throw;
            }
        }

        static async Task Quietly(Task work)
        {
            try
            {
                await work.ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or SpotException)
            {
                // The channel has told it, or nobody listens any more.
            }
        }
    }

    private async Task<(string Region, RegionScan Scan)> ScanAsync(string region, RemovalScope scope, SpotIdentity identity, CancellationToken cancellationToken)
    {
        var selector = new ResourceSelector(settings, scope, identity.AccountId, clock);
        var scan = await new RegionScanner(cloud.Open(region), selector).ScanAsync([], thorough: true, cancellationToken).ConfigureAwait(false);
        return (region, scan);
    }

    /// <summary>What the machines cost now; null as soon as the price of one is not known.</summary>
    private async Task<decimal?> HourlyPriceAsync(IReadOnlyList<SpotResource> resources, IOperationHost host, CancellationToken cancellationToken)
    {
        var machines = resources.Where(resource => resource.Type == ResourceTypes.Instance).ToList();
        if (machines.Count == 0 || clusters is null)
        {
            return machines.Count == 0 ? 0 : null;
        }

        var open = machines.Select(machine => machine.Id).ToHashSet(StringComparer.Ordinal);
        var query = new InstanceQuery { Regions = machines.Select(machine => machine.Region).Distinct(StringComparer.Ordinal).ToList() };
        decimal? total = 0;
        await foreach (var instance in clusters().GetInstancesAsync(query, host, cancellationToken).ConfigureAwait(false))
        {
            if (open.Remove(instance.Id))
            {
                total += instance.State is SpotInstanceState.Pending or SpotInstanceState.Running ? instance.HourlyPrice : 0;
            }
        }

        return open.Count == 0 ? total : null;
    }

    private static SpotRemoval Skipped(SpotProvider provider, RemovalItem item, Kept kept) => new()
    {
        Id = item.Key.Id,
        Provider = provider,
        Type = item.Key.Type,
        Region = item.Node.Resource.Region,
        Name = item.Node.Resource.Name,
        Outcome = SpotRemovalOutcome.Skipped,
        Code = kept.Code,
        Reason = item.Kept is null ? $"It holds something that is kept. {kept.Reason}" : kept.Reason,
    };

    private static string HashOf(string accountId, IEnumerable<SpotResource> resources)
    {
        var text = accountId + "\n" + string.Join("\n", resources.Select(resource => $"{resource.Region} {resource.Type} {resource.Id}"));
        using var sha = SHA256.Create();
#pragma warning disable CA1850 // The static method is not in netstandard2.0.
        var bytes = sha.ComputeHash(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA1850
        return string.Concat(bytes.Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
    }
}

/// <summary>Tells a host what could not be listed.</summary>
internal static class UnknownListings
{
    public static void Report(string region, IEnumerable<UnknownListing> unknown, IOperationHost host)
    {
        foreach (var listing in unknown)
        {
            var what = listing.Type is null ? region : $"{listing.Type} in {region}";
            host.Error(new SpotException(
                SpotErrorIds.RegionNotListed,
                listing.Error.Category,
                $"{what} could not be listed, so nothing is claimed about it: {listing.Error.Message}",
                listing.Error)
            {
                Target = region,
                Region = region,
                ServiceCode = listing.Error.ServiceCode,
                RequestId = listing.Error.RequestId,
                RecommendedAction = listing.Error.RecommendedAction,
            });
        }
    }
}
