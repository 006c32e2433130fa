using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Opens a shell on a machine with the system's ssh.</summary>
[Cmdlet(VerbsCommon.Enter, "SpotInstance", DefaultParameterSetName = ById)]
[OutputType(typeof(void))]
public sealed class EnterSpotInstanceCommand : SpotInstanceTargetCmdlet
{
    /// <summary>Path of an OpenSSH private key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyPath { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Targets.Count != 1)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Exactly one instance is required for a session, and {Targets.Count} were specified.")
                {
                    RecommendedAction = "Specify one: Get-SpotInstance -ClusterName demo | Select-Object -First 1 | Enter-SpotInstance",
                },
                Targets.Count));
        }

        var engine = OpenEngine();
        var key = Targets[0].Key;
        var instance = Targets[0].Instance is { SshCommand: not null } known ? known : null;
        Run(key.Id, async (pump, token) =>
        {
            instance ??= await InstanceFinder.OneAsync(engine, key, pump, token).ConfigureAwait(false);
            if (instance is not null && engine.Ssh.Enter(instance, FilePath(PrivateKeyPath), command: null, token) is var code and not 0)
            {
                pump.Verbose($"ssh ended with exit code {code}.");
            }
        });
    }
}
