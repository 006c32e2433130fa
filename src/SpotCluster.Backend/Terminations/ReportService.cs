using System.Globalization;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Journal;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Terminations;

/// <summary>Takes what agents report. A report must match a claim of that agent, and counts once.</summary>
internal sealed class ReportService(Database database, BackendOptions options)
{
    private const int MaxErrorLength = 1000;

    private static readonly TimeSpan LongestTerminating = TimeSpan.FromHours(1);

    private readonly RetryPolicy _retries = new(options);

    public Task<TerminationReceipt> ReportAsync(RequestContext context, string agentId, TerminationReport report)
    {
        var instanceId = InstanceId.Require(report.InstanceId);
        var outcome = Outcome(report);
        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            await AgentTable.SeenAsync(session, agent);
            RequireScope(agent, report);
            var claim = await FindClaimAsync(session, agent, instanceId, report.ClaimId);
            var row = await InstanceTable.GetAsync(session, claim.AccountId, instanceId)
                ?? throw new InvalidOperationException("A claim without its instance.");

            // The first success settles it; whatever comes later, in whatever order, changes nothing.
            if (claim.Status == ClaimRow.Succeeded || row.State == InstanceState.Terminated)
            {
                return Receipt(duplicate: true);
            }

            if (!InstanceState.IsMarked(row.State))
            {
                throw ApiException.Conflict("instance_not_marked", $"{instanceId} is not marked for termination");
            }

            if (row.AgentId != agent.Id)
            {
                throw ApiException.Conflict("instance_reassigned", $"{instanceId} was reassigned to another agent");
            }

            await NoteSkewAsync(session, agent, report);
            switch (outcome)
            {
                case TerminationOutcomes.Terminated:
                    await SucceedAsync(session, agent, row, claim, report, TerminationOutcomes.Terminated);
                    return Receipt();
                case TerminationOutcomes.Terminating:
                    return Receipt(duplicate: !await ExtendAsync(session, row, claim));
                case TerminationOutcomes.Released:
                    return Receipt(duplicate: !await ReleaseAsync(session, row, claim, report));
                case TerminationOutcomes.NotFound when claim.Status != ClaimRow.Failed && await IsBelievedAsync(session, row, report):
                    await SucceedAsync(session, agent, row, claim, report, TerminationOutcomes.NotFound);
                    return Receipt();
                default:
                    return Receipt(duplicate: !await FailAsync(session, agent, row, claim, report, outcome));
            }
        });
    }

    private static TerminationReceipt Receipt(bool duplicate = false) =>
        new() { Success = true, Message = "Termination report recorded", Duplicate = duplicate ? true : null };

    private static string Outcome(TerminationReport report)
    {
        var outcome = report.Outcome switch
        {
            null => report.Success switch
            {
                true => TerminationOutcomes.Terminated,
                false => TerminationOutcomes.Failed,
                null => throw ApiException.Invalid("success", "success required"),
            },
            TerminationOutcomes.Terminated or TerminationOutcomes.Terminating or TerminationOutcomes.NotFound
                or TerminationOutcomes.Failed or TerminationOutcomes.Refused or TerminationOutcomes.Released => report.Outcome,
            _ => throw ApiException.Invalid("outcome", "outcome must be terminating, terminated, not_found, failed, refused or released"),
        };
        var good = outcome is TerminationOutcomes.Terminated or TerminationOutcomes.Terminating;
        var bad = outcome is TerminationOutcomes.Failed or TerminationOutcomes.Refused or TerminationOutcomes.Released;
        return (report.Success == true && bad) || (report.Success == false && good)
            ? throw ApiException.Invalid("outcome", "outcome and success contradict each other")
            : outcome;
    }

    private static void RequireScope(AgentRow agent, TerminationReport report)
    {
        if ((report.AccountId is { Length: > 0 } account && account != agent.AccountId)
            || (report.Region is { Length: > 0 } region && region != agent.Region))
        {
            throw ApiException.Conflict("scope_mismatch", "The account or region of the report differs from that of the agent");
        }
    }

    private static async Task<ClaimRow> FindClaimAsync(Session session, AgentRow agent, string instanceId, string? claimId)
    {
        if (claimId is { Length: > 0 })
        {
            var named = await session.FirstAsync<ClaimRow>(
                $"SELECT {ClaimRow.Columns} FROM sc_claims WHERE id = @claimId AND agent_id = @Id", new { claimId, agent.Id })
                ?? throw ApiException.NotFound("claim_not_found", "No such claim of this agent");
            return named.InstanceId == instanceId
                ? named
                : throw ApiException.Conflict("claim_of_another_instance", $"The claim is not for {instanceId}");
        }

        // The original agent knows no claims: its newest claim for this machine is meant, an open one first.
        var newest = await session.FirstAsync<ClaimRow>(
            $"""
            SELECT {ClaimRow.Columns} FROM sc_claims
            WHERE agent_id = @Id AND account_id = @AccountId AND instance_id = @instanceId
            ORDER BY CASE status WHEN 'open' THEN 0 ELSE 1 END, issued_at DESC LIMIT 1
            """,
            new { agent.Id, agent.AccountId, instanceId });
        if (newest is not null)
        {
            return newest;
        }

        var known = await session.FirstAsync<string>(
            "SELECT instance_id FROM sc_instances WHERE agent_id = @Id AND instance_id = @instanceId", new { agent.Id, instanceId });
        throw known is null
            ? ApiException.NotFound("instance_not_found", $"{instanceId} is not known to this agent")
            : ApiException.Conflict("not_claimed", $"{instanceId} was not handed out to this agent");
    }

    private static async Task SucceedAsync(
        Session session, AgentRow agent, InstanceRow row, ClaimRow claim, TerminationReport report, string outcome)
    {
        // Every claim that is still open for the machine ends with it: a late report of an older claim settles the newer one too.
        await session.ExecuteAsync(
            """
            UPDATE sc_claims SET status = 'succeeded', closed_at = @now, outcome = @outcome, agent_time = @agentTime
            WHERE account_id = @AccountId AND instance_id = @InstanceId AND (id = @Id OR status = 'open')
            """,
            new { row.AccountId, row.InstanceId, claim.Id, outcome, agentTime = report.TerminatedAt.ToMilliseconds(), now = session.NowMs });
        await session.ExecuteAsync(
            """
            UPDATE sc_instances SET observed_state = @outcome, agent_terminated_at = @agentTime, dead_lettered_at = NULL,
                next_attempt_at = NULL
            WHERE account_id = @AccountId AND instance_id = @InstanceId
            """,
            new { row.AccountId, row.InstanceId, outcome, agentTime = report.TerminatedAt.ToMilliseconds() });
        await InstanceTable.MoveAsync(session, row, InstanceState.Terminated, claim.Id);
        await Events.WriteAsync(
            session, AgentEventTypes.InstanceTerminated, Events.Info, $"Instance {row.InstanceId} terminated", agent, row.InstanceId,
            new()
            {
                ["instance_id"] = row.InstanceId,
                ["terminated_at"] = session.Now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
                ["agent_terminated_at"] = report.TerminatedAt?.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
                ["claim_id"] = claim.Id,
                ["reason"] = claim.Reason,
                ["outcome"] = outcome,
                ["attempt"] = claim.Attempt.ToString(CultureInfo.InvariantCulture),
            });
    }

    private async Task<bool> ExtendAsync(Session session, InstanceRow row, ClaimRow claim)
    {
        if (claim.Status != ClaimRow.Open || row.ClaimId != claim.Id)
        {
            return false;
        }

        var leaseUntil = Math.Min(
            session.NowMs + (long)options.TerminatingLease.TotalMilliseconds, claim.IssuedAt + (long)LongestTerminating.TotalMilliseconds);
        leaseUntil = Math.Max(leaseUntil, claim.LeaseUntil);
        await session.ExecuteAsync(
            "UPDATE sc_claims SET lease_until = @leaseUntil, outcome = 'terminating' WHERE id = @Id", new { claim.Id, leaseUntil });
        await session.ExecuteAsync(
            """
            UPDATE sc_instances SET lease_until = @leaseUntil, observed_state = 'terminating', updated_at = @now
            WHERE account_id = @AccountId AND instance_id = @InstanceId
            """,
            new { row.AccountId, row.InstanceId, leaseUntil, now = session.NowMs });
        await Audit.WriteAsync(session, "termination.going", row.InstanceId, claim.Id);
        return true;
    }

    /// <summary>The agent gives the claim back untried: the machine is handed out again at the next poll, and no attempt is counted.</summary>
    private static async Task<bool> ReleaseAsync(Session session, InstanceRow row, ClaimRow claim, TerminationReport report)
    {
        if (claim.Status != ClaimRow.Open || row.ClaimId != claim.Id)
        {
            return false;
        }

        await session.ExecuteAsync(
            "UPDATE sc_claims SET status = 'lapsed', closed_at = @now, outcome = 'released', error = @error WHERE id = @Id",
            new { claim.Id, error = Shorten(report.Error), now = session.NowMs });
        await session.ExecuteAsync(
            """
            UPDATE sc_instances SET attempts = attempts - 1, claim_id = NULL, lease_until = NULL, updated_at = @now
            WHERE account_id = @AccountId AND instance_id = @InstanceId
            """,
            new { row.AccountId, row.InstanceId, now = session.NowMs });
        await Audit.WriteAsync(session, "termination.release", row.InstanceId, claim.Id);
        return true;
    }

    /// <summary>
    /// "EC2 does not know it" is believed after enough sightings, or when the first of at least two is old. A report that does not
    /// say which account and region it asked is no sighting: the wrong account gives the same answer for a machine that runs.
    /// </summary>
    private async Task<bool> IsBelievedAsync(Session session, InstanceRow row, TerminationReport report)
    {
        if (string.IsNullOrEmpty(report.AccountId) || string.IsNullOrEmpty(report.Region))
        {
            return false;
        }

        row.NotFoundCount++;
        row.NotFoundSince ??= session.NowMs;
        await session.ExecuteAsync(
            """
            UPDATE sc_instances SET not_found_count = @NotFoundCount, not_found_since = @NotFoundSince
            WHERE account_id = @AccountId AND instance_id = @InstanceId
            """,
            new { row.AccountId, row.InstanceId, row.NotFoundCount, row.NotFoundSince });
        return row.NotFoundCount >= options.NotFoundSightings
            || (row.NotFoundCount > 1 && session.NowMs - row.NotFoundSince >= options.NotFoundAge.TotalMilliseconds);
    }

    private async Task<bool> FailAsync(
        Session session, AgentRow agent, InstanceRow row, ClaimRow claim, TerminationReport report, string outcome)
    {
        if (claim.Status == ClaimRow.Failed)
        {
            return false;
        }

        var error = Shorten(report.Error) ?? report.ErrorCode ?? outcome;
        var kind = outcome switch
        {
            TerminationOutcomes.NotFound => FailureClass.NotFound,
            TerminationOutcomes.Refused => FailureClass.Protected,
            _ => FailureClass.Of(report.ErrorCode, report.Error),
        };

        // A cause that all machines share is told once, until it has had the time to be mended.
        var counts = FailureClass.IsOfMachine(kind);
        var isNews = counts || await session.FirstAsync<string>(
            "SELECT id FROM sc_claims WHERE agent_id = @Id AND error_class = @kind AND closed_at > @since LIMIT 1",
            new { agent.Id, kind, since = session.NowMs - (long)options.LongestRetry.TotalMilliseconds }) is null;
        await session.ExecuteAsync(
            """
            UPDATE sc_claims SET status = 'failed', closed_at = @now, outcome = @outcome, error = @error, error_class = @kind,
                agent_time = @agentTime
            WHERE id = @Id
            """,
            new { claim.Id, outcome, error, kind, agentTime = report.TerminatedAt.ToMilliseconds(), now = session.NowMs });
        await Audit.WriteAsync(session, "termination.fail", row.InstanceId, claim.Id);

        // A claim that lapsed and was handed out again says nothing about the newer attempt.
        if (row.ClaimId == claim.Id)
        {
            var next = session.NowMs + (long)_retries.Pause(row.Attempts, kind).TotalMilliseconds;
            row.Attempts -= counts ? 0 : 1;
            await session.ExecuteAsync(
                """
                UPDATE sc_instances SET claim_id = NULL, lease_until = NULL, next_attempt_at = @next, attempts = @Attempts,
                    last_error = @error, last_error_class = @kind, updated_at = @now
                WHERE account_id = @AccountId AND instance_id = @InstanceId
                """,
                new { row.AccountId, row.InstanceId, row.Attempts, next, error, kind, now = session.NowMs });
        }

        if (!isNews)
        {
            return true;
        }

        var unverified = outcome == TerminationOutcomes.NotFound;
        await Events.WriteAsync(
            session,
            unverified ? AgentEventTypes.InstanceTerminationUnverified : AgentEventTypes.InstanceTerminationFailed,
            Events.Warning,
            unverified
                ? $"EC2 does not know {row.InstanceId}; this is not accepted as terminated yet"
                : $"Failed to terminate instance {row.InstanceId}: {error}",
            agent,
            row.InstanceId,
            new()
            {
                ["instance_id"] = row.InstanceId,
                ["error"] = error,
                ["error_class"] = kind,
                ["claim_id"] = claim.Id,
                ["attempt"] = claim.Attempt.ToString(CultureInfo.InvariantCulture),
            });
        if (row.ClaimId == claim.Id && _retries.GivesUp(row.Attempts, kind))
        {
            await ClaimService.GiveUpAsync(session, agent, row, error);
        }

        return true;
    }

    private static async Task NoteSkewAsync(Session session, AgentRow agent, TerminationReport report)
    {
        // A report may come late, never early: a time in the future is a wrong clock.
        if (report.TerminatedAt is { } told && told - session.Now > ClockSkew.Tolerable)
        {
            await ClockSkew.NoteAsync(session, agent, told);
        }
    }

    private static string? Shorten(string? text) => text is { Length: > MaxErrorLength } ? text[..MaxErrorLength] : text;
}
