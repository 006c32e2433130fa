using System.Globalization;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// Asks the metadata service whether AWS takes the machine back. Each notice is acted on once: the backend is told, so that a replica can
/// take over, and the hook command runs.
/// </summary>
internal sealed class InterruptionWatch(CleanupAgent agent, TimeProvider clock)
{
    private const int TicksBetweenQuestions = 60;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Whatever runs on no machine of EC2 gets no notice; a machine that has just booted may find out later that it is one.
            var identity = await agent.Machine.GetIdentityAsync(cancellationToken).ConfigureAwait(false);
            for (var tick = 1; identity is null; tick++)
            {
                await clock.PauseAsync(Tick, cancellationToken).ConfigureAwait(false);
                identity = tick % TicksBetweenQuestions == 0 ? await agent.Machine.GetIdentityAsync(cancellationToken).ConfigureAwait(false) : null;
            }

            while (!cancellationToken.IsCancellationRequested)
            {
                if (await agent.Machine.GetInterruptionAsync(cancellationToken).ConfigureAwait(false) is { } notice
                    && _seen.Add(notice.Action + notice.At?.ToString("o", CultureInfo.InvariantCulture)))
                {
                    await ActAsync(identity, notice, cancellationToken).ConfigureAwait(false);
                }

                await clock.PauseAsync(agent.Options.InterruptionInterval, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The agent stops.
        }
    }

    private async Task ActAsync(HostIdentity identity, InterruptionNotice notice, CancellationToken cancellationToken)
    {
        var at = notice.At is { } time ? BackendJson.Write(time) + "Z" : "";
        agent.Metrics.Interruption();
        agent.Log.Warning(
            "interruption", $"AWS will {notice.Action} {identity.InstanceId}{(at.Length == 0 ? "" : " at " + at)}",
            ("instance_id", identity.InstanceId), ("action", notice.Action), ("time", at));

        // The command does not wait for the backend, which may be what is slow: there are two minutes.
        var hook = RunHookAsync(identity, notice, at, cancellationToken);
        if (agent.AgentId is { } id)
        {
            var isTold = await agent.Backend.ReportInterruptionAsync(id, identity.InstanceId, notice.Action, notice.At, cancellationToken).ConfigureAwait(false);
            agent.Log.Info(
                "interruption_reported", isTold ? "The interruption was reported to the backend" : "Cannot report the interruption to the backend");
        }

        await hook.ConfigureAwait(false);
    }

    private async Task RunHookAsync(HostIdentity identity, InterruptionNotice notice, string at, CancellationToken cancellationToken)
    {
        if (agent.Options.InterruptionCommand is not { } command)
        {
            return;
        }

        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SPOTCLUSTER_INSTANCE_ID"] = identity.InstanceId,
            ["SPOTCLUSTER_ACTION"] = notice.Action,
            ["SPOTCLUSTER_TIME"] = at,
        };
        var (code, error) = await HookCommand.RunAsync(command, environment, cancellationToken).ConfigureAwait(false);
        if (code == 0)
        {
            agent.Log.Info("hook", "The interruption command ended");
        }
        else
        {
            agent.Log.Error(
                "hook", $"The interruption command failed{(error is null ? $" with exit code {code?.ToString(CultureInfo.InvariantCulture)}" : $": {error}")}",
                ("exit_code", code?.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
