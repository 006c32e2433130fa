using System.Data.Common;
using System.Globalization;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Backend.Replicas;
using SpotCluster.Backend.Security;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Administration;

/// <summary>Agents and their tokens.</summary>
internal sealed class AdminService(Database database)
{
    private const string TokenPrefix = "scg_";
    private const int LongestGraceSeconds = 86_400;

    /// <summary>Makes an agent known, bound to one account and region. The token is in the answer and nowhere else.</summary>
    public async Task<AgentEnrolled> EnrollAsync(RequestContext context, AgentEnrollment enrollment)
    {
        RegistrationService.Require("client", enrollment.Client);
        RegistrationService.Require("logical_agent_id", enrollment.LogicalAgentId);
        if (!InstanceId.IsAccount(enrollment.AccountId))
        {
            throw ApiException.Invalid("account_id", "account_id must be 12 digits");
        }

        if (!InstanceId.IsRegion(enrollment.Region))
        {
            throw ApiException.Invalid("region", "region must be an AWS region such as us-east-1");
        }

        var settings = enrollment.Settings ?? new AgentSettings();
        SettingsService.Validate(settings);
        try
        {
            return await database.WriteAsync(context, session => EnrollAsync(session, enrollment, settings));
        }
        catch (DbException duplicate) when (database.IsDuplicate(duplicate))
        {
            // Beside the original's tables: its collation takes more for one name than the case, accents and trailing blanks.
            throw ApiException.Conflict("agent_exists", $"The client has an agent whose name the original's tables cannot distinguish from {enrollment.LogicalAgentId}");
        }
    }

    private static async Task<AgentEnrolled> EnrollAsync(Session session, AgentEnrollment enrollment, AgentSettings settings)
    {
        var clientId = await EnsureClientAsync(session, enrollment.Client!);

        // A name is one name in every case, as in the original's collation.
        var known = await session.FirstAsync<string>(
            "SELECT logical_agent_id FROM sc_agents WHERE client_id = @clientId AND LOWER(logical_agent_id) = LOWER(@LogicalAgentId) AND status <> 'deleted'",
            new { clientId, enrollment.LogicalAgentId });
        if (known is not null)
        {
            throw ApiException.Conflict("agent_exists", $"The client has an agent named {known}");
        }

        var agentId = Guid.CreateVersion7(session.Now).ToString();
        await session.ExecuteAsync(
            """
            INSERT INTO sc_agents (id, client_id, logical_agent_id, account_id, region, created_at, updated_at)
            VALUES (@agentId, @clientId, @LogicalAgentId, @AccountId, @Region, @now, @now)
            """,
            new { agentId, clientId, enrollment.LogicalAgentId, enrollment.AccountId, enrollment.Region, now = session.NowMs });
        var agent = await AgentTable.LockAsync(session, agentId);
        await SettingsService.ApplyAsync(session, agent, settings);
        var token = await IssueAsync(session, agentId);
        await Audit.WriteAsync(session, "agent.enroll", agentId);
        await Events.WriteAsync(
            session, AgentEventTypes.AgentRegistered, Events.Info, $"Agent {agent.LogicalAgentId} enrolled", agent);
        return new AgentEnrolled { AgentId = agentId, ClientId = clientId, Token = token };
    }

