using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Replicas;

/// <summary>The life of replicas, as the original's calls have it.</summary>
internal sealed class ReplicaService(Database database)
{
    public Task<ReplicaCreated> CreateAsync(RequestContext context, string agentId, ReplicaRequest request) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            if (agent.Status != "online" || !agent.ManualReplicaEnabled || agent.InstanceId is null)
            {
                throw ApiException.Conflict("replica_not_possible", "The agent must be online, with a primary, in manual replica mode");
            }

            if ((await ReplicaTable.ActiveAsync(session, agent)).Count > 0)
            {
                throw ApiException.Conflict("replica_exists", "The agent has an active replica");
            }

            var replica = await ReplicaTable.AddAsync(
                session, agent, ReplicaStatus.Manual, request.CreatedBy ?? "user", request.InstanceType, request.Az, request.PoolId);
            return new ReplicaCreated(true, replica.Id, replica.ShownInstanceId, replica.ToReplica(session.NowMs).Pool, null, replica.Status);
        });

    /// <summary>
    /// The active replicas; with <paramref name="includeEnded"/> the history too. The original agent terminates whatever a list of ended
    /// replicas names, past claims, wait, tag and limit: only a claim may hand out an id for that, so the history is never an agent's.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="agentId">The agent.</param>
    /// <param name="status">Only this status; null for every one.</param>
    /// <param name="includeEnded">Also those that are not active any more.</param>
    public Task<ReplicaList> ListAsync(RequestContext context, string agentId, string? status, bool includeEnded) =>
        database.ReadAsync(context, async session =>
        {
            var agent = await AgentTable.GetAsync(session, agentId);
            var rows = await session.QueryAsync<ReplicaRow>(
                $"{ReplicaRow.Select} WHERE r.agent_id = @Id ORDER BY r.created_at DESC, r.id DESC LIMIT 500", new { agent.Id });
            var shown = rows
                .Where(row => (includeEnded || row.IsActive) && (status is null || row.Status == status))
                .Select(row => row.ToReplica(session.NowMs))
                .ToList();
            return new ReplicaList(shown, shown.Count);
        });

    /// <summary>
    /// A machine was launched for the replica. When nobody wants the replica any more, or it has another machine, the new machine is an
    /// orphan: it is noted as marked, and the call is refused all the same.
    /// </summary>
    public async Task<ReplicaStatusReply> LaunchedAsync(RequestContext context, string agentId, string replicaId, ReplicaLaunched launched)
    {
        var instanceId = InstanceId.Require(launched.InstanceId);
        var status = launched.Status ?? ReplicaStatus.Syncing;
        if (status is not (ReplicaStatus.Launching or ReplicaStatus.Syncing or ReplicaStatus.Ready))
        {
            throw ApiException.Invalid("status", "status must be launching, syncing or ready");
        }

        var (reply, refusal) = await database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            var replica = await ReplicaTable.GetAsync(session, agent, replicaId);
            if (replica.InstanceId == instanceId && replica.IsActive)
            {
                await SetStatusAsync(session, replica, status);
                return ((ReplicaStatusReply?)new ReplicaStatusReply(true, replica.Id, replica.Status), (ApiException?)null);
            }

            if (replica.InstanceId == instanceId)
            {
                return (null, ApiException.Conflict("replica_ended", $"The replica is {replica.Status}"));
            }

            var row = await InstanceTable.EnsureAsync(
                session, agent, instanceId, InstanceState.RunningReplica, replica.InstanceType, replica.Az, launched.Tags);
            if (row.State != InstanceState.RunningReplica || await IsTakenAsync(session, agent, instanceId))
            {
                return (null, ApiException.Conflict("instance_in_use", $"{instanceId} is in use and cannot be this replica"));
            }

            if (!replica.IsActive || replica.InstanceId is not null)
            {
                await InstanceTable.MoveAsync(session, row, InstanceState.Retired);
                await Events.WriteAsync(
                    session, AgentEventTypes.ReplicaOrphaned, Events.Warning,
                    $"{instanceId} was launched for a replica that is not wanted any more, and was queued for termination", agent, instanceId,
                    new() { ["replica_id"] = replica.Id, ["status"] = replica.Status });
                return (null, ApiException.Conflict(
                    "replica_ended", $"The replica does not accept an instance any more; {instanceId} was queued for termination"));
            }

            await session.ExecuteAsync(
                "UPDATE sc_replicas SET instance_id = @instanceId, launched_at = @now WHERE id = @Id",
                new { replica.Id, instanceId, now = session.NowMs });
            await SetStatusAsync(session, replica, status);
            return (new ReplicaStatusReply(true, replica.Id, replica.Status), null);
        });
        return reply ?? throw refusal!;
    }

    public Task<ReplicaStatusReply> StatusAsync(RequestContext context, string agentId, string replicaId, ReplicaStatusReport report) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            var replica = await ReplicaTable.GetAsync(session, agent, replicaId);
            var to = report.Status ?? throw ApiException.Invalid("status", "status required");
            if (to is not (ReplicaStatus.Launching or ReplicaStatus.Syncing or ReplicaStatus.Ready or ReplicaStatus.Failed
                or ReplicaStatus.Terminated))
            {
                throw ApiException.Invalid("status", "status must be launching, syncing, ready, failed or terminated");
            }

            if (!ReplicaStatus.CanBecome(replica.Status, to))
            {
                throw ApiException.Conflict("transition_not_allowed", $"The replica is {replica.Status} and cannot become {to}");
            }

            if (ReplicaStatus.IsActive(to))
            {
                RequireMachine(replica, to);
                await SetStatusAsync(session, replica, to);
            }
            else if (replica.IsActive)
            {
                await ReplicaTable.EndAsync(session, replica, to, report.ErrorMessage);
            }

            return new ReplicaStatusReply(true, replica.Id, replica.Status);
        });

    public Task<ReplicaStatusReply> SyncAsync(RequestContext context, string agentId, string replicaId, ReplicaSyncReport report)
    {
        if (report.StateTransferProgress is < 0 or > 100 || double.IsNaN(report.StateTransferProgress ?? 0))
        {
            throw ApiException.Invalid("state_transfer_progress", "state_transfer_progress must be 0 to 100");
        }

        if (report.SyncStatus is not (null or "initializing" or "syncing" or "synced" or "out-of-sync"))
        {
            throw ApiException.Invalid("sync_status", "sync_status must be initializing, syncing, synced or out-of-sync");
        }

        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            var replica = await ReplicaTable.GetAsync(session, agent, replicaId);
            if (!replica.IsActive)
            {
                throw ApiException.Conflict("replica_ended", $"The replica is {replica.Status}");
            }

            await session.ExecuteAsync(
                """
                UPDATE sc_replicas SET sync_status = COALESCE(@SyncStatus, sync_status), sync_latency_ms = COALESCE(@SyncLatencyMs, sync_latency_ms),
                    state_transfer_progress = COALESCE(@progress, state_transfer_progress)
                WHERE id = @Id
                """,
                new { replica.Id, report.SyncStatus, report.SyncLatencyMs, progress = (int?)report.StateTransferProgress });
            if (report.StateTransferProgress >= 100 && replica.InstanceId is not null)
            {
                await SetStatusAsync(session, replica, ReplicaStatus.Ready);
            }

            return new ReplicaStatusReply(true, replica.Id, replica.Status);
        });
    }

    public Task<PromotionReply> PromoteAsync(RequestContext context, string agentId, string replicaId, PromotionRequest request) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            return await PromoteAsync(session, agent, await ReplicaTable.GetAsync(session, agent, replicaId), request.DemoteOldPrimary ?? false);
        });

    /// <summary>
    /// AWS takes an instance away in two minutes. From the primary, the best replica takes over. A replica only ends: promoting another one
    /// would make a live primary a zombie. A notice of any other instance changes nothing.
    /// </summary>
    public async Task<PromotionReply> TerminationImminentAsync(RequestContext context, string agentId, ImminentTermination notice)
    {
        var instanceId = InstanceId.Require(notice.InstanceId);
        var promoted = await database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            if (instanceId != agent.InstanceId)
            {
                if ((await ReplicaTable.ActiveAsync(session, agent)).FirstOrDefault(replica => replica.InstanceId == instanceId) is { } lost)
                {
                    await ReplicaTable.EndAsync(session, lost, ReplicaStatus.Failed, "AWS interrupts the instance");
                }

                return null;
            }

            var candidates = await ReplicaTable.ActiveAsync(session, agent);
            var best = candidates.FirstOrDefault(replica => replica.Status == ReplicaStatus.Ready)
                ?? candidates.FirstOrDefault(replica => replica.Status == ReplicaStatus.Syncing)
                ?? throw new ApiException(StatusCodes.Status409Conflict, "no_replica", "No replica available")
                {
                    Details = new() { ["action"] = "emergency_snapshot_required" },
                };
            return await PromoteAsync(session, agent, best, keepOld: false);
        });
        return promoted ?? throw ApiException.Conflict("not_primary", $"{instanceId} is not the primary of this agent: no replica is promoted");
    }

    public Task<ReplicaDeleted> DeleteAsync(RequestContext context, string agentId, string replicaId) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            var replica = await ReplicaTable.GetAsync(session, agent, replicaId);
            if (!replica.IsActive)
            {
                throw new ApiException(
                    StatusCodes.Status400BadRequest, "replica_ended", $"The replica is {replica.Status} and cannot be terminated");
            }

            await ReplicaTable.EndAsync(session, replica, ReplicaStatus.Terminated);
            await Events.WriteAsync(
                session, AgentEventTypes.ReplicaTerminated, Events.Info, $"Replica {replica.Id} terminated", agent, replica.InstanceId,
                new() { ["replica_id"] = replica.Id });
            var next = await ReplicaTable.EnsureManualAsync(session, agent);
            return new ReplicaDeleted(true, "Replica terminated", replica.Id, session.Now, next);
        });

    private static async Task<PromotionReply> PromoteAsync(Session session, AgentRow agent, ReplicaRow replica, bool keepOld)
    {
        if (replica.Status is not (ReplicaStatus.Ready or ReplicaStatus.Syncing) || replica.InstanceId is null)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "replica_not_ready", "The replica must be ready or syncing")
            {
                Details = new() { ["current_status"] = replica.Status },
            };
        }

        var row = await InstanceTable.GetAsync(session, agent.AccountId, replica.InstanceId)
            ?? throw new InvalidOperationException("A replica without its instance.");
        await Audit.WriteAsync(session, "replica.promote", replica.Id, from: replica.Status, to: ReplicaStatus.Promoted);
        var oldId = await RegistrationService.PromoteAsync(session, agent, row, "promotion", keepOldAsReplica: keepOld);
        await Events.WriteAsync(
            session, AgentEventTypes.ReplicaPromoted, Events.Info, $"Replica {replica.Id} promoted: {row.InstanceId} is the primary", agent,
            row.InstanceId, new() { ["replica_id"] = replica.Id, ["old_instance_id"] = oldId, ["new_instance_id"] = row.InstanceId });
        string? nextId;
        if (keepOld && oldId is not null)
        {
            nextId = await KeepAsReplicaAsync(session, agent, oldId);
        }
        else
        {
            nextId = await ReplicaTable.EnsureManualAsync(session, agent);
        }

        return new PromotionReply(true, "Replica promoted to primary", row.InstanceId, oldId, keepOld && oldId is not null, session.Now, nextId);
    }

    /// <summary>The old primary stands by as the new replica.</summary>
    private static async Task<string> KeepAsReplicaAsync(Session session, AgentRow agent, string oldId)
    {
        var replica = await ReplicaTable.AddAsync(session, agent, ReplicaStatus.Manual, "promotion");
        await session.ExecuteAsync(
            "UPDATE sc_replicas SET instance_id = @oldId, launched_at = @now WHERE id = @Id", new { replica.Id, oldId, now = session.NowMs });
        await SetStatusAsync(session, replica, ReplicaStatus.Ready);
        return replica.Id;
    }

    private static async Task<bool> IsTakenAsync(Session session, AgentRow agent, string instanceId) =>
        await session.FirstAsync<string>(
            """
            SELECT id FROM sc_replicas WHERE account_id = @AccountId AND instance_id = @instanceId
            UNION ALL SELECT id FROM sc_agents WHERE instance_id = @instanceId
            """,
            new { agent.AccountId, instanceId }) is not null;

    private static void RequireMachine(ReplicaRow replica, string to)
    {
        if (replica.InstanceId is null && to != ReplicaStatus.Launching)
        {
            throw ApiException.Conflict("replica_not_launched", "No instance was reported for the replica yet");
        }
    }

    private static async Task SetStatusAsync(Session session, ReplicaRow replica, string status)
    {
        if (replica.Status == status)
        {
            return;
        }

        await session.ExecuteAsync(
            """
            UPDATE sc_replicas SET status = @status, ready_at = CASE WHEN @status = 'ready' THEN COALESCE(ready_at, @now) ELSE ready_at END
            WHERE id = @Id
            """,
            new { replica.Id, status, now = session.NowMs });
        await Audit.WriteAsync(session, "replica.status", replica.Id, from: replica.Status, to: status);
        replica.Status = status;
    }
}
