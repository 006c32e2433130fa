using System.Text.Json;
using Xunit;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>
/// The requests of the original agent, workers and all, as they were recorded: methods, paths, fields, and what it does with each answer.
/// It reads a refusal as "no answer", as the original does.
/// </summary>
/// <param name="api">Calls with the agent's token.</param>
/// <param name="id">The agent's id.</param>
/// <param name="terminate">Terminates an instance of EC2; returns null, or what EC2 refused with as <c>Code: message</c>.</param>
public sealed class OriginalAgent(Api api, string id, Func<string, string?> terminate)
{
    private readonly HashSet<string> _launched = [];
    private readonly HashSet<string> _ended = [];

    private string Path => $"/api/agents/{id}";

    /// <summary>The instances that it terminated, by any of its workers.</summary>
    public List<string> Terminated { get; } = [];

    public static async Task<(OriginalAgent Agent, JsonElement Reply)> RegisterAsync(
        TestAgent enrolled, string instanceId, Func<string, string?> terminate)
    {
        var reply = await enrolled.Api.PostAsync("/api/agents/register", new
        {
            client_token = enrolled.Token,
            hostname = "ip-10-0-0-1",
            instance_id = instanceId,
            instance_type = "t3.medium",
            region = enrolled.Region,
            az = enrolled.Region + "a",
            ami_id = "ami-0123456789abcdef0",
            agent_version = "4.0.0",
            logical_agent_id = enrolled.Name,
            mode = "spot",
            private_ip = "10.0.0.1",
            public_ip = (string?)null,
        });
        reply.Is(200);
        return (new OriginalAgent(enrolled.Api, reply.Text("agent_id"), terminate), reply.Json);
    }

    /// <summary>Every 30 seconds.</summary>
    public async Task<bool> HeartbeatAsync(string instanceId, string status = "online") => (await PostAsync("heartbeat", new
    {
        status,
        monitored_instances = new[] { instanceId },
        instance_id = instanceId,
        instance_type = "t3.medium",
        mode = "spot",
        az = "us-east-1a",
    })) is not null;

    /// <summary>Every 60 seconds.</summary>
    public Task<JsonElement?> ConfigAsync() => GetAsync("config");

    /// <summary>Every 15 seconds.</summary>
    public Task<JsonElement?> PendingCommandsAsync() => GetAsync("pending-commands");

    /// <summary>After five heartbeats without an answer: true makes it uninstall itself.</summary>
    public async Task<bool> IsDeletedAsync() => (await api.GetAsync(Path)).Status == 404;

    /// <summary>Every 300 seconds.</summary>
    public Task<JsonElement?> PricingReportAsync(string instanceId) => PostAsync("pricing-report", new
    {
        instance = new { instance_id = instanceId, instance_type = "t3.medium", region = "us-east-1", az = "us-east-1a", mode = "spot", pool_id = "t3.medium.us-east-1a" },
        pricing = new
        {
            on_demand_price = 0.0416,
            current_spot_price = 0.0125,
            cheapest_pool = new { pool_id = "t3.medium.us-east-1b", price = 0.0121 },
            spot_pools = new[] { new { pool_id = "t3.medium.us-east-1a", az = "us-east-1a", price = 0.0125 } },
            collected_at = "2026-03-01T12:00:00.123456+00:00",
        },
    });

    /// <summary>Every hour.</summary>
    public Task<JsonElement?> CleanupReportAsync() => PostAsync("cleanup-report", new
    {
        timestamp = "2026-03-01T12:00:00.123456+00:00",
        snapshots = new { type = "snapshots", deleted = Array.Empty<string>(), failed = Array.Empty<object>(), error = "can't compare offset-naive and offset-aware datetimes" },
        amis = new { type = "amis", deleted_amis = new[] { "ami-1" }, deleted_snapshots = new[] { "snap-1" }, failed = new[] { new { id = "snap-2", error = "InUse" } }, cutoff_date = "2026-02-01T12:00:00.123456+00:00" },
    });

    /// <summary>On a rebalance recommendation.</summary>
    public async Task<JsonElement?> RebalanceAsync(string instanceId)
    {
        await PostAsync("create-emergency-replica", new { signal_type = "rebalance-recommendation", instance_id = instanceId });
        return await PostAsync("rebalance-recommendation", new { instance_id = instanceId, detected_at = "2026-03-01T12:00:00.123456+00:00" });
    }

    /// <summary>On an interruption notice.</summary>
    public async Task<JsonElement?> InterruptedAsync(string instanceId)
    {
        await PostAsync("create-emergency-replica", new { signal_type = "termination-notice", instance_id = instanceId, termination_time = "2026-03-01T12:02:00Z" });
        return await PostAsync("termination-imminent", new { instance_id = instanceId, termination_time = "2026-03-01T12:02:00Z", detected_at = "2026-03-01T12:00:00.123456+00:00" });
    }

