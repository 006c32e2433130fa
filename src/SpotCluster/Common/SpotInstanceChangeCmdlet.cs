using System.Globalization;
using System.Management.Automation;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that changes given instances. Unmanaged ones at Vast.ai are reached only when asked for, with a prompt of their own.</summary>
public abstract class SpotInstanceChangeCmdlet : SpotInstanceTargetCmdlet
{
    /// <summary>Vast.ai: also unmanaged instances of the account.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    private List<InstanceTarget> _chosen = [];

    /// <summary>What an interruption leaves: the instances that were chosen, what they cost, and what to run.</summary>
    /// <param name="may">What may be so, after "1 instance" or "some of 3 instances".</param>
    /// <param name="advice">The command that finishes it or takes it back, without the ids.</param>
    private protected string Interrupted(string may, string advice) => string.Format(
        CultureInfo.InvariantCulture,
        "{0} {1}, at most {2}. {3} {4}",
        _chosen.Count == 1 ? "1 instance" : $"Some of {_chosen.Count} instances",
        may,
        PerHour(_chosen.Aggregate((decimal?)0, (sum, target) => sum + target.Instance?.HourlyPrice)),
        advice,
        string.Join(", ", _chosen.Select(target => target.Key.Id)));

    /// <summary>The instances that exist and are to be changed. Refuses parameters that would do nothing for them.</summary>
    /// <param name="engine">Where ids are looked up.</param>
    /// <param name="action">The change.</param>
    /// <param name="force">Does not ask.</param>
    /// <param name="isLoss">Data is lost, so that it is confirmed by itself.</param>
    /// <param name="isAdoption">Reaches unmanaged instances without -IncludeForeign.</param>
    private protected List<InstanceKey> ChooseToChange(SpotEngine engine, string action, bool force, bool isLoss = false, bool isAdoption = false)
    {
        var misplaced = IncludeForeign && Targets.Any(target => !target.Key.IsVast) ? Misplaced(SpotProvider.Aws, [nameof(IncludeForeign)])
            : Targets.All(target => target.Key.IsVast) ? Misplaced(SpotProvider.Vast, OnlyAwsConnection)
            : null;
        if (misplaced is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(misplaced, null));
        }

        var chosen = Choose(engine, target => isLoss ? ConsentsToLoss(target.Description, action, force) : Consents(target.Description, action, force));
        SpotInstance[] foreign = !(IncludeForeign || isAdoption) || ConsentsUnasked(force)
            ? []
            : [.. chosen.Select(target => target.Instance).OfType<SpotInstance>().Where(instance => !engine.Providers.Manage(instance))];
        UnmanagedPrompt.Require(
            this,
            [.. foreign.Select(instance => $"  {instance.Id} {instance.Name ?? "without a label"} ({instance.Region})")],
            $"{action} {foreign.Length} of {chosen.Count} instances not managed by SpotCluster?");
        _chosen = chosen;
        return [.. chosen.Select(target => target.Key with { IncludeForeign = IncludeForeign && target.Key.IsVast })];
    }
}
