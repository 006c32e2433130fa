using System.Globalization;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Bacalhau;

/// <summary>Nodes in the shapes of the API's versions.</summary>
internal static class NodeJson
{
    public static JObject Of(NodeRecord node, bool isConnected, SimulatedOrchestratorOptions options)
    {
        var connection = isConnected ? "CONNECTED" : "DISCONNECTED";
        var json = new JObject { ["Info"] = Info(node, options.Version), ["Membership"] = node.Approval, ["Connection"] = connection };
        if (options.Version.StartsWith("v1.5.", StringComparison.Ordinal))
        {
            return json;
        }

        var lost = node.LastHeartbeat + options.DisconnectTimeout;
        json["ConnectionState"] = new JObject
        {
            ["Status"] = connection,
            ["LastHeartbeat"] = Time(node.LastHeartbeat),
            ["ConnectedSince"] = isConnected ? Time(node.ConnectedSince) : "0001-01-01T00:00:00Z",
            ["DisconnectedSince"] = isConnected ? "0001-01-01T00:00:00Z" : Time(lost),
            ["LastError"] = isConnected ? "" : "heartbeat timeout",
        };
        return json;
    }

    private static JObject Info(NodeRecord node, string version)
    {
        var info = new JObject
        {
            ["NodeID"] = node.Id,
            ["NodeType"] = node.Type,
            ["Labels"] = JObject.FromObject(node.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).ToDictionary(label => label.Key, label => label.Value)),
            ["SupportedProtocols"] = new JArray("bprotocol/v2", "ncl/v1"),
            ["BacalhauVersion"] = new JObject { ["Major"] = "1", ["Minor"] = version.Split('.')[1], ["GitVersion"] = version, ["GOOS"] = "linux", ["GOARCH"] = "amd64" },
        };
        if (node.Type == "Compute")
        {
            var capacity = new JObject { ["CPU"] = 1.6, ["Memory"] = 3_200_000_000L, ["Disk"] = 6_000_000_000L };
            info["ComputeNodeInfo"] = new JObject
            {
                ["ExecutionEngines"] = new JArray(node.Engines.ToArray()),
                ["Publishers"] = new JArray("local", "noop", "s3"),
                ["StorageSources"] = new JArray("inline", "localdirectory", "s3", "urldownload"),
                ["MaxCapacity"] = capacity,
                ["QueueCapacity"] = new JObject(),
                ["AvailableCapacity"] = capacity.DeepClone(),
                ["MaxJobRequirements"] = capacity.DeepClone(),
                ["RunningExecutions"] = 0,
                ["EnqueuedExecutions"] = 0,
                ["address"] = node.Address ?? "",
            };
        }

        return info;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);
}
