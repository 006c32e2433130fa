using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Opens a shell on a machine with the system's ssh.</summary>
[Cmdlet(VerbsCommon.Enter, "SpotInstance", DefaultParameterSetName = ByObject)]
[OutputType(typeof(void))]
public sealed class EnterSpotInstanceCommand : SpotInstanceTargetCmdlet
{
    /// <summary>Path of an OpenSSH private key.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyPath { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Chosen.Count != 1)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"A session needs one machine, and {Chosen.Count} were given.")
                {
                    RecommendedAction = "Choose one: Get-SpotInstance -ClusterName demo | Select-Object -First 1 | Enter-SpotInstance",
                },
                Chosen.Count));
        }

        var engine = OpenEngine();
        var machine = InputObject.FirstOrDefault(given => given.Id == Chosen[0].Id && given.SshCommand is not null);
        Run(Chosen[0].Id, async (pump, token) =>
        {
            machine ??= await MachineFinder.OneAsync(engine, Chosen[0], pump, token).ConfigureAwait(false);
            if (machine is not null && engine.Ssh.Enter(machine, FilePath(PrivateKeyPath), command: null, token) is var code and not 0)
            {
                pump.Verbose($"ssh ended with exit code {code}.");
            }
        });
    }
}
