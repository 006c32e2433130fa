using System.Collections;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Changes the expiry, the protection and the tags of clusters.</summary>
[Cmdlet(VerbsCommon.Set, "SpotCluster", DefaultParameterSetName = ByName, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Cluster))]
public sealed class SetSpotClusterCommand : SpotClusterTargetCmdlet
{
    /// <summary>Makes it.</summary>
    public SetSpotClusterCommand() => IsFinishedOnceBegun = true;

    /// <summary>How long the clusters live from now on.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? ExpiresIn { get; set; }

    /// <summary>When the clusters end.</summary>
    [Parameter]
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Until when the clusters are not removed.</summary>
    [Parameter]
    public DateTimeOffset? ProtectUntil { get; set; }

    /// <summary>Lifts the protection.</summary>
    [Parameter]
    public SwitchParameter Unprotect { get; set; }

    /// <summary>Further tags.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Tag { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        var wrong = ExpiresIn is not null && ExpiresAt is not null ? "-ExpiresIn is not supported with -ExpiresAt."
            : ExpiresIn is null && ExpiresAt is null && ProtectUntil is null && !Unprotect && Tag.Count == 0 ? "There is nothing to change."
            : null;
        if (wrong is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, wrong)
                {
                    RecommendedAction = "Give one of -ExpiresIn and -ExpiresAt, -ProtectUntil or -Unprotect, -Tag, or several of these.",
                },
                null));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var engine = Targets.Count == 0 ? null : OpenEngine();
        foreach (var cluster in engine is null ? [] : Resolve(engine, [], [SpotProvider.Aws]))
        {
            if (cluster.Provider is { } provider && engine!.Providers.Of(provider).Facts.Lacking(ProviderCapability.ChangeCluster, cluster.Name) is { } missing)
            {
                WriteError(ErrorRecords.From(missing, cluster.Name));
                continue;
            }

            Set(engine!, cluster.Name);
        }
    }

    private void Set(SpotEngine engine, string name)
    {
        RemovalPlan? everything = null;
        ClusterChange? change = null;
        Run(name, async (pump, token) =>
        {
            // Protected resources are in it too.
            everything = await engine.Removal.PlanAsync(new RemovalScope { ClusterName = name, Unprotect = true }, pump, token).ConfigureAwait(false);
            var wanted = new ClusterChange
            {
                Name = name,
                ExpiresAt = ExpiresIn is { } life ? engine.Time.GetUtcNow() + life : ExpiresAt,
                ProtectUntil = ProtectUntil,
                Unprotect = Unprotect,
                Tags = TagTable.Read(Tag),
            };
            wanted.Check(engine.Configuration.Settings.FilterTagName, engine.Time.GetUtcNow());
            change = wanted;
        });
        if (everything is null || change is null)
        {
            return;
        }

        if (everything.Resources.Count == 0)
        {
            WriteError(ErrorRecords.From(ClusterErrors.NotFound(name), name));
            return;
        }

        if (Consents($"cluster '{name}': {everything.Resources.Count} resources at {RemovalPreview.Scope(everything)}", $"Set {change.Text}", force: false))
        {
            AfterStop = () => $"The change of cluster '{name}' ({change.Text}) may be incomplete. To finish it, run the same command again.";
            Run(name, async (pump, token) =>
            {
                if (await engine.Clusters.SetAsync(change, everything, pump, token).ConfigureAwait(false) is { } cluster)
                {
                    pump.Write(cluster);
                }
            });
        }
    }
}
