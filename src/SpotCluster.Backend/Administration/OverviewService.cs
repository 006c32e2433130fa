using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Backend.Terminations;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Administration;

/// <summary>What an admin sees.</summary>
internal sealed class OverviewService(Database database)
{
    public const int MaxRows = 1000;

    public Task<IReadOnlyList<AgentSummary>> AgentsAsync(RequestContext context, string? agentId = null) =>
        database.ReadAsync<IReadOnlyList<AgentSummary>>(context, async session =>
        {
            var agents = await session.QueryAsync<AgentRow>(
                $"""
                SELECT {AgentRow.Columns} FROM sc_agents WHERE status <> 'deleted'{Filter.When(agentId, "id = @agentId")}
                ORDER BY logical_agent_id, id
                """,
                new { agentId });
            var clients = (await session.QueryAsync<ClientRow>("SELECT id Id, name Name FROM sc_clients"))
                .ToDictionary(client => client.Id, client => client.Name, StringComparer.Ordinal);
            var counts = (await session.QueryAsync<CountRow>(
                """
                SELECT agent_id AgentId, SUM(CASE WHEN dead_lettered_at IS NULL THEN 1 ELSE 0 END) Pending,
                    SUM(CASE WHEN dead_lettered_at IS NULL THEN 0 ELSE 1 END) Dead
                FROM sc_instances WHERE state IN ('zombie', 'retired') GROUP BY agent_id
                """)).ToDictionary(count => count.AgentId, StringComparer.Ordinal);
            return agents.Select(agent => new AgentSummary
            {
                AgentId = agent.Id,
                LogicalAgentId = agent.LogicalAgentId,
                ClientId = agent.ClientId,
                ClientName = clients.GetValueOrDefault(agent.ClientId, ""),
                AccountId = agent.AccountId,
                Region = agent.Region,
                InstanceId = agent.InstanceId,
                Status = agent.Status,
                AgentVersion = agent.AgentVersion,
                LastSeenAt = agent.LastSeenAt.ToTime(),
                Pending = counts.TryGetValue(agent.Id, out var count) ? count.Pending : 0,
                DeadLetters = count?.Dead ?? 0,
                Config = agent.ToConfig(),
            }).ToList();
        });

    /// <summary>Who the agent is that a token belongs to.</summary>
    public Task<TokenOwner> ValidateAsync(RequestContext context, string agentId) =>
        database.ReadAsync(context, async session =>
        {
            var agent = await AgentTable.GetAsync(session, agentId);
            var client = await session.FirstAsync<string>("SELECT name FROM sc_clients WHERE id = @ClientId", new { agent.ClientId });
            return new TokenOwner(true, agent.ClientId, client ?? "", agent.Id, agent.LogicalAgentId);
        });

