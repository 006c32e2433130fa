using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>Looks at everything that a scope covers, in all regions at once, and changes nothing.</summary>
internal sealed class RemovalPlanner(ICloudInventory cloud, SpotSettings settings, IRemainingResources remaining, TimeProvider clock)
{
    private readonly ServiceTime _time = new(clock, () => cloud.Skew);

    /// <summary>Scans of a region that may pass are repeated after these pauses.</summary>
    private static readonly TimeSpan[] RetryPauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];

    /// <summary>What would go, what would stay, and what it costs: every kind is listed.</summary>
    public async Task<RemovalPlan> PlanAsync(
        RemovalScope scope,
        SpotIdentity identity,
        IReadOnlyList<string> regions,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var plan = await LookAsync(scope, identity, regions, thorough: true, cancellationToken).ConfigureAwait(false);
        var unlisted = new UnlistedRegions(regions, host);
        foreach (var (region, scan) in plan.Scans.OrderBy(found => found.Key, StringComparer.Ordinal))
        {
            UnknownListings.Report(region, scan.Unknown, host, unlisted);
        }

        unlisted.Report();

        return plan with { HourlyPrice = await HourlyPriceAsync(plan, host, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>What would go, and what would stay, without its price.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="identity">Who we are.</param>
    /// <param name="regions">Where.</param>
    /// <param name="thorough">Also lists the rare kinds in our VPCs, of which a removal learns when they are in its way.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<RemovalPlan> LookAsync(
        RemovalScope scope,
        SpotIdentity identity,
        IReadOnlyList<string> regions,
        bool thorough,
        CancellationToken cancellationToken)
    {
        var listedAt = clock.GetUtcNow();
        var selector = SelectorOf(scope, identity);
        var scans = await Task.WhenAll(regions.OrderBy(region => region, StringComparer.Ordinal)
            .Select(region => ScanAsync(region, selector, thorough, cancellationToken))).ConfigureAwait(false);
        if (scans.SelectMany(found => found.Scan.Resources)
            .Select(resource => selector.WhyRefused(resource.Node.Resource)).FirstOrDefault(refusal => refusal is not null) is { } refused)
        {
            throw refused;
        }

        var unmatched = scope.Filter.Unmatched(
            [.. scans.SelectMany(found => found.Scan.Resources).Where(resource => resource.Belonging != Belonging.Unmanaged).Select(resource => resource.Node.Resource)]);
        RequireRetained(scope, [.. scans.SelectMany(found => found.Scan.Resources).Select(resource => resource.Node.Resource.ClusterName)]);
        var skipped = new List<SpotRemoval>();
        var planned = new List<SpotResource>();
        var unmanaged = new List<SpotResource>();
        foreach (var (region, scan) in scans)
        {
            var graph = new RemovalGraph(cloud.Open(region).Kinds);
            graph.Merge(scan.Resources);
            unmanaged.AddRange(graph.Unmanaged.Select(item => item.Node.Resource).Concat(scan.Others));
            foreach (var item in graph.Items.Where(item => item.Belonging != Belonging.Unmanaged))
            {
                if ((item.Retained ?? graph.Blocker(item)?.Retained) is { } kept)
                {
                    skipped.Add(Skipped(identity.Provider, item, kept));
                }
                else
                {
                    planned.Add(item.Node.Resource);
                }
            }
        }

        var resources = InOrder(planned);
        var unknown = scans.SelectMany(found => found.Scan.Unknown.Select(listing => $"{found.Region}: {listing}")).ToList();
        return new RemovalPlan(identity.AccountId, resources, null, unknown)
        {
            Skipped = skipped,
            Unmanaged = InOrder(unmanaged),
            FilterTag = settings.FilterTag,
            FilterTagSource = settings.FilterTagSource,
            Filter = scope.Filter,
            Unmatched = unmatched,
            Hash = HashOf(identity.AccountId, resources),
            Scope = scope,
            ListedAt = listedAt,
            Scans = scans.ToDictionary(found => found.Region, found => found.Scan, StringComparer.Ordinal),
        };
    }

    /// <summary>Refuses a name of a cluster to retain that is none: with a typo in it, that cluster would be removed.</summary>
    internal static void RequireRetained(RemovalScope scope, IReadOnlyCollection<string?> clusters)
    {
        if (scope.KeepClusters.FirstOrDefault(pattern => !clusters.Any(name => name is not null && Wildcard.IsMatch(pattern, name))) is not { } unknown)
        {
            return;
        }

        string[] names = [.. clusters.OfType<string>().Distinct(StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal)];
        throw new SpotException(
            SpotErrorIds.ClusterNotFound,
            SpotErrorCategory.NotFound,
            $"Cannot retain '{unknown}': no cluster matches it. Nothing was changed.")
        {
            Target = unknown,
            RecommendedAction = names.Length == 0 ? "Omit it: no cluster exists." : $"Correct the name, or omit it. Existing clusters: {string.Join(", ", names)}.",
        };
    }

    private static List<SpotResource> InOrder(IEnumerable<SpotResource> resources) =>
    [
        .. resources.OrderBy(resource => resource.Region, StringComparer.Ordinal)
            .ThenBy(resource => resource.Type, StringComparer.Ordinal)
            .ThenBy(resource => resource.Id, StringComparer.Ordinal),
    ];

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
            var unlisted = new UnlistedRegions(regions, host);
            var selector = SelectorOf(scope, identity);
            try
            {
                await Task.WhenAll(regions.Select(async region =>
                {
                    var (_, scan) = await ScanAsync(region, selector, thorough: true, token).ConfigureAwait(false);
                    UnknownListings.Report(region, scan.Unknown, host, unlisted);
                    var graph = new RemovalGraph(cloud.Open(region).Kinds);
                    graph.Merge(scan.Resources);
                    foreach (var item in graph.Items.Where(item => item.Belonging != Belonging.Unmanaged).Concat(graph.Unmanaged))
                    {
                        found.Writer.TryWrite(item.Node.Resource);
                    }

                    foreach (var other in scan.Others)
                    {
                        found.Writer.TryWrite(other);
                    }
                })).ConfigureAwait(false);
                unlisted.Report();
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

    // One for all regions: the records of remaining resources are files.
    private ResourceSelector SelectorOf(RemovalScope scope, SpotIdentity identity) =>
        new(settings, scope, identity.AccountId, _time, remaining.Get(settings.FilterTag, SilentHost.Instance));

    private async Task<(string Region, RegionScan Scan)> ScanAsync(string region, ResourceSelector selector, bool thorough, CancellationToken cancellationToken)
    {
        var inventory = cloud.Open(region);
        for (var attempt = 0; ; attempt++)
        {
            var scan = await new RegionScanner(inventory, selector).ScanAsync([], [], thorough, asksOthers: true, cancellationToken).ConfigureAwait(false);
            if (attempt == RetryPauses.Length || !CommandLimit.HasTime || !scan.Unknown.Any(unknown => unknown.MayPass(inventory)))
            {
                return (region, scan);
            }

            await CommandLimit.PauseAsync(clock, RetryPauses[attempt], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What the machines cost now; null as soon as the price of one is not known.</summary>
    private async Task<decimal?> HourlyPriceAsync(RemovalPlan plan, IOperationHost host, CancellationToken cancellationToken)
    {
        var going = new HashSet<(string Region, string Id)>(plan.Resources
            .Where(resource => resource.Type == ResourceTypes.Instance).Select(resource => (resource.Region, resource.Id)));
        var prices = await Task.WhenAll(plan.Scans.Select(async found =>
        {
            var machines = found.Value.Resources.Select(resource => resource.Node)
                .Where(node => node.Key.Type == ResourceTypes.Instance && going.Contains((found.Key, node.Key.Id))).ToList();
            try
            {
                return machines.Count == 0 ? 0 : await cloud.Open(found.Key).HourlyPriceAsync(machines, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error)
            {
                host.Verbose($"{found.Key}: cannot get prices: {error.Message}");
                return null;
            }
        })).ConfigureAwait(false);
        return prices.Aggregate((decimal?)0, (total, price) => total + price);
    }

    private static SpotRemoval Skipped(SpotProvider provider, RemovalItem item, Retained kept) => new()
    {
        Id = item.Key.Id,
        Provider = provider,
        Type = item.Key.Type,
        ClusterName = item.Node.Resource.ClusterName,
        Region = item.Node.Resource.Region,
        Name = item.Node.Resource.Name,
        Outcome = SpotRemovalOutcome.Skipped,
        Code = kept.Code,
        Reason = item.Retained is null ? $"A retained resource uses it. {kept.Reason}" : kept.Reason,
    };

    internal static string HashOf(string accountId, IEnumerable<SpotResource> resources)
    {
        var text = accountId + "\n" + string.Join("\n", resources.Select(resource => $"{resource.Region} {resource.Type} {resource.Id}"));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();
    }
}

/// <summary>Reports a host what could not be listed.</summary>
internal static class UnknownListings
{
    /// <param name="region">The region.</param>
    /// <param name="unknown">What was not listed there.</param>
    /// <param name="host">Told of each kind.</param>
    /// <param name="unlisted">Told of a whole region.</param>
    public static void Report(string region, IEnumerable<UnknownListing> unknown, IOperationHost host, UnlistedRegions unlisted)
    {
        foreach (var listing in unknown)
        {
            var what = listing.Type is null ? region : $"{listing.Type} in {region}";
            var error = UnlistedRegions.Error(region, $"Cannot list {what}, so its state is unknown", listing.Error);
            if (listing.Type is null)
            {
                unlisted.Add(error);
            }
            else
            {
                host.Error(error);
            }
        }
    }
}
