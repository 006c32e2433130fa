using System.Diagnostics.Metrics;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>The agent's numbers since it was started, for whoever listens to <see cref="MeterName"/>. Safe to use from several threads.</summary>
public sealed class AgentMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "SpotCluster.Agent";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _polls;
    private readonly Counter<long> _terminations;
    private readonly Counter<long> _reports;
    private readonly Counter<long> _deletions;
    private readonly Counter<long> _interruptions;
    private long _pending;
    private long _lastPoll;
    private long _lastPass;

    internal AgentMetrics()
    {
        _polls = Counter("spotcluster_agent_polls_total", "Polls of the backend, by result.");
        _terminations = Counter("spotcluster_agent_terminations_total", "Instances handed out, by outcome and reason.");
        _reports = Counter("spotcluster_agent_reports_total", "Reports, by whether the backend accepted them.");
        _deletions = Counter("spotcluster_agent_deletions_total", "Old images and snapshots, by kind and outcome.");
        _interruptions = Counter("spotcluster_agent_interruptions_total", "Interruption notices.");
        _meter.CreateObservableGauge(
            "spotcluster_agent_pending", () => Interlocked.Read(ref _pending), description: "Terminations not confirmed by the backend.");
        _meter.CreateObservableGauge(
            "spotcluster_agent_last_poll_timestamp_seconds", () => TimeOf(ref _lastPoll), description: "Time of the last answer of the backend to a poll.");
        _meter.CreateObservableGauge(
            "spotcluster_agent_last_pass_timestamp_seconds", () => TimeOf(ref _lastPass), description: "Time of the end of the last pass.");
    }

    internal Meter Meter => _meter;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Poll(string result) => _polls.Add(1, Tag("result", result));

    internal void Termination(string result, string reason) => _terminations.Add(1, Tag("result", result), Tag("reason", Word(reason)));

    internal void Report(string result) => _reports.Add(1, Tag("result", result));

    internal void Deletion(string kind, string result) => _deletions.Add(1, Tag("kind", kind), Tag("result", result));

    internal void Interruption() => _interruptions.Add(1);

    internal void Pending(int count) => Interlocked.Exchange(ref _pending, count);

    internal void Polled(DateTimeOffset at) => Interlocked.Exchange(ref _lastPoll, at.ToUnixTimeMilliseconds());

    internal void Passed(DateTimeOffset at) => Interlocked.Exchange(ref _lastPass, at.ToUnixTimeMilliseconds());

    private Counter<long> Counter(string name, string description) => _meter.CreateCounter<long>(name, description: description);

    // What was not yet is no number.
    private static IEnumerable<Measurement<double>> TimeOf(ref long milliseconds) =>
        Interlocked.Read(ref milliseconds) is > 0 and var at ? [new Measurement<double>(at / 1000.0)] : [];

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    // The backend chooses the word, and a series for every text would be endless.
    private static string Word(string reason) => reason is TerminationReasons.ZombieTimeout or TerminationReasons.ReplicaTerminated ? reason : "other";
}
