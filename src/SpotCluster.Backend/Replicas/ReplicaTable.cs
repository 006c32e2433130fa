using System.Globalization;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Replicas;

/// <summary>The only code that makes replicas and ends them.</summary>
internal static class ReplicaTable
{
    public static async Task<ReplicaRow> GetAsync(Session session, AgentRow agent, string replicaId) =>
        await session.FirstAsync<ReplicaRow>(
            $"{ReplicaRow.Select} WHERE r.id = @replicaId AND r.agent_id = @Id", new { replicaId, agent.Id })
        ?? throw ApiException.NotFound("replica_not_found", "Replica not found");

    public static Task<IReadOnlyList<ReplicaRow>> ActiveAsync(Session session, AgentRow agent) =>
        session.QueryAsync<ReplicaRow>(
            $"{ReplicaRow.Select} WHERE r.agent_id = @Id AND r.status IN ('launching', 'syncing', 'ready') ORDER BY r.created_at, r.id",
            new { agent.Id });

    public static async Task<ReplicaRow> AddAsync(
        Session session, AgentRow agent, string type, string createdBy, string? instanceType = null, string? az = null, string? poolId = null)
    {
        var id = Guid.CreateVersion7(session.Now).ToString();
        instanceType ??= agent.InstanceType;
        az ??= agent.Az;

        // The original's agent launches no replica without a pool; its pools are called by type and zone.
        poolId ??= instanceType is null || az is null ? null : $"{instanceType}.{az}";
        await session.ExecuteAsync(
            """
            INSERT INTO sc_replicas (id, agent_id, account_id, replica_type, status, pool_id, instance_type, region, az, parent_instance_id,
                created_by, created_at)
            VALUES (@id, @agentId, @AccountId, @type, 'launching', @poolId, @instanceType, @Region, @az, @parent, @createdBy, @now)
            """,
            new
            {
                id,
                agentId = agent.Id,
                agent.AccountId,
                type,
                poolId,
                instanceType,
                agent.Region,
                az,
                parent = agent.InstanceId,
                createdBy,
                now = session.NowMs,
            });
        await Audit.WriteAsync(session, "replica.add", id);
        return await GetAsync(session, agent, id);
    }

    /// <summary>Manual mode keeps exactly one active replica beside a primary. Returns the new one's id, or null when there was nothing to do.</summary>
    public static async Task<string?> EnsureManualAsync(Session session, AgentRow agent)
    {
        if (!agent.ManualReplicaEnabled || !agent.Enabled || agent.InstanceId is null)
        {
            return null;
        }

        var active = await ActiveAsync(session, agent);
        return active.Any(replica => replica.ReplicaType == ReplicaStatus.Manual)
            ? null
            : (await AddAsync(session, agent, ReplicaStatus.Manual, "coordinator")).Id;
    }

    /// <summary>
    /// Ends a replica. Its machine, if one was launched, is marked; an unlaunched one is cancelled. A promoted replica is a primary and
    /// not a replica any more, so this never touches it.
    /// </summary>
    public static async Task EndAsync(Session session, ReplicaRow replica, string status, string? error = null)
    {
        status = replica.InstanceId is null && status == ReplicaStatus.Terminated ? ReplicaStatus.Cancelled : status;
        await session.ExecuteAsync(
            """
            UPDATE sc_replicas SET status = @status, terminated_at = @now, error_message = COALESCE(@error, error_message)
            WHERE id = @Id AND status IN ('launching', 'syncing', 'ready')
            """,
            new { replica.Id, status, error, now = session.NowMs });
        await Audit.WriteAsync(session, "replica.end", replica.Id, from: replica.Status, to: status);
        replica.Status = status;
        if (replica.InstanceId is not null
            && await InstanceTable.GetAsync(session, replica.AccountId, replica.InstanceId) is { State: InstanceState.RunningReplica } row)
        {
            await InstanceTable.MoveAsync(session, row, InstanceState.Retired);
        }
    }

    public static async Task RetireAllAsync(Session session, AgentRow agent)
    {
        var active = await ActiveAsync(session, agent);
        foreach (var replica in active)
        {
            await EndAsync(session, replica, ReplicaStatus.Terminated);
        }

        await Events.WriteAsync(
            session, AgentEventTypes.ReplicasDisabled, Events.Info, $"TERMINATED {active.Count} active replicas", agent,
            metadata: new() { ["count"] = active.Count.ToString(CultureInfo.InvariantCulture) });
    }
}
