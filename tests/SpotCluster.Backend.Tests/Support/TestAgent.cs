namespace SpotCluster.Backend.Tests.Support;

/// <summary>An agent that calls the backend as the seed's agent does.</summary>
public sealed record TestAgent(TestBackend Backend, Api Api, string Id, string Token, string Name, string Account, string Region)
{
    public string Path => $"/api/agents/{Id}";

    public Task<Answer> RegisterAsync(string instanceId) => Api.PostAsync("/api/agents/register", new
    {
        client_token = "not looked at",
        logical_agent_id = Name,
        instance_id = instanceId,
        instance_type = "c5.large",
        region = Region,
        az = Region + "a",
        mode = "spot",
        agent_version = "4.1.0",
    });

    public Task<Answer> PollAsync(string query = "") => Api.GetAsync($"{Path}/instances-to-terminate{query}");

    public async Task<string[]> HandedOutAsync() =>
        (await PollAsync()).Is(200).Items("instances").Select(item => item.GetProperty("instance_id").GetString()!).ToArray();

    /// <summary>Reports with exactly the four keys of the original.</summary>
    public Task<Answer> ReportAsync(string instanceId, bool success, string? error = null) =>
        Api.PostAsync($"{Path}/termination-report", new
        {
            instance_id = instanceId,
            success,
            error,
            terminated_at = success ? "2025-11-25T12:30:00" : null,
        });

    public Task<Answer> SettingsAsync(object settings) => Backend.Admin.PostAsync($"/api/client/agents/{Id}/settings", settings);

    public Task<Answer> ConfigAsync(object config) => Backend.Admin.PostAsync($"/api/client/agents/{Id}/config", config);

    public async Task<string> ReplicaAsync(string status = "launching")
    {
        var list = await Api.GetAsync($"{Path}/replicas?status={status}");
        return list.Is(200).Items("replicas").Single().GetProperty("id").GetString()!;
    }

    /// <summary>Manual mode on, and the replica's machine up and ready. Returns the replica's id.</summary>
    public async Task<string> ReadyReplicaAsync(string instanceId)
    {
        (await ConfigAsync(new { manualReplicaEnabled = true })).Is(200);
        var replica = await ReplicaAsync();
        (await Api.PutAsync($"{Path}/replicas/{replica}", new { instance_id = instanceId, status = "syncing" })).Is(200);
        (await Api.PostAsync($"{Path}/replicas/{replica}/status", new { status = "ready" })).Is(200);
        return replica;
    }

    /// <summary>A machine of this agent that is marked as a retired replica. Returns the ended replica's id.</summary>
    public async Task<string> RetireAsync(string instanceId)
    {
        var replica = await ReadyReplicaAsync(instanceId);
        (await ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        return replica;
    }

    public async Task<Answer> PromoteAsync(string replicaId) =>
        await Api.PostAsync($"{Path}/replicas/{replicaId}/promote", new { demote_old_primary = false });
}
