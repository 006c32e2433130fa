using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Shows what a machine would be told at its first boot, secrets masked. Asks no cloud.</summary>
[Cmdlet(VerbsCommon.Get, "SpotUserData")]
[OutputType(typeof(SpotUserData))]
public sealed class GetSpotUserDataCommand : SpotNodeCmdlet
{
    /// <summary>Name of the cluster.</summary>
    [Parameter(
        Position = 0,
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "Name of the cluster: letters, digits and dashes, starting with a letter")]
    [AllowEmptyString]
    public string Name { get; set; } = "";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        Run(Name, (pump, _) =>
        {
            pump.Write(engine.GetUserData(NodeRequest(Name)));
            return Task.CompletedTask;
        });
    }
}
