namespace SpotCluster.Simulator.Vast;

/// <summary>The account: its money, its keys, its machines, and what time does to them.</summary>
internal sealed class VastAccount
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    private readonly int _seed;
    private DateTimeOffset _now;
    private long _nextId;

    public VastAccount(int seed, SimulatedVastOptions options, DateTimeOffset now)
    {
        _seed = seed;
        _now = now;
        _nextId = 28_000_000 + Chance.Below(seed, "vast/instances", 900_000);
        Credit = Paid = options.Credit;
        OpenedAt = now;
        Offers = [.. Enumerable.Range(0, options.Offers).Select(index => new VastOffer(seed, index, options))];
        UserId = 100_000 + Chance.Below(seed, "vast/user", 800_000);
    }

    public IReadOnlyList<VastOffer> Offers { get; }

    /// <summary>Where instances say that SSH answers; null for their addresses for documentation.</summary>
    public (string Host, int Port)? SshAddress { get; set; }

    public SortedDictionary<long, VastRental> Rentals { get; } = [];

    /// <summary>Disks that outlive instances.</summary>
    public SortedDictionary<long, VastDisk> Volumes { get; } = [];

    /// <summary>What was paid in.</summary>
    public decimal Paid { get; }

    public DateTimeOffset OpenedAt { get; }

    public List<(long Id, string Key, DateTimeOffset CreatedAt)> SshKeys { get; } = [];

    public long UserId { get; }

    /// <summary>USD that can still be spent; below zero it is owed.</summary>
    public decimal Credit { get; set; }

    /// <summary>USD by machine and kind, per day.</summary>
    public Dictionary<(long Id, string Kind, long Day), (decimal Amount, string? Label)> Charges { get; } = [];

    public DateTimeOffset Now => _now;

    /// <summary>USD per hour of everything.</summary>
    public decimal BurnRate => Rentals.Values.Sum(rental => rental.HourlyPrice(_now)) + Volumes.Values.Sum(volume => volume.HourlyPrice);

    public long NewId() => _nextId += 1 + Chance.Below(_seed, $"vast/id/{_nextId}", 40);

    /// <summary>True when nobody holds the offer's GPUs.</summary>
    public bool IsFree(VastOffer offer) =>
        !offer.IsTaken(_now) && !Rentals.Values.Any(rental => rental.Offer.Id == offer.Id && rental.HoldsGpu);

    /// <summary>Lets time pass: money is spent, bids are beaten, queued machines start.</summary>
    public void Settle(DateTimeOffset now)
    {
        while (_now < now)
        {
            var next = now - _now > Step ? _now + Step : now;
            Bill(next - _now);
            _now = next;
            Refresh();
        }
    }

    public void Start(VastRental rental)
    {
        rental.HoldsGpu = true;
        rental.Queued = rental.Outbid = false;
        rental.StartedAt = _now;
    }

    /// <summary>Applies what the market and the credit are now, without time passing.</summary>
    public void Refresh()
    {
        foreach (var rental in Rentals.Values)
        {
            Move(rental);
        }
    }

    private void Move(VastRental rental)
    {
        if (Credit <= 0 && rental.HoldsGpu)
        {
            // Without credit everything is stopped; only disks go on.
            rental.Stop();
        }
        else if (rental.HoldsGpu && rental.Bid < rental.Offer.MinBid(_now))
        {
            rental.Stop();
            rental.Outbid = true;
        }
        else if (rental.Outbid && Credit > 0 && rental.Bid >= rental.Offer.MinBid(_now) && IsFree(rental.Offer))
        {
            rental.WantedRunning = true;
            Start(rental);
        }
        else if (rental.Queued && Credit > 0 && IsFree(rental.Offer))
        {
            Start(rental);
        }
    }

    private void Bill(TimeSpan span)
    {
        var hours = (decimal)span.TotalHours;
        var day = _now.ToUnixTimeSeconds() / 86_400;
        foreach (var rental in Rentals.Values)
        {
            var disk = rental.DiskPrice * hours;
            var gpu = (rental.HourlyPrice(_now) - rental.DiskPrice) * hours;
            Charge(rental, "disk", day, disk);
            Charge(rental, "gpu", day, gpu);
            Credit -= disk + gpu;
        }

        foreach (var volume in Volumes.Values)
        {
            var amount = volume.HourlyPrice * hours;
            Charges.TryGetValue((volume.Id, "volume", day), out var before);
            Charges[(volume.Id, "volume", day)] = (before.Amount + amount, volume.Name);
            Credit -= amount;
        }
    }

    private void Charge(VastRental rental, string kind, long day, decimal amount)
    {
        if (amount > 0)
        {
            Charges.TryGetValue((rental.Id, kind, day), out var before);
            Charges[(rental.Id, kind, day)] = (before.Amount + amount, rental.Label);
        }
    }
}
