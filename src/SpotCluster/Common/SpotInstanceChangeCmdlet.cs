using System.Management.Automation;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that changes given instances. Unmanaged ones at Vast.ai are reached only when asked for, with a prompt of their own.</summary>
public abstract class SpotInstanceChangeCmdlet : SpotInstanceTargetCmdlet
{
    /// <summary>Vast.ai: also unmanaged instances of the account.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    private protected override bool ReachesForeign => IncludeForeign;

    /// <summary>True when the change may be made to what was chosen. Refuses parameters that would do nothing for it.</summary>
    private protected bool AgreesToForeign(string action, bool force)
    {
        var misplaced = IncludeForeign && Chosen.Any(key => !key.IsVast) ? Misplaced(SpotProvider.Aws, [nameof(IncludeForeign)])
            : Chosen.All(key => key.IsVast) ? Misplaced(SpotProvider.Vast, OnlyAwsConnection)
            : null;
        if (misplaced is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(misplaced, null));
        }

        if (!IncludeForeign || ConsentsUnasked(force))
        {
            return true;
        }

        var engine = OpenEngine();
        var foreign = new List<SpotInstance>();
        var errors = Run(Chosen, async (pump, token) =>
        {
            var query = new InstanceQuery { Ids = [.. Chosen.Select(key => key.Id)], IncludeForeign = true, IncludePrice = false };
            await foreach (var instance in engine.Vast.GetInstancesAsync(query, pump, token).ConfigureAwait(false))
            {
                if (!VastInstances.IsManaged(instance))
                {
                    foreign.Add(instance);
                }
            }
        });
        return errors.Count == 0 && ForeignQuestion.IsAnswered(
            this,
            [.. foreign.Select(instance => $"  {instance.Id} {instance.Name ?? "without a label"} ({instance.Region})")],
            $"{action} {foreign.Count} of {Chosen.Count} instances that SpotCluster does not manage?");
    }
}
