using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>One pass over the marked machines.</summary>
internal sealed class TerminationPass(PassWork work)
{
    /// <summary>The most machines of one poll: what can be worked through within a lease.</summary>
    private const int PageSize = 50;

    /// <summary>After so long a pass leaves the rest to the next one, which looks after everything else first.</summary>
    private static readonly TimeSpan LongestPass = TimeSpan.FromMinutes(10);

    /// <summary>No termination is begun when less than this is left of the claim.</summary>
    private static readonly TimeSpan LeaseMargin = TimeSpan.FromSeconds(60);

    private readonly AgentOutbox _outbox = work.State.Outbox;
    private readonly ReportCourier _courier = new(work.Backend, work.AgentId, work.State.Outbox, work.Log, work.Metrics);
    private readonly Watch _watch = new(work);
    private AgentStanding _standing = AgentStanding.Unknown;
    private bool _isAway;
    private bool _mayAskForProtection = true;

    public async Task<AgentPass> RunAsync(CancellationToken cancellationToken)
    {
        work.StartedAt = work.Now;
        var pass = new AgentPass { AgentId = work.AgentId, AccountId = work.AccountId, Region = work.Region, StartedAt = work.StartedAt };
        if (!work.Scope.WhatIf)
        {
            await _watch.RecoverAsync(cancellationToken).ConfigureAwait(false);
            await DeliverAllAsync(cancellationToken).ConfigureAwait(false);
        }

        await PollAsync(pass, cancellationToken).ConfigureAwait(false);
        if (work.Options.LaunchReplicas && work.Scope is { WhatIf: false, Only: null } && !_isAway)
        {
            await new ReplicaLaunch(work, _standing).RunAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!work.Scope.WhatIf)
        {
            await _watch.UntilGoneAsync(DeliverAsync, cancellationToken).ConfigureAwait(false);
        }

        if (work.Scope.Images && work.Options.CleanupEnabled && !_isAway)
        {
            await new ImageCleanup(work).RunAsync(cancellationToken).ConfigureAwait(false);
        }

        pass.Removals = [.. work.Removals];
        pass.EndedAt = work.Now;
        pass.Pending = _outbox.Count;
        return pass;
    }

