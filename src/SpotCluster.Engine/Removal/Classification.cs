
namespace SpotCluster.Engine.Removal;

/// <summary>Why a resource that carries the tag, lies in a VPC of ours or is attached to an instance of ours is not managed by SpotCluster.</summary>
/// <param name="Code">One of the constants.</param>
/// <param name="Reason">In words, as they follow the name of the resource.</param>
internal sealed record Unmanaged(string Code, string Reason)
{
    /// <summary>Another program or person created it: needs <see cref="RemovalScope.IncludeForeign"/>.</summary>
    public const string NotManaged = "NotManaged";

    /// <summary>A launcher that is not removed replaces it as soon as it is gone.</summary>
    public const string LaunchedAgain = "LaunchedAgain";

    /// <summary>Attached to a managed resource without the tag: needs <see cref="RemovalScope.IncludeAttached"/>.</summary>
    public const string Attached = "Attached";

    /// <summary>An AWS service manages it: removed with the tools of that service.</summary>
    public const string ServiceManaged = "ServiceManaged";

    /// <summary>Part of the default VPC of its region, which is never removed.</summary>
    public const string DefaultNetwork = "DefaultNetwork";

    /// <summary>What includes it in a removal; null where nothing does.</summary>
    public string? Option => Code switch
    {
        NotManaged => "-IncludeForeign",
        Attached => "-IncludeAttached",
        _ => null,
    };
}

/// <summary>
/// Whose each resource of a scan is. Managed is what carries the tag and was created by SpotCluster, and what AWS creates
/// and deletes together with it: an interface, a root disk, the default group of a VPC. Everything else that lies in a VPC
/// of ours or is attached to an instance of ours is unmanaged, whether it carries the tags of somebody else or none.
/// </summary>
internal sealed class Classification
{
    private readonly IReadOnlyDictionary<ResourceKey, ResourceNode> _nodes;
    private readonly IReadOnlyCollection<string> _failedTypes;
    private readonly ResourceSelector _selector;
    private readonly Dictionary<ResourceKey, List<ResourceKey>> _takers;
    private readonly Dictionary<ResourceKey, List<ResourceKey>> _leaders;
    private readonly Dictionary<ResourceKey, List<ResourceKey>> _hosts;
    private readonly Dictionary<ResourceKey, (Belonging Belonging, Unmanaged? Unmanaged)> _known = [];

    /// <param name="nodes">What the listings showed, live or not.</param>
    /// <param name="failedTypes">Kinds of which a listing failed.</param>
    /// <param name="selector">The scope.</param>
    public Classification(IReadOnlyDictionary<ResourceKey, ResourceNode> nodes, IReadOnlyCollection<string> failedTypes, ResourceSelector selector)
    {
        _nodes = nodes;
        _failedTypes = failedTypes;
        _selector = selector;

        // The dead lead too: a cancelled request names the machine that it launched at the last moment.
        _takers = Index(node => node.Takes);
        // An interface shows the way to the service that it is a part of, and does not own it.
        _leaders = Index(node => node.Leads.Where(lead => lead != node.Carrier));
        _hosts = Index(node => node.Companions);
    }

    /// <summary>Whose it is, and why it is unmanaged: also told of one that is removed because it was asked for.</summary>
    public (Belonging Belonging, Unmanaged? Unmanaged) Of(ResourceNode node)
    {
        if (_known.TryGetValue(node.Key, out var known))
        {
            return known;
        }

        _known[node.Key] = (Belonging.Unmanaged, null); // while it is being decided: a circle of claims claims nothing
        return _known[node.Key] = Decide(node);
    }

    public static bool IsOurVpc(ResourceNode node, ResourceSelector selector) =>
        node.Key.Type == ResourceTypes.Vpc && node.Live && !node.OutOfReach && selector.Carries(node.Resource);

    public static bool IsInOurVpc(ResourceNode node, IReadOnlyDictionary<ResourceKey, ResourceNode> nodes, ResourceSelector selector) =>
        node.Resource.VpcId is { } vpcId && node.Key.Type != ResourceTypes.Vpc
        && nodes.TryGetValue(new ResourceKey(ResourceTypes.Vpc, vpcId), out var vpc) && IsOurVpc(vpc, selector);

    private (Belonging Belonging, Unmanaged? Unmanaged) Decide(ResourceNode node)
    {
        var carries = _selector.Carries(node.Resource);
        if (node.OutOfReach)
        {
            return (Belonging.Unmanaged, carries ? new Unmanaged(Unmanaged.DefaultNetwork, "part of the default VPC of the region, which is never removed") : null);
        }

        if (node.DeletedWith is { } with)
        {
            // Its own tag does not make it removable: it goes with the whole, or it remains.
            return _nodes.TryGetValue(with, out var whole) && whole.Live && Of(whole).Belonging == Belonging.Managed ? (Belonging.Managed, null)
                : (Belonging.Unmanaged, carries ? new Unmanaged(Unmanaged.DefaultNetwork, $"part of {with.Id}, which is not removed") : null);
        }

        if (carries && IsPartOfUnmanaged(node))
        {
            return (Belonging.Unmanaged, null);
        }

        if (carries)
        {
            return _selector.IsCreatedByUs(node) ? (Belonging.Managed, null) : IfIncluded(node, _selector.Scope.IncludeForeign, NotCreated(node));
        }

        if (node.OnlyWithMachines)
        {
            return _selector.IsUnclaimed(node.Resource) && LaunchesOnlyManaged(node) ? (Belonging.Managed, null) : (Belonging.Unmanaged, null);
        }

        if (IsByProduct(node))
        {
            return (Belonging.Managed, null);
        }

        if (HostOf(node) is { } host && _selector.IsUnclaimed(node.Resource))
        {
            var relation = node.Key.Type == ResourceTypes.Snapshot && host.Type == ResourceTypes.Volume ? "made from" : "attached to";
            return IfIncluded(
                node, _selector.Scope.IncludeAttached, new Unmanaged(Unmanaged.Attached, $"{relation} {host.Id} without the tag {_selector.FilterTag}"));
        }

        if (WhyRemaining(node) is { } remaining)
        {
            return IfIncluded(node, _selector.Scope.IncludeAttached, new Unmanaged(Unmanaged.Attached, remaining));
        }

        if (!IsInOurVpc(node, _nodes, _selector))
        {
            return (Belonging.Unmanaged, null);
        }

        return node.Owner is { } owner
            ? (Belonging.Unmanaged, new Unmanaged(Unmanaged.ServiceManaged, $"managed by {owner}"))
            : IfIncluded(node, _selector.Scope.IncludeForeign, NotCreated(node));
    }

