using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Copies files and folders to instances, or from one, with the system's scp or rsync.</summary>
[Cmdlet(VerbsCommon.Copy, "SpotItem", DefaultParameterSetName = ById, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class CopySpotItemCommand : SpotInstanceTargetCmdlet
{
    /// <summary>What is copied.</summary>
    [Parameter(Position = 1, Mandatory = true, HelpMessage = "File or folder to copy: on this computer, or with -FromInstance on the instance")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Where it goes.</summary>
    [Parameter(Position = 2)]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>From the instance to this computer.</summary>
    [Parameter]
    public SwitchParameter FromInstance { get; set; }

    /// <summary>Patterns to leave out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Path of an OpenSSH private key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyPath { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        if (FromInstance && Targets.Count > 1)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"-FromInstance is not supported with {Targets.Count} instances: the copies would overwrite each other.")
                {
                    RecommendedAction = "Copy from each instance to its own folder.",
                },
                Targets.Count));
        }

        var engine = OpenEngine();
        SshCopy[] copies = [.. Path.Select(path => FromInstance
            ? new SshCopy(FilePath(Destination ?? ".")!, path, IsUpload: false) { Exclude = Exclude }
            : new SshCopy(FilePath(path)!, Destination ?? "", IsUpload: true) { Exclude = Exclude })];
        AfterStop = () => $"What was being copied may be incomplete on {string.Join(", ", Targets.Select(target => target.Key.Id))}. To finish, run the same command again.";
        foreach (var target in Choose(engine, target => Consents(target.Description, FromInstance ? "Copy from" : "Copy to", force: false)))
        {
            Run(target.Key.Id, async (pump, token) =>
            {
                var machine = target.Instance is { SshCommand: not null } known ? known : await InstanceFinder.OneAsync(engine, target.Key, pump, token).ConfigureAwait(false);
                foreach (var copy in copies.TakeWhile(_ => machine is not null))
                {
                    var code = await Task.Run(() => engine.Ssh.Copy(machine!, copy, FilePath(PrivateKeyPath), token), token).ConfigureAwait(false);
                    token.ThrowIfCancellationRequested();
                    if (code != 0)
                    {
                        throw SshService.CopyFailed(machine!, copy, code);
                    }
                }
            });
        }
    }
}
