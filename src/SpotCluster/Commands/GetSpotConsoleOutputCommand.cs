using System.Management.Automation;
using SpotCluster.Common;

namespace SpotCluster.Commands;

/// <summary>Gets what the serial console of an instance at AWS shows.</summary>
[Cmdlet(VerbsCommon.Get, "SpotConsoleOutput", DefaultParameterSetName = ById)]
[OutputType(typeof(string))]
public sealed class GetSpotConsoleOutputCommand : SpotInstanceTargetCmdlet
{
    /// <summary>What the console shows now, and not at the start.</summary>
    [Parameter]
    public SwitchParameter Latest { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var engine = Targets.Count == 0 ? null : OpenEngine();
        foreach (var key in Targets.Select(target => target.Key))
        {
            Run(key.Id, async (pump, token) =>
            {
                var text = await engine!.Power.GetConsoleOutputAsync(key, Latest, pump, token).ConfigureAwait(false);
                if (text.Length == 0)
                {
                    pump.Warning($"The console of {key.Id} has shown nothing yet: AWS keeps its output some minutes after the start of an instance.");
                    return;
                }

                foreach (var line in text.Split('\n'))
                {
                    pump.Write(line.TrimEnd('\r'));
                }
            });
        }
    }
}
