using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>What the backend says about an agent.</summary>
/// <param name="PrimaryId">The machine that is its primary; null for none.</param>
/// <param name="IsEnabled">Whether the agent is to work at all.</param>
/// <param name="MayTerminate">The remote kill switch: on only when the agent and auto-terminate are both on.</param>
/// <param name="AccountId">The account that it is bound to; null when the backend does not say.</param>
/// <param name="Region">The region that it is bound to; null when the backend does not say.</param>
/// <param name="RequiredTag">The tag that a machine must carry; null for none.</param>
internal sealed record AgentStanding(
    string? PrimaryId, bool IsEnabled, bool MayTerminate, string? AccountId, string? Region, string? RequiredTag)
{
    /// <summary>A backend that tells neither the primary nor the instances of the client.</summary>
    public static readonly AgentStanding Unknown = new(null, true, true, null, null, null) { KnowsPrimary = false };

    /// <summary>Whether the backend tells which instance is the primary.</summary>
    public bool KnowsPrimary { get; init; } = true;

    /// <summary>Primaries of other agents of the client, as a backend without claims names them.</summary>
    public IReadOnlyCollection<string> OtherPrimaries { get; init; } = [];

    /// <summary>Every instance of the client; null from a backend with claims, which hands out no others.</summary>
    public IReadOnlyCollection<string>? ClientInstances { get; init; }

    /// <summary>Whether an agent has it as primary.</summary>
    public bool IsPrimary(string instanceId) => instanceId == PrimaryId || OtherPrimaries.Contains(instanceId);
}

/// <summary>The calls of an agent, in the protocol of the original: what a backend leaves out or writes otherwise is no error.</summary>
internal sealed class AgentBackend(BackendTransport transport)
{
    public Uri Server => transport.Server;

    /// <summary>
    /// Who the agent is. The original has no such call, which is told from a refusal by its form; what its client pages say then has to do.
    /// </summary>
    public async Task<AgentStanding> GetStandingAsync(string agentId, CancellationToken cancellationToken)
    {
        const string What = "identify the agent";
        var reply = await transport.SendAsync(HttpMethod.Get, Path(agentId, ""), null, cancellationToken).ConfigureAwait(false);
        if (reply is { Status: 404, Json: null } or { Status: 404, Code: "path_not_found" } or { Status: 405 })
        {
            return await GetStandingOfClientAsync(agentId, cancellationToken).ConfigureAwait(false);
        }

        if (reply is { Status: 404 })
        {
            throw NotKnown(reply, agentId);
        }

        if (!reply.Succeeded || reply.Json is not JObject row || row["config"] is not JObject config)
        {
            throw BackendErrors.From(reply, Server, What);
        }

        // What is not clearly on is off.
        return new AgentStanding(
            row.Text("instance_id"),
            config.Flag("enabled") == true,
            config.Flag("enabled") == true && config.Flag("auto_terminate_enabled") == true,
            row.Text("account_id"),
            row.Text("region"),
            config.Text("required_tag"));
    }

