using System.Text.RegularExpressions;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>
/// Terminates machines that were named one by one: looks each up, cancels the requests that would replace it, and
/// waits until it is seen terminated. Machines that do not carry our tag are refused.
/// </summary>
internal sealed class InstanceRemoval(ICloudInventory cloud, SpotSettings settings, IRemainingResources remaining, TimeProvider clock)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(15);

    private static readonly Regex IdForm = new("^i-([0-9a-f]{8}|[0-9a-f]{17})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    public Task RunAsync(IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(clock, Timeout, TimeSpan.Zero, async limit =>
        {
            await RunAsync(instances, limit, onRemoval, host, cancellationToken).ConfigureAwait(false);
            return true;
        });

    private async Task RunAsync(
        IReadOnlyList<InstanceKey> instances,
        CommandLimit limit,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var started = clock.GetUtcNow();
        var gate = new object();
        var wanted = new List<InstanceKey>();
        foreach (var key in instances.DistinctBy(key => key.Id))
        {
            if (IdForm.IsMatch(key.Id))
            {
                wanted.Add(key);
            }
            else
            {
                Fail(key, SpotErrorIds.InstanceIdInvalid, SpotErrorCategory.InvalidArgument, "InvalidInstanceID.Malformed",
                    $"'{key.Id}' is not a valid instance id: i- and 8 or 17 hexadecimal digits are expected.");
            }
        }

        if (wanted.Count == 0)
        {
            return;
        }

        var identifying = cloud.GetIdentityAsync(cancellationToken);
        var named = wanted.Select(key => key.Region).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var resolving = wanted.Any(key => key.Region is null)
            ? cloud.GetRegionsAsync([], cancellationToken)
            : cloud.GetRegionsAsync(named, cancellationToken);
        await Task.WhenAll(identifying, resolving).ConfigureAwait(false);
        var identity = await identifying.ConfigureAwait(false);
        AccountGuard.Check(settings, identity.AccountId);
        var regions = await resolving.ConfigureAwait(false);
        if (regions.Count == 0)
        {
            throw RemovalService.NoRegion([]);
        }


        var context = new RemovalContext
        {
            Clock = clock,
            StartedAt = started,
            Limit = limit,
            CloudTime = new ServiceTime(clock, () => cloud.Skew),
            Activity = "Removing instances",
            Selector = new ResourceSelector(settings, new RemovalScope { Timeout = Timeout }, identity.AccountId, new ServiceTime(clock, () => cloud.Skew)),
            Host = host,
            CallsInFlight = CallsInFlight.None,
            Allowance = RemovalAllowance.OfFirstListing(),
            OnRemoval = Report,
            Remaining = remaining,
        };
        var searches = await Task.WhenAll(regions
            .Select(region => (Region: region, Keys: wanted.Where(key => key.Region is null || string.Equals(key.Region, region, StringComparison.OrdinalIgnoreCase)).ToList()))
            .Where(search => search.Keys.Count > 0)
            .Select(search => RemoveInRegionAsync(cloud.Open(search.Region), search.Keys, context, cancellationToken))).ConfigureAwait(false);

        var found = new HashSet<string>(searches.SelectMany(search => search.Found), StringComparer.Ordinal);
        var unread = searches.Where(search => search.Error is not null).ToList();
        var unlisted = new UnlistedRegions(regions, host);
        foreach (var search in unread)
        {
            unlisted.Add(UnlistedRegions.Error(search.Region, $"Cannot list {search.Region}, so its instances are unknown", search.Error!));
        }

        unlisted.Report();
        foreach (var key in wanted.Where(key => !found.Contains(key.Id)))
        {
            var isUnread = unread.Any(search => key.Region is null || string.Equals(search.Region, key.Region, StringComparison.OrdinalIgnoreCase));
            var where = key.Region is { } region ? $"in {region}" : $"in any {settings.RegionWord}";
            if (isUnread)
            {
                Fail(key, SpotErrorIds.InstanceNotRemoved, SpotErrorCategory.Unavailable, "RegionNotListed",
                    $"Cannot remove {key.Id}: it was not found, and not every region could be listed.");
            }
            else
            {
                Fail(key, SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, "InvalidInstanceID.NotFound",
                    $"No instance '{key.Id}' exists {where}.");
            }
        }

        void Fail(InstanceKey key, string errorId, SpotErrorCategory category, string code, string reason, SpotRemovalOutcome outcome = SpotRemovalOutcome.Failed)
        {
            Report(new SpotRemoval
            {
                Id = key.Id,
                Provider = SpotProvider.Aws,
                Type = ResourceTypes.Instance,
                Region = key.Region ?? "",
                Outcome = outcome,
                Code = code,
                Reason = reason,
                Elapsed = clock.GetUtcNow() - started,
            });
            host.Error(new SpotException(errorId, category, reason) { Target = key.Id, Region = key.Region, ServiceCode = code });
        }

        void Report(SpotRemoval removal)
        {
            // The requests that go with a machine are its own affair: one outcome per machine.
            if (removal.Type == ResourceTypes.Instance)
            {
                lock (gate)
                {
                    onRemoval(removal);
                }
            }
        }
    }

    private static async Task<Search> RemoveInRegionAsync(
        IRegionInventory region,
        IReadOnlyList<InstanceKey> keys,
        RemovalContext context,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<ResourceNode> nodes;
        try
        {
            nodes = await region.Kinds[ResourceTypes.Instance].ListAsync(keys.Select(key => key.Id).ToList(), cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error)
        {
            return new Search(region.Region, [], error);
        }

        var removal = new RegionRemoval(region, context);
        var resources = new List<ScannedResource>();
        foreach (var node in nodes)
        {
            var isManaged = context.Selector.Carries(node.Resource);
            if (isManaged && node.Live)
            {
                var kept = context.Selector.WhyRetained(node.Resource);
                resources.Add(new ScannedResource(node, kept is null ? Belonging.Managed : Belonging.Retained, kept));
            }
            else
            {
                ReportUntouched(region, node, isManaged, context);
            }
        }

        resources.AddRange(await ReplacersAsync(region, resources, context.Host, cancellationToken).ConfigureAwait(false));
        await NameCompanionsAsync(region, [.. resources.Where(resource => resource.Belonging == Belonging.Managed).Select(resource => resource.Node)], context, cancellationToken).ConfigureAwait(false);
        removal.Merge(new RegionScan { Resources = resources, Gone = [], Unknown = [], Listings = 1 });
        await removal.RunAsync(cancellationToken).ConfigureAwait(false);
        removal.ReportRest(ResourceTypes.Instance);
        if (removal.Fatal is { } fatal)
        {
            context.Host.Error(fatal);
        }

        return new Search(region.Region, nodes.Select(node => node.Key.Id).ToList(), null);
    }

    /// <summary>Warns of what remains of these machines and is billed on: afterwards nothing leads to it.</summary>
    private static async Task NameCompanionsAsync(
        IRegionInventory region, IReadOnlyList<ResourceNode> machines, RemovalContext context, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var companion in await new CompanionFinder(region, context.Selector).FindAsync(machines, cancellationToken).ConfigureAwait(false))
            {
                context.Remember(companion);
                context.Host.Warning(UnmanagedText.Remains(companion, new Unmanaged(Unmanaged.Attached, companion.UnmanagedReason!)));
            }
        }
        catch (SpotException error)
        {
            context.Host.Warning($"Cannot list what is attached to the instances in {region.Region}, and remains without the tag: {error.Message}");
        }
    }

    /// <summary>Persistent spot requests of these machines: each would launch another in its place.</summary>
    private static async Task<IReadOnlyList<ScannedResource>> ReplacersAsync(
        IRegionInventory region,
        IReadOnlyList<ScannedResource> machines,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var ids = machines.Where(machine => machine.Belonging == Belonging.Managed)
            .SelectMany(machine => machine.Node.Leads)
            .Where(lead => lead.Type == ResourceTypes.SpotRequest)
            .Select(lead => lead.Id).Distinct(StringComparer.Ordinal).ToList();
        if (ids.Count == 0)
        {
            return [];
        }

        try
        {
            var nodes = await region.Kinds[ResourceTypes.SpotRequest].ListAsync(ids, cancellationToken).ConfigureAwait(false);
            return nodes.Where(node => node.Live && node.Holds.Count > 0).Select(node => new ScannedResource(node, Belonging.Managed)).ToList();
        }
        catch (SpotException error)
        {
            // The machines go all the same: that is what was asked for.
            host.Warning($"Cannot list the spot requests in {region.Region}, and a persistent request launches an instance again: {error.Message}");
            return [];
        }
    }

    private static void ReportUntouched(IRegionInventory region, ResourceNode node, bool isManaged, RemovalContext context)
    {
        var refusal = context.Selector.WhyRefused(node.Resource);
        var reason = isManaged ? null : refusal?.Message ?? $"Cannot remove {node.Key.Id} in {region.Region}: it does not have the filter tag, so it is unmanaged.";
        context.OnRemoval(new SpotRemoval
        {
            Id = node.Key.Id,
            Provider = region.Provider,
            Type = node.Key.Type,
            AccountId = context.Selector.AccountId,
            ClusterName = node.Resource.ClusterName,
            Region = region.Region,
            Name = node.Resource.Name,
            Outcome = isManaged ? SpotRemovalOutcome.AlreadyGone : SpotRemovalOutcome.Skipped,
            Code = isManaged ? null : refusal?.ErrorId ?? "NotOurs",
            Reason = reason,
            Elapsed = context.Elapsed,
        });
        if (reason is not null)
        {
            context.Host.Error(refusal ?? new SpotException(SpotErrorIds.InstanceForeign, SpotErrorCategory.Refused, reason)
            {
                Target = node.Key.Id,
                Region = region.Region,
                RecommendedAction = "Check the filter tag in the settings, or remove unmanaged instances with the tools that launched them.",
            });
        }
    }

    /// <summary>What a region told about the ids.</summary>
    private sealed record Search(string Region, IReadOnlyList<string> Found, SpotException? Error);
}
