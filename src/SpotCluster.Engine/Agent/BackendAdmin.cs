using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>A backend as its admin works with it. Every member throws <see cref="SpotException"/>.</summary>
public sealed class BackendAdmin : IDisposable
{
    /// <summary>The variable that names the backend's address.</summary>
    public const string UrlVariable = "SPOTCLUSTER_BACKEND_URL";

    /// <summary>The variable that holds the admin's token.</summary>
    public const string TokenVariable = "SPOTCLUSTER_ADMIN_TOKEN";

    private readonly BackendTransport _transport;

    /// <summary>Opens it; makes no call.</summary>
    /// <param name="server">The address; null for that of the environment, then the local one.</param>
    /// <param name="token">The admin's token; null for that of the environment, then the file that a local backend made.</param>
    /// <param name="warn">Told when others can read the token's file.</param>
    public BackendAdmin(Uri? server, AgentToken? token, Action<string> warn)
        : this(server ?? ServerOfEnvironment(), token ?? FindToken(warn), null, TimeProvider.System)
    {
    }

    /// <summary>Opens it; makes no call.</summary>
    /// <param name="server">The address; null as in the constructor.</param>
    /// <param name="tokenFile">File that holds the admin's token; null as in the constructor.</param>
    /// <param name="warn">Told when others can read the token's file.</param>
    public static BackendAdmin Open(Uri? server, string? tokenFile, Action<string> warn) =>
        new(server, tokenFile is null ? null : TokenFile.Read(tokenFile, warn), warn);

    internal BackendAdmin(Uri server, AgentToken token, HttpMessageHandler? transport, TimeProvider clock) =>
        _transport = new BackendTransport(server, token, transport, clock);

    /// <summary>Agents, by name; deleted ones are not among them.</summary>
    public async Task<IReadOnlyList<SpotAgent>> GetAgentsAsync(CancellationToken cancellationToken)
    {
        var agents = await ReadAsync<AgentSummary[]>(HttpMethod.Get, "api/admin/agents", null, "list the agents", cancellationToken).ConfigureAwait(false);
        return [.. agents.Select(ToAgent).OrderBy(agent => agent.Name, StringComparer.Ordinal).ThenBy(agent => agent.AgentId, StringComparer.Ordinal)];
    }

    /// <summary>One agent.</summary>
    public async Task<SpotAgent> GetAgentAsync(string agentId, CancellationToken cancellationToken) =>
        ToAgent(await ReadAsync<AgentSummary>(HttpMethod.Get, "api/agents/" + Uri.EscapeDataString(agentId), null, $"show agent {agentId}", cancellationToken).ConfigureAwait(false));

    /// <summary>Makes an agent known.</summary>
    /// <returns>Its id, and its token: the only time that it is told.</returns>
    public async Task<(string AgentId, AgentToken Token)> RegisterAsync(AgentEnrollment enrollment, CancellationToken cancellationToken)
    {
        var enrolled = await ReadAsync<AgentEnrolled>(
            HttpMethod.Post, "api/admin/agents", BackendJson.Write(enrollment), $"register agent {enrollment.LogicalAgentId}", cancellationToken).ConfigureAwait(false);
        return (enrolled.AgentId, new AgentToken(enrolled.Token));
    }

    /// <summary>Gives an agent a new token; the old ones hold for the grace.</summary>
    /// <returns>The token: the only time that it is reported.</returns>
    public async Task<AgentToken> RotateAsync(string agentId, TimeSpan grace, CancellationToken cancellationToken)
    {
        var body = new JObject { ["grace_seconds"] = (int)grace.TotalSeconds };
        return new AgentToken((await ReadAsync<AgentEnrolled>(
            HttpMethod.Post, $"api/agents/{Uri.EscapeDataString(agentId)}/token/rotate", body, $"reset the token of agent {agentId}", cancellationToken).ConfigureAwait(false)).Token);
    }

    /// <summary>Removes an agent: its replicas are marked, and its tokens stop working.</summary>
    public Task DeleteAsync(string agentId, CancellationToken cancellationToken) => ReadAsync<JObject>(
        HttpMethod.Delete, "api/client/agents/" + Uri.EscapeDataString(agentId), null, $"remove agent {agentId}", cancellationToken);