    /// <summary>The marked machines, the oldest first.</summary>
    /// <param name="context">The request.</param>
    /// <param name="which"><c>pending</c>, <c>dead_letter</c>, <c>terminated</c> or <c>all</c>.</param>
    /// <param name="agentId">Only of this agent; null for every one.</param>
    /// <param name="limit">The most rows, 1 to 1000.</param>
    /// <param name="search">Part of an instance id, of an agent's name or of an error; null for everything.</param>
    /// <param name="offset">So many rows are left out at the beginning.</param>
    /// <param name="worstFirst">What was given up or failed comes first.</param>
    public Task<Page<PendingTermination>> TerminationsAsync(
        RequestContext context, string which, string? agentId, int limit, string? search = null, int offset = 0, bool worstFirst = false)
    {
        var filter = which switch
        {
            "pending" => "i.state IN ('zombie', 'retired') AND i.dead_lettered_at IS NULL",
            "dead_letter" => "i.state IN ('zombie', 'retired') AND i.dead_lettered_at IS NOT NULL",
            "terminated" => "i.state = 'terminated' AND i.marked_at IS NOT NULL",
            "all" => "i.marked_at IS NOT NULL",
            _ => throw ApiException.Invalid("state", "state must be pending, dead_letter, terminated or all"),
        };
        Paging.Check(limit, offset);
        var like = Paging.Like(search);
        if (like is not null)
        {
            filter += """
                 AND (i.instance_id LIKE @like ESCAPE '!' OR LOWER(a.logical_agent_id) LIKE @like ESCAPE '!' OR LOWER(i.last_error) LIKE @like ESCAPE '!')
                """;
        }

        var order = worstFirst
            ? "CASE WHEN i.dead_lettered_at IS NOT NULL THEN 0 WHEN i.last_error IS NOT NULL THEN 1 ELSE 2 END, i.marked_at"
            : "i.marked_at";
        return database.ReadAsync(context, async session =>
        {
            var total = await session.FirstAsync<int>(
                $"SELECT COUNT(*) FROM sc_instances i JOIN sc_agents a ON a.id = i.agent_id WHERE {filter}{Filter.When(agentId, "i.agent_id = @agentId")}",
                new { agentId, like });
            var rows = await session.QueryAsync<MarkedRow>(
                $"""
                SELECT i.instance_id InstanceId, i.account_id AccountId, i.region Region, i.instance_type InstanceType, i.az Az,
                    i.agent_id AgentId, a.logical_agent_id LogicalAgentId, i.state State, i.marked_at MarkedAt, i.attempts Attempts,
                    i.next_attempt_at NextAttemptAt, i.lease_until LeaseUntil, i.last_error LastError, i.dead_lettered_at DeadLetteredAt,
                    i.terminated_at TerminatedAt, a.status AgentStatus, a.required_tag_key RequiredTagKey,
                    a.terminate_wait_seconds WaitSeconds,
                    (SELECT c.reason FROM sc_claims c WHERE c.account_id = i.account_id AND c.instance_id = i.instance_id
                        ORDER BY c.issued_at DESC LIMIT 1) ClaimReason,
                    CASE WHEN {Eligibility.SwitchedOn} THEN 1 ELSE 0 END SwitchedOn,
                    CASE WHEN {Eligibility.InScope} THEN 1 ELSE 0 END InScope,
                    CASE WHEN {Eligibility.NobodysPrimary} THEN 1 ELSE 0 END NobodysPrimary,
                    CASE WHEN {Eligibility.Tagged} THEN 1 ELSE 0 END Tagged
                FROM sc_instances i JOIN sc_agents a ON a.id = i.agent_id
                WHERE {filter}{Filter.When(agentId, "i.agent_id = @agentId")}
                ORDER BY {order}, i.instance_id LIMIT @limit OFFSET @offset
                """,
                new { agentId, like, limit, offset });
            return new Page<PendingTermination>([.. rows.Select(row => row.ToTermination(session.NowMs))], total);
        });
    }

    public Task<IReadOnlyList<AgentEvent>> EventsAsync(
        RequestContext context, string? agentId, string? type, string? severity, long? before, int limit)
    {
        RequireLimit(limit);
        return database.ReadAsync(context, session => Events.ListAsync(session, agentId, type, severity, before, limit));
    }

    /// <summary>The audit of one machine or agent, the newest first.</summary>
    public Task<IReadOnlyList<AuditEntry>> AuditAsync(RequestContext context, string? subject, int limit)
    {
        RequireLimit(limit);
        return database.ReadAsync<IReadOnlyList<AuditEntry>>(context, async session =>
            (await session.QueryAsync<AuditRow>(
                $"""
                SELECT id Id, actor Actor, action Action, subject Subject, claim_id ClaimId, state_from StateFrom, state_to StateTo,
                    request_id RequestId, created_at CreatedAt
                FROM sc_audit WHERE 1 = 1{Filter.When(subject, "subject = @subject")} ORDER BY id DESC LIMIT @limit
                """,
                new { subject, limit }))
            .Select(row => new AuditEntry(
                row.Id, row.Actor, row.Action, row.Subject, row.ClaimId, row.StateFrom, row.StateTo, row.RequestId, row.CreatedAt.ToTime()))
            .ToList());
    }

    private static void RequireLimit(int limit)
    {
        if (limit is < 1 or > MaxRows)
        {
            throw ApiException.Invalid("limit", $"limit must be 1 to {MaxRows}");
        }
    }

    private sealed class ClientRow
    {
        public string Id { get; set; } = "";

