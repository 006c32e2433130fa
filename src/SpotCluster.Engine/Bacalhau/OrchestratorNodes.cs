using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>Reads nodes as versions 1.5 to 1.9 of the API write them. What is missing is unknown and never an error.</summary>
internal static class OrchestratorNodes
{
    /// <summary>The nodes of a list.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="now">When the orchestrator gave it, by its own clock.</param>
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static IReadOnlyList<SpotNode> ReadList(string text, DateTimeOffset now)
    {
        var root = Parse(text);

        // The API writes an envelope; Bacalhau's own program writes the list alone.
        var items = root as JArray ?? (root as JObject)?["Nodes"] switch
        {
            JArray list => list,
            null or { Type: JTokenType.Null } when root is JObject envelope && envelope.ContainsKey("Nodes") => [],
            _ => throw new JsonException("The response has no list of nodes."),
        };
        return [.. items.OfType<JObject>().Select(item => Read(item, now)).Where(node => node.Id.Length > 0).OrderBy(node => node.Id, StringComparer.Ordinal)];
    }

    /// <summary>The node of an answer about one.</summary>
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static SpotNode ReadOne(string text, DateTimeOffset now) =>
        Parse(text) is JObject { } root && root["Node"] is JObject node ? Read(node, now) : throw new JsonException("The response has no node.");

    private static SpotNode Read(JObject item, DateTimeOffset now)
    {
        var info = item["Info"] as JObject;
        var state = item["ConnectionState"] as JObject;
        var heartbeat = Time(Text(state, "LastHeartbeat"));
        return new SpotNode
        {
            Id = Text(info, "NodeID") ?? "",
            Membership = Text(item, "Membership")?.ToUpperInvariant() switch
            {
                "PENDING" => SpotNodeMembership.Pending,
                "APPROVED" => SpotNodeMembership.Approved,
                "REJECTED" => SpotNodeMembership.Rejected,
                _ => SpotNodeMembership.Unknown,
            },

            // The first field is the only one of version 1.5, and going to be dropped.
            Connection = (Text(state, "Status") ?? Text(item, "Connection"))?.ToUpperInvariant() switch
            {
                "CONNECTED" => SpotNodeConnection.Connected,
                "DISCONNECTED" => SpotNodeConnection.Disconnected,
                _ => SpotNodeConnection.Unknown,
            },
            LastHeartbeat = heartbeat,
            HeartbeatAge = heartbeat is { } beat ? (now > beat ? now - beat : TimeSpan.Zero) : null,
            Engines = [.. ((info?["ComputeNodeInfo"] as JObject)?["ExecutionEngines"] as JArray)?.Select(engine => engine.ToString()) ?? []],
            Version = Text(info?["BacalhauVersion"] as JObject, "GitVersion"),
            LastError = Text(state, "LastError") is { Length: > 0 } error ? error : null,
            Labels = (info?["Labels"] as JObject)?.Properties().ToDictionary(label => label.Name, label => label.Value.ToString(), StringComparer.Ordinal)
                ?? new Dictionary<string, string>(StringComparer.Ordinal),
        };
    }

    private static JToken Parse(string text)
    {
        using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None, MaxDepth = 64 };
        return JToken.ReadFrom(reader);
    }

    private static string? Text(JObject? table, string key) => table?[key] is JValue { Value: string text } ? text : null;

    // Go writes the year 1 for a time that is not set.
    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && time.Year > 1
            ? time
            : null;
}
