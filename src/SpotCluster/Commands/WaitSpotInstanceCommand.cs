using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Waits until machines reach a condition, and writes each as it does.</summary>
[Cmdlet(VerbsLifecycle.Wait, "SpotInstance", DefaultParameterSetName = ById)]
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
        if (Targets.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        InstanceKey[] keys = [.. Targets.Select(target => target.Key)];
        var price = Targets.Aggregate((decimal?)0, (sum, target) => sum + target.Instance?.HourlyPrice);
        var ids = string.Join(", ", keys.Select(key => key.Id));
        AfterStop = () => For == WaitCondition.Terminated
            ? $"{ClusterLaunch.MayRun(keys.Length, price)} To see them: Get-SpotInstance {ids}"
            : $"{ClusterLaunch.Remaining(keys.Length)} billed, {PerHour(price)}. To remove them: Remove-SpotInstance {ids}";
        Stream(
            keys,
            (pump, token) => engine.Clusters.WaitAsync(keys, For, TimeSpan.FromSeconds(Timeout), pump, token));
    }
}
