using System.Management.Automation;
using System.Text;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Runs a command on machines, many at a time, and writes the result of each.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SpotCommand", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotCommandResult))]
public sealed class InvokeSpotCommandCommand : SpotInstanceTargetCmdlet
{
    /// <inheritdoc/>
    [Parameter(Position = 0)]
    [Alias("InstanceId")]
    [ValidateNotNullOrEmpty]
    [InstanceIds]
    [ArgumentCompleter(typeof(InstanceIdCompleter))]
    public override string[] Id { get; set; } = [];

    /// <inheritdoc/>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public override PSObject[] InputObject { get; set; } = [];

    /// <summary>The command, for the shell of the machines.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Command { get; set; }

    /// <summary>A script block, for PowerShell on the machines.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Path of an OpenSSH private key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyPath { get; set; }

    /// <summary>Machines at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = 32;

    /// <summary>Seconds that the command may take on each machine.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 120;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // What is piped has no place on the command line, so the first argument is the command.
        if (MyInvocation.ExpectingInput && Command is null && ScriptBlock is null && Id is [{ } only])
        {
            Command = only;
            Id = [];
        }

        var wrong = Command is null == ScriptBlock is null ? "Exactly one of -Command and -ScriptBlock is required."
            : MyInvocation.ExpectingInput == Id.Length > 0 && InputObject.Length == 0 ? "Instances are required, either as ids or as objects from the pipeline."
            : null;
        if (wrong is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, wrong)
                {
                    RecommendedAction = "For example: Get-SpotInstance -ClusterName demo | Invoke-SpotCommand uptime",
                },
                Command));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        var request = new SshRequest
        {
            Command = Command ?? PowerShellCommand(ScriptBlock!.ToString()),
            ThrottleLimit = ThrottleLimit,
            Timeout = TimeSpan.FromSeconds(Timeout),
            PrivateKeyPath = FilePath(PrivateKeyPath),
        };
        var chosen = Choose(engine, target => Consents(target.Description, "Run command", force: false));
        if (chosen.Count == 0)
        {
            return;
        }

        Run(chosen, async (pump, token) =>
        {
            // An object knows how it is reached, also one that was looked up; an id of a region that did not answer may be found now.
            var machines = chosen.Select(target => target.Instance).OfType<SpotInstance>().ToList();
            InstanceKey[] unknown = [.. chosen.Where(target => target.Instance is null).Select(target => target.Key)];
            if (unknown.Length > 0)
            {
                machines.AddRange((await InstanceFinder.ManyAsync(engine, unknown, pump, token).ConfigureAwait(false)).Select(target => target.Instance).OfType<SpotInstance>());
            }

            await foreach (var result in engine.Ssh.RunAsync(machines, request, pump, token).ConfigureAwait(false))
            {
                pump.Write(result);
            }
        });
    }

    // Encoded, so that neither shell on the way reads anything into it.
    private static string PowerShellCommand(string script) =>
        "pwsh -NoProfile -NonInteractive -EncodedCommand " + Convert.ToBase64String(Encoding.Unicode.GetBytes(script));
}
