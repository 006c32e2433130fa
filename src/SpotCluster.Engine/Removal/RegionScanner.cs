using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>
/// Finds everything of a scope in one region: one listing by tag, then what that named, by kind, and the untagged
/// children of what is ours, until nothing new turns up. A listing that fails is recorded as unknown, never as empty.
/// </summary>
internal sealed class RegionScanner(IRegionInventory region, ResourceSelector selector)
{
    /// <summary>Tags of these kinds come and go with another resource.</summary>
    private static readonly HashSet<string> PartsOfOthers = new(StringComparer.Ordinal) { ResourceTypes.SecurityGroupRule };

    /// <summary>Scans the region.</summary>
    /// <param name="tracked">Resources to look for as well, tagged or not.</param>
    /// <param name="ended">Resources that were shown as ended: the listing by tag goes on naming them, and they are not asked for.</param>
    /// <param name="thorough">Also lists the rare kinds inside our VPCs.</param>
    /// <param name="asksOthers">Also asks the services other than EC2 what has the tag.</param>
    /// <param name="cancellationToken">Stops the scan.</param>
    public async Task<RegionScan> ScanAsync(
        IReadOnlyCollection<ResourceKey> tracked,
        IReadOnlyCollection<ResourceKey> ended,
        bool thorough,
        bool asksOthers,
        CancellationToken cancellationToken)
    {
        var found = new Findings(region, selector);
        found.Omit(ended);
        var (key, value) = selector.ServerTag;
        var elsewhere = asksOthers ? AskOthersAsync(key, value, cancellationToken) : Task.FromResult<TaggedElsewhere?>(null);
        try
        {
            found.Ask(await region.ListTaggedAsync(key, value, cancellationToken).ConfigureAwait(false));
            found.Listings++;
        }
        catch (SpotException error)
        {
            found.Unknown.Add(new UnknownListing(null, error));
            await elsewhere.ConfigureAwait(false);
            return found.ToScan();
        }

        found.Add(await elsewhere.ConfigureAwait(false));

        found.Track(tracked.Concat(selector.RemainingIn(region.Region)));
        await CloseAsync(found, thorough, cancellationToken).ConfigureAwait(false);
        return found.ToScan();
    }

    private async Task<TaggedElsewhere?> AskOthersAsync(string key, string value, CancellationToken cancellationToken) =>
        await region.ListTaggedElsewhereAsync(key, value, cancellationToken).ConfigureAwait(false);

    /// <summary>Looks again at what may hold resources whose delete was refused.</summary>
    public async Task<RegionScan> FindHoldersAsync(IReadOnlyList<ResourceNode> held, CancellationToken cancellationToken)
    {
        var found = new Findings(region, selector);
        found.Ask([.. held.Select(node => node.Key)]);
        var lookups = from node in held
                      from kind in region.Kinds.Values
                      select found.RunAsync(kind.Type, () => kind.ListHoldersAsync(node, cancellationToken));
        await Task.WhenAll(lookups).ConfigureAwait(false);
        await CloseAsync(found, thorough: true, cancellationToken).ConfigureAwait(false);
        return found.ToScan();
    }

    private async Task CloseAsync(Findings found, bool thorough, CancellationToken cancellationToken)
    {
        // First what lies in our VPCs: that answers for most ids as well, and one call less per kind is a call saved.
        var vpcs = found.TakeVpcs();
        while (true)
        {
            if (vpcs.Count > 0)
            {
                var listings = from kind in region.Kinds.Values
                               where kind.InVpc == VpcListing.Always || (kind.InVpc == VpcListing.Thorough && thorough)
                               select found.RunAsync(kind.Type, () => kind.ListInVpcsAsync(vpcs, cancellationToken));
                var others = found.TakeIds(type => region.Kinds.TryGetValue(type, out var kind) && !IsListedInVpc(kind, thorough));
                await Task.WhenAll(listings.Concat(ListIds(found, others, cancellationToken))).ConfigureAwait(false);
            }

            await Task.WhenAll(ListIds(found, found.TakeIds(_ => true), cancellationToken)).ConfigureAwait(false);
            found.FollowLeads();
            vpcs = found.TakeVpcs();
            if (vpcs.Count > 0 || found.HasOpenIds)
            {
                continue;
            }

            var unexplained = thorough ? [] : found.VpcsWithUnexplainedOwners();
            if (unexplained.Count == 0)
            {
                return;
            }

            // An interface of some service: its gateway or endpoint may be ours without a tag.
            thorough = true;
            await Task.WhenAll(region.Kinds.Values.Where(kind => kind.InVpc == VpcListing.Thorough)
                .Select(kind => found.RunAsync(kind.Type, () => kind.ListInVpcsAsync(unexplained, cancellationToken)))).ConfigureAwait(false);
        }
    }

