namespace SpotCluster.Simulator.Vast;

/// <summary>What a simulated Vast.ai is made with.</summary>
public sealed record SimulatedVastOptions
{
    /// <summary>Prepaid USD of the account at the start.</summary>
    public decimal Credit { get; init; } = 25m;

    /// <summary>Number of offers on the market.</summary>
    public int Offers { get; init; } = 96;

    /// <summary>How far bids move around their middle, 0 to 1.</summary>
    public double Volatility { get; init; } = 0.08;

    /// <summary>Share of the offers that other people hold at any time, 0 to 1.</summary>
    public double TakenShare { get; init; } = 0.1;

    /// <summary>Shortest and longest time that an image loads.</summary>
    public (TimeSpan Least, TimeSpan Most) LoadingTime { get; init; } = (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(75));

    /// <summary>Refuses calls that come too fast, as the service does.</summary>
    public bool LimitRate { get; init; } = true;

    /// <summary>Answers a DELETE with nothing (204), as some clients report, instead of JSON.</summary>
    public bool EmptyDeleteBody { get; init; }

    /// <summary>Serves the list of the first API, which the service has given up (410), for old clients.</summary>
    public bool OldList { get; init; }

    /// <summary>Time until a machine that was rented is listed.</summary>
    public TimeSpan ListingDelay { get; init; }

    /// <summary>A machine looks stopped in all its states for the first seconds, as fresh ones sometimes do.</summary>
    public bool FreshLooksStopped { get; init; }

    /// <summary>Most USD per hour that this account may spend as long as it is new; null for no limit.</summary>
    public decimal? SpendRateLimit { get; init; }

    /// <summary>Bulk calls pass over what they cannot do and still report success.</summary>
    public bool BulkSkips { get; init; }
}

/// <summary>What becomes of a machine that is rented next.</summary>
public enum VastFate
{
    /// <summary>It loads and runs.</summary>
    Runs,

    /// <summary>It loads for ever.</summary>
    StuckLoading,

    /// <summary>Its image cannot be started; it stays created, with an error.</summary>
    LoadError,

    /// <summary>It starts, and its container exits.</summary>
    Exits,

    /// <summary>Its host goes offline.</summary>
    GoesOffline,

    /// <summary>The call is refused, and a stopped machine is left behind all the same.</summary>
    Parked,

    /// <summary>Somebody else was faster.</summary>
    OfferGone,
}

/// <summary>A machine of the simulated account, as an observer outside of the API sees it.</summary>
/// <param name="Id">Id.</param>
/// <param name="OfferId">Offer that it was rented from.</param>
/// <param name="Label">Label; empty for none.</param>
/// <param name="IsBid">Rented by a bid.</param>
/// <param name="Status">Actual status; empty before there is one.</param>
/// <param name="Stopped">All its states say stopped.</param>
/// <param name="HourlyPrice">USD per hour at the moment.</param>
public sealed record SimulatedVastInstance(long Id, long OfferId, string Label, bool IsBid, string Status, bool Stopped, decimal HourlyPrice);
