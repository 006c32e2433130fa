using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Waits until machines reach a condition, and writes each as it does.</summary>
[Cmdlet(VerbsLifecycle.Wait, "SpotInstance", DefaultParameterSetName = ByObject)]
[OutputType(typeof(SpotInstance))]
public sealed class WaitSpotInstanceCommand : SpotInstanceTargetCmdlet
{
    /// <summary>What to wait for.</summary>
    [Parameter]
    public WaitCondition For { get; set; } = WaitCondition.Running;

    /// <summary>Seconds after which those that are not there yet become errors.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 600;

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Chosen.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        Stream(
            Chosen,
            (pump, token) => engine.Clusters.WaitAsync(Chosen, For, TimeSpan.FromSeconds(Timeout), pump, token));
    }
}
