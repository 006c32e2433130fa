using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Journal;
using SpotCluster.Backend.Original;
using SpotCluster.Backend.Replicas;
using SpotCluster.Backend.Terminations;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Hosting;

/// <summary>
/// What happens without a request: silent agents go offline, claims lapse, manual mode keeps its replica, old events go. Of many backends
/// on one database one does it: whoever holds the lease row.
/// </summary>
internal sealed class Scheduler(Database database, BackendOptions options, OriginalWatch watch, Sightings sightings, ILogger<Scheduler> log) : BackgroundService
{
    private static readonly TimeSpan LeaderLease = TimeSpan.FromSeconds(30);

    /// <summary>A replica that failed is not replaced at once: a launch that fails would be repeated every two seconds.</summary>
    private static readonly TimeSpan ReplicaPause = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan PurgeInterval = TimeSpan.FromHours(1);

    private readonly string _owner = Guid.NewGuid().ToString();
    private long _leadsUntil;
    private long _nextPurge;

    /// <summary>One pass. Returns false when another backend is the leader.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        var context = new RequestContext("scheduler", Guid.NewGuid().ToString("N"), cancellationToken);
        await sightings.FlushAsync(context);
        if (!await LeadAsync(context))
        {
            return false;
        }

        var agents = await database.ReadAsync(context, DueAgentsAsync);
        foreach (var agentId in agents)
        {
            // One transaction per agent: none waits for the whole fleet.
            await database.WriteAsync(context, session => TendAsync(session, agentId));
        }

        await watch.NoteAsync(database, context);
        await PurgeAsync(context);
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.SchedulerInterval <= TimeSpan.Zero)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                await Task.Delay(options.SchedulerInterval, options.Clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                log.LogError(
                    database.IsAway(exception) ? null : exception,
                    "The scheduler's pass failed; the next one starts in {Pause}: {Type}: {Reason}", LeaderLease, exception.GetType().Name, exception.Message);
                await Task.Delay(LeaderLease, options.Clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Takes or keeps the lease. It is renewed when half of it is over, so that an idle backend hardly writes.</summary>
    private async Task<bool> LeadAsync(RequestContext context)
    {
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (_leadsUntil - now > LeaderLease.TotalMilliseconds / 2)
        {
            return true;
        }

        _leadsUntil = await database.WriteAsync(context, async session =>
        {
            var until = session.NowMs + (long)LeaderLease.TotalMilliseconds;
            await session.ExecuteAsync(session.Dialect.InsertOrKeep(
                "INSERT INTO sc_scheduler_lease (name, owner, lease_until) VALUES ('scheduler', '', 0)", "name"));
            var taken = await session.ExecuteAsync(
                """
                UPDATE sc_scheduler_lease SET owner = @_owner, lease_until = @until
                WHERE name = 'scheduler' AND (owner = @_owner OR lease_until <= @now)
                """,
                new { _owner, until, now = session.NowMs });
            return taken > 0 ? until : 0;
        });
        return _leadsUntil > 0;
    }

    private async Task PurgeAsync(RequestContext context)
    {
        var now = options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (now < _nextPurge)
        {
            return;
        }

        await database.WriteAsync(context, session => session.ExecuteAsync(
            "DELETE FROM sc_events WHERE created_at < @before",
            new { before = session.NowMs - (long)options.EventRetention.TotalMilliseconds }));
        _nextPurge = now + (long)PurgeInterval.TotalMilliseconds;
    }

    private Task<IReadOnlyList<string>> DueAgentsAsync(Session session) =>
        session.QueryAsync<string>(
            """
            SELECT id FROM sc_agents a WHERE status <> 'deleted' AND (
                (status = 'online' AND last_seen_at < @silent)
                OR (manual_replica_enabled = 1 AND enabled = 1 AND instance_id IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM sc_replicas r WHERE r.agent_id = a.id AND r.replica_type = 'manual'
                        AND (r.status IN ('launching', 'syncing', 'ready') OR (r.status = 'failed' AND r.terminated_at > @pause))))
                OR EXISTS (SELECT 1 FROM sc_claims c WHERE c.agent_id = a.id AND c.status = 'open' AND c.lease_until <= @now))
            ORDER BY id
            """,
            new
            {
                now = session.NowMs,
                silent = session.NowMs - (long)options.OfflineAfter.TotalMilliseconds,
                pause = session.NowMs - (long)ReplicaPause.TotalMilliseconds,
            });

    private async Task TendAsync(Session session, string agentId)
    {
        var agent = await AgentTable.LockAsync(session, agentId);
        await ClaimService.LapseAsync(session, agent, options);
        if (agent.Status == "online" && session.NowMs - agent.LastSeenAt > options.OfflineAfter.TotalMilliseconds)
        {
            await session.ExecuteAsync("UPDATE sc_agents SET status = 'offline' WHERE id = @Id", new { agent.Id });
            await Events.WriteAsync(
                session, AgentEventTypes.AgentMarkedOffline, Events.Warning, $"Agent {agent.LogicalAgentId} sent no heartbeat in time", agent);
        }

        var failedLately = await session.FirstAsync<string>(
            "SELECT id FROM sc_replicas WHERE agent_id = @Id AND replica_type = 'manual' AND status = 'failed' AND terminated_at > @pause",
            new { agent.Id, pause = session.NowMs - (long)ReplicaPause.TotalMilliseconds });
        if (failedLately is null)
        {
            await ReplicaTable.EnsureManualAsync(session, agent);
        }
    }
}
