using SpotCluster.Backend.Administration;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Original;

/// <summary>
/// Takes over what the original backend knows: clients, agents with their primary, active replicas, and what waits for its termination. Both
/// reasons for which the original may have marked a wrong machine are looked for: what an agent has as primary, and what belongs to nobody,
/// is never taken over.
/// </summary>
public static class OriginalImport
{
    /// <summary>Shows what an import would take over. Changes nothing.</summary>
    /// <exception cref="InvalidOperationException">There is no original, it runs, or an account is missing.</exception>
    public static Task<ImportResult> LookAsync(ImportOptions options, CancellationToken cancellationToken) =>
        RunAsync(options, async (database, context) => await database.ReadAsync(context, async session =>
        {
            var original = await RequireAsync(session);
            var hasTables = await session.FirstAsync<int>(session.Dialect.CountTables, new { name = "sc_imports" }) > 0;
            await OriginalDatabase.RequireStoppedAsync(session, hasTables);
            var plan = await ImportPlan.ReadAsync(session, original, options.Accounts, hasTables);
            return new ImportResult(plan.Items, Names(original), []);
        }), cancellationToken);

    /// <summary>Takes it over. What was taken over before stays as it is.</summary>
    /// <inheritdoc cref="LookAsync"/>
    public static Task<ImportResult> ApplyAsync(ImportOptions options, CancellationToken cancellationToken) =>
        RunAsync(options, async (database, context) =>
        {
            await database.ReadAsync(context, async session =>
            {
                var original = await RequireAsync(session);
                await OriginalDatabase.RequireStoppedAsync(
                    session, await session.FirstAsync<int>(session.Dialect.CountTables, new { name = "sc_imports" }) > 0);
                return original;
            });
            await Migrator.ApplyAsync(database, context.Cancellation);
            var added = await database.WriteAsync(context, async session =>
            {
                var original = await RequireAsync(session);
                await original.PrepareAsync(session);
                return Names(original);
            });
            return await database.WriteAsync(context, async session =>
            {
                var original = await RequireAsync(session);
                await OriginalDatabase.RequireStoppedAsync(session, hasTables: true);
                var plan = await ImportPlan.ReadAsync(session, original, options.Accounts, hasTables: true);
                return new ImportResult(plan.Items, added, await TakeOverAsync(session, plan));
            });
        }, cancellationToken);

    private static async Task<ImportResult> RunAsync(
        ImportOptions options, Func<Database, RequestContext, Task<ImportResult>> work, CancellationToken cancellationToken)
    {
        await using var database = Database.Open(options.Database, options.Clock);
        if (database is not MySqlDatabase)
        {
            throw new InvalidOperationException("Only a MySQL database can contain the original's tables: specify its address, as in mysql://user@host/spot_optimizer_production.");
        }

        return await work(database, new RequestContext("admin", "import", cancellationToken));
    }

    private static async Task<OriginalDatabase> RequireAsync(Session session) =>
        await OriginalDatabase.FindAsync(session)
        ?? throw new InvalidOperationException("The database has no tables of the original backend: nothing to import.");

    private static IReadOnlyList<string> Names(OriginalDatabase original) =>
        [.. original.MissingColumns.Select(column => $"{column.Table}.{column.Name}")];

    private static async Task<IReadOnlyList<ImportedToken>> TakeOverAsync(Session session, ImportPlan plan)
    {
        var tokens = new List<ImportedToken>();
        foreach (var (client, name) in plan.Clients)
        {
            await session.ExecuteAsync(
                session.Dialect.InsertOrKeep("INSERT INTO sc_clients (id, name, created_at) VALUES (@Id, @name, @createdAt)", "id"),
                new { client.Id, name, createdAt = client.CreatedAt ?? session.NowMs });
        }

        foreach (var (agent, accountId) in plan.Agents)
        {
            await AddAgentAsync(session, agent, accountId);
            tokens.Add(new ImportedToken(agent.Id, agent.LogicalAgentId, await AdminService.IssueAsync(session, agent.Id)));
        }

        foreach (var instance in plan.Instances)
        {
            await session.ExecuteAsync(
                """
                INSERT INTO sc_instances (account_id, instance_id, client_id, agent_id, region, az, instance_type, state, desired_state,
                    observed_state, marked_at, created_at, updated_at)
                VALUES (@AccountId, @InstanceId, @ClientId, @AgentId, @Region, @Az, @InstanceType, @State, @desired, 'unknown', @MarkedAt,
                    @createdAt, @updatedAt)
                """,
                new
                {
                    instance.AccountId,
                    instance.InstanceId,
                    instance.ClientId,
                    instance.AgentId,
                    instance.Region,
                    instance.Az,
                    instance.InstanceType,
                    instance.State,
                    desired = InstanceState.IsRunning(instance.State) ? "running" : "terminated",
                    instance.MarkedAt,
                    createdAt = instance.CreatedAt ?? session.NowMs,
                    updatedAt = instance.MarkedAt ?? session.NowMs,
                });
            await Audit.WriteAsync(session, "instance.import", instance.InstanceId, to: instance.State);
        }

        foreach (var (replica, agent, accountId) in plan.Replicas)
        {
            await AddReplicaAsync(session, replica, agent, accountId);
        }

        // What the original wrote since an earlier import is accepted. Read first: the mirror writes to the table that this reads.
        var later = await session.QueryAsync<OriginalAgent>(
            $"""
            SELECT a.id Id, UNIX_TIMESTAMP(o.last_heartbeat_at) * 1000 LastSeenAt
            FROM sc_agents a JOIN agents o ON o.id = a.id COLLATE {plan.Original.Collation}
            WHERE o.last_heartbeat_at > COALESCE(FROM_UNIXTIME(a.last_seen_at DIV 1000), '1970-01-02')
            """);
        foreach (var agent in later)
        {
            await session.ExecuteAsync("UPDATE sc_agents SET last_seen_at = @LastSeenAt WHERE id = @Id", new { agent.Id, agent.LastSeenAt });
        }

        await session.ExecuteAsync(
            session.Dialect.InsertOrKeep(
                "INSERT INTO sc_imports (imported_at, agents, instances) VALUES (UNIX_TIMESTAMP() * 1000, @agents, @instances)", "imported_at"),
            new { agents = plan.Agents.Count, instances = plan.Instances.Count });
        return tokens;
    }

