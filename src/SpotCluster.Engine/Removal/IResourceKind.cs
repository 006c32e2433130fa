using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>When the resources of a kind that lie in our VPCs are listed.</summary>
internal enum VpcListing
{
    /// <summary>The kind lies in no VPC.</summary>
    None,

    /// <summary>In every scan that meets a VPC of ours.</summary>
    Always,

    /// <summary>In a thorough scan, and when a VPC cannot be deleted although nothing that is known holds it.</summary>
    Thorough,
}

/// <summary>
/// One kind of resource in one region: how it is listed, in which order it goes, how it is deleted. Every list call
/// reads all pages and throws <see cref="SpotException"/> when it cannot; an empty list of ids is never sent.
/// </summary>
internal interface IResourceKind
{
    /// <summary>EC2's resource-type word.</summary>
    string Type { get; }

    /// <summary>Most resources of one delete call.</summary>
    int MaxBatch { get; }

    /// <summary>True when an accepted delete is done: what waits for it may go on before it was seen gone.</summary>
    bool DeletesAtOnce { get; }

    /// <summary>How often one that is being deleted is looked at.</summary>
    PollPace Pace => PollPace.Quick;

    /// <summary>False for kinds of other services: <see cref="IRegionInventory.ListTaggedAsync"/> does not name them.</summary>
    bool IsInTagListing => true;

    /// <summary>False where its own listing shows no tags: they are those that the tagging API shows.</summary>
    bool ShowsTags => true;

    /// <summary>When it is listed by VPC.</summary>
    VpcListing InVpc { get; }

    /// <summary>Kinds of the same VPC that must be gone first; <c>*</c> for all.</summary>
    IReadOnlyList<string> AfterInVpc { get; }

    /// <summary>Those of the ids that exist. An id that does not is left out, not an error.</summary>
    Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>All that lie in the VPCs.</summary>
    Task<IReadOnlyList<ResourceNode>> ListInVpcsAsync(IReadOnlyList<string> vpcIds, CancellationToken cancellationToken);

    /// <summary>Those that may hold a resource of another kind, wherever they lie: asked when its delete was refused.</summary>
    Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken);

    /// <summary>The kind that this one is made from, and outlives: <see cref="ListMadeFromAsync"/> finds what has no tag. Null for most.</summary>
    string? MadeFrom => null;

    /// <summary>Those that were made from resources of the kind <see cref="MadeFrom"/>, which do not name them.</summary>
    Task<IReadOnlyList<ResourceNode>> ListMadeFromAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ResourceNode>>([]);

    /// <summary>True where something outside our VPCs may hold it, which no listing of them shows.</summary>
    bool IsHeldFromElsewhere => false;

    /// <summary>True where each of it has an interface in its VPC that names it: where there is none, there is no such resource.</summary>
    bool HasInterface => false;

    /// <summary>
    /// Deletes one batch in one call. Throws when the call as a whole was refused; returns the refusals by id
    /// otherwise, empty when all were accepted.
    /// </summary>
    Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken);

    /// <summary>True when the answer of its delete call showed it as ended: it is not looked at again.</summary>
    bool HasEnded(ResourceKey key) => false;

    /// <summary>
    /// Removes what ties this to others of its kind, so that a cycle opens; the node with its ties dropped. Null when
    /// the kind has no such ties.
    /// </summary>
    Task<ResourceNode?> ReleaseAsync(ResourceNode node, CancellationToken cancellationToken);

    /// <summary>Lifts its protection against deletion; false when the kind has none.</summary>
    Task<bool> UnprotectAsync(ResourceNode node, CancellationToken cancellationToken);
}

/// <summary>One region of one cloud, as the inventory sees it.</summary>
internal interface IRegionInventory
{
    SpotProvider Provider { get; }

    string Region { get; }

    /// <summary>Every kind, by type.</summary>
    IReadOnlyDictionary<string, IResourceKind> Kinds { get; }

    /// <summary>Everything of any kind that carries the tag, exactly, in one paginated listing.</summary>
    Task<IReadOnlyList<ResourceKey>> ListTaggedAsync(string tagKey, string tagValue, CancellationToken cancellationToken);

    /// <summary>
    /// What other services than that of the instances show with the tag. Never throws for a service that does not answer:
    /// that one is named as not covered.
    /// </summary>
    Task<TaggedElsewhere> ListTaggedElsewhereAsync(string tagKey, string tagValue, CancellationToken cancellationToken);

    /// <summary>What the machines cost now, USD per hour; null as soon as the price of one is not known. Most one listing.</summary>
    Task<decimal?> HourlyPriceAsync(IReadOnlyList<ResourceNode> machines, CancellationToken cancellationToken);

    /// <summary>What a refusal means for the removal.</summary>
    RefusalKind Classify(SpotException refusal);
}

/// <summary>What a refusal of the cloud means for a removal.</summary>
internal enum RefusalKind
{
    /// <summary>It will not do it, and asking again does not help.</summary>
    Refused,

    /// <summary>There is no such resource, says the delete call. Only a listing proves it.</summary>
    NotFound,

    /// <summary>Something else holds it.</summary>
    InUse,

    /// <summary>It is protected against deletion.</summary>
    Protected,

    /// <summary>Throttled, failed or unreachable for now.</summary>
    Transient,

    /// <summary>The credentials do not work any more: no further call will.</summary>
    Credentials,
}

/// <summary>A cloud, as the inventory sees it.</summary>
internal interface ICloudInventory
{
    /// <summary>Who we are.</summary>
    Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken);

    /// <summary>Who we are, asked of the cloud now.</summary>
    Task<SpotIdentity> RefreshIdentityAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The enabled regions that match, by name. Throws <see cref="SpotErrorIds.RegionUnknown"/> or
    /// <see cref="SpotErrorIds.RegionNotEnabled"/> for a literal name that is none of them.
    /// </summary>
    Task<IReadOnlyList<string>> GetRegionsAsync(IReadOnlyList<string> patterns, CancellationToken cancellationToken);

    /// <summary>What is not looked at together with these regions, one line each: services of another region, and regions that are not enabled.</summary>
    Task<IReadOnlyList<string>> GetNotCoveredAsync(IReadOnlyList<string> regions, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>
    /// The cloud's time less that of this computer, as the answers have shown it; null where none has had a date yet.
    /// </summary>
    TimeSpan? Skew { get; }

    /// <summary>A region; makes no call.</summary>
    IRegionInventory Open(string region);
}

/// <summary>What other services show with the tag.</summary>
/// <param name="Nodes">Resources of kinds that are removed, described already.</param>
/// <param name="Others">Resources of kinds that are not removed; each says how it is.</param>
/// <param name="NotCovered">Services that could not be asked, and why: <c>Auto Scaling: AccessDenied</c>.</param>
internal sealed record TaggedElsewhere(
    IReadOnlyList<ResourceNode> Nodes, IReadOnlyList<SpotResource> Others, IReadOnlyList<string> NotCovered)
{
    public static readonly TaggedElsewhere Nothing = new([], [], []);
}
