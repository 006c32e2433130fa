namespace SpotCluster.Simulator.Vast;

/// <summary>One rented machine and its life.</summary>
internal sealed class VastRental
{
    public static readonly TimeSpan Provisioning = TimeSpan.FromSeconds(5);

    public required long Id { get; init; }

    public required VastOffer Offer { get; init; }

    public string? Label { get; set; }

    public required string Image { get; init; }

    public required string Runtype { get; init; }

    public string? OnStart { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; }

    public required decimal DiskGB { get; init; }

    /// <summary>USD per hour of the bid; null on demand.</summary>
    public decimal? Bid { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its container was last told to start.</summary>
    public DateTimeOffset StartedAt { get; set; }

    public TimeSpan LoadingTime { get; init; }

    public VastFate Fate { get; init; }

    /// <summary>What its owner wants.</summary>
    public bool WantedRunning { get; set; } = true;

    /// <summary>What it is: holding its GPU or not.</summary>
    public bool HoldsGpu { get; set; } = true;

    /// <summary>A start that waits for the GPU.</summary>
    public bool Queued { get; set; }

    /// <summary>Stopped by a higher bid; it comes back by itself when its bid wins again.</summary>
    public bool Outbid { get; set; }

    /// <summary>Public keys that were attached to it.</summary>
    public List<string> Keys { get; } = [];

    /// <summary>Prepaid USD of a reserved machine.</summary>
    public decimal Prepaid { get; set; }

    public bool IsBid => Bid is not null;

    /// <summary>USD per hour of its GPU while it holds it.</summary>
    public decimal GpuPrice => Bid ?? Offer.ListPrice;

    public decimal DiskPrice => Offer.DiskHourly(DiskGB);

    /// <summary>USD per hour in its present state.</summary>
    public decimal HourlyPrice(DateTimeOffset now) => (IsGpuBilled(now) ? GpuPrice : 0) + DiskPrice;

    /// <summary>True when container and contract all say stopped.</summary>
    public bool IsStopped => !WantedRunning && !HoldsGpu;

    /// <summary>The container's state; null while the machine is being prepared.</summary>
    public string? Status(DateTimeOffset now)
    {
        if (!HoldsGpu)
        {
            return "exited";
        }

        var age = now - StartedAt;
        if (age < Provisioning)
        {
            return null;
        }

        if (Fate == VastFate.LoadError)
        {
            return "created";
        }

        if (age < Provisioning + LoadingTime || Fate == VastFate.StuckLoading)
        {
            return "loading";
        }

        return Fate switch
        {
            VastFate.Exits => "exited",
            VastFate.GoesOffline => "offline",
            _ => "running",
        };
    }

    /// <summary>The free text beside the state.</summary>
    public string? Message(DateTimeOffset now) => (Status(now), Fate) switch
    {
        (null, _) => null,
        ("created", _) => "Error response from daemon: OCI runtime create failed: unable to start container process",
        ("loading", _) => "Pulling from " + Image + "\n",
        ("running", _) => "success, running " + Image + "/ssh\n",
        _ => null,
    };

    /// <summary>Gives the GPU back; the disk stays.</summary>
    public void Stop() => WantedRunning = HoldsGpu = Queued = Outbid = false;

    private bool IsGpuBilled(DateTimeOffset now) => HoldsGpu && Status(now) == "running";
}