    private static async Task AddAgentAsync(Session session, OriginalAgent agent, string accountId)
    {
        // In the original 0 and nothing mean 300 seconds; the two modes exclude each other, and the manual one wins.
        var autoSwitch = agent.AutoSwitchEnabled && !agent.ManualReplicaEnabled;
        await session.ExecuteAsync(
            """
            INSERT INTO sc_agents (id, client_id, logical_agent_id, account_id, region, az, hostname, instance_id, instance_type, ami_id,
                private_ip, public_ip, mode, agent_version, status, enabled, auto_switch_enabled, auto_terminate_enabled,
                terminate_wait_seconds, replica_enabled, replica_count, manual_replica_enabled, last_seen_at, created_at, updated_at)
            VALUES (@Id, @ClientId, @LogicalAgentId, @accountId, @Region, @Az, @Hostname, @instanceId, @InstanceType, @AmiId, @PrivateIp,
                @PublicIp, @mode, @AgentVersion, 'offline', @Enabled, @autoSwitch, @AutoTerminateEnabled, @wait, @ReplicaEnabled, @replicas,
                @ManualReplicaEnabled, @LastSeenAt, @createdAt, @updatedAt)
            """,
            new
            {
                agent.Id,
                agent.ClientId,
                agent.LogicalAgentId,
                accountId,
                agent.Region,
                agent.Az,
                agent.Hostname,
                instanceId = InstanceId.IsValid(agent.InstanceId) ? agent.InstanceId : null,
                agent.InstanceType,
                agent.AmiId,
                agent.PrivateIp,
                agent.PublicIp,
                mode = agent.Mode is "spot" or "ondemand" ? agent.Mode : "unknown",
                agent.AgentVersion,
                agent.Enabled,
                autoSwitch,
                agent.AutoTerminateEnabled,
                wait = agent.WaitSeconds is > 0 and var seconds ? Math.Min(seconds, SettingsService.LongestWaitSeconds) : 300,
                agent.ReplicaEnabled,
                replicas = Math.Clamp(agent.ReplicaCount, 0, SettingsService.MostReplicas),
                agent.ManualReplicaEnabled,
                agent.LastSeenAt,
                createdAt = agent.CreatedAt ?? session.NowMs,
                updatedAt = agent.UpdatedAt ?? session.NowMs,
            });
        await Audit.WriteAsync(session, "agent.import", agent.Id);
        await Events.WriteAsync(
            session, AgentEventTypes.AgentRegistered, Events.Info, $"Agent {agent.LogicalAgentId} imported from the original backend",
            await AgentTable.GetAsync(session, agent.Id));
    }

    private static async Task AddReplicaAsync(Session session, OriginalReplica replica, OriginalAgent agent, string accountId)
    {
        await session.ExecuteAsync(
            """
            INSERT INTO sc_replicas (id, agent_id, account_id, instance_id, replica_type, status, pool_id, instance_type, region, az,
                parent_instance_id, created_by, sync_status, state_transfer_progress, created_at, launched_at, ready_at, terminated_at)
            VALUES (@Id, @AgentId, @accountId, @instanceId, @ReplicaType, @Status, @PoolId, @InstanceType, @Region, @Az, @parent, @createdBy,
                @SyncStatus, @Progress, @createdAt, @LaunchedAt, @ReadyAt, @terminatedAt)
            """,
            new
            {
                replica.Id,
                replica.AgentId,
                accountId,
                instanceId = InstanceId.IsValid(replica.InstanceId) ? replica.InstanceId : null,
                replica.ReplicaType,
                replica.Status,
                replica.PoolId,
                replica.InstanceType,
                agent.Region,
                replica.Az,
                parent = InstanceId.IsValid(replica.ParentInstanceId) ? replica.ParentInstanceId : null,
                replica.SyncStatus,
                replica.Progress,
                createdBy = replica.CreatedBy ?? "import",
                createdAt = replica.CreatedAt ?? session.NowMs,
                replica.LaunchedAt,
                replica.ReadyAt,
                terminatedAt = replica.IsActive ? (long?)null : replica.TerminatedAt ?? session.NowMs,
            });
        await Audit.WriteAsync(session, "replica.import", replica.Id, to: replica.Status);
    }
}