    /// <summary>A new token; the old ones hold for the grace, so that the agent can be given the new one first.</summary>
    public Task<AgentEnrolled> RotateAsync(RequestContext context, string agentId, int graceSeconds)
    {
        if (graceSeconds is < 0 or > LongestGraceSeconds)
        {
            throw ApiException.Invalid("grace_seconds", $"grace_seconds must be 0 to {LongestGraceSeconds}");
        }

        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            await session.ExecuteAsync(
                "UPDATE sc_agent_tokens SET expires_at = @until WHERE agent_id = @agentId AND (expires_at IS NULL OR expires_at > @until)",
                new { agentId, until = session.NowMs + (graceSeconds * 1000L) });
            var token = await IssueAsync(session, agentId);
            await NoteTokenAsync(session, agent, "agent.token.rotate", "has a new token");
            return new AgentEnrolled { AgentId = agentId, ClientId = agent.ClientId, Token = token };
        });
    }

    /// <summary>Every token of the agent stops working at once.</summary>
    public Task<Done> RevokeAsync(RequestContext context, string agentId) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            await session.ExecuteAsync("DELETE FROM sc_agent_tokens WHERE agent_id = @agentId", new { agentId });
            await NoteTokenAsync(session, agent, "agent.token.revoke", "has no token any more");
            return Done.Yes;
        });

    /// <summary>
    /// Removes an agent: its replicas are to go, its primary stays as it is, its tokens stop working. What is marked waits, shown as
    /// blocked, until it is given to another agent.
    /// </summary>
    public Task<Done> DeleteAsync(RequestContext context, string agentId) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            await ReplicaTable.RetireAllAsync(session, agent);
            await session.ExecuteAsync("DELETE FROM sc_agent_tokens WHERE agent_id = @agentId", new { agentId });
            await session.ExecuteAsync(
                """
                UPDATE sc_agents SET status = 'deleted', logical_agent_id = @name,
                    instance_id = NULL, manual_replica_enabled = 0, updated_at = @now
                WHERE id = @agentId
                """,
                new { agentId, name = $"{agent.LogicalAgentId} (deleted {agent.Id})", now = session.NowMs });
            await Audit.WriteAsync(session, "agent.delete", agentId);
            await Events.WriteAsync(
                session, AgentEventTypes.AgentDeleted, Events.Warning, $"Agent {agent.LogicalAgentId} deleted", agent);
            return Done.Yes;
        });

    /// <summary>Gives the marked machines of one agent to another of the same client, account and region.</summary>
    public Task<Reassigned> ReassignAsync(RequestContext context, string agentId, string? toAgentId)
    {
        RegistrationService.Require("to_agent_id", toAgentId);
        return database.WriteAsync(context, async session =>
        {
            // A deleted agent can give; only a living one can take. Both are locked in the order of their ids.
            await session.QueryAsync<string>(
                $"SELECT id FROM sc_agents WHERE id IN (@agentId, @toAgentId) ORDER BY id{session.ForUpdate}", new { agentId, toAgentId });
            var from = await session.FirstAsync<AgentRow>($"SELECT {AgentRow.Columns} FROM sc_agents WHERE id = @agentId", new { agentId })
                ?? throw ApiException.AgentNotFound();
            var to = await AgentTable.GetAsync(session, toAgentId!);
            if (from.Id == to.Id || from.ClientId != to.ClientId || from.AccountId != to.AccountId || from.Region != to.Region)
            {
                throw ApiException.Conflict("reassign_out_of_scope", "The other agent must have the same client, account and region");
            }

            await session.ExecuteAsync(
                """
                UPDATE sc_claims SET status = 'lapsed', closed_at = @now
                WHERE status = 'open' AND agent_id = @agentId AND instance_id IN (
                    SELECT instance_id FROM sc_instances WHERE agent_id = @agentId AND state IN ('zombie', 'retired')
                        AND (lease_until IS NULL OR lease_until <= @now))
                """,
                new { agentId, now = session.NowMs });
            // What is out with a lease stays with its agent until that ends.
            var count = await session.ExecuteAsync(
                """
                UPDATE sc_instances SET agent_id = @toAgentId, claim_id = NULL, lease_until = NULL, next_attempt_at = NULL, attempts = 0,
                    dead_lettered_at = NULL, not_found_count = 0, not_found_since = NULL, updated_at = @now
                WHERE agent_id = @agentId AND state IN ('zombie', 'retired') AND (lease_until IS NULL OR lease_until <= @now)
                """,
                new { agentId, toAgentId, now = session.NowMs });
            await Audit.WriteAsync(session, "agent.reassign", agentId, to: to.Id);
            await Events.WriteAsync(
                session, AgentEventTypes.InstancesReassigned, Events.Info,
                $"{count} marked {(count == 1 ? "instance was" : "instances were")} reassigned to agent {to.LogicalAgentId}", to,
                metadata: new() { ["from_agent_id"] = agentId, ["count"] = count.ToString(CultureInfo.InvariantCulture) });
            return new Reassigned(true, count);
        });
    }

    /// <summary>Lets a given-up termination be tried again.</summary>
    public Task<Done> RequeueAsync(RequestContext context, string accountId, string instanceId) =>
        database.WriteAsync(context, async session =>
        {
            var row = await InstanceTable.GetAsync(session, accountId, instanceId)
                ?? throw ApiException.NotFound("instance_not_found", "No such instance");
            var agent = await session.FirstAsync<AgentRow>(
                $"SELECT {AgentRow.Columns} FROM sc_agents WHERE id = @AgentId{session.ForUpdate}", new { row.AgentId });
            var changed = await session.ExecuteAsync(
                """
                UPDATE sc_instances SET dead_lettered_at = NULL, attempts = 0, next_attempt_at = NULL, not_found_count = 0,
                    not_found_since = NULL, updated_at = @now
                WHERE account_id = @accountId AND instance_id = @instanceId AND dead_lettered_at IS NOT NULL AND state IN ('zombie', 'retired')
                """,
                new { accountId, instanceId, now = session.NowMs });
            if (changed == 0)
            {
                throw ApiException.Conflict("not_dead_letter", $"{instanceId} was not given up");
            }

            await Audit.WriteAsync(session, "termination.requeue", instanceId);
            await Events.WriteAsync(
                session, AgentEventTypes.InstanceTerminationRequeued, Events.Info, $"Termination of {instanceId} was queued again", agent,
                instanceId);
            return Done.Yes;
        });

    /// <summary>Lets every given-up termination be tried again, of one agent or of all.</summary>
    public Task<Requeued> RequeueAllAsync(RequestContext context, string? agentId) =>
        database.WriteAsync(context, async session =>
        {
            var agent = agentId is null ? null : await AgentTable.LockAsync(session, agentId);
            var count = await session.ExecuteAsync(
                $"""
                UPDATE sc_instances SET dead_lettered_at = NULL, attempts = 0, next_attempt_at = NULL, not_found_count = 0,
                    not_found_since = NULL, updated_at = @now
                WHERE dead_lettered_at IS NOT NULL AND state IN ('zombie', 'retired'){Filter.When(agentId, "agent_id = @agentId")}
                """,
                new { agentId, now = session.NowMs });
            if (count > 0)
            {
                await Audit.WriteAsync(session, "termination.requeue_all", agentId ?? "all");
                await Events.WriteAsync(
                    session, AgentEventTypes.InstanceTerminationRequeued, Events.Info,
                    $"{count} {(count == 1 ? "termination was" : "terminations were")} queued again", agent,
                    metadata: new() { ["count"] = count.ToString(CultureInfo.InvariantCulture) });
            }

            return new Requeued(true, count);
        });

    /// <summary>The client of this name, held until the transaction ends: two agents of one name cannot come at once.</summary>
    private static async Task<string> EnsureClientAsync(Session session, string name)
    {
        var id = Guid.CreateVersion7(session.Now).ToString();
        await session.ExecuteAsync(
            session.Dialect.InsertOrKeep("INSERT INTO sc_clients (id, name, created_at) VALUES (@id, @name, @now)", "name"),
            new { id, name, now = session.NowMs });
        return (await session.FirstAsync<string>("SELECT id FROM sc_clients WHERE name = @name" + session.ForUpdate, new { name }))!;
    }

    internal static async Task<string> IssueAsync(Session session, string agentId)
    {
        var token = Token.New(TokenPrefix);
        await session.ExecuteAsync(
            "INSERT INTO sc_agent_tokens (hash, agent_id, created_at) VALUES (@hash, @agentId, @now)",
            new { hash = Token.Hash(token), agentId, now = session.NowMs });
        return token;
    }

    private static async Task NoteTokenAsync(Session session, AgentRow agent, string action, string what)
    {
        await Audit.WriteAsync(session, action, agent.Id);
        await Events.WriteAsync(session, AgentEventTypes.TokenRotated, Events.Info, $"Agent {agent.LogicalAgentId} {what}", agent);
    }
}

internal sealed record Reassigned(bool Success, int Count);

internal sealed record Requeued(bool Success, int Count);

internal sealed record RequeueRequest(string? AgentId);

internal sealed record ReassignRequest(string? ToAgentId);

internal sealed record RotateRequest(int? GraceSeconds);
