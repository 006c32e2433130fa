namespace SpotCluster.Simulator;

/// <summary>One request that a simulated cloud received.</summary>
public sealed class LoggedCall
{
    /// <summary>Running number, from 1, in the order of arrival.</summary>
    public required long Number { get; init; }

    /// <summary>Signing name of the service: <c>ec2</c>, <c>sts</c>, <c>servicequotas</c>, <c>iam</c>, <c>vast</c>.</summary>
    public required string Service { get; init; }

    /// <summary>The operation, for example <c>CreateFleet</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The region; empty where the service has none.</summary>
    public required string Region { get; init; }

    /// <summary>The parameters by wire name, for example <c>InstanceId.1</c>.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>The access key that signed it; null when it is not signed.</summary>
    public string? AccessKeyId { get; internal init; }

    /// <summary>When it arrived, on the cloud's clock.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When it was answered; null while it is under way.</summary>
    public DateTimeOffset? AnsweredAt { get; internal set; }

    /// <summary>HTTP status; null when there was no answer.</summary>
    public int? HttpStatus { get; internal set; }

    /// <summary>The cloud's error code; null on success.</summary>
    public string? ErrorCode { get; internal set; }

    /// <summary>The injected fault; null when there was none.</summary>
    public string? Fault { get; internal set; }

    /// <summary>True when the request took effect, even when its answer was lost.</summary>
    public bool TookEffect { get; internal set; }

    /// <summary>True for a dry run.</summary>
    public bool DryRun => Parameters.TryGetValue("DryRun", out var value) && string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the operation can change something: everything but Describe, Get, List and dry runs.</summary>
    public bool Changes => !DryRun
        && !Operation.StartsWith("Describe", StringComparison.Ordinal)
        && !Operation.StartsWith("Get", StringComparison.Ordinal)
        && !Operation.StartsWith("List", StringComparison.Ordinal);

    /// <summary>The values of a list parameter, in order: <c>Values("InstanceId")</c>.</summary>
    public IReadOnlyList<string> Values(string name)
    {
        var values = new List<string>();
        while (Parameters.TryGetValue(FormattableString.Invariant($"{name}.{values.Count + 1}"), out var value))
        {
            values.Add(value);
        }

        return values;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Number} {Service}:{Operation} {Region} {ErrorCode ?? HttpStatus?.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
}

/// <summary>Every request that a cloud received, in the order of arrival. Safe to use from several threads.</summary>
public sealed class CallLog
{
    private readonly List<LoggedCall> _calls = [];
    private long _received;

    /// <summary>A copy of the log.</summary>
    public IReadOnlyList<LoggedCall> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Number of calls.</summary>
    public int Count
    {
        get
        {
            lock (_calls)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>The calls of one operation, in one region or in all.</summary>
    public IReadOnlyList<LoggedCall> Of(string operation, string? region = null) =>
        [.. Calls.Where(call => call.Operation == operation && !call.DryRun && (region is null || call.Region == region))];

    /// <summary>
    /// The calls in waves: each is in the wave after the last one of which a call had been answered when it arrived. There
    /// are as many waves as the longest chain of calls that can have waited for each other: the depth. Needs a latency;
    /// on a real clock a call that is sent late by more than that looks as if it had waited.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<LoggedCall>> Waves()
    {
        var waves = new List<List<LoggedCall>>();
        foreach (var call in Calls)
        {
            var wave = 1 + waves.FindLastIndex(earlier => earlier.Exists(other => other.AnsweredAt <= call.ReceivedAt));
            if (wave == waves.Count)
            {
                waves.Add([]);
            }

            waves[wave].Add(call);
        }

        return waves;
    }

    /// <summary>Forgets all calls; numbering goes on.</summary>
    public void Clear()
    {
        lock (_calls)
        {
            _calls.Clear();
        }
    }

    internal LoggedCall Add(SimulatedCall call, DateTimeOffset now)
    {
        lock (_calls)
        {
            var entry = new LoggedCall
            {
                Number = ++_received,
                Service = call.Service,
                Operation = call.Operation,
                Region = call.Region,
                Parameters = call.Parameters,
                AccessKeyId = (call as Aws.AwsCall)?.AccessKeyId,
                ReceivedAt = now,
            };
            _calls.Add(entry);
            return entry;
        }
    }
}
