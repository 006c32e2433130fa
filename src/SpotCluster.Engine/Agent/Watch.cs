using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>Looks at what was begun: at machines that are going until they are gone, and after a crash at what came of a decision.</summary>
internal sealed class Watch(PassWork work)
{
    /// <summary>After so long a machine that goes counts as gone for a backend without claims; there is no way back from shutting-down.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(15);

    /// <summary>So long EC2 may show a machine as it was although it said that it goes.</summary>
    private static readonly TimeSpan NewsDelay = TimeSpan.FromMinutes(1);

    private readonly AgentOutbox _outbox = work.State.Outbox;

    /// <summary>
    /// A decision of a run that ended between writing it down and knowing its outcome. Nothing is terminated on the strength of it: the
    /// machine may have been unmarked since. Either the call was made, and the machine goes; or the backend hands it out again.
    /// </summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var decided = _outbox.Read(work.Host).Where(entry => entry.Stage == OutboxStage.Decided && IsHere(entry)).ToList();
        if (decided.Count == 0)
        {
            return;
        }

        var machines = await work.Cloud.FindMachinesAsync([.. decided.Select(entry => entry.InstanceId)], cancellationToken).ConfigureAwait(false);
        foreach (var entry in decided)
        {
            work.Log.Warning(
                "recovering", $"Cleanup: The last run ended while it terminated {entry.InstanceId}; looking what came of it",
                ("instance_id", entry.InstanceId), ("claim_id", entry.ClaimId));
            if (machines.TryGetValue(entry.InstanceId, out var machine) && machine.IsGoing)
            {
                entry.Stage = OutboxStage.Going;
                entry.At = work.Now;
                entry.Report = entry.ClaimId is null ? null : TerminationReports.Of(entry, TerminationOutcomes.Terminating, work.Now);
            }
            else
            {
                // A machine that EC2 does not know was not seen to go.
                entry.Stage = OutboxStage.Settled;
                entry.Report = machine is null
                    ? TerminationReports.Of(
                        entry, TerminationOutcomes.NotFound, work.Now, $"InvalidInstanceID.NotFound: {entry.InstanceId} is not known after a restart", "InvalidInstanceID.NotFound")
                    : TerminationReports.Of(
                        entry, TerminationOutcomes.Failed, work.Now, $"The agent ended before it terminated {entry.InstanceId}", "AgentRestarted");
            }

            _outbox.Put(entry);
        }
    }

    /// <summary>Looks at the machines that are going until they are gone or the time for it is over.</summary>
    /// <param name="deliver">Delivers the report of an entry.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task UntilGoneAsync(Func<OutboxEntry, CancellationToken, Task> deliver, CancellationToken cancellationToken)
    {
        var begun = work.Now;
        while (true)
        {
            var going = _outbox.Read(SilentHost.Instance).Where(entry => entry.Stage == OutboxStage.Going && IsHere(entry)).ToList();
            if (going.Count == 0)
            {
                return;
            }

            var machines = await work.Cloud.FindMachinesAsync([.. going.Select(entry => entry.InstanceId)], cancellationToken).ConfigureAwait(false);
            var left = new List<OutboxEntry>();
            foreach (var entry in going)
            {
                // Seen going, in this account and region, and now not known any more: that is gone.
                if (!machines.TryGetValue(entry.InstanceId, out var machine) || machine.IsGone
                    || (entry.ClaimId is null && machine.IsGoing && work.Now - entry.At >= LongEnough))
                {
                    await GoneAsync(entry, deliver, cancellationToken).ConfigureAwait(false);
                }
                else if (machine.IsGoing || work.Now - entry.At < NewsDelay)
                {
                    left.Add(entry);
                }
                else
                {
                    await StillHereAsync(entry, machine, deliver, cancellationToken).ConfigureAwait(false);
                }
            }

            var waited = work.Now - begun;
            if (left.Count == 0 || waited >= work.Options.VerifyTimeout)
            {
                foreach (var entry in left)
                {
                    work.Report(ResourceWords.Instance, entry.InstanceId, SpotRemovalOutcome.Unknown, "shutting-down", "EC2 is shutting it down; the next pass reports its end.");
                }

                return;
            }

            await work.Clock.PauseAsync(PollPace.Quick.After(waited), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The machine was seen to be gone.</summary>
    public async Task GoneAsync(OutboxEntry entry, Func<OutboxEntry, CancellationToken, Task> deliver, CancellationToken cancellationToken)
    {
        work.Log.Info(
            "terminated", $"Cleanup: ✓ Successfully terminated {entry.InstanceId}",
            ("instance_id", entry.InstanceId), ("reason", entry.Reason), ("claim_id", entry.ClaimId));
        work.Metrics.Termination("terminated", entry.Reason);
        work.Report(ResourceWords.Instance, entry.InstanceId, SpotRemovalOutcome.Removed);
        entry.Stage = OutboxStage.Settled;
        entry.At = work.Now;
        entry.Report = TerminationReports.Of(entry, TerminationOutcomes.Terminated, work.Now);
        _outbox.Put(entry);
        await deliver(entry, cancellationToken).ConfigureAwait(false);
    }

    private async Task StillHereAsync(
        OutboxEntry entry, AgentMachine machine, Func<OutboxEntry, CancellationToken, Task> deliver, CancellationToken cancellationToken)
    {
        var message = $"EC2 took the termination of {entry.InstanceId}, and shows it as {machine.State}";
        work.Log.Error("failed", $"Cleanup: ✗ Failed to terminate {entry.InstanceId}: {message}", ("instance_id", entry.InstanceId));
        work.Metrics.Termination("failed", entry.Reason);
        work.Report(ResourceWords.Instance, entry.InstanceId, SpotRemovalOutcome.Failed, null, message + ".");
        entry.Stage = OutboxStage.Settled;
        entry.Report = TerminationReports.Of(entry, TerminationOutcomes.Failed, work.Now, message);
        _outbox.Put(entry);
        await deliver(entry, cancellationToken).ConfigureAwait(false);
    }

    // With other credentials or in another region EC2 would not know it, and "not known" means gone here.
    private bool IsHere(OutboxEntry entry) => entry.AccountId == work.AccountId && entry.Region == work.Region;
}
