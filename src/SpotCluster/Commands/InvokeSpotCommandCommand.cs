using System.Management.Automation;
using System.Text;
using SpotCluster.Common;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Ssh;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Runs a command on machines, many at a time, and writes the result of each.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SpotCommand", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByObject)]
[OutputType(typeof(SpotCommandResult))]
public sealed class InvokeSpotCommandCommand : SpotInstanceTargetCmdlet
{
    private readonly List<SpotInstance> _given = [];

    /// <summary>The command, for the shell of the machines.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Command { get; set; }

    /// <summary>A script block, for PowerShell on the machines.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Path of an OpenSSH private key.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
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
        if (Command is null == ScriptBlock is null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "Give either -Command or -ScriptBlock.")
                {
                    RecommendedAction = "For example: -Command 'uptime'",
                },
                Command));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        base.ProcessRecord();
        _given.AddRange(InputObject.Where(machine => _given.TrueForAll(known => known.Id != machine.Id)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Chosen.Count == 0)
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
        Run(Chosen, async (pump, token) =>
        {
            // An object knows how it is reached; an id has to be looked up.
            var machines = _given.Where(machine => Chosen.Any(key => key.Id == machine.Id)).ToList();
            InstanceKey[] unknown = [.. Chosen.Where(key => machines.TrueForAll(machine => machine.Id != key.Id))];
            if (unknown.Length > 0)
            {
                machines.AddRange(await MachineFinder.ManyAsync(engine, unknown, pump, token).ConfigureAwait(false));
            }

            await foreach (var result in engine.Ssh.RunAsync(machines, request, pump, token).ConfigureAwait(false))
            {
                pump.Write(result);
            }
        });
    }

    /// <inheritdoc/>
    private protected override bool Accepts(string description) => ShouldProcess(description, "Run command");

    // Encoded, so that neither shell on the way reads anything into it.
    private static string PowerShellCommand(string script) =>
        "pwsh -NoProfile -NonInteractive -EncodedCommand " + Convert.ToBase64String(Encoding.Unicode.GetBytes(script));
}
