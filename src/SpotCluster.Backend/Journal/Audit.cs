using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Journal;

/// <summary>Who did what to which machine or agent, in the same transaction as the deed.</summary>
internal static class Audit
{
    public static Task WriteAsync(
        Session session, string action, string subject, string? claimId = null, string? from = null, string? to = null) =>
        session.ExecuteAsync(
            """
            INSERT INTO sc_audit (actor, action, subject, claim_id, state_from, state_to, request_id, created_at)
            VALUES (@Actor, @action, @subject, @claimId, @from, @to, @RequestId, @now)
            """,
            new { session.Context.Actor, action, subject, claimId, from, to, session.Context.RequestId, now = session.NowMs });
}
