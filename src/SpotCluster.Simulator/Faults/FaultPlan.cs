using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;

namespace SpotCluster.Simulator.Faults;

/// <summary>
/// What goes wrong, and when: an ordered list of rules, of which the first that fires decides. Rules may be added and
/// removed while the cloud runs. Safe to use from several threads.
/// </summary>
public sealed class FaultPlan
{
    private readonly object _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly int _seed;
    private int _added;

    /// <summary>Makes a plan with no rule.</summary>
    /// <param name="seed">Seed of the probabilities.</param>
    public FaultPlan(int seed) => _seed = seed;

    /// <summary>The rules, in the order in which they are asked.</summary>
    public IReadOnlyList<FaultRule> Rules
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Select(entry => entry.Rule)];
            }
        }
    }

    /// <summary>Adds a rule at the end.</summary>
    /// <returns>The plan, so that calls can be chained.</returns>
    public FaultPlan Add(FaultRule rule)
    {
        lock (_gate)
        {
            _entries.Add(new Entry(rule ?? throw new ArgumentNullException(nameof(rule)), _added++));
        }

        return this;
    }

    /// <summary>Removes one rule.</summary>
    public void Remove(FaultRule rule)
    {
        lock (_gate)
        {
            _entries.RemoveAll(entry => ReferenceEquals(entry.Rule, rule));
        }
    }

    /// <summary>Removes every rule.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
        }
    }

    /// <summary>How often a rule has fired.</summary>
    public int Fired(FaultRule rule)
    {
        lock (_gate)
        {
            return _entries.FirstOrDefault(entry => ReferenceEquals(entry.Rule, rule))?.Fired ?? 0;
        }
    }

    /// <summary>Adds the rules of a JSON document: <c>{"rules": [{"operation": "CreateFleet", "nth": [1], "action": "resetAfter"}]}</c>.</summary>
    /// <exception cref="FormatException">The document is not JSON, or holds an unknown key or value.</exception>
    public FaultPlan AddJson(string json)
    {
        var settings = new JsonSerializerSettings
        {
            MissingMemberHandling = MissingMemberHandling.Error,
            Converters = { new StringEnumConverter() },
            Culture = CultureInfo.InvariantCulture,
        };
        Document? document;
        try
        {
            document = JsonConvert.DeserializeObject<Document>(json, settings);
        }
        catch (JsonException e)
        {
            throw new FormatException($"Cannot read the fault plan: {e.Message}", e);
        }

        foreach (var rule in document?.Rules ?? [])
        {
            Add(rule);
        }

        return this;
    }

    /// <summary>Adds the rules of a JSON file.</summary>
    public FaultPlan AddFile(string path) => AddJson(File.ReadAllText(path));

    /// <summary>The rule that fires for a call; null for none.</summary>
    internal FaultRule? Next(SimulatedCall call)
    {
        lock (_gate)
        {
            return _entries.FirstOrDefault(entry => entry.Rule.Action != FaultAction.Capacity && entry.Fires(_seed, call))?.Rule;
        }
    }

    /// <summary>The rule that keeps a pool from launching; null for none.</summary>
    internal FaultRule? ForPool(string region, string zone, string instanceType, bool spot)
    {
        lock (_gate)
        {
            return _entries.FirstOrDefault(entry =>
                entry.Rule.Action == FaultAction.Capacity && entry.FiresForPool(_seed, region, zone, instanceType, spot))?.Rule;
        }
    }

    private sealed class Document
    {
        public List<FaultRule> Rules { get; set; } = [];
    }

    private sealed class Entry(FaultRule rule, int index)
    {
        private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);
        private int _seenInAll;

        public FaultRule Rule { get; } = rule;

        public int Fired { get; private set; }

        public bool Fires(int seed, SimulatedCall call) =>
            Wildcard.Matches(Rule.Operation, call.Operation)
            && (Rule.DryRun || !call.IsDryRun)
            && Wildcard.Matches(Rule.Region, call.Region)
            && Wildcard.Matches(Rule.Service, call.Service)
            && Rule.Parameters.All(pair => call.Parameters.TryGetValue(pair.Key, out var value) && Wildcard.Matches(pair.Value, value))
            && (Rule.Action != FaultAction.PartialPage || call.IsPaged)
            && Counts(seed, call.Region, call.Operation);

        public bool FiresForPool(int seed, string region, string zone, string instanceType, bool spot) =>
            Wildcard.Matches(Rule.Region, region)
            && Wildcard.Matches(Rule.Zone, zone)
            && Wildcard.Matches(Rule.InstanceType, instanceType)
            && Wildcard.Matches(Rule.Lifecycle, spot ? "spot" : "on-demand")
            && Counts(seed, region, $"{zone}/{instanceType}");

        private bool Counts(int seed, string region, string subject)
        {
            _seen.TryGetValue(region, out var seen);
            _seen[region] = ++seen;
            _seenInAll++;
            if ((Rule.Nth.Count > 0 && !Rule.Nth.Contains(seen)) || _seenInAll < (Rule.From ?? 0) || Fired >= (Rule.Times ?? int.MaxValue))
            {
                return false;
            }

            var key = FormattableString.Invariant($"fault/{index}/{region}/{subject}/{CountOf(region, subject)}");
            if (Rule.Probability < 1 && Chance.Unit(seed, key) >= Rule.Probability)
            {
                return false;
            }

            Fired++;
            return true;
        }

        // Chance is drawn per region and operation, so that regions that run in parallel do not disturb each other.
        private int CountOf(string region, string subject)
        {
            var key = region + "\n" + subject;
            _seen.TryGetValue(key, out var count);
            return _seen[key] = count + 1;
        }
    }
}
