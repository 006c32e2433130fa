using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Ssh;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary>
/// A command on an instance of its own: rented, used, destroyed. Killed at any moment, the instance destroys itself at the end
/// of its time to live, and the next job or <c>nuke --expired</c> destroys it where it cannot.
/// </summary>
/// <param name="Command">For the shell of the instance.</param>
/// <param name="Uploads">LOCAL or LOCAL:REMOTE, before the command.</param>
/// <param name="Downloads">REMOTE or REMOTE:LOCAL, after it.</param>
/// <param name="PrivateKeyPath">Key to log in with; null for the usual one.</param>
internal sealed record RentalJob(string Command, IReadOnlyList<string> Uploads, IReadOnlyList<string> Downloads, string? PrivateKeyPath)
{
    private const string Prefix = "job-";

    /// <summary>The time to live of an instance whose job does not say another.</summary>
    private static readonly TimeSpan UsualLife = TimeSpan.FromHours(24);

    private static readonly TimeSpan ReachableWithin = TimeSpan.FromMinutes(10);

    public async Task RunAsync(CommandRun run, IEngineSession engine, VastClusterRequest request, CancellationToken cancellationToken)
    {
        if (request.Count != 1)
        {
            throw new SpotException(SpotErrorIds.CountInvalid, SpotErrorCategory.InvalidArgument, "--count is not supported with a command: a job has one instance.");
        }

        await RemoveExpiredAsync(run, engine, cancellationToken).ConfigureAwait(false);
        request = request with { Name = Prefix + Guid.NewGuid().ToString("N")[..8], ExpiresIn = request.ExpiresIn ?? UsualLife };
        run.AfterInterruption = () => run.Calls.Changes == 0
            ? null
            : $"The instance of the job is being destroyed; if it is still there, it destroys itself within {Cells.Duration(request.ExpiresIn.Value)}. To remove it now: spotcluster destroy --provider vast --name {request.Name} --force";
        var exitCode = 1;
        try
        {
            await engine.Vast.LaunchAsync(request, run.Host, cancellationToken).ConfigureAwait(false);
            exitCode = await UseAsync(run, engine, request.Name, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Also when the user has stopped waiting: what nobody uses would be billed.
            await engine.Vast.RemoveAllAsync(
                new VastRemovalScope { ClusterName = request.Name }, removal => run.Report.Append("removals", removal), run.Host, CancellationToken.None).ConfigureAwait(false);
        }

        run.Report.Add("exitCode", exitCode);
        run.EndWith(run.Host.ErrorCount > 0 && exitCode == 0 ? ExitCode.Incomplete : exitCode);
    }

    private static async Task RemoveExpiredAsync(CommandRun run, IEngineSession engine, CancellationToken cancellationToken)
    {
        var scope = new VastRemovalScope { Expired = true, OnlyClusters = [Prefix + "*"] };
        var left = await engine.Vast.PlanRemovalAsync(scope, run.Host, cancellationToken).ConfigureAwait(false);
        if (left.Count > 0)
        {
            run.Host.Warning($"{Cells.Count(left.Count, "instance")} of earlier jobs expired and {(left.Count == 1 ? "is" : "are")} destroyed.");
            await engine.Vast.RemoveAllAsync(scope, _ => { }, run.Host, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> UseAsync(CommandRun run, IEngineSession engine, string name, CancellationToken cancellationToken)
    {
        var rented = await engine.Vast.GetInstancesAsync(new InstanceQuery { ClusterNames = [name] }, run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        var reachable = await engine.Vast.WaitAsync(
            [.. rented.Select(instance => new InstanceKey(instance.Id, null, SpotProvider.Vast))], WaitCondition.Reachable, ReachableWithin, run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        if (reachable is not [var machine])
        {
            return ExitCode.Failed;
        }

        run.Report.Add("instance", machine);
        Messages.WriteNote(run.Console, $"Instance {machine.Id} ({machine.GpuName}), {Cells.HourlyPrice(machine.HourlyPrice)} per hour.");
        foreach (var upload in Uploads)
        {
            var (local, remote) = Pair(upload, "");
            await CopyAsync(run, engine, machine, new SshCopy(local, remote, IsUpload: true), cancellationToken).ConfigureAwait(false);
        }

        var code = await Task.Run(() => engine.Ssh.Enter(machine, PrivateKeyPath, Command, cancellationToken), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var download in Downloads)
        {
            var (remote, local) = Pair(download, ".");
            await CopyAsync(run, engine, machine, new SshCopy(local, remote, IsUpload: false), cancellationToken).ConfigureAwait(false);
        }

        return code;
    }

    private async Task CopyAsync(CommandRun run, IEngineSession engine, SpotInstance machine, SshCopy copy, CancellationToken cancellationToken)
    {
        var code = await Task.Run(() => engine.Ssh.Copy(machine, copy, PrivateKeyPath, cancellationToken), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (code != 0)
        {
            var error = new SpotException(
                SpotErrorIds.SshFailed, SpotErrorCategory.Connection,
                $"Cannot copy {(copy.IsUpload ? copy.LocalPath : copy.RemotePath)} {(copy.IsUpload ? "to" : "from")} instance {machine.Id} (exit code {Cells.Number(code)}).")
            {
                Target = machine.Id,
            };
            if (copy.IsUpload)
            {
                // Without its input the command is of no use; without one result the others still are.
                throw error;
            }

            run.Host.Error(error);
        }
    }

    private static (string First, string Second) Pair(string text, string otherwise)
    {
        // A drive letter of Windows is no separator.
        var at = text.IndexOf(':', text.Length > 1 && text[1] == ':' ? 2 : 0);
        return at < 0 ? (text, otherwise) : (text[..at], text[(at + 1)..]);
    }
}
