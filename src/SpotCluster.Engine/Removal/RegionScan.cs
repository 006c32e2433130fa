using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>A resource that a scan found alive, and whose it is.</summary>
/// <param name="Node">The resource.</param>
/// <param name="Belonging">Whose it is.</param>
/// <param name="Retained">Why it stays; null unless it is <see cref="Belonging.Retained"/>.</param>
/// <param name="Unmanaged">Why it is not managed by SpotCluster; null for what is, and for what only holds something of ours.</param>
internal sealed record ScannedResource(ResourceNode Node, Belonging Belonging, Retained? Retained = null, Unmanaged? Unmanaged = null);

/// <summary>A listing that could not be read to its end: nothing is claimed about what it would have told.</summary>
/// <param name="Type">Kind; null when it is about all.</param>
/// <param name="Error">Why.</param>
internal sealed record UnknownListing(string? Type, SpotException Error)
{
    /// <summary>Another listing may read it. A service that was silent for the whole time of a call is not waited for again.</summary>
    public bool MayPass(IRegionInventory region) => Error.Category != SpotErrorCategory.Timeout && region.Classify(Error) == RefusalKind.Transient;

    public override string ToString() => Type is null ? Code : $"{Type}: {Code}";

    private string Code => Error.ServiceCode ?? Error.ErrorId;
}

/// <summary>What one scan of a region found.</summary>
internal sealed record RegionScan
{
    /// <summary>Everything live that is ours or stands in our way.</summary>
    public required IReadOnlyList<ScannedResource> Resources { get; init; }

    /// <summary>Keys that were looked for and are not there, or only as a memory of the cloud.</summary>
    public required IReadOnlyCollection<ResourceKey> Gone { get; init; }

    /// <summary>Those of them that are shown as ended: they never come back, and are not looked at again.</summary>
    public IReadOnlyCollection<ResourceKey> Ended { get; init; } = [];

    /// <summary>What could not be listed.</summary>
    public required IReadOnlyList<UnknownListing> Unknown { get; init; }

    /// <summary>Number of listings that were read to their last page.</summary>
    public required int Listings { get; init; }

    /// <summary>Client tokens of the calls that made what was found, gone or not, where the cloud tells them.</summary>
    public IReadOnlyCollection<string> Tokens { get; init; } = [];

    /// <summary>What has the tag and is of a kind that is not removed here.</summary>
    public IReadOnlyList<SpotResource> Others { get; init; } = [];

    /// <summary>What could not be looked for besides the listings that a proof rests on, and why.</summary>
    public IReadOnlyList<string> NotCovered { get; init; } = [];

    /// <summary>What other services showed; null where they were not asked.</summary>
    public TaggedElsewhere? Elsewhere { get; init; }
}
