namespace SpotCluster.Engine.Core;

/// <summary>Keys of the tags that we set beside the filter tag of the settings.</summary>
public static class TagKeys
{
    /// <summary>Name of the cluster.</summary>
    public const string Cluster = "spotcluster:cluster";

    /// <summary>Account id at creation; a changing command in another account refuses.</summary>
    public const string Account = "spotcluster:account";

    /// <summary>When it is to be gone, ISO 8601 UTC.</summary>
    public const string ExpiresAt = "spotcluster:expires-at";

    /// <summary>End of the lease of a job, which its process renews while it runs, ISO 8601 UTC; absent where no job uses it.</summary>
    public const string LeaseEndsAt = "spotcluster:lease-ends-at";

    /// <summary>How long an instance may be idle until it ends itself, seconds; absent for ever.</summary>
    public const string MaxIdle = "spotcluster:max-idle";

    /// <summary>Not to be removed before this time, ISO 8601 UTC.</summary>
    public const string ProtectUntil = "spotcluster:protect-until";

    /// <summary>Number of machines that the whole cluster was asked for.</summary>
    public const string Wanted = "spotcluster:wanted";

    /// <summary>Number of machines that were planned for this region.</summary>
    public const string WantedHere = "spotcluster:wanted-here";

    /// <summary>Token of the run that created it.</summary>
    public const string Run = "spotcluster:run";

    /// <summary>User that was made on the machine beside the image's own.</summary>
    public const string User = "spotcluster:user";

    /// <summary>Key of the filter tag, when it is not the default one: so that it is found again without the configuration.</summary>
    public const string FilterTag = "spotcluster:filter-tag";

    /// <summary>Version of Bacalhau that the machine was launched with; absent when it was launched without.</summary>
    public const string Node = "spotcluster:node";

    /// <summary>Instance types that the cluster may use, with spaces between them.</summary>
    public const string Types = "spotcluster:types";

    /// <summary>Most USD per hour for one machine; absent for no limit.</summary>
    public const string MaxPrice = "spotcluster:max-price";

    /// <summary>There when AWS itself keeps the number of machines.</summary>
    public const string Maintain = "spotcluster:maintain";

    /// <summary>The program that created it.</summary>
    public const string CreatedBy = "CreatedBy";

    /// <summary>AWS's own display name.</summary>
    public const string Name = "Name";
}
