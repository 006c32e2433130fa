using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>A resource as one describe call told it, with everything that bears on the order of removal.</summary>
internal sealed record ResourceNode
{
    public required SpotResource Resource { get; init; }

    public ResourceKey Key => new(Resource.Type, Resource.Id);

    /// <summary>False for what is only a memory of the cloud: terminated, deleted, closed.</summary>
    public bool Live { get; init; } = true;

    /// <summary>Deletes of one call share this: the zone of a machine, because a refusal spoils the whole zone.</summary>
    public string Group { get; init; } = "";

    /// <summary>These must be gone before this can go.</summary>
    public IReadOnlyList<ResourceKey> After { get; init => field = Exact(value); } = [];

    /// <summary>These cannot go before this is gone.</summary>
    public IReadOnlyList<ResourceKey> Holds { get; init => field = Exact(value); } = [];

    /// <summary>These are deleted by the cloud itself when this is gone.</summary>
    public IReadOnlyList<ResourceKey> Takes { get; init => field = Exact(value); } = [];

    /// <summary>These belong to this and may carry no tag: looked up when this is ours.</summary>
    public IReadOnlyList<ResourceKey> Leads { get; init => field = Exact(value); } = [];

    /// <summary>
    /// These were attached to this and outlive it: looked up when this is ours. Without our tag they are unmanaged.
    /// </summary>
    public IReadOnlyList<ResourceKey> Companions { get; init => field = Exact(value); } = [];

    /// <summary>This was attached to that, which does not name it: as if that had it among its <see cref="Companions"/>.</summary>
    public ResourceKey? Host { get; init; }

    /// <summary>The service that launched this instance by AWS's own tags; null for none.</summary>
    public Launcher? Launcher { get; init; }

    /// <summary>The machine or service object that this is a part of: foreign when that is foreign.</summary>
    public ResourceKey? Carrier { get; init; }

    /// <summary>The service or account that manages this for itself; null for an ordinary resource.</summary>
    public string? Owner { get; init; }

    /// <summary>Never ours, whatever tag it carries: the default VPC of a region and what AWS made in it.</summary>
    public bool OutOfReach { get; init; }

    /// <summary>A launcher of machines: without our tag it is ours only when each machine of its that lives carries the tag.</summary>
    public bool OnlyWithMachines { get; init; }

    /// <summary>The cloud deletes this with that and refuses to delete it alone: the default group of a VPC.</summary>
    public ResourceKey? DeletedWith { get; init; }

    /// <summary>
    /// The cloud ends this by itself once that is gone: the one-time request of a machine. It is asked to go only when it
    /// outstays that.
    /// </summary>
    public ResourceKey? EndsWith { get; init; }

    /// <summary>The client token of the call that made it; null where the cloud does not tell it.</summary>
    public string? Token { get; init; }

    /// <summary>What is kept of it when it is gone.</summary>
    public ResourceNode ToTrace() => new()
    {
        Resource = new SpotResource { Id = Resource.Id, Type = Resource.Type, Region = Resource.Region, VpcId = Resource.VpcId, Tagged = Resource.Tagged },
        Live = Live,
        Takes = Takes,
        Leads = Leads,
    };

    /// <summary>What the delete call of its kind needs beyond the id.</summary>
    public object? Detail { get; init; }

    // A list that grew has room to grow on, and a big account has tens of thousands of these.
    private static IReadOnlyList<ResourceKey> Exact(IReadOnlyList<ResourceKey> keys) => keys as ResourceKey[] ?? keys.ToArray();
}

/// <summary>What launches instances and is not SpotCluster.</summary>
/// <param name="Name">For people: <c>Auto Scaling group workers</c>.</param>
/// <param name="Replaces">It launches another instance as soon as one is gone.</param>
/// <param name="Key">The resource that can be removed in its place; null where it has tools of its own.</param>
internal sealed record Launcher(string Name, bool Replaces = false, ResourceKey? Key = null);