    /// <summary>The id of the agent of this name and token, learned without changing anything; null when there is none yet.</summary>
    public async Task<string?> FindAgentAsync(string logicalAgentId, CancellationToken cancellationToken)
    {
        if (await GetOwnerAsync(cancellationToken).ConfigureAwait(false) is not { } owner)
        {
            return null;
        }

        return owner.Text("agent_id") is { } id
            ? IsName(owner.Text("logical_agent_id")) ? id : null
            : (await GetOfClientAsync(owner, "agents", cancellationToken).ConfigureAwait(false))?
                .FirstOrDefault(agent => IsName(agent.Text("logicalAgentId")))?.Text("id");

        // Both backends take a name for one in every case.
        bool IsName(string? name) => logicalAgentId.Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    // The original terminates by two lists that do not look at each other: a promoted replica stands in one as ended and in the other as
    // primary. Both lists of the client are read, and what either calls a primary is one.
    private async Task<AgentStanding> GetStandingOfClientAsync(string agentId, CancellationToken cancellationToken)
    {
        if (await GetOwnerAsync(cancellationToken).ConfigureAwait(false) is not { } owner
            || await GetOfClientAsync(owner, "agents", cancellationToken).ConfigureAwait(false) is not { } agents
            || await GetOfClientAsync(owner, "instances", cancellationToken).ConfigureAwait(false) is not { } instances)
        {
            return AgentStanding.Unknown;
        }

        var agent = agents.FirstOrDefault(row => row.Text("id") == agentId)
            ?? throw NotKnown(new BackendReply(404, null, null), agentId);
        return new AgentStanding(
            agent.Text("instanceId"),
            agent.Flag("enabled") == true,
            agent.Flag("enabled") == true && agent.Flag("autoTerminateEnabled") == true,
            null,
            agent.Text("region"),
            null)
        {
            OtherPrimaries =
            [
                .. agents.Select(row => row.Text("instanceId")).OfType<string>(),
                .. instances.Where(row => row.Text("instanceStatus") == "running_primary").Select(row => row.Text("id")).OfType<string>(),
            ],
            ClientInstances = [.. instances.Select(row => row.Text("id")).OfType<string>()],
        };
    }

    /// <summary>Whose token it is; null from a backend that does not tell.</summary>
    private async Task<JObject?> GetOwnerAsync(CancellationToken cancellationToken)
    {
        const string What = "identify the token";
        var reply = await transport.SendAsync(HttpMethod.Get, "api/client/validate", null, cancellationToken).ConfigureAwait(false);
        if (reply.Status is 404 or 405)
        {
            return null;
        }

        return reply.Succeeded && reply.Json is JObject owner && owner.Text("client_id") is not null
            ? owner
            : throw BackendErrors.From(reply, Server, What);
    }

    private async Task<IReadOnlyList<JObject>?> GetOfClientAsync(JObject owner, string what, CancellationToken cancellationToken)
    {
        var path = $"api/client/{Uri.EscapeDataString(owner.Text("client_id")!)}/{what}";
        var reply = await transport.SendAsync(HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
        if (reply.Status is 404 or 405)
        {
            return null;
        }

        return reply.Succeeded && reply.Json is JArray rows
            ? [.. rows.OfType<JObject>()]
            : throw BackendErrors.From(reply, Server, $"list the {what} of the client");
    }

    /// <summary>Claims what the agent is to terminate now.</summary>
    /// <param name="agentId">The agent.</param>
    /// <param name="limit">The most machines.</param>
    /// <param name="claim">False only looks.</param>
    /// <param name="only">Only these machines; null for all.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<TerminationList> PollAsync(
        string agentId, int limit, bool claim, IReadOnlyCollection<string>? only, CancellationToken cancellationToken)
    {
        var path = Path(agentId, "/instances-to-terminate")
            + "?limit=" + limit.ToString(CultureInfo.InvariantCulture)
            + (claim ? "" : "&claim=false")
            + (only is null ? "" : "&only=" + Uri.EscapeDataString(string.Join(",", only)));
        var reply = await transport.SendAsync(HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
        if (reply is { Status: 404, Json: not null })
        {
            throw NotKnown(reply, agentId);
        }

        if (!reply.Succeeded || reply.Json is not JObject row)
        {
            throw new BackendPauseException(BackendErrors.From(reply, Server, "list the instances to terminate"), reply.RetryAfter);
        }

        return new TerminationList
        {
            Instances = [.. (row["instances"] as JArray ?? []).OfType<JObject>().Select(ReadItem).OfType<TerminationItem>()],
            AutoTerminateEnabled = row.Flag("auto_terminate_enabled") == true,
            TerminateWaitSeconds = row.Number("terminate_wait_seconds"),
            NextPollSeconds = row.Number("next_poll_seconds"),
            RequiredTag = row.Text("required_tag"),
        };
    }

    /// <summary>Sends a report. The answer is the caller's to judge: whether the report is settled, or to be sent again.</summary>
    public Task<BackendReply> ReportAsync(string agentId, JObject report, CancellationToken cancellationToken) =>
        transport.SendAsync(HttpMethod.Post, Path(agentId, "/termination-report"), report, cancellationToken);

    /// <summary>The active replicas; none from a backend that cannot tell.</summary>
    public async Task<IReadOnlyList<PendingReplica>> GetReplicasAsync(string agentId, CancellationToken cancellationToken)
    {
        var reply = await transport.SendAsync(HttpMethod.Get, Path(agentId, "/replicas"), null, cancellationToken).ConfigureAwait(false);
        if (!reply.Succeeded || reply.Json is not JObject row)
        {
            return reply.Status is 404 or 405 ? [] : throw new BackendPauseException(BackendErrors.From(reply, Server, "list the replicas"), reply.RetryAfter);
        }

        return
        [
            .. (row["replicas"] as JArray ?? []).OfType<JObject>().Where(replica => replica.Text("id") is not null).Select(replica => new PendingReplica(
                replica.Text("id")!,
                replica.Text("status") == "launching" && !InstanceIds.IsValid(replica.Text("instance_id") ?? ""),
                (replica["pool"] as JObject)?.Text("az"))),
        ];
    }

    /// <summary>Says which instance was launched for a replica.</summary>
    public Task<BackendReply> PutReplicaAsync(
        string agentId, string replicaId, string instanceId, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken) =>
        transport.SendAsync(
            HttpMethod.Put, Path(agentId, "/replicas/" + Uri.EscapeDataString(replicaId)),
            new JObject { ["instance_id"] = instanceId, ["status"] = "syncing", ["tags"] = JObject.FromObject(tags) }, cancellationToken);

    /// <summary>Says how a replica is.</summary>
    public Task<BackendReply> SetReplicaStatusAsync(string agentId, string replicaId, JObject status, CancellationToken cancellationToken) =>
        transport.SendAsync(HttpMethod.Post, Path(agentId, "/replicas/" + Uri.EscapeDataString(replicaId) + "/status"), status, cancellationToken);

    /// <summary>Sends what a clean-up did.</summary>
    public Task<BackendReply> ReportCleanupAsync(string agentId, JObject report, CancellationToken cancellationToken) =>
        transport.SendAsync(HttpMethod.Post, Path(agentId, "/cleanup-report"), report, cancellationToken);

    /// <summary>Says which machine the agent runs on, and learns the agent's id.</summary>
    public async Task<AgentRegistrationReply> RegisterAsync(AgentRegistration registration, AgentToken token, CancellationToken cancellationToken)
    {
        var body = BackendJson.Write(registration);

        // The original refuses what it does not know, and tells no agent by its token.
        if ((await GetOwnerAsync(cancellationToken).ConfigureAwait(false))?.Text("agent_id") is null)
        {
            body.Remove("account_id");
        }

        // It wants the token here too, and compares it with nothing.
        body["client_token"] = token.Reveal();
        var reply = await transport.SendAsync(HttpMethod.Post, "api/agents/register", body, cancellationToken).ConfigureAwait(false);
        return reply.Succeeded && reply.Json is JObject row && row.Text("agent_id") is { } id
            ? new AgentRegistrationReply { AgentId = id, ClientId = row.Text("client_id") ?? "", Message = row.Text("message") }
            : throw BackendErrors.From(reply, Server, "register the agent");
    }

    /// <summary>Says that the agent is alive. A failure is told by the next poll.</summary>
    public async Task HeartbeatAsync(string agentId, AgentHeartbeat heartbeat, CancellationToken cancellationToken)
    {
        var body = BackendJson.Write(heartbeat);
        await transport.SendAsync(HttpMethod.Post, Path(agentId, "/heartbeat"), body, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says that AWS takes the agent's machine. True when the backend took the news.</summary>
    public async Task<bool> ReportInterruptionAsync(
        string agentId, string instanceId, string action, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        var body = new JObject { ["instance_id"] = instanceId, ["action"] = action };
        if (at is { } time)
        {
            body["termination_time"] = BackendJson.Write(time);
        }

        var reply = await transport.SendAsync(HttpMethod.Post, Path(agentId, "/termination-imminent"), body, cancellationToken).ConfigureAwait(false);
        return reply.Succeeded;
    }

    private static string Path(string agentId, string rest) => "api/agents/" + Uri.EscapeDataString(agentId) + rest;

    private static TerminationItem? ReadItem(JObject row) => row.Text("instance_id") is not { } id
        ? null
        : new TerminationItem
        {
            InstanceId = id,
            InstanceType = row.Text("instance_type"),
            Az = row.Text("az"),
            Reason = row.Text("reason") ?? "unknown",
            SecondsWaiting = row.Number("seconds_waiting"),
            SecondsSinceMarked = row.Number("seconds_since_marked"),
            MarkedAt = row.Time("marked_at"),
            AccountId = row.Text("account_id"),
            Region = row.Text("region"),
            ClaimId = row.Text("claim_id"),
            LeaseSeconds = row.Number("lease_seconds"),
            Attempt = row.Number("attempt"),
        };

    private SpotException NotKnown(BackendReply reply, string agentId) => new(
        SpotErrorIds.AgentNotFound, SpotErrorCategory.NotFound, $"The backend at {Server} has no agent '{agentId}' for this token.")
    {
        Target = agentId,
        ServiceCode = reply.Code,
        RequestId = reply.RequestId,
        RecommendedAction = "Get-SpotAgent lists the agents; Register-SpotAgent registers one and returns its id and token.",
    };
}

/// <summary>A poll that failed, and how long the backend asks to wait before the next.</summary>
internal sealed class BackendPauseException(SpotException error, TimeSpan? pause) : Exception(error.Message, error)
{
    public SpotException Error { get; } = error;

    public TimeSpan? Pause { get; } = pause;
}