    private IEnumerable<Task> ListIds(Findings found, IEnumerable<IGrouping<string, string>> ids, CancellationToken cancellationToken)
    {
        foreach (var group in ids)
        {
            var list = group.ToList();
            if (region.Kinds.TryGetValue(group.Key, out var kind))
            {
                yield return found.RunAsync(group.Key, () => kind.ListAsync(list, cancellationToken));

                // Of what a launch has just created, nothing was made yet.
                foreach (var made in region.Kinds.Values.Where(other => other.MadeFrom == group.Key && selector.Scope.Run is null))
                {
                    yield return found.RunMadeFromAsync(made, list, cancellationToken);
                }
            }
            else if (!PartsOfOthers.Contains(group.Key))
            {
                found.AddOthers(list.Select(id => new SpotResource
                {
                    Id = id,
                    Type = group.Key,
                    Region = region.Region,
                    Tagged = true,
                    Managed = false,
                    UnmanagedReason = "has the filter tag, and is of a type that SpotCluster does not remove",
                }));
            }
        }
    }

    private static bool IsListedInVpc(IResourceKind kind, bool thorough) =>
        kind.InVpc == VpcListing.Always || (kind.InVpc == VpcListing.Thorough && thorough);

    /// <summary>What is known so far, and what is still to be asked. Listings report from several threads.</summary>
    private sealed class Findings(IRegionInventory region, ResourceSelector selector)
    {
        private readonly Dictionary<ResourceKey, ResourceNode> _nodes = [];
        private readonly HashSet<ResourceKey> _asked = [];
        private readonly HashSet<ResourceKey> _open = [];
        private readonly HashSet<string> _vpcsListed = new(StringComparer.Ordinal);
        private readonly HashSet<ResourceKey> _tagged = [];
        private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
        private readonly List<SpotResource> _others = [];
        private TaggedElsewhere? _elsewhere;

        public List<UnknownListing> Unknown { get; } = [];

        private List<string> NotCovered { get; } = [];

        public int Listings { get; set; }

        public bool HasOpenIds => _open.Count > 0;

        /// <summary>Asks for none of these.</summary>
        public void Omit(IEnumerable<ResourceKey> keys) => _asked.UnionWith(keys);

        /// <summary>Asks for what the listing by tag named.</summary>
        public void Ask(IReadOnlyCollection<ResourceKey> keys)
        {
            Track(keys);
            _tagged.UnionWith(keys);
        }

        /// <summary>Asks for resources whatever their tags are.</summary>
        public void Track(IEnumerable<ResourceKey> keys)
        {
            foreach (var key in keys)
            {
                if (_asked.Add(key) && !_nodes.ContainsKey(key))
                {
                    _open.Add(key);
                }
            }
        }

        /// <summary>Takes in what other services showed.</summary>
        public void Add(TaggedElsewhere? elsewhere)
        {
            _elsewhere = elsewhere;
            foreach (var node in elsewhere?.Nodes ?? [])
            {
                _nodes[node.Key] = node;
                _asked.Add(node.Key);
            }

            _others.AddRange(elsewhere?.Others ?? []);
        }

        /// <summary>VPCs that may be ours and were not listed yet.</summary>
        public List<string> TakeVpcs()
        {
            // Before a VPC was described its tag from the listing by tag is all that is known; afterwards its own tags count.
            var candidates = _tagged.Where(key => key.Type == ResourceTypes.Vpc && (!_nodes.TryGetValue(key, out var node) || IsOurVpc(node)))
                .Concat(_nodes.Values.Where(IsOurVpc).Select(node => node.Key));
            return candidates.Select(key => key.Id).Distinct(StringComparer.Ordinal).Where(_vpcsListed.Add).ToList();
        }

        /// <summary>Our VPCs with something in them that is managed by a service, and not by any that was listed.</summary>
        public List<string> VpcsWithUnexplainedOwners()
        {
            var taken = new HashSet<ResourceKey>(_nodes.Values.SelectMany(node => node.Takes));
            return _nodes.Values.Where(node => node.Owner is not null && IsInOurVpc(node) && !taken.Contains(node.Key))
                .Select(node => node.Resource.VpcId!).Distinct(StringComparer.Ordinal).ToList();
        }

