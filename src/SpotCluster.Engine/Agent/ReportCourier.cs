
namespace SpotCluster.Engine.Agent;

/// <summary>Delivers reports. One that was not clearly taken or clearly refused stays in the outbox.</summary>
internal sealed class ReportCourier(AgentBackend backend, string agentId, AgentOutbox outbox, AgentLogger log, AgentMetrics metrics)
{
    /// <summary>Delivers the report of an entry, if there is one. Throws when the token is refused: nothing else would get through either.</summary>
    public async Task DeliverAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Report is not { } report)
        {
            return;
        }

        var reply = await backend.ReportAsync(agentId, report, cancellationToken).ConfigureAwait(false);
        if (reply.Succeeded && reply.Json is not null)
        {
            metrics.Report("delivered");
            Settle(entry);
            return;
        }

        if (reply.Status is 401 or 403)
        {
            metrics.Report("kept");
            throw BackendErrors.From(reply, backend.Server, $"accept the report for {entry.InstanceId}");
        }

        // Only the backend's own word ends it. A gateway's 404 or 400 does not, and an agent that is gone may come back.
        if (!reply.MayPass && reply.Status is 400 or 404 or 409 or 413 or 422 && reply.Code is { } code && code != "agent_not_found" && code != "path_not_found")
        {
            log.Warning(
                "report_refused", $"Cleanup: The backend does not accept the report for {entry.InstanceId}: {reply.Error ?? code}",
                ("instance_id", entry.InstanceId), ("claim_id", entry.ClaimId), ("code", code));
            metrics.Report("refused");
            Settle(entry);
            return;
        }

        metrics.Report("kept");
        log.Warning(
            "report_kept", $"Cleanup: The report for {entry.InstanceId} is stored and sent again: {BackendErrors.From(reply, backend.Server, "take it").Message}",
            ("instance_id", entry.InstanceId), ("claim_id", entry.ClaimId));
    }

    // A machine that is still going has a second report before it.
    private void Settle(OutboxEntry entry)
    {
        if (entry.Stage == OutboxStage.Settled)
        {
            outbox.Remove(entry);
        }
        else
        {
            entry.Report = null;
            outbox.Put(entry);
        }
    }
}