    /// <summary>Changes settings; what is null stays.</summary>
    public async Task<SpotAgent> ChangeAsync(string agentId, AgentSettings settings, CancellationToken cancellationToken)
    {
        await ReadAsync<AgentConfig>(
            HttpMethod.Post, $"api/client/agents/{Uri.EscapeDataString(agentId)}/settings", BackendJson.Write(settings), $"change agent {agentId}", cancellationToken).ConfigureAwait(false);
        return await GetAgentAsync(agentId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Events, the newest first.</summary>
    /// <param name="agentId">Only of this agent; null for all.</param>
    /// <param name="type">Only of this type; null for all.</param>
    /// <param name="severity">Only of this severity; null for all.</param>
    /// <param name="count">The most events, 1 to 1000.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<IReadOnlyList<SpotEvent>> GetEventsAsync(string? agentId, string? type, string? severity, int count, CancellationToken cancellationToken)
    {
        var path = "api/admin/events?limit=" + count.ToString(CultureInfo.InvariantCulture) + Query("agent_id", agentId) + Query("type", type) + Query("severity", severity);
        var events = await ReadAsync<AgentEvent[]>(HttpMethod.Get, path, null, "list the events", cancellationToken).ConfigureAwait(false);
        return
        [
            .. events.Select(item => new SpotEvent
            {
                EventId = item.Id,
                At = item.CreatedAt,
                Type = item.EventType,
                Severity = item.Severity,
                AgentId = item.AgentId,
                InstanceId = item.InstanceId,
                Message = item.Message,
                Metadata = (item.Metadata ?? []).ToDictionary(pair => pair.Key, pair => pair.Value ?? "", StringComparer.Ordinal),
            }),
        ];
    }

    /// <summary>Marked machines, the oldest first.</summary>
    /// <param name="state">pending, dead_letter, terminated or all.</param>
    /// <param name="agentId">Only of this agent; null for all.</param>
    /// <param name="count">The most machines, 1 to 1000.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<IReadOnlyList<SpotTermination>> GetTerminationsAsync(string state, string? agentId, int count, CancellationToken cancellationToken)
    {
        var path = "api/admin/terminations?limit=" + count.ToString(CultureInfo.InvariantCulture) + Query("state", state) + Query("agent_id", agentId);
        var items = await ReadAsync<PendingTermination[]>(HttpMethod.Get, path, null, "list the terminations", cancellationToken).ConfigureAwait(false);
        return
        [
            .. items.Select(item => new SpotTermination
            {
                InstanceId = item.InstanceId,
                AccountId = item.AccountId,
                Region = item.Region,
                AgentId = item.AgentId,
                AgentName = item.LogicalAgentId,
                Reason = item.Reason,
                State = item.Status,
                MarkedAt = item.MarkedAt,
                Age = TimeSpan.FromSeconds(item.AgeSeconds),
                Attempts = item.Attempts,
                NextAttemptAt = item.NextAttemptAt,
                BlockedBy = item.BlockedBy,
                LastError = item.LastError,
                TerminatedAt = item.TerminatedAt,
            }),
        ];
    }

    /// <summary>Lets a given-up termination be tried again.</summary>
    public Task RequeueAsync(string accountId, string instanceId, CancellationToken cancellationToken) => ReadAsync<JObject>(
        HttpMethod.Post, $"api/admin/terminations/{Uri.EscapeDataString(accountId)}/{Uri.EscapeDataString(instanceId)}/requeue", null,
        $"requeue {instanceId}", cancellationToken);

    /// <summary>Lets every given-up termination be tried again.</summary>
    /// <param name="agentId">Only of this agent; null for all.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>How many were given up.</returns>
    public async Task<int> RequeueAllAsync(string? agentId, CancellationToken cancellationToken)
    {
        var body = new JObject();
        if (agentId is not null)
        {
            body["agent_id"] = agentId;
        }

        var answer = await ReadAsync<JObject>(HttpMethod.Post, "api/admin/terminations/requeue", body, "requeue dead letters", cancellationToken).ConfigureAwait(false);
        return answer.Number("count") ?? 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    private async Task<T> ReadAsync<T>(HttpMethod method, string path, JObject? body, string what, CancellationToken cancellationToken)
    {
        var reply = await _transport.SendAsync(method, path, body, cancellationToken).ConfigureAwait(false);
        if (!reply.Succeeded || reply.Json is not { } json)
        {
            throw BackendErrors.From(reply, _transport.Server, what);
        }

        try
        {
            return BackendJson.Read<T>(json);
        }
        catch (JsonException)
        {
            throw BackendErrors.From(reply with { Json = null }, _transport.Server, what);
        }
    }

    private static SpotAgent ToAgent(AgentSummary agent) => new()
    {
        AgentId = agent.AgentId,
        Name = agent.LogicalAgentId,
        Client = agent.ClientName,
        AccountId = agent.AccountId,
        Region = agent.Region,
        PrimaryId = agent.InstanceId,
        State = agent.Status,
        Version = agent.AgentVersion,
        LastSeenAt = agent.LastSeenAt,
        Pending = agent.Pending,
        DeadLetters = agent.DeadLetters,
        Enabled = agent.Config.Enabled,
        AutoTerminate = agent.Config.AutoTerminateEnabled,
        TerminateWait = TimeSpan.FromSeconds(agent.Config.TerminateWaitSeconds),
        ManualReplica = agent.Config.ManualReplicaEnabled,
        RequiredTag = agent.Config.RequiredTag,
        MaxTerminationsPerHour = agent.Config.MaxTerminationsPerHour,
    };

    private static string Query(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static Uri ServerOfEnvironment()
    {
        var text = Environment.GetEnvironmentVariable(UrlVariable);
        return string.IsNullOrEmpty(text)
            ? new Uri("http://127.0.0.1:5080/")
            : Uri.TryCreate(text, UriKind.Absolute, out var server)
                ? server
                : throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"{UrlVariable} '{text}' is not a valid address.");
    }

    private static AgentToken FindToken(Action<string> warn)
    {
        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token)
        {
            try
            {
                return new AgentToken(token);
            }
            catch (ArgumentException)
            {
                throw Missing($"{TokenVariable} does not contain a token.");
            }
        }

        var file = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "spotcluster", "backend-admin.token");
        return File.Exists(file) ? TokenFile.Read(file, warn) : throw Missing("The admin token is required.");
    }

    private static SpotException Missing(string message) => new(SpotErrorIds.BackendTokenMissing, SpotErrorCategory.Authentication, message)
    {
        RecommendedAction = $"Specify it as SecureString, specify its file, or set {TokenVariable}; a local backend stores it in backend-admin.token.",
    };
}
