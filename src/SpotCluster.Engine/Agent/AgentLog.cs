using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>How much an entry of the log matters.</summary>
public enum AgentLogLevel
{
    /// <summary>Detail.</summary>
    Debug,

    /// <summary>What the agent does.</summary>
    Info,

    /// <summary>What somebody should look at.</summary>
    Warning,

    /// <summary>What failed.</summary>
    Error,
}

/// <summary>One entry of the agent's log.</summary>
/// <param name="Time">When, UTC.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Event">A constant word for programs, for example <c>terminating</c>.</param>
/// <param name="Message">The line for people.</param>
/// <param name="Fields">More, by name.</param>
public sealed record AgentLogEntry(
    DateTimeOffset Time, AgentLogLevel Level, string Event, string Message, IReadOnlyDictionary<string, string?> Fields)
{
    /// <summary>The original's form: <c>2026-01-01 12:00:00,000 - spot_agent - INFO - …</c>, UTC.</summary>
    public string ToText()
    {
        var time = Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture);
        return $"{time} - spot_agent - {Word(Level)} - {OneLine(Message)}";
    }

    /// <summary>One JSON object: <c>time</c>, <c>level</c>, <c>event</c>, <c>message</c>, then the fields.</summary>
    public string ToJson()
    {
        var entry = new JObject
        {
            ["time"] = Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            ["level"] = Word(Level),
            ["event"] = Event,
            ["message"] = Message,
        };
        foreach (var field in Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            entry[field.Key] = field.Value;
        }

        return entry.ToString(Formatting.None);
    }

    private static string Word(AgentLogLevel level) => level switch
    {
        AgentLogLevel.Debug => "DEBUG",
        AgentLogLevel.Info => "INFO",
        AgentLogLevel.Warning => "WARNING",
        _ => "ERROR",
    };

    // A message may hold what a cloud or a backend said: it must not begin a line of its own.
    private static string OneLine(string text) => new([.. text.Select(character => char.IsControl(character) ? ' ' : character)]);
}

/// <summary>Where the agent's log goes. Called from any thread, one entry at a time.</summary>
public interface IAgentLog
{
    /// <summary>Takes an entry; never throws.</summary>
    void Write(AgentLogEntry entry);
}

/// <summary>A log that nobody reads.</summary>
public sealed class SilentAgentLog : IAgentLog
{
    /// <summary>The only one needed.</summary>
    public static readonly SilentAgentLog Instance = new();

    /// <inheritdoc/>
    public void Write(AgentLogEntry entry)
    {
    }
}

/// <summary>Writes entries with the time of a clock.</summary>
internal sealed class AgentLogger(IAgentLog log, TimeProvider clock)
{
    public void Debug(string @event, string message, params (string Name, string? Value)[] fields) => Write(AgentLogLevel.Debug, @event, message, fields);

    public void Info(string @event, string message, params (string Name, string? Value)[] fields) => Write(AgentLogLevel.Info, @event, message, fields);

    public void Warning(string @event, string message, params (string Name, string? Value)[] fields) => Write(AgentLogLevel.Warning, @event, message, fields);

    public void Error(string @event, string message, params (string Name, string? Value)[] fields) => Write(AgentLogLevel.Error, @event, message, fields);

    private void Write(AgentLogLevel level, string @event, string message, (string Name, string? Value)[] fields) =>
        log.Write(new AgentLogEntry(
            clock.GetUtcNow(),
            level,
            @event,
            SecretText.Redact(message)!,
            fields.ToDictionary(field => field.Name, field => SecretText.Redact(field.Value), StringComparer.Ordinal)));
}
