using System.Globalization;
using Dapper;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Backend.Original;
using SpotCluster.Backend.Security;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Terminations;

/// <summary>Hands out marked machines, each to one agent at a time.</summary>
internal sealed class ClaimService(Database database, BackendOptions options, OriginalWatch watch, Sightings sightings)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 500;

    private static readonly TimeSpan NextPage = TimeSpan.FromSeconds(5);

    /// <summary>What the agent is to terminate now.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">The agent.</param>
    /// <param name="limit">The most items, 1 to 500.</param>
    /// <param name="claim">False only looks: nothing is claimed, and nothing may be terminated on the strength of it.</param>
    /// <param name="only">Only these machines, separated by commas; null for all.</param>
    public async Task<TerminationList> ListAsync(RequestContext context, AgentAtGate caller, int limit, bool claim, string? only = null)
    {
        if (limit is < 1 or > MaxLimit)
        {
            throw ApiException.Invalid("limit", $"limit must be 1 to {MaxLimit}");
        }

        var chosen = only?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (chosen is { Length: > MaxLimit })
        {
            throw ApiException.Invalid("only", $"only takes at most {MaxLimit} ids");
        }

        // Most polls find nothing. Those only read, so that a big fleet does not queue for the one writer; and where the agent has nothing
        // marked at all, what came with its token is all that they read.
        AgentRow agent = caller;
        var items = caller.IsWaiting ? await database.LookAsync(context, session => CandidatesAsync(session, agent, limit, chosen)) : [];
        if (claim && items.Count == 0)
        {
            await sightings.NoteAsync(context, agent, options.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        }
        else if (claim)
        {
            (agent, items) = await database.WriteAsync(context, async session =>
            {
                var locked = await AgentTable.LockAsync(session, caller.Id);
                await watch.RequireAloneAsync(session);
                await AgentTable.SeenAsync(session, locked);
                await LapseAsync(session, locked, options);
                return (locked, await ClaimAsync(session, locked, await CandidatesAsync(session, locked, limit, chosen)));
            });
        }

        return new TerminationList
        {
            Instances = [.. items],
            AutoTerminateEnabled = agent.AutoTerminateEnabled && agent.Enabled,
            TerminateWaitSeconds = agent.TerminateWaitSeconds,
            NextPollSeconds = (int)(items.Count == limit ? NextPage : options.PollInterval).TotalSeconds,
            RequiredTag = agent.RequiredTag,
        };
    }

    /// <summary>
    /// Closes claims whose lease ended without a report, and gives up machines that had their attempts. A claim of which nobody reported
    /// anything is none: whoever took it may have met a fault that has nothing to do with the machine, or only have looked.
    /// </summary>
    public static async Task LapseAsync(Session session, AgentRow agent, BackendOptions options)
    {
        var unreported = await session.ExecuteAsync(
            """
            UPDATE sc_instances SET attempts = attempts - 1, claim_id = NULL, lease_until = NULL, updated_at = @now
            WHERE agent_id = @Id AND claim_id IN (
                SELECT id FROM sc_claims WHERE agent_id = @Id AND status = 'open' AND lease_until <= @now AND outcome IS NULL)
            """,
            new { agent.Id, now = session.NowMs });
        if (unreported > 0)
        {
            await Events.WriteAsync(
                session, AgentEventTypes.ClaimsLapsed, Events.Warning,
                $"{unreported} {(unreported == 1 ? "instance" : "instances")} handed out to agent {agent.LogicalAgentId}, and nothing reported: no attempt is counted",
                agent, metadata: new() { ["count"] = unreported.ToString(CultureInfo.InvariantCulture) });
        }

        await session.ExecuteAsync(
            """
            UPDATE sc_claims SET status = 'lapsed', closed_at = @now
            WHERE agent_id = @Id AND status = 'open' AND lease_until <= @now
            """,
            new { agent.Id, now = session.NowMs });
        var spent = await session.QueryAsync<InstanceRow>(
            $"""
            SELECT {InstanceRow.Columns} FROM sc_instances
            WHERE agent_id = @Id AND state IN ('zombie', 'retired') AND dead_lettered_at IS NULL AND attempts >= @MaxAttempts
                AND lease_until <= @now
            """,
            new { agent.Id, options.MaxAttempts, now = session.NowMs });
        foreach (var row in spent)
        {
            await GiveUpAsync(session, agent, row, row.LastError ?? "the agent claimed it and did not report");
        }
    }

    public static async Task GiveUpAsync(Session session, AgentRow agent, InstanceRow row, string error)
    {
        await session.ExecuteAsync(
            """
            UPDATE sc_instances SET dead_lettered_at = @now, claim_id = NULL, lease_until = NULL, next_attempt_at = NULL, updated_at = @now
            WHERE account_id = @AccountId AND instance_id = @InstanceId
            """,
            new { row.AccountId, row.InstanceId, now = session.NowMs });
        await Audit.WriteAsync(session, "termination.give_up", row.InstanceId);
        await Events.WriteAsync(
            session, AgentEventTypes.InstanceTerminationDeadLetter, Events.Error,
            $"Gave up terminating {row.InstanceId} after {row.Attempts} {(row.Attempts == 1 ? "attempt" : "attempts")}: resolve the cause, then requeue it.", agent, row.InstanceId,
            new() { ["instance_id"] = row.InstanceId, ["attempts"] = row.Attempts.ToString(CultureInfo.InvariantCulture), ["error"] = error });
    }

    private static async Task<IReadOnlyList<TerminationItem>> CandidatesAsync(Session session, AgentRow agent, int limit, string[]? chosen)
    {
        if (!agent.AutoTerminateEnabled || !agent.Enabled)
        {
            return [];
        }

        if (agent.MaxTerminationsPerHour is { } most)
        {
            var used = await session.FirstAsync<int>(
                "SELECT COUNT(DISTINCT instance_id) FROM sc_claims WHERE agent_id = @Id AND issued_at > @since",
                new { agent.Id, since = session.NowMs - (long)TimeSpan.FromHours(1).TotalMilliseconds });
            limit = Math.Min(limit, most - used);
            if (limit <= 0)
            {
                return [];
            }
        }

        var rows = await session.QueryAsync<InstanceRow>(
            $"""
            SELECT {Prefixed} FROM {Eligibility.Own} i JOIN sc_agents a ON a.id = i.agent_id
            WHERE {Eligibility.All} {Chosen(chosen)}
            ORDER BY i.marked_at, i.instance_id LIMIT @limit
            """,
            Parameters(new { agent.Id, now = session.NowMs, limit }, chosen));
        return rows.Where(row => InstanceId.IsValid(row.InstanceId)).Select(row => ToItem(row, session.NowMs)).ToList();
    }

    // One parameter for each: the databases have no way in common to pass a list.
    private static string Chosen(string[]? chosen) =>
        chosen is null ? "" : $"AND i.instance_id IN ({string.Join(", ", chosen.Select((_, index) => $"@only{index}").DefaultIfEmpty("NULL"))})";

    private static DynamicParameters Parameters(object values, string[]? chosen)
    {
        var parameters = new DynamicParameters(values);
        for (var index = 0; index < chosen?.Length; index++)
        {
            parameters.Add($"only{index}", chosen[index]);
        }

        return parameters;
    }

    private static readonly string Prefixed = string.Join(
        ", ", InstanceRow.Columns.Split(',', StringSplitOptions.TrimEntries).Select(column => "i." + column));

    private async Task<IReadOnlyList<TerminationItem>> ClaimAsync(Session session, AgentRow agent, IReadOnlyList<TerminationItem> candidates)
    {
        var claimed = new List<TerminationItem>(candidates.Count);
        foreach (var item in candidates)
        {
            var claimId = Guid.CreateVersion7(session.Now).ToString();
            var leaseUntil = session.NowMs + (long)options.Lease.TotalMilliseconds;
            var key = new
            {
                item.AccountId,
                item.InstanceId,
                agent.Id,
                claimId,
                leaseUntil,
                now = session.NowMs,
                item.Reason,
                item.Attempt,
            };
            var taken = await session.ExecuteAsync(
                $"""
                UPDATE sc_instances SET claim_id = @claimId, lease_until = @leaseUntil, attempts = attempts + 1, next_attempt_at = NULL,
                    updated_at = @now
                WHERE account_id = @AccountId AND instance_id = @InstanceId AND agent_id = @Id AND EXISTS (
                    SELECT 1 FROM (
                        SELECT COUNT(*) still FROM sc_instances i JOIN sc_agents a ON a.id = i.agent_id
                        WHERE i.account_id = @AccountId AND i.instance_id = @InstanceId AND {Eligibility.All}) eligible
                    WHERE eligible.still = 1)
                """,
                key);
            if (taken == 0)
            {
                continue;
            }

            await session.ExecuteAsync(
                """
                INSERT INTO sc_claims (id, account_id, instance_id, agent_id, reason, attempt, status, issued_at, lease_until)
                VALUES (@claimId, @AccountId, @InstanceId, @Id, @Reason, @Attempt, 'open', @now, @leaseUntil)
                """,
                key);
            await Audit.WriteAsync(session, "termination.claim", item.InstanceId, claimId);
            item.ClaimId = claimId;
            item.LeaseSeconds = (int)options.Lease.TotalSeconds;
            claimed.Add(item);
        }

        return claimed;
    }

    private static TerminationItem ToItem(InstanceRow row, long nowMs)
    {
        var seconds = (int)Math.Min(int.MaxValue, Math.Max(0, nowMs - row.MarkedAt!.Value) / 1000);
        var zombie = row.State == InstanceState.Zombie;
        return new TerminationItem
        {
            InstanceId = row.InstanceId,
            InstanceType = row.InstanceType,
            Az = row.Az,
            Reason = Reason(row.State),
            SecondsWaiting = zombie ? seconds : null,
            SecondsSinceMarked = zombie ? null : seconds,
            MarkedAt = row.MarkedAt.ToTime(),
            AccountId = row.AccountId,
            Region = row.Region,
            Attempt = row.Attempts + 1,
        };
    }

    public static string Reason(string state) =>
        state == InstanceState.Zombie ? TerminationReasons.ZombieTimeout : TerminationReasons.ReplicaTerminated;
}