    private (Belonging Belonging, Unmanaged? Unmanaged) IfIncluded(ResourceNode node, bool isIncluded, Unmanaged unmanaged)
    {
        // Terminated alone, it is launched again, and again.
        var isReplaced = node.Launcher is { Replaces: true } launcher
            && !(launcher.Key is { } key && _nodes.TryGetValue(key, out var group) && Of(group).Belonging == Belonging.Managed);
        return !isIncluded ? (Belonging.Unmanaged, unmanaged)
            : isReplaced ? (Belonging.Unmanaged, unmanaged with { Code = Unmanaged.LaunchedAgain })
            : (Belonging.Managed, unmanaged);
    }

    private static Unmanaged NotCreated(ResourceNode node) => new(
        Unmanaged.NotManaged,
        node.Launcher is { } launcher ? $"launched by {launcher.Name}, not by SpotCluster"
            : node.Key.Type == ResourceTypes.Instance ? "not launched by SpotCluster"
            : "not created by SpotCluster");

    /// <summary>AWS creates and deletes it together with something of ours.</summary>
    private bool IsByProduct(ResourceNode node)
    {
        if (!_selector.IsUnclaimed(node.Resource))
        {
            return false;
        }

        if (IsManagedBy(_takers, node))
        {
            return true;
        }

        if (node.Owner is not null)
        {
            return node.Carrier is { } service && _nodes.TryGetValue(service, out var carrying) && Of(carrying).Belonging == Belonging.Managed;
        }

        // What is left of an instance that has ended is deleted by AWS within minutes.
        return IsManagedBy(_leaders, node) || (node.Carrier is { } carrier && !MayLive(carrier) && IsInOurVpc(node, _nodes, _selector));
    }

    /// <summary>The disk of an instance that is not managed: it goes with that, or remains with it, whatever tag it has.</summary>
    private bool IsPartOfUnmanaged(ResourceNode node) => _takers.TryGetValue(node.Key, out var keys)
        && keys.Any(key => key.Type == ResourceTypes.Instance && _nodes[key].Live && Of(_nodes[key]) is { Belonging: Belonging.Unmanaged, Unmanaged: not null });

    /// <summary>Why it is shown although nothing leads to it any more; null where that is not so, or somebody uses it now.</summary>
    private string? WhyRemaining(ResourceNode node) =>
        _selector.Remaining(node.Resource.Region, node.Key) is { } record && node.After.Count == 0 && _selector.IsUnclaimed(node.Resource)
            ? $"left without the tag {_selector.FilterTag} by the removal of {(record.ClusterName is { } name ? $"cluster '{name}'" : "instances")} at {record.RemovedAt:u}"
            : null;

    private ResourceKey? HostOf(ResourceNode node) => node.Host is { } host && _nodes.TryGetValue(host, out var named) && Of(named).Belonging == Belonging.Managed ? host
        : _hosts.TryGetValue(node.Key, out var keys)
        ? keys.Where(key => Of(_nodes[key]).Belonging == Belonging.Managed).OrderBy(key => key.Id, StringComparer.Ordinal).Select(key => (ResourceKey?)key).FirstOrDefault()
        : null;

    private bool LaunchesOnlyManaged(ResourceNode launcher)
    {
        // A machine that was not listed carries no tag of ours.
        var machines = launcher.Leads.Select(key => _nodes.TryGetValue(key, out var machine) ? machine : null).ToList();
        return machines.Any(machine => machine?.Live == true)
            && machines.All(machine => machine is not null && _selector.Carries(machine.Resource) && (_selector.Scope.IncludeForeign || _selector.IsCreatedByUs(machine)));
    }

    // What was not listed may live; only a listing that was read tells that it does not.
    private bool MayLive(ResourceKey key) => _failedTypes.Contains(key.Type) || (_nodes.TryGetValue(key, out var node) && node.Live);

    private bool IsManagedBy(Dictionary<ResourceKey, List<ResourceKey>> index, ResourceNode node) =>
        index.TryGetValue(node.Key, out var keys) && keys.Any(key => Of(_nodes[key]).Belonging == Belonging.Managed);

    private Dictionary<ResourceKey, List<ResourceKey>> Index(Func<ResourceNode, IEnumerable<ResourceKey>> keysOf)
    {
        var index = new Dictionary<ResourceKey, List<ResourceKey>>();
        foreach (var node in _nodes.Values)
        {
            foreach (var key in keysOf(node))
            {
                if (!index.TryGetValue(key, out var list))
                {
                    index[key] = list = [];
                }

                list.Add(node.Key);
            }
        }

        return index;
    }
}
