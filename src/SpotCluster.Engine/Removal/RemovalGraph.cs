using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>How far the removal of one resource is.</summary>
internal enum RemovalState
{
    /// <summary>Not tried yet, or to be tried again.</summary>
    Waiting,

    /// <summary>Its delete call is under way.</summary>
    Deleting,

    /// <summary>The cloud accepted the delete; not seen gone yet.</summary>
    Accepted,

    /// <summary>Seen gone.</summary>
    Gone,

    /// <summary>Not to be removed: kept, or somebody else's.</summary>
    Stays,

    /// <summary>The cloud refused for good.</summary>
    Refused,
}

/// <summary>A resource in a removal: what is known of it, and what became of it so far. Used by one loop only.</summary>
internal sealed class RemovalItem(ResourceNode node)
{
    public ResourceNode Node { get; set; } = node;

    public ResourceKey Key { get; } = node.Key;

    public Belonging Belonging { get; set; }

    public Retained? Retained { get; set; }

    /// <summary>Why it is not managed by SpotCluster; kept once known, since what is detached shows no host any more.</summary>
    public Unmanaged? Unmanaged { get; set; }

    public RemovalState State { get; set; }

    /// <summary>The last refusal.</summary>
    public SpotException? Error { get; set; }

    /// <summary>Not to be tried before this.</summary>
    public DateTimeOffset RetryAt { get; set; }

    /// <summary>Number of refusals that may pass.</summary>
    public int Refusals { get; set; }

    /// <summary>When everything that it waits for was gone.</summary>
    public DateTimeOffset? FreeSince { get; set; }

    /// <summary>When the delete was accepted.</summary>
    public DateTimeOffset AcceptedAt { get; set; }

    /// <summary>Its delete call said that there is no such resource.</summary>
    public bool WasNotFound { get; set; }

    /// <summary>Number of successful listings in a row without it.</summary>
    public int Absences { get; set; }

    /// <summary>It was left to end with something else, and did not.</summary>
    public bool Outstayed { get; set; }

    /// <summary>Its ties to others of its kind were cut.</summary>
    public bool Released { get; set; }

    /// <summary>Its protection was lifted.</summary>
    public bool Unprotected { get; set; }

    /// <summary>Its tags were read for this removal, and of an instance just before its delete call.</summary>
    public bool IsChecked { get; set; }

    /// <summary>Its delete call was begun.</summary>
    public bool IsRequested { get; set; }

    /// <summary>Its outcome was told.</summary>
    public bool Told { get; set; }

    /// <summary>Its only outcome so far is that something blocks it, which may still change.</summary>
    public bool IsNamedBlocked { get; set; }

    /// <summary>It is recorded as a resource that remains.</summary>
    public bool IsRemembered { get; set; }

    public bool IsDone => State is RemovalState.Gone or RemovalState.Stays or RemovalState.Refused;
}

/// <summary>
/// The resources of one region and what must be gone before what. The edges come from what the describe calls told
/// and are worked out anew after every change, so that a late finding simply takes its place.
/// </summary>
internal sealed class RemovalGraph(IReadOnlyDictionary<string, IResourceKind> kinds)
{
    private readonly Dictionary<ResourceKey, RemovalItem> _items = [];
    private Dictionary<ResourceKey, HashSet<ResourceKey>> _parents = [];
    private HashSet<ResourceKey> _taken = [];
    private HashSet<ResourceKey> _awaited = [];

    public IReadOnlyCollection<RemovalItem> Items => _items.Values;

    public RemovalItem? Find(ResourceKey key) => _items.TryGetValue(key, out var item) ? item : null;