        public List<IGrouping<string, string>> TakeIds(Func<string, bool> isWanted)
        {
            var taken = _open.Where(key => isWanted(key.Type)).ToList();
            _open.ExceptWith(taken);
            return taken.GroupBy(key => key.Type, key => key.Id, StringComparer.Ordinal).ToList();
        }

        public async Task RunAsync(string type, Func<Task<IReadOnlyList<ResourceNode>>> list)
        {
            try
            {
                var nodes = await list().ConfigureAwait(false);
                lock (_nodes)
                {
                    Listings++;
                    foreach (var node in nodes)
                    {
                        _nodes[node.Key] = node;
                        _open.Remove(node.Key);
                    }
                }
            }
            catch (SpotException error)
            {
                lock (_nodes)
                {
                    Unknown.Add(new UnknownListing(type, error));
                    _failed.Add(type);
                }
            }
        }

        /// <summary>Lists what was made from resources of another kind. Without that, what has the tag is known all the same.</summary>
        public async Task RunMadeFromAsync(IResourceKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken)
        {
            try
            {
                var nodes = await kind.ListMadeFromAsync(ids, cancellationToken).ConfigureAwait(false);
                lock (_nodes)
                {
                    Listings++;
                    foreach (var node in nodes)
                    {
                        _nodes[node.Key] = node;
                        _open.Remove(node.Key);
                    }
                }
            }
            catch (SpotException error)
            {
                lock (_nodes)
                {
                    NotCovered.Add($"{kind.Type}s without the tag of managed {kind.MadeFrom}s: {error.ServiceCode ?? error.ErrorId}");
                }
            }
        }

        /// <summary>Takes in what has the tag and is of a kind that is not removed.</summary>
        public void AddOthers(IEnumerable<SpotResource> resources) => _others.AddRange(resources);

        /// <summary>Asks for the untagged parts of what is ours.</summary>
        public void FollowLeads()
        {
            foreach (var node in _nodes.Values.Where(node => selector.Carries(node.Resource) || IsInOurVpc(node)).ToList())
            {
                foreach (var lead in node.Leads.Concat(node.Companions))
                {
                    if (!_nodes.ContainsKey(lead) && _asked.Add(lead))
                    {
                        _open.Add(lead);
                    }
                }
            }
        }

        public RegionScan ToScan()
        {
            var ages = new ClusterAges(_nodes.Values.Where(node => node.Live && selector.Carries(node.Resource)));
            var belongings = new Classification(_nodes, _failed, selector);
            var resources = new List<ScannedResource>();

            // In an order of their own: the listings answer in any.
            foreach (var node in InOrder(_nodes.Values.Where(node => node.Live), node => node.Key))
            {
                var (belonging, unmanaged) = belongings.Of(node);
                if (belonging == Belonging.Unmanaged && node.OnlyWithMachines && unmanaged is null)
                {
                    // It may replace a machine of ours by one of its own, which is its business, and does not hold it.
                    continue;
                }

                node.Resource.Tagged = selector.Carries(node.Resource);
                node.Resource.Managed = belonging != Belonging.Unmanaged && unmanaged is null;
                node.Resource.UnmanagedReason = unmanaged?.Reason;
                if (unmanaged is not null || belonging != Belonging.Unmanaged)
                {
                    node.Resource.ClusterName ??= InheritedCluster(node);
                }

                var kept = belonging == Belonging.Managed || unmanaged is not null
                    ? selector.WhyRetained(node.Resource) ?? selector.WhyTooYoung(node.Resource.CreatedAt ?? (node.Key.Type == ResourceTypes.Instance ? null : ages.Of(node.Resource.ClusterName)))
                    : null;

                // What is excluded by the scope is nobody's concern, managed or not.
                resources.Add(belonging == Belonging.Unmanaged
                    ? new ScannedResource(node, belonging, null, kept is null ? unmanaged : null)
                    : new ScannedResource(node, kept is null ? belonging : Belonging.Retained, kept, unmanaged));
            }

            KeepTakersOfProtected(resources);
            KeepUnselected(resources);
            var gone = _asked.Where(key => !_failed.Contains(key.Type) && region.Kinds.ContainsKey(key.Type)
                && (!_nodes.TryGetValue(key, out var node) || !node.Live));
            return new RegionScan
            {
                Resources = resources,
                Gone = [.. InOrder(gone, key => key)],
                Ended = [.. _nodes.Values.Where(node => !node.Live).Select(node => node.Key)],
                Unknown = [.. Unknown.OrderBy(listing => listing.Type, StringComparer.Ordinal)],
                Listings = Listings,
                Tokens = [.. _nodes.Values.Select(node => node.Token).OfType<string>()],
                Others = _others,
                Elsewhere = _elsewhere,
                NotCovered = [.. NotCovered.Distinct(StringComparer.Ordinal)],
            };
        }