    /// <summary>Every 30 seconds: launches what is to be launched. Returns the ids of the instances.</summary>
    /// <param name="launch">Launches an instance in a zone; throws when EC2 refuses.</param>
    public async Task<IReadOnlyList<string>> PollReplicasAsync(Func<string, string> launch)
    {
        var launched = new List<string>();
        foreach (var replica in (await GetAsync("replicas?status=launching"))?.GetProperty("replicas").EnumerateArray() ?? [])
        {
            var (replicaId, instanceId) = (Text(replica, "id"), Text(replica, "instance_id"));
            if (replicaId is null || _launched.Contains(replicaId))
            {
                continue;
            }

            if (instanceId?.StartsWith("i-", StringComparison.Ordinal) == true)
            {
                _launched.Add(replicaId);
                continue;
            }

            var (pool, zone) = (Text(replica, "pool_id"), Text(replica, "az"));
            if (pool is null && replica.TryGetProperty("pool", out var nested))
            {
                (pool, zone) = (Text(nested, "id"), Text(nested, "az"));
            }

            // "Invalid replica data"
            if (pool is null || zone is null)
            {
                continue;
            }

            _launched.Add(replicaId);
            try
            {
                var machine = launch(zone);
                launched.Add(machine);
                await PutAsync($"replicas/{replicaId}", new { instance_id = machine, status = "syncing" });
                await PostAsync($"replicas/{replicaId}/status", new { status = "ready", sync_completed_at = "2026-03-01T12:00:00.123456+00:00" });
            }
            catch (InvalidOperationException refused)
            {
                _launched.Remove(replicaId);
                await PostAsync($"replicas/{replicaId}/status", new { status = "failed", error_message = refused.Message });
            }
        }

        return launched;
    }

    /// <summary>Every 30 seconds: terminates whatever replica is listed as terminated, past every other rule. The original's backend lists none.</summary>
    public async Task PollEndedReplicasAsync()
    {
        foreach (var replica in (await GetAsync("replicas?status=terminated"))?.GetProperty("replicas").EnumerateArray() ?? [])
        {
            var (replicaId, instanceId) = (Text(replica, "id"), Text(replica, "instance_id"));
            if (replicaId is null || instanceId is null || !_ended.Add(replicaId)
                || instanceId.StartsWith("manual-", StringComparison.Ordinal) || instanceId.StartsWith("replica-", StringComparison.Ordinal))
            {
                continue;
            }

            terminate(instanceId);
            Terminated.Add(instanceId);
            await PostAsync($"replicas/{replicaId}/status", new { status = "terminated", is_active = false, terminated_at = "2026-03-01T12:00:00.123456+00:00" });
        }
    }

    /// <summary>Every 60 seconds: the clean-up worker's terminations.</summary>
    public async Task TerminateMarkedAsync()
    {
        if (await GetAsync("instances-to-terminate") is not { } list || !IsTrue(list, "auto_terminate_enabled"))
        {
            return;
        }

        foreach (var item in list.GetProperty("instances").EnumerateArray())
        {
            var instanceId = Text(item, "instance_id");
            if (instanceId is null)
            {
                continue;
            }

            var refused = terminate(instanceId);
            if (refused is null || refused.StartsWith("InvalidInstanceID.NotFound", StringComparison.Ordinal))
            {
                Terminated.Add(instanceId);
                await ReportAsync(instanceId, true, null, "2026-03-01T12:00:00.123456+00:00");
            }
            else
            {
                await ReportAsync(
                    instanceId, false,
                    refused.StartsWith("UnauthorizedOperation", StringComparison.Ordinal) ? $"IAM permissions insufficient to terminate instance {instanceId}" : refused, null);
            }
        }
    }

    /// <summary>A round of every worker, in the order of their start.</summary>
    public async Task WorkAsync(string instanceId, Func<string, string> launch)
    {
        Assert.True(await HeartbeatAsync(instanceId));
        Assert.Empty((await PendingCommandsAsync())!.Value.EnumerateArray());
        await PollReplicasAsync(launch);
        await PollEndedReplicasAsync();
        Assert.NotNull(await ConfigAsync());
        Assert.NotNull(await PricingReportAsync(instanceId));
        Assert.NotNull(await CleanupReportAsync());
        await TerminateMarkedAsync();
        await PollEndedReplicasAsync();
    }

    private Task<JsonElement?> ReportAsync(string instanceId, bool success, string? error, string? at) =>
        PostAsync("termination-report", new { instance_id = instanceId, success, error, terminated_at = at });

    private async Task<JsonElement?> GetAsync(string path) => Read(await api.GetAsync($"{Path}/{path}"));

    private async Task<JsonElement?> PostAsync(string path, object body) => Read(await api.PostAsync($"{Path}/{path}", body));

    private async Task<JsonElement?> PutAsync(string path, object body) => Read(await api.PutAsync($"{Path}/{path}", body));

    private static JsonElement? Read(Answer answer) => answer.Status is >= 200 and < 300 ? answer.Json : null;

    private static string? Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static bool IsTrue(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.Number && value.GetInt32() != 0));
}