        public string Name { get; set; } = "";
    }

    private sealed class CountRow
    {
        public string AgentId { get; set; } = "";

        public int Pending { get; set; }

        public int Dead { get; set; }
    }

    private sealed class AuditRow
    {
        public long Id { get; set; }

        public string Actor { get; set; } = "";

        public string Action { get; set; } = "";

        public string Subject { get; set; } = "";

        public string? ClaimId { get; set; }

        public string? StateFrom { get; set; }

        public string? StateTo { get; set; }

        public string RequestId { get; set; } = "";

        public long CreatedAt { get; set; }
    }

    private sealed class MarkedRow
    {
        public string InstanceId { get; set; } = "";

        public string AccountId { get; set; } = "";

        public string Region { get; set; } = "";

        public string? InstanceType { get; set; }

        public string? Az { get; set; }

        public string AgentId { get; set; } = "";

        public string LogicalAgentId { get; set; } = "";

        public string State { get; set; } = "";

        public string? ClaimReason { get; set; }

        public long MarkedAt { get; set; }

        public int Attempts { get; set; }

        public long? NextAttemptAt { get; set; }

        public long? LeaseUntil { get; set; }

        public string? LastError { get; set; }

        public long? DeadLetteredAt { get; set; }

        public long? TerminatedAt { get; set; }

        public string AgentStatus { get; set; } = "";

        public string? RequiredTagKey { get; set; }

        public int WaitSeconds { get; set; }

        public bool SwitchedOn { get; set; }

        public bool InScope { get; set; }

        public bool NobodysPrimary { get; set; }

        public bool Tagged { get; set; }

        public PendingTermination ToTermination(long nowMs)
        {
            var blockedBy = BlockedBy();
            var due = State == InstanceState.Zombie ? MarkedAt + (WaitSeconds * 1000L) : MarkedAt;
            var status = this switch
            {
                { TerminatedAt: not null } => "terminated",
                { DeadLetteredAt: not null } => "dead_letter",
                _ when LeaseUntil > nowMs => "claimed",
                _ when blockedBy is not null => "blocked",
                _ when due > nowMs => "waiting",
                _ when NextAttemptAt > nowMs => "retrying",
                _ => "ready",
            };
            return new PendingTermination
            {
                InstanceId = InstanceId,
                AccountId = AccountId,
                Region = Region,
                InstanceType = InstanceType,
                Az = Az,
                AgentId = AgentId,
                LogicalAgentId = LogicalAgentId,
                Reason = TerminatedAt is not null && ClaimReason is not null ? ClaimReason : ClaimService.Reason(State),
                MarkedAt = MarkedAt.ToTime(),
                AgeSeconds = Math.Max(0, (TerminatedAt ?? nowMs) - MarkedAt) / 1000,
                Status = status,
                BlockedBy = status == "blocked" ? blockedBy : null,
                Attempts = Attempts,
                NextAttemptAt = status switch
                {
                    "waiting" => due.ToTime(),
                    "retrying" => NextAttemptAt.ToTime(),
                    "claimed" => LeaseUntil.ToTime(),
                    _ => null,
                },
                LastError = LastError,
                DeadLetteredAt = DeadLetteredAt.ToTime(),
                TerminatedAt = TerminatedAt.ToTime(),
            };
        }

        private string? BlockedBy() => this switch
        {
            { AgentStatus: "deleted" } => "Its agent was deleted: reassign its instances to another agent",
            { SwitchedOn: false } => "Auto-terminate is disabled for its agent",
            { InScope: false } => "It is in another account or region than its agent",
            { NobodysPrimary: false } => "It is the primary of an agent",
            { Tagged: false } => $"It does not have the required tag {RequiredTagKey}",
            _ => null,
        };
    }
}

/// <summary>The original's answer for a token, and the agent that it opens.</summary>
internal sealed record TokenOwner(bool Valid, string ClientId, string Name, string AgentId, string LogicalAgentId);

internal sealed record AuditEntry(
    long Id, string Actor, string Action, string Subject, string? ClaimId, string? StateFrom, string? StateTo, string RequestId,
    DateTimeOffset CreatedAt);
