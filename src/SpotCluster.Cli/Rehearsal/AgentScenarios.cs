using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal;

/// <summary>The three scenarios of the termination guide.</summary>
internal static class AgentScenarios
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(300);

    public static async Task PlayAsync(AgentRehearsal stage, CancellationToken cancellationToken)
    {
        await DisabledReplicaAsync(stage, cancellationToken).ConfigureAwait(false);
        await PromotionAsync(stage, cancellationToken).ConfigureAwait(false);
        await SwitchedOffAsync(stage, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DisabledReplicaAsync(AgentRehearsal stage, CancellationToken cancellationToken)
    {
        stage.Story.Heading(1, "A manual replica is disabled");
        var primary = stage.AddMachine();
        await stage.EnrollAsync("web-1", primary, cancellationToken).ConfigureAwait(false);
        var (_, replica) = await stage.AddReplicaAsync(cancellationToken).ConfigureAwait(false);
        stage.Story.Say($"Agent web-1 runs on {primary}; its replica {replica} is ready. Manual mode is disabled.");
        await stage.ConfigureAsync(new { manualReplicaEnabled = false }, cancellationToken).ConfigureAwait(false);
        await stage.AgentPassAsync(cancellationToken).ConfigureAwait(false);
        stage.Claim(stage.StateOf(replica) == "terminated", $"EC2 reports that {replica} is terminated.");
        stage.Claim(stage.StateOf(primary) == "running", $"The primary {primary} is still running.");
        stage.Claim(await IsKnownAsync(stage, replica, cancellationToken).ConfigureAwait(false), $"The backend records that {replica} is terminated.");
    }

    private static async Task PromotionAsync(AgentRehearsal stage, CancellationToken cancellationToken)
    {
        stage.Story.Heading(2, "A replica is promoted, and the old primary is terminated after its wait");
        var primary = stage.AddMachine();
        await stage.EnrollAsync("web-2", primary, cancellationToken).ConfigureAwait(false);
        var (id, replica) = await stage.AddReplicaAsync(cancellationToken).ConfigureAwait(false);
        await stage.AsAgentAsync(HttpMethod.Post, $"/api/agents/{stage.AgentId}/replicas/{id}/promote", new { demote_old_primary = false }, cancellationToken).ConfigureAwait(false);
        stage.Story.Say($"{replica} has become the primary; {primary} is retained for {Cells.Duration(Wait)}.");
        var early = await stage.AgentPassAsync(cancellationToken).ConfigureAwait(false);
        stage.Claim(early.Found == 0 && stage.StateOf(primary) == "running", $"Before the wait is over, {primary} is still running.");
        stage.Pass(Wait);
        await stage.AgentPassAsync(cancellationToken).ConfigureAwait(false);
        stage.Claim(stage.StateOf(primary) == "terminated", $"EC2 reports that {primary} is terminated.");
        stage.Claim(stage.StateOf(replica) == "running", $"The new primary {replica} is still running.");
        stage.Claim(await IsKnownAsync(stage, primary, cancellationToken).ConfigureAwait(false), $"The backend records that {primary} is terminated.");
    }

    private static async Task SwitchedOffAsync(AgentRehearsal stage, CancellationToken cancellationToken)
    {
        stage.Story.Heading(3, "Auto-terminate is disabled");
        var primary = stage.AddMachine();
        await stage.EnrollAsync("web-3", primary, cancellationToken).ConfigureAwait(false);
        await stage.ConfigureAsync(new { autoTerminateEnabled = false }, cancellationToken).ConfigureAwait(false);
        var (_, replica) = await stage.AddReplicaAsync(cancellationToken).ConfigureAwait(false);
        await stage.ConfigureAsync(new { manualReplicaEnabled = false }, cancellationToken).ConfigureAwait(false);
        stage.Story.Say($"{replica} is marked, and auto-terminate is disabled.");
        await stage.AgentPassAsync(cancellationToken).ConfigureAwait(false);
        stage.Pass(TimeSpan.FromDays(1));
        await stage.AgentPassAsync(cancellationToken).ConfigureAwait(false);
        stage.Claim(stage.StateOf(replica) == "running", $"A day later {replica} is still running.");
        await stage.ConfigureAsync(new { autoTerminateEnabled = true }, cancellationToken).ConfigureAwait(false);
        await stage.AgentPassAsync(cancellationToken).ConfigureAwait(false);
        stage.Claim(stage.StateOf(replica) == "terminated", $"Auto-terminate is enabled again: {replica} is terminated at once.");
        stage.Claim(stage.StateOf(primary) == "running", $"The primary {primary} is still running.");
    }

    private static async Task<bool> IsKnownAsync(AgentRehearsal stage, string id, CancellationToken cancellationToken)
    {
        var gone = await stage.AsAdminAsync(HttpMethod.Get, "/api/admin/terminations?state=terminated", null, cancellationToken).ConfigureAwait(false);
        return gone.AsArray().Any(item => (string?)item!["instance_id"] == id);
    }
}
