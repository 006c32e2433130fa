using System.Management.Automation;
using SpotCluster.Common;

namespace SpotCluster.Commands;

/// <summary>Checks the configuration: true, or false with each finding as an error.</summary>
[Cmdlet(VerbsDiagnostic.Test, "SpotConfiguration")]
[OutputType(typeof(bool))]
public sealed class TestSpotConfigurationCommand : SpotEngineCmdlet
{
    /// <summary>Also asks the cloud.</summary>
    [Parameter]
    public SwitchParameter Online { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var engine = OpenEngine();
        var isRight = false;
        Run(ConfigurationPath, async (pump, token) =>
        {
            var findings = await engine.TestConfigurationAsync(Online, pump, token).ConfigureAwait(false);
            foreach (var finding in findings)
            {
                pump.Error(finding);
            }

            isRight = findings.Count == 0;
        });
        WriteObject(isRight);
    }
}