    /// <summary>Takes in what a scan found. A resource that was seen gone stays gone.</summary>
    public void Merge(IEnumerable<ScannedResource> resources)
    {
        foreach (var scanned in resources)
        {
            if (!_items.TryGetValue(scanned.Node.Key, out var item))
            {
                _items[scanned.Node.Key] = item = new RemovalItem(scanned.Node) { Belonging = scanned.Belonging };
            }
            else if (item.State == RemovalState.Gone)
            {
                // The cloud's copies disagree for a while. It counts as there again only when it is asked to go again.
                item.State = RemovalState.Accepted;
                item.Absences = 0;
            }

            item.Node = item.Released
                ? scanned.Node with { Holds = scanned.Node.Holds.Where(held => held.Type != scanned.Node.Key.Type).ToList() }
                : scanned.Node;
            // What a gateway of ours takes along outlives the gateway's own mention of it for a moment, and so does what was
            // attached to an instance.
            var isKnownPart = item.Belonging == Belonging.Managed && (scanned.Belonging == Belonging.Unmanaged || scanned.Retained?.Code == Retained.NotSelected)
                && (_taken.Contains(item.Key) || item.Node.EndsWith is not null || item.Unmanaged?.Code == Removal.Unmanaged.Attached);
            item.Belonging = isKnownPart ? Belonging.Managed : scanned.Belonging;
            item.Unmanaged = scanned.Unmanaged ?? item.Unmanaged;
            item.Node.Resource.UnmanagedReason ??= item.Unmanaged?.Reason;
            item.Retained = isKnownPart ? null : scanned.Retained;
            item.IsChecked = item.Key.Type != ResourceTypes.Instance;
            if (item.Belonging != Belonging.Managed)
            {
                item.State = RemovalState.Stays;
            }
        }

        Connect();
    }

    /// <summary>Works the edges out anew.</summary>
    public void Connect()
    {
        var parents = new Dictionary<ResourceKey, HashSet<ResourceKey>>();
        _taken = [];
        _awaited = [];
        var places = PlacesToClear();
        foreach (var item in _items.Values)
        {
            var node = item.Node;
            foreach (var key in node.After)
            {
                Add(node.Key, key);
            }

            foreach (var held in node.Holds)
            {
                Add(held, node.Key);
            }

            foreach (var taken in node.Takes)
            {
                Add(taken, node.Key);
                if (item.State != RemovalState.Stays)
                {
                    _taken.Add(taken);
                }
            }

            // An interface of a load balancer goes when AWS takes it away, some time after the balancer.
            if (node is { Owner: not null, Carrier: { } service } && _items.TryGetValue(service, out var carrying) && carrying.State != RemovalState.Stays)
            {
                Add(node.Key, service);
                _taken.Add(node.Key);
            }

            if ((node.DeletedWith ?? node.EndsWith) is { } with)
            {
                Add(node.Key, with);
            }

            if (node.Resource.VpcId is { } vpcId && places.TryGetValue(vpcId, out var waiting))
            {
                foreach (var (key, after) in waiting)
                {
                    if (node.DeletedWith != key && (after[0] == "*" || after.Contains(node.Key.Type)))
                    {
                        Add(key, node.Key);
                    }
                }
            }
        }

        _parents = parents;

        void Add(ResourceKey child, ResourceKey parent)
        {
            if (child == parent)
            {
                return;
            }

            if (!parents.TryGetValue(child, out var set))
            {
                parents[child] = set = [];
            }

            set.Add(parent);
            _awaited.Add(parent);
        }
    }

    /// <summary>
    /// What remains because SpotCluster does not manage it and nobody asked for it. An interface of such an instance is not
    /// counted beside the instance.
    /// </summary>
    public IEnumerable<RemovalItem> Unmanaged => _items.Values.Where(item => item is { Unmanaged: not null, Belonging: Belonging.Unmanaged }
        && item.State != RemovalState.Gone
        && !(item.Node.Carrier is { } carrier && Find(carrier) is { Belonging: Belonging.Unmanaged }));

    /// <summary>What still stands before it: known, and neither gone nor as good as gone.</summary>
    public IEnumerable<RemovalItem> OpenParents(RemovalItem item) =>
        _parents.TryGetValue(item.Key, out var keys)
            ? keys.Select(Find).OfType<RemovalItem>().Where(parent => !IsOutOfTheWay(parent))
            : [];

    /// <summary>Something can go only when this is gone.</summary>
    public bool IsAwaited(RemovalItem item) => _awaited.Contains(item.Key);

