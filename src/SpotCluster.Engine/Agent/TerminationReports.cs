using Newtonsoft.Json.Linq;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>The bodies of reports, such that the original's backend understands them too: it looks at <c>success</c> only.</summary>
internal static class TerminationReports
{
    /// <summary>A report.</summary>
    /// <param name="entry">What it is about.</param>
    /// <param name="outcome">A constant of <see cref="TerminationOutcomes"/>.</param>
    /// <param name="now">When it was seen.</param>
    /// <param name="error">What went wrong; null on success.</param>
    /// <param name="code">The cloud's code, or that of a guard.</param>
    public static JObject Of(OutboxEntry entry, string outcome, DateTimeOffset now, string? error = null, string? code = null)
    {
        var success = outcome is TerminationOutcomes.Terminating or TerminationOutcomes.Terminated;
        var report = new JObject
        {
            ["instance_id"] = entry.InstanceId,
            ["success"] = success,
            ["error"] = error,
            ["terminated_at"] = success ? BackendJson.Write(now) : null,
        };
        if (entry.ClaimId is { } claim)
        {
            report["claim_id"] = claim;
            report["outcome"] = outcome;
            report["account_id"] = entry.AccountId;
            report["region"] = entry.Region;
            if (code is not null)
            {
                report["error_code"] = code;
            }
        }

        return report;
    }
}