    private async Task DeliverAllAsync(CancellationToken cancellationToken)
    {
        foreach (var entry in _outbox.Read(work.Host))
        {
            await _courier.DeliverAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task DeliverAsync(OutboxEntry entry, CancellationToken cancellationToken) => _courier.DeliverAsync(entry, cancellationToken);

    private async Task PollAsync(AgentPass pass, CancellationToken cancellationToken)
    {
        work.Log.Info("checking", "Cleanup: Checking for instances to terminate...");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var standing = await work.Backend.GetStandingAsync(work.AgentId, cancellationToken).ConfigureAwait(false);
            _standing = standing;
            if (FindReasonToRest(standing) is { } idle)
            {
                pass.Idle ??= pass.Found == 0 ? idle : null;
                work.Log.Info("idle", $"Cleanup: {idle}");
                return;
            }

            var limit = Math.Min(PageSize, work.State.Pace.Remaining(work.Options.MaxTerminationsPerHour));
            if (!work.Scope.WhatIf)
            {
                work.State.RequireRoom(limit);
            }

            var asked = work.Now;
            TerminationList list;
            try
            {
                list = await work.Backend.PollAsync(work.AgentId, limit, !work.Scope.WhatIf, work.Scope.Only, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is BackendPauseException or SpotException)
            {
                work.Metrics.Poll("failed");
                throw;
            }

            work.Metrics.Poll("answered");
            work.Metrics.Polled(work.Now);
            pass.NextPollSeconds = list.NextPollSeconds;
            if (!list.AutoTerminateEnabled)
            {
                pass.Idle ??= "Auto-terminate is disabled at the backend, so nothing is terminated.";
                work.Log.Info("idle", "Cleanup: Auto-terminate is disabled - skipping instance termination");
                return;
            }

            // The original's list has no limit, and may name one machine twice.
            var items = list.Instances.Where(item => work.Wants(item.InstanceId) && seen.Add(item.InstanceId) && !IsSettled(item)).Take(limit).ToList();
            pass.Found += items.Count;
            work.Log.Info(
                "found", $"Cleanup: Found {items.Count} instances to terminate", ("count", items.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            await TerminateAsync(items, standing, list.RequiredTag, asked, cancellationToken).ConfigureAwait(false);
            if (items.Count < PageSize || work.Scope.WhatIf)
            {
                return;
            }

            if (work.Now - work.StartedAt > LongestPass)
            {
                pass.NextPollSeconds = 0;
                work.Log.Info("pass_full", "Cleanup: There is more to terminate; the next pass follows at once");
                return;
            }
        }
    }

    private bool IsSettled(TerminationItem item) =>
        !work.Scope.WhatIf && item.ClaimId is null && !InstanceIds.IsValid(item.InstanceId) && work.State.Placeholders.IsReported(item.InstanceId);

    // What must never be is thrown; what is not to be now is a sentence.
    private string? FindReasonToRest(AgentStanding standing)
    {
        CleanupAgent.RequireAccount(work.AccountId, standing.AccountId);
        if (standing.Region is { } region && region != work.Region)
        {
            throw new SpotException(
                SpotErrorIds.AgentScopeMismatch, SpotErrorCategory.PermissionDenied,
                $"The backend registers agent {work.AgentId} in {region}, and it was started for {work.Region}: nothing is terminated.")
            {
                Target = work.AgentId,
                RecommendedAction = "Set AWS_REGION to the region of the agent, or enroll the agent for this region.",
            };
        }

        _isAway = !standing.IsEnabled || (work.OwnId is { } own && standing.PrimaryId is { } primary && primary != own);
        if (_isAway)
        {
            return standing.IsEnabled
                ? $"This agent runs on {work.OwnId}, which was replaced by {standing.PrimaryId}; the agent there is responsible."
                : "The agent is disabled at the backend, so nothing is done.";
        }

        if (!work.Options.AutoTerminateEnabled())
        {
            return "AUTO_TERMINATE_ENABLED is false for this agent, so nothing is terminated.";
        }

        if (!standing.MayTerminate)
        {
            return "Auto-terminate is disabled at the backend, so nothing is terminated.";
        }

        var most = work.Options.MaxTerminationsPerHour;
        return work.State.Pace.Remaining(most) == 0
            ? $"The limit of {most} terminations per hour is reached, so nothing more is terminated now."
            : null;
    }

    private async Task TerminateAsync(
        List<TerminationItem> items, AgentStanding standing, string? requiredTag, DateTimeOffset asked, CancellationToken cancellationToken)
    {
        var next = 0;
        try
        {
            var ids = items.Select(item => item.InstanceId).Where(InstanceIds.IsValid).ToList();
            var machines = await work.Cloud.FindMachinesAsync(ids, cancellationToken).ConfigureAwait(false);
            var going = _outbox.Read(SilentHost.Instance).ToDictionary(entry => entry.InstanceId, StringComparer.Ordinal);
            for (; next < items.Count; next++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var item = items[next];

                // A backend without claims names it again while it is still going.
                if (item.ClaimId is not null || !going.ContainsKey(item.InstanceId))
                {
                    machines.TryGetValue(item.InstanceId, out var machine);
                    await JudgeAsync(item, machine, ScopeOf(standing, requiredTag), asked, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (SpotException failure) when (!work.Scope.WhatIf)
        {
            await ReleaseAsync(items.Skip(next), failure, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    // What was handed out and not tried goes back: whatever ended the pass, it was none of the machine's attempts.
    private async Task ReleaseAsync(IEnumerable<TerminationItem> items, SpotException failure, CancellationToken cancellationToken)
    {
        var begun = _outbox.Read(SilentHost.Instance).Select(entry => entry.InstanceId).ToHashSet(StringComparer.Ordinal);
        foreach (var item in items.Where(item => item.ClaimId is not null && !begun.Contains(item.InstanceId)))
        {
            await ReleaseAsync(item, failure.Message, failure.ServiceCode, cancellationToken).ConfigureAwait(false);
        }
    }

    // A backend that does not take it ends the claim by itself, a little later.
    private async Task ReleaseAsync(TerminationItem item, string reason, string? code, CancellationToken cancellationToken)
    {
        if (item.ClaimId is not null)
        {
            var report = TerminationReports.Of(EntryOf(item), TerminationOutcomes.Released, work.Now, reason, code);
            await work.Backend.ReportAsync(work.AgentId, report, cancellationToken).ConfigureAwait(false);
        }
    }

    private AgentScope ScopeOf(AgentStanding standing, string? requiredTag) => new(
        work.AccountId, work.Region, work.OwnId, standing, RequiredTags(standing, requiredTag), work.Options.AllowUnknownPrimary);

    private OutboxEntry EntryOf(TerminationItem item) => new()
    {
        InstanceId = item.InstanceId,
        Reason = item.Reason,
        ClaimId = item.ClaimId,
        AccountId = work.AccountId,
        Region = work.Region,
        Stage = OutboxStage.Decided,
        At = work.Now,
    };

    private IReadOnlyList<string> RequiredTags(AgentStanding standing, string? ofList) =>
    [
        .. new[] { work.Options.RequiredTag, standing.RequiredTag, ofList }
            .OfType<string>().Where(tag => tag.IndexOf('=') > 0).Distinct(StringComparer.Ordinal),
    ];

    private async Task JudgeAsync(
        TerminationItem item, AgentMachine? machine, AgentScope scope, DateTimeOffset asked, CancellationToken cancellationToken)
    {
        var entry = EntryOf(item);
        if (AgentGuards.Judge(item, scope) is { } refusal)
        {
            await RefuseAsync(entry, refusal, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (machine is null)
        {
            await NotFoundAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (machine.IsGoing)
        {
            await AlreadyGoingAsync(entry, machine, cancellationToken).ConfigureAwait(false);
            return;
        }

        refusal = AgentGuards.Judge(item, machine, scope, work.Time.GetUtcNow());
        if (refusal is null && await IsProtectedAsync(item.InstanceId, cancellationToken).ConfigureAwait(false))
        {
            refusal = new Refusal("OperationNotPermitted", $"{item.InstanceId} is protected against termination");
        }

        if (refusal is not null)
        {
            await RefuseAsync(entry, refusal, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (work.Scope.WhatIf)
        {
            work.Report(ResourceWords.Instance, item.InstanceId, SpotRemovalOutcome.Unknown, null, $"Would be terminated ({item.Reason}).");
            return;
        }

        // What has changed since the list was made counts: the switches here and there, the primary, and the time that the claim still has.
        if (await FindChangeOfMindAsync(item, asked, cancellationToken).ConfigureAwait(false) is { } change)
        {
            work.Log.Warning("left", $"Cleanup: {item.InstanceId} is left as it is: {change}", ("instance_id", item.InstanceId));
            work.Report(ResourceWords.Instance, item.InstanceId, SpotRemovalOutcome.Skipped, null, change);
            await ReleaseAsync(item, change, null, cancellationToken).ConfigureAwait(false);
            return;
        }

        await TerminateAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsProtectedAsync(string id, CancellationToken cancellationToken)
    {
        if (!_mayAskForProtection)
        {
            return false;
        }

        if (await work.Cloud.IsProtectedAsync(id, cancellationToken).ConfigureAwait(false) is { } answer)
        {
            return answer;
        }

        _mayAskForProtection = false;
        work.Log.Warning(
            "protection_unknown",
            "Cleanup: The role may not call ec2:DescribeInstanceAttribute, so termination protection shows only when EC2 refuses (OperationNotPermitted)");
        return false;
    }

    private async Task<string?> FindChangeOfMindAsync(TerminationItem item, DateTimeOffset asked, CancellationToken cancellationToken)
    {
        var standing = await work.Backend.GetStandingAsync(work.AgentId, cancellationToken).ConfigureAwait(false);
        if (FindReasonToRest(standing) is { } idle)
        {
            return idle;
        }

        if (standing.IsPrimary(item.InstanceId))
        {
            return "It became the primary of an agent.";
        }

        return item.LeaseSeconds is { } seconds && work.Now > asked + TimeSpan.FromSeconds(seconds) - LeaseMargin
            ? "The claim expires too soon; the backend hands it out again."
            : null;
    }

    private async Task TerminateAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        var id = entry.InstanceId;
        work.Log.Info("terminating", $"Cleanup: Terminating {id} (reason: {entry.Reason})", ("instance_id", id), ("reason", entry.Reason), ("claim_id", entry.ClaimId));
        work.State.Pace.Note();
        _outbox.Put(entry);
        work.Log.Info("terminate_call", $"Terminating instance {id} (reason: {entry.Reason})", ("instance_id", id));
        string state;
        try
        {
            state = await work.Cloud.TerminateAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ServiceCode == "InvalidInstanceID.NotFound")
        {
            await NotFoundAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (SpotException error) when (IsRefusal(error))
        {
            await FailAsync(entry, error, cancellationToken).ConfigureAwait(false);
            if (error.Category is SpotErrorCategory.Authentication or SpotErrorCategory.LimitsExceeded)
            {
                // The next machine would meet the same, and a throttled account needs rest.
                throw;
            }

            return;
        }

        await GoingAsync(entry, state, cancellationToken).ConfigureAwait(false);
    }

    // Without an answer nobody knows whether it was done: the entry stays, and the next look at the machine tells.
    private static bool IsRefusal(SpotException error) =>
        error.ServiceCode is not null && error.Category is not (SpotErrorCategory.Connection or SpotErrorCategory.Timeout or SpotErrorCategory.Unavailable);

    private async Task GoingAsync(OutboxEntry entry, string state, CancellationToken cancellationToken)
    {
        work.Log.Info("state", $"Instance {entry.InstanceId} state changed to: {state}", ("instance_id", entry.InstanceId), ("state", state));
        if (state == "terminated")
        {
            await _watch.GoneAsync(entry, DeliverAsync, cancellationToken).ConfigureAwait(false);
            return;
        }

        entry.Stage = OutboxStage.Going;
        entry.At = work.Now;

        // The original counts one success and no second one, so it hears of the end only.
        entry.Report = entry.ClaimId is null ? null : TerminationReports.Of(entry, TerminationOutcomes.Terminating, work.Now);
        _outbox.Put(entry);
        await DeliverAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    private async Task AlreadyGoingAsync(OutboxEntry entry, AgentMachine machine, CancellationToken cancellationToken)
    {
        if (work.Scope.WhatIf)
        {
            work.Report(ResourceWords.Instance, entry.InstanceId, SpotRemovalOutcome.AlreadyGone, null, $"It is {machine.State}.");
            return;
        }

        // Somebody else's deed, or one that was counted before: the original hands out what it was told of for an hour.
        if (machine.IsGone)
        {
            work.Log.Info("already_terminated", $"Cleanup: Instance {entry.InstanceId} is already terminated", ("instance_id", entry.InstanceId));
            work.Metrics.Termination("already_terminated", entry.Reason);
            work.Report(ResourceWords.Instance, entry.InstanceId, SpotRemovalOutcome.AlreadyGone);
            entry.Stage = OutboxStage.Settled;
            entry.At = work.Now;
            entry.Report = TerminationReports.Of(entry, TerminationOutcomes.Terminated, work.Now);
            _outbox.Put(entry);
            await DeliverAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }

        await GoingAsync(entry, machine.State, cancellationToken).ConfigureAwait(false);
    }

    private async Task NotFoundAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        const string Code = "InvalidInstanceID.NotFound";
        if (entry.ClaimId is null && work.Scope.WhatIf)
        {
            work.Report(ResourceWords.Instance, entry.InstanceId, SpotRemovalOutcome.AlreadyGone, Code, "It does not exist at EC2.");
            return;
        }

        // A backend without claims takes "not there" for the goal, and hands out what it is not told of for ever.
        if (entry.ClaimId is null)
        {
            var note = $"{Code}: instance {entry.InstanceId} not found in AWS (account {work.AccountId}, {work.Region}) - may already be terminated";
            work.Log.Warning("not_found", $"Cleanup: {note}", ("instance_id", entry.InstanceId), ("reason", entry.Reason), ("code", Code));
            work.Metrics.Termination("not_found", entry.Reason);
            work.Report(ResourceWords.Instance, entry.InstanceId, SpotRemovalOutcome.AlreadyGone, Code, note + ".");
            entry.Stage = OutboxStage.Settled;
            entry.At = work.Now;
            entry.Report = TerminationReports.Of(entry, TerminationOutcomes.Terminated, work.Now, note);
            _outbox.Put(entry);
            await DeliverAsync(entry, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Only a backend that names account and region, and counts the sightings, can tell an ended machine from a foreign one.
        var message = $"{Code}: EC2 knows no instance {entry.InstanceId} in account {work.AccountId}, {work.Region}; that alone does not count as terminated";
        await SettleAsync(
            entry, TerminationOutcomes.NotFound, "not_found", Code, message,
            new SpotException(SpotErrorIds.TerminationNotVerified, SpotErrorCategory.NotFound, message + ".") { ServiceCode = Code },
            cancellationToken).ConfigureAwait(false);
    }

    private Task RefuseAsync(OutboxEntry entry, Refusal refusal, CancellationToken cancellationToken) => SettleAsync(
        entry, TerminationOutcomes.Refused, "refused", refusal.Code, $"{refusal.Code}: {refusal.Message}",
        new SpotException(SpotErrorIds.TerminationRefused, SpotErrorCategory.Refused, refusal.Message + ".") { ServiceCode = refusal.Code },
        cancellationToken);

    private Task FailAsync(OutboxEntry entry, SpotException error, CancellationToken cancellationToken)
    {
        var message = error.ServiceCode == "UnauthorizedOperation"
            ? $"UnauthorizedOperation: IAM permissions insufficient to terminate instance {entry.InstanceId}"
            : $"{error.ServiceCode}: {error.Message}";
        return SettleAsync(entry, TerminationOutcomes.Failed, "failed", error.ServiceCode!, message, error, cancellationToken);
    }

    private async Task SettleAsync(
        OutboxEntry entry, string outcome, string metric, string code, string message, SpotException error, CancellationToken cancellationToken)
    {
        var refused = outcome == TerminationOutcomes.Refused;
        work.Report(ResourceWords.Instance, entry.InstanceId, refused ? SpotRemovalOutcome.Skipped : SpotRemovalOutcome.Failed, code, error.Message);
        if (work.Scope.WhatIf)
        {
            return;
        }

        error.Target ??= entry.InstanceId;
        work.Metrics.Termination(metric, entry.Reason);
        work.Log.Error(
            metric, $"Cleanup: ✗ Failed to terminate {entry.InstanceId}: {message}",
            ("instance_id", entry.InstanceId), ("reason", entry.Reason), ("claim_id", entry.ClaimId), ("code", code));
        work.Host.Error(error);

        // A placeholder is no machine, so no file bears its name. A backend without claims hands it out for ever and is told once.
        entry.Stage = OutboxStage.Settled;
        entry.At = work.Now;
        entry.Report = TerminationReports.Of(entry, outcome, work.Now, message, code);
        if (InstanceIds.IsValid(entry.InstanceId))
        {
            _outbox.Put(entry);
            await DeliverAsync(entry, cancellationToken).ConfigureAwait(false);
        }
        else if ((await work.Backend.ReportAsync(work.AgentId, entry.Report, cancellationToken).ConfigureAwait(false)).Succeeded && entry.ClaimId is null)
        {
            work.State.Placeholders.Note(entry.InstanceId);
        }
    }
}

/// <summary>Kinds, in EC2's resource-type words.</summary>
internal static class ResourceWords
{
    public const string Instance = "instance";
    public const string Image = "image";
    public const string Snapshot = "snapshot";
}