    /// <summary>The cloud deletes it with something else of ours; it is deleted by itself only when it outstays that.</summary>
    public bool IsTaken(RemovalItem item) => _taken.Contains(item.Key) || item.Node.DeletedWith is not null;

    /// <summary>
    /// The thing at the root of why it cannot go; null when nothing that stays is in its way. Always the same one for
    /// the same resources, whatever the order in which they were found.
    /// </summary>
    /// <param name="item">The resource.</param>
    /// <param name="acrossTies">Also through others of the same kind, whose ties may yet be cut.</param>
    public RemovalItem? Blocker(RemovalItem item, bool acrossTies = true)
    {
        var seen = new HashSet<ResourceKey> { item.Key };
        var near = Unseen([item]);
        while (near.Count > 0)
        {
            if (near.FirstOrDefault(parent => parent.State is RemovalState.Stays or RemovalState.Refused) is { } blocker)
            {
                return Whole(blocker);
            }

            near = Unseen(near);
        }

        return null;

        List<RemovalItem> Unseen(IEnumerable<RemovalItem> items) =>
            [.. items.SelectMany(child => OpenParents(child).Where(parent => acrossTies || parent.Key.Type != child.Key.Type || parent.State == RemovalState.Stays)).Where(parent => seen.Add(parent.Key))
                .OrderBy(parent => parent.Key.Type, StringComparer.Ordinal).ThenBy(parent => parent.Key.Id, StringComparer.Ordinal)];
    }

    /// <summary>Who is asked to clear the way is asked for the machine, not for its network interface.</summary>
    private RemovalItem Whole(RemovalItem blocker) =>
        blocker.Node.Carrier is { } key && Find(key) is { State: RemovalState.Stays or RemovalState.Refused } carrier ? carrier : blocker;

    /// <summary>
    /// Items that wait for each other and for nothing else: those whose ties must be cut. Only ties within a kind, or
    /// to what is deleted together with something, form such circles.
    /// </summary>
    public IReadOnlyList<RemovalItem> TiedInCircle(RemovalItem item)
    {
        var ahead = new HashSet<ResourceKey>();
        var queue = new Queue<RemovalItem>([item]);
        while (queue.Count > 0)
        {
            foreach (var parent in OpenParents(queue.Dequeue()).Where(parent => !parent.IsDone && ahead.Add(parent.Key)))
            {
                queue.Enqueue(parent);
            }
        }

        if (!ahead.Contains(item.Key))
        {
            return [];
        }

        // Of those ahead of it, the ones that it is ahead of as well.
        var circle = new HashSet<ResourceKey> { item.Key };
        var open = ahead.Select(Find).OfType<RemovalItem>().ToList();
        while (open.RemoveAll(other => OpenParents(other).Any(parent => circle.Contains(parent.Key)) && (circle.Add(other.Key) || true)) > 0)
        {
        }

        return circle.Select(Find).OfType<RemovalItem>().ToList();
    }

    /// <summary>What must wait for others in its VPC, by VPC: the VPC itself and its gateways.</summary>
    private Dictionary<string, List<(ResourceKey Key, IReadOnlyList<string> After)>> PlacesToClear()
    {
        var places = new Dictionary<string, List<(ResourceKey, IReadOnlyList<string>)>>(StringComparer.Ordinal);
        foreach (var item in _items.Values)
        {
            if (item.Node.Resource.VpcId is { } vpcId && kinds.TryGetValue(item.Key.Type, out var kind) && kind.AfterInVpc.Count > 0)
            {
                if (!places.TryGetValue(vpcId, out var list))
                {
                    places[vpcId] = list = [];
                }

                list.Add((item.Key, kind.AfterInVpc));
            }
        }

        return places;
    }

    private bool IsOutOfTheWay(RemovalItem parent) =>
        parent.State == RemovalState.Gone
        || (parent.State == RemovalState.Accepted && kinds.TryGetValue(parent.Key.Type, out var kind) && kind.DeletesAtOnce);
}
