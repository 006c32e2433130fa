using System.Globalization;
using System.Text;

namespace SpotCluster.Engine.Agent;

/// <summary>The agent's numbers since it was started. Safe to use from several threads.</summary>
public sealed class AgentMetrics
{
    private static readonly (string Name, string Type, string Help)[] Known =
    [
        ("spotcluster_agent_polls_total", "counter", "Polls of the backend, by result."),
        ("spotcluster_agent_terminations_total", "counter", "Machines that were handed out, by what became of them and why they were to go."),
        ("spotcluster_agent_reports_total", "counter", "Reports, by whether the backend took them."),
        ("spotcluster_agent_deletions_total", "counter", "Old images and snapshots, by kind and outcome."),
        ("spotcluster_agent_interruptions_total", "counter", "Interruption notices."),
        ("spotcluster_agent_pending", "gauge", "Terminations that are not settled with the backend."),
        ("spotcluster_agent_last_poll_timestamp_seconds", "gauge", "When the backend last answered a poll."),
        ("spotcluster_agent_last_pass_timestamp_seconds", "gauge", "When the last pass ended."),
    ];

    private readonly object _gate = new();
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    /// <summary>The numbers in Prometheus' text format, in a fixed order.</summary>
    public string Render()
    {
        var text = new StringBuilder();
        KeyValuePair<string, double>[] values;
        lock (_gate)
        {
            values = [.. _values.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
        }

        foreach (var (name, type, help) in Known)
        {
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
            foreach (var (key, value) in values.Where(pair => pair.Key == name || pair.Key.StartsWith(name + "{", StringComparison.Ordinal)))
            {
                text.Append(key).Append(' ').Append(value.ToString("0.###", CultureInfo.InvariantCulture)).Append('\n');
            }
        }

        return text.ToString();
    }

    internal void Poll(string result) => Add($"spotcluster_agent_polls_total{{result=\"{result}\"}}");

    internal void Termination(string result, string reason) =>
        Add($"spotcluster_agent_terminations_total{{result=\"{result}\",reason=\"{Word(reason)}\"}}");

    internal void Report(string result) => Add($"spotcluster_agent_reports_total{{result=\"{result}\"}}");

    internal void Deletion(string kind, string result) => Add($"spotcluster_agent_deletions_total{{kind=\"{kind}\",result=\"{result}\"}}");

    internal void Interruption() => Add("spotcluster_agent_interruptions_total");

    internal void Pending(int count) => Set("spotcluster_agent_pending", count);

    internal void Polled(DateTimeOffset at) => Set("spotcluster_agent_last_poll_timestamp_seconds", at.ToUnixTimeMilliseconds() / 1000.0);

    internal void Passed(DateTimeOffset at) => Set("spotcluster_agent_last_pass_timestamp_seconds", at.ToUnixTimeMilliseconds() / 1000.0);

    // The backend chooses the word; a label takes no quotes, and a series for every text would be endless.
    private static string Word(string reason) =>
        reason is Model.Agent.TerminationReasons.ZombieTimeout or Model.Agent.TerminationReasons.ReplicaTerminated ? reason : "other";

    private void Add(string key)
    {
        lock (_gate)
        {
            _values.TryGetValue(key, out var value);
            _values[key] = value + 1;
        }
    }

    private void Set(string key, double value)
    {
        lock (_gate)
        {
            _values[key] = value;
        }
    }
}
