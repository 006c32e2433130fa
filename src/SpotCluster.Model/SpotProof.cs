namespace SpotCluster.Model;

/// <summary>The evidence that nothing is left: fresh listings of every region, every page read, after the removal.</summary>
public sealed class SpotProof
{
    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>The cluster that the proof is about; null when it is about everything that carries the tag.</summary>
    public string? ClusterName { get; set; }

    /// <summary>The filter tag in force, <c>key=value</c>; empty at Vast.ai, where the label stands for it.</summary>
    public string FilterTag { get; set; } = "";

    /// <summary>Where the filter tag comes from: a line of a configuration file, an environment variable, or the default.</summary>
    public string FilterTagSource { get; set; } = "";

    /// <summary>What is not included, one sentence each: clusters under other filter tags, and regions that the settings do not state.</summary>
    public ValueList<string> Hidden { get; set; } = [];

    /// <summary>What was looked for, in words, for example <c>cluster 'demo' in us-east-1 only</c>: nothing outside of it is claimed.</summary>
    public string Scope { get; set; } = "";

    /// <summary>Number of unmanaged instances of the account outside of the scope; null where they were not counted.</summary>
    public int? UnmanagedCount { get; set; }

    /// <summary>USD per hour of the unmanaged instances; null when unknown.</summary>
    public decimal? UnmanagedHourlyPrice { get; set; }

    /// <summary>The account.</summary>
    public string? AccountId { get; set; }

    /// <summary>The names and patterns of regions that the removal was limited to; empty for every enabled region.</summary>
    public ValueList<string> RegionFilter { get; set; } = [];

    /// <summary>The regions that were listed.</summary>
    public ValueList<string> Regions { get; set; } = [];

    /// <summary>Number of listings that were read to their last page.</summary>
    public int Listings { get; set; }

    /// <summary>
    /// When the first of the two rounds of listings began that found every region empty, UTC: for all regions the same.
    /// Null when it was not verified.
    /// </summary>
    public DateTimeOffset? FirstEmptyAt { get; set; }

    /// <summary>When the second one began, UTC: what was launched later is not covered. Null when it was not verified.</summary>
    public DateTimeOffset? LastEmptyAt { get; set; }

    /// <summary>
    /// True only when at least one region was listed, and all of <see cref="Regions"/> were listed completely, twice at the
    /// same time, and held nothing that SpotCluster removes.
    /// </summary>
    public bool Proven { get; set; }

    /// <summary>What was to be removed and remains.</summary>
    public ValueList<SpotResource> Residue { get; set; } = [];

    /// <summary>
    /// What remains and is not managed by SpotCluster: it has the filter tag, lies in a managed VPC, or was attached to a
    /// removed resource. The proof does not cover it.
    /// </summary>
    public ValueList<SpotResource> Unmanaged { get; set; } = [];

    /// <summary>
    /// Services that could not be listed, and why, one line each: <c>Auto Scaling: AccessDenied</c>; and how many regions are
    /// not enabled, where resources of an earlier time may remain. The proof does not cover them.
    /// </summary>
    public ValueList<string> NotCovered { get; set; } = [];

    /// <summary>What could not be listed, and why, one line each: <c>region: code</c>.</summary>
    public ValueList<string> Unknown { get; set; } = [];

    /// <inheritdoc/>
    public override string ToString() => (Proven ? "Verified empty: " : "Not verified empty: ") + Scope;
}
