namespace SpotCluster.Simulator.Vast;

/// <summary>The least time between two requests of one key to one endpoint, as the service documents it; searches are counted per minute.</summary>
internal sealed class VastLimits
{
    private static readonly Dictionary<string, (double Interval, double Penalty)> Seconds = new(StringComparer.Ordinal)
    {
        ["CreateInstance"] = (4.5, 12),
        ["DestroyInstance"] = (3, 3),
        ["DestroyInstances"] = (3, 3),
        ["ChangeBid"] = (5.5, 5.5),
        ["GetInstance"] = (2, 2),
        ["ListInstances"] = (1, 1),
        ["ListInstancesV0"] = (1, 1),
        ["ManageInstance"] = (1, 1),
        ["ManageInstances"] = (2, 2),
        ["RebootInstance"] = (1, 1),
        ["CreateSshKey"] = (1, 1),
        ["ListCharges"] = (1, 1),
    };

    private const int SearchesPerMinute = 10;

    private readonly Dictionary<(string Key, string Operation), DateTimeOffset> _next = [];
    private readonly Dictionary<string, Queue<DateTimeOffset>> _searches = new(StringComparer.Ordinal);

    /// <summary>Seconds that were broken; null when the call may pass.</summary>
    public double? Check(string key, string operation, DateTimeOffset now)
    {
        if (operation == "ListOffers")
        {
            return CheckSearch(key, now);
        }

        if (!Seconds.TryGetValue(operation, out var limit))
        {
            return null;
        }

        var early = _next.TryGetValue((key, operation), out var next) && now < next;
        _next[(key, operation)] = now + TimeSpan.FromSeconds(early ? limit.Penalty : limit.Interval);
        return early ? limit.Interval : null;
    }

    private double? CheckSearch(string key, DateTimeOffset now)
    {
        if (!_searches.TryGetValue(key, out var recent))
        {
            _searches[key] = recent = new Queue<DateTimeOffset>();
        }

        while (recent.Count > 0 && now - recent.Peek() >= TimeSpan.FromMinutes(1))
        {
            recent.Dequeue();
        }

        if (recent.Count >= SearchesPerMinute)
        {
            return 60.0 / SearchesPerMinute;
        }

        recent.Enqueue(now);
        return null;
    }
}
