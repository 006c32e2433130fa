using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Agents;

/// <summary>Which machine an agent runs on.</summary>
internal sealed class RegistrationService(Database database)
{
    private static readonly string[] Modes = ["spot", "ondemand", "unknown"];
    private static readonly string[] Statuses = ["online", "offline", "switching", "error"];

    /// <param name="context">The request.</param>
    /// <param name="agentId">The agent that the token belongs to.</param>
    /// <param name="registration">What it says about itself.</param>
    public Task<AgentRegistrationReply> RegisterAsync(RequestContext context, string agentId, AgentRegistration registration)
    {
        var instanceId = InstanceId.Require(registration.InstanceId);
        var mode = Mode(registration.Mode);
        Require("logical_agent_id", registration.LogicalAgentId);
        Require("instance_type", registration.InstanceType);
        Require("region", registration.Region);
        Require("az", registration.Az);
        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            RequireEnrolled(agent, registration);
            var row = await InstanceTable.EnsureAsync(
                session, agent, instanceId, InstanceState.RunningPrimary, registration.InstanceType, registration.Az);
            if (row.State != InstanceState.RunningPrimary)
            {
                // The machine was replaced while its agent still runs: it gets no say.
                return new AgentRegistrationReply
                {
                    AgentId = agent.Id,
                    ClientId = agent.ClientId,
                    Message = "Instance is not primary, registration ignored",
                };
            }

            await AgentTable.SetPrimaryAsync(session, agent, row.InstanceId, registration.InstanceType, registration.Az);
            await session.ExecuteAsync(
                """
                UPDATE sc_agents SET status = 'online', last_seen_at = @now, hostname = @Hostname, ami_id = @AmiId, mode = @mode,
                    agent_version = @AgentVersion, private_ip = @PrivateIp, public_ip = @PublicIp
                WHERE id = @Id
                """,
                new
                {
                    agent.Id,
                    registration.Hostname,
                    registration.AmiId,
                    mode,
                    registration.AgentVersion,
                    registration.PrivateIp,
                    registration.PublicIp,
                    now = session.NowMs,
                });
            await Events.WriteAsync(
                session, AgentEventTypes.AgentRegistered, Events.Info, $"Agent {agent.LogicalAgentId} registered on {instanceId}", agent,
                instanceId);
            return new AgentRegistrationReply { AgentId = agent.Id, ClientId = agent.ClientId, Config = agent.ToConfig() };
        });
    }

    public Task HeartbeatAsync(RequestContext context, string agentId, AgentHeartbeat heartbeat)
    {
        // The original agent says "disabled" when it read that in its settings: it is alive all the same.
        var status = heartbeat.Status is null or "disabled" ? "online" : heartbeat.Status;
        if (!Statuses.Contains(status, StringComparer.Ordinal))
        {
            throw ApiException.Invalid("status", "status must be online, offline, switching or error");
        }

        var mode = heartbeat.Mode is null ? null : Mode(heartbeat.Mode);
        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            if (heartbeat.InstanceId is { Length: > 0 } instanceId && instanceId != agent.InstanceId && InstanceId.IsValid(instanceId))
            {
                // Only a machine that is the agent's own primary may say so; a replaced one that still runs changes nothing.
                var row = await InstanceTable.GetAsync(session, agent.AccountId, instanceId);
                if (row is not { State: InstanceState.RunningPrimary } || row.AgentId != agent.Id)
                {
                    return;
                }

                await AgentTable.SetPrimaryAsync(session, agent, instanceId, heartbeat.InstanceType, heartbeat.Az);
            }

            await session.ExecuteAsync(
                """
                UPDATE sc_agents SET status = @status, last_seen_at = @now, mode = COALESCE(@mode, mode),
                    agent_version = COALESCE(@AgentVersion, agent_version)
                WHERE id = @Id
                """,
                new { agent.Id, status, mode, heartbeat.AgentVersion, now = session.NowMs });
        });
    }

    /// <summary>The agent says that a machine is there. A new primary makes the old one a zombie.</summary>
    public Task<InstanceRegistered> RegisterInstanceAsync(RequestContext context, string agentId, InstanceRegistration registration)
    {
        var instanceId = InstanceId.Require(registration.InstanceId);
        Require("instance_type", registration.InstanceType);
        Require("region", registration.Region);
        Require("az", registration.Az);
        Mode(registration.Mode);
        var primary = registration.IsPrimary ?? true;
        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            RequireRegion(agent, registration.Region!);
            var state = primary ? InstanceState.RunningPrimary : InstanceState.RunningReplica;
            var row = await InstanceTable.EnsureAsync(
                session, agent, instanceId, state, registration.InstanceType, registration.Az, registration.Tags);
            if (!InstanceState.IsRunning(row.State))
            {
                throw ApiException.Conflict("instance_marked", $"{instanceId} is {row.State} and cannot run again");
            }

            if (primary)
            {
                await PromoteAsync(session, agent, row, "register-instance");
            }

            await Events.WriteAsync(
                session, AgentEventTypes.InstanceRegistered, Events.Info, $"Instance {instanceId} registered", agent, instanceId);
            return new InstanceRegistered(true, "Instance registered", instanceId, row.State == InstanceState.RunningPrimary);
        });
    }

    /// <summary>The agent moved to another machine by itself.</summary>
    public Task<Done> SwitchAsync(RequestContext context, string agentId, SwitchReport report)
    {
        var newId = InstanceId.Require(report.NewInstance?.InstanceId, "new_instance.instance_id");
        var oldId = report.OldInstance?.InstanceId is { Length: > 0 } text ? InstanceId.Require(text, "old_instance.instance_id") : null;
        if (newId == oldId)
        {
            throw ApiException.Invalid("new_instance.instance_id", "The new instance is the same as the old one");
        }

        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            var row = await InstanceTable.EnsureAsync(
                session, agent, newId, InstanceState.RunningPrimary, report.NewInstance!.InstanceType, report.NewInstance.Az);
            if (!InstanceState.IsRunning(row.State))
            {
                throw ApiException.Conflict("instance_marked", $"{newId} is {row.State} and cannot run again");
            }

            await PromoteAsync(session, agent, row, report.Trigger ?? "switch", oldId);
            if (oldId is not null && agent.AutoTerminateEnabled && report.Timing?.OldTerminated is { } gone)
            {
                // The agent terminated the old machine itself and saw it go.
                var old = await InstanceTable.GetAsync(session, agent.AccountId, oldId);
                if (old is { } && old.AgentId == agent.Id && InstanceState.IsMarked(old.State))
                {
                    await InstanceTable.MoveAsync(session, old, InstanceState.Terminated);
                    await session.ExecuteAsync(
                        """
                        UPDATE sc_instances SET observed_state = 'terminated', agent_terminated_at = @gone
                        WHERE account_id = @AccountId AND instance_id = @InstanceId
                        """,
                        new { old.AccountId, old.InstanceId, gone = gone.ToUnixTimeMilliseconds() });
                }
            }

            await Events.WriteAsync(
                session, AgentEventTypes.SwitchCompleted, Events.Info, $"Agent {agent.LogicalAgentId} moved to {newId}", agent, newId,
                new() { ["old_instance_id"] = oldId, ["new_instance_id"] = newId });
            return Done.Yes;
        });
    }

    /// <summary>The agent's machine is going away; the agent stays.</summary>
    public Task<Done> GoingAwayAsync(RequestContext context, string agentId, string? reason) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            await session.ExecuteAsync(
                "UPDATE sc_agents SET status = 'offline', updated_at = @now WHERE id = @Id", new { agent.Id, now = session.NowMs });
            await Events.WriteAsync(
                session, AgentEventTypes.InstanceTerminated, Events.Warning,
                $"Agent {agent.LogicalAgentId} reports that its instance is being terminated", agent, agent.InstanceId, new() { ["reason"] = reason });
            return Done.Yes;
        });

    /// <summary>
    /// Makes the machine the agent's primary, ends its time as a replica, and marks the primary that was. The agent's row moves first: at no moment is a marked
    /// machine somebody's primary.
    /// </summary>
    internal static async Task<string?> PromoteAsync(
        Session session, AgentRow agent, InstanceRow row, string cause, string? formerId = null, bool keepOldAsReplica = false)
    {
        var oldId = formerId ?? agent.InstanceId;
        if (row.State != InstanceState.RunningPrimary)
        {
            await InstanceTable.MoveAsync(session, row, InstanceState.RunningPrimary);
        }

        await AgentTable.SetPrimaryAsync(session, agent, row.InstanceId, row.InstanceType, row.Az);
        await session.ExecuteAsync(
            """
            UPDATE sc_replicas SET status = 'promoted', promoted_at = @now
            WHERE account_id = @AccountId AND instance_id = @InstanceId AND status IN ('launching', 'syncing', 'ready')
            """,
            new { row.AccountId, row.InstanceId, now = session.NowMs });
        if (oldId is null || oldId == row.InstanceId)
        {
            return null;
        }

        var old = await InstanceTable.GetAsync(session, agent.AccountId, oldId);
        if (old is null || old.AgentId != agent.Id)
        {
            return null;
        }

        if (old.State == InstanceState.RunningPrimary)
        {
            await InstanceTable.MoveAsync(session, old, keepOldAsReplica ? InstanceState.RunningReplica : InstanceState.Zombie);
        }

        await session.ExecuteAsync(
            """
            INSERT INTO sc_switches (id, agent_id, old_instance_id, new_instance_id, cause, switched_at)
            VALUES (@id, @agentId, @oldId, @InstanceId, @cause, @now)
            """,
            new { id = Guid.CreateVersion7(session.Now).ToString(), agentId = agent.Id, oldId, row.InstanceId, cause, now = session.NowMs });
        return oldId;
    }

    internal static void Require(string field, string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            throw ApiException.Invalid(field, $"{field} required");
        }
    }

    private static string Mode(string? mode) => mode switch
    {
        null or "" => "unknown",
        _ when Modes.Contains(mode, StringComparer.Ordinal) => mode,
        _ => throw ApiException.Invalid("mode", "mode must be spot, ondemand or unknown"),
    };

    private static void RequireEnrolled(AgentRow agent, AgentRegistration registration)
    {
        if (!agent.LogicalAgentId.Equals(registration.LogicalAgentId, StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.Conflict("agent_mismatch", "The token belongs to another logical_agent_id");
        }

        RequireRegion(agent, registration.Region!);
        if (registration.AccountId is { Length: > 0 } account && account != agent.AccountId)
        {
            throw ApiException.Conflict("account_mismatch", "The agent is enrolled for another account");
        }
    }

    private static void RequireRegion(AgentRow agent, string region)
    {
        if (region != agent.Region)
        {
            throw ApiException.Conflict("region_mismatch", $"The agent is enrolled for {agent.Region}");
        }
    }
}
