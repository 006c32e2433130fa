using SpotCluster.Engine.Costs;

namespace SpotCluster.Engine.Clusters;

/// <summary>How instances are rented where an instance is a container on the host of somebody.</summary>
public abstract record RentalTerms
{
    /// <summary>Container image with a tag.</summary>
    public required string Image { get; init; }

    /// <summary>Hours that the credit must last for with these instances added; 0 to leave the check to the service.</summary>
    public decimal RequiredHours { get; init; } = 1;

    /// <summary>Environment of the container; ports as <c>-p 8080:8080</c> = <c>1</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Script that runs at each start of the container; null for none.</summary>
    public string? OnStart { get; init; }

    /// <summary>Ports to open, as <c>8080</c> or <c>8080/udp</c>; the host maps each to one of its own.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Login of a private registry, as <c>docker login</c> takes it: <c>-u USER -p PASSWORD [SERVER]</c>. Secret; null for none.</summary>
    public string? ImageLogin { get; init; }

    /// <summary>Hash of a template that fills in what the request leaves open; null for none.</summary>
    public string? TemplateHash { get; init; }

    /// <summary>
    /// OpenSSH public keys, one line each, added to the account when they are not there; none to use those that are, or the one
    /// of this user where the account has none of this user's.
    /// </summary>
    public IReadOnlyList<string> PublicKeys { get; init; } = [];

    /// <summary>Time to live; null for no end.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>How long the load of its GPUs may be below 5 percent until an instance destroys itself; null for ever.</summary>
    public TimeSpan? MaxIdle { get; init; }

    /// <summary>What to do when the credit is used up; null to report it only.</summary>
    public ShutdownResponse? OnInsufficientCredit { get; init; }
}

/// <summary>One instance to rent.</summary>
public sealed record RentRequest : RentalTerms
{
    /// <summary>Id of the offer.</summary>
    public required string OfferId { get; init; }

    /// <summary>Disk, GB; it cannot be changed later.</summary>
    public decimal DiskGB { get; init; } = 40;

    /// <summary>Name of the instance; a random end is added. Null for <c>node</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Cluster that it belongs to; null for none.</summary>
    public string? ClusterName { get; init; }

    /// <summary>At the list price and not interruptible.</summary>
    public bool OnDemand { get; init; }

    /// <summary>Bid in USD per hour, without the disk; null for the lowest that wins now.</summary>
    public decimal? Bid { get; init; }

    /// <summary>Most USD per hour, disk included; null for no limit.</summary>
    public decimal? MaxHourlyPrice { get; init; }
}

/// <summary>Instances to rent by price.</summary>
public sealed record RentalClusterRequest : RentalTerms
{
    /// <summary>Name of the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Number of instances.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Which offers fit. Its price, disk and kind are those that are rented.</summary>
    public required OfferQuery Offers { get; init; }

    /// <summary>How long an instance may take until it runs.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Most offers to try, over all instances.</summary>
    public int MostAttempts { get; init; } = 20;

    /// <summary>Length of the lease of a job, which its process renews; null for none.</summary>
    internal TimeSpan? Lease { get; init; }
}