        private static IEnumerable<T> InOrder<T>(IEnumerable<T> items, Func<T, ResourceKey> keyOf) => items
            .OrderBy(item => keyOf(item).Type, StringComparer.Ordinal).ThenBy(item => keyOf(item).Id, StringComparer.Ordinal);

        /// <summary>A machine would take the disk that dies with it along: where that is protected, both are.</summary>
        private static void KeepTakersOfProtected(List<ScannedResource> resources)
        {
            var kept = resources.Where(resource => resource.Retained?.Code == Retained.Protected)
                .GroupBy(resource => resource.Node.Key).ToDictionary(group => group.Key, group => group.First().Retained!);
            for (var number = 0; number < resources.Count; number++)
            {
                var resource = resources[number];
                if (resource.Belonging == Belonging.Managed
                    && resource.Node.Takes.Where(kept.ContainsKey).Select(key => (ResourceKey?)key).FirstOrDefault() is { } taken)
                {
                    resources[number] = resource with
                    {
                        Belonging = Belonging.Retained,
                        Retained = new Retained(Retained.Protected, $"Removing it would remove {taken.Id}. {kept[taken].Reason}"),
                    };
                }
            }
        }

        /// <summary>What the filter does not select is retained, unless it ends together with something that is selected.</summary>
        private void KeepUnselected(List<ScannedResource> resources)
        {
            if (selector.Scope.Filter.IsEmpty)
            {
                return;
            }

            var going = resources.Where(resource => resource.Belonging == Belonging.Managed && selector.WhyNotSelected(resource.Node.Resource) is null)
                .Select(resource => resource.Node.Key).ToHashSet();
            var taken = resources.Where(resource => going.Contains(resource.Node.Key)).SelectMany(resource => resource.Node.Takes).ToHashSet();
            for (var number = 0; number < resources.Count; number++)
            {
                var (node, belonging) = (resources[number].Node, resources[number].Belonging);
                var endsWithSelected = taken.Contains(node.Key)
                    || ((node.DeletedWith ?? node.EndsWith ?? node.Carrier) is { } with && going.Contains(with));
                if (belonging == Belonging.Managed && !going.Contains(node.Key) && !endsWithSelected)
                {
                    resources[number] = resources[number] with { Belonging = Belonging.Retained, Retained = selector.WhyNotSelected(node.Resource) };
                }
            }
        }

        private bool IsOurVpc(ResourceNode node) => Classification.IsOurVpc(node, selector);

        private bool IsInOurVpc(ResourceNode node) => Classification.IsInOurVpc(node, _nodes, selector);

        private string? InheritedCluster(ResourceNode node)
        {
            if (selector.Remaining(region.Region, node.Key) is { ClusterName: { } removed })
            {
                return removed;
            }

            if (node.Host is { } host && _nodes.TryGetValue(host, out var origin) && (origin.Resource.ClusterName ?? InheritedCluster(origin)) is { } named)
            {
                return named;
            }

            var related = node.After.Concat(node.Leads).Select(key => _nodes.TryGetValue(key, out var other) ? other.Resource.ClusterName : null);
            if (related.FirstOrDefault(name => name is not null) is { } cluster)
            {
                return cluster;
            }

            return node.Resource.VpcId is { } vpcId && _nodes.TryGetValue(new ResourceKey(ResourceTypes.Vpc, vpcId), out var vpc)
                ? vpc.Resource.ClusterName
                : null;
        }
    }

    /// <summary>The date of the youngest dated resource of each cluster: many kinds tell no date of their own.</summary>
    private sealed class ClusterAges(IEnumerable<ResourceNode> nodes)
    {
        private readonly Dictionary<string, DateTimeOffset> _youngest = nodes
            .Where(node => node.Resource.CreatedAt is not null)
            .GroupBy(node => node.Resource.ClusterName ?? "", StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Max(node => node.Resource.CreatedAt!.Value), StringComparer.Ordinal);

        public DateTimeOffset? Of(string? clusterName) => _youngest.TryGetValue(clusterName ?? "", out var date) ? date : null;
    }
}
