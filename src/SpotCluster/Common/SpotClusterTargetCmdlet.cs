using System.Management.Automation;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that works on given clusters: by name, or objects from the pipeline.</summary>
public abstract class SpotClusterTargetCmdlet : SpotEngineCmdlet
{
    /// <summary>The set of names.</summary>
    private protected const string ByName = "Name";

    /// <summary>The set of objects.</summary>
    private protected const string ByObject = "InputObject";

    private readonly List<ClusterTarget> _targets = [];

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ByName, Position = 0, Mandatory = true, HelpMessage = "Name of the cluster")]
    [Alias("ClusterName")]
    [ValidateNotNullOrEmpty]
    [ClusterNames]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public virtual string[] Name { get; set; } = [];

    /// <summary>Clusters from Get-SpotCluster, what belongs to one, names, or rows.</summary>
    [Parameter(
        ParameterSetName = ByObject,
        Mandatory = true,
        ValueFromPipeline = true,
        HelpMessage = "Clusters from Get-SpotCluster")]
    [ValidateNotNull]
    public virtual PSObject[] InputObject { get; set; } = [];

    /// <summary>The clusters that were given, each once.</summary>
    private protected IReadOnlyList<ClusterTarget> Targets => _targets;

    /// <summary>True when clusters were given, or could have been: an empty pipeline asks for none, and not for all.</summary>
    private protected bool IsNarrowed => _targets.Count > 0 || MyInvocation.ExpectingInput;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            foreach (var item in InputObject.Concat(Name.Select(PSObject.AsPSObject)))
            {
                var target = ClusterTarget.Read(item, provider: null);
                if (!_targets.Contains(target))
                {
                    _targets.Add(target);
                }
            }
        }
        catch (SpotException wrong)
        {
            // Before anything is looked at, so that nothing is done with the half of a wrong pipeline.
            ThrowTerminatingError(ErrorRecords.From(wrong, InputObject.FirstOrDefault()?.BaseObject));
        }
    }

    /// <summary>The time of the command, where it has a limit.</summary>
    private protected CommandTime? Time { get; set; }

    /// <summary>The clusters by their own names, each once, with patterns replaced by the clusters that exist.</summary>
    /// <param name="engine">Where patterns are looked up.</param>
    /// <param name="regions">Regions to look at; empty for all.</param>
    /// <param name="providers">Providers to look at; empty for every one with credentials.</param>
    private protected List<ClusterTarget> Resolve(SpotEngine engine, IReadOnlyList<string> regions, IReadOnlyList<SpotProvider> providers)
    {
        // A literal name is taken as it is: what remains of a cluster may be too little to be listed as one.
        var clusters = _targets.Where(target => !target.IsPattern).ToList();
        string[] patterns = [.. _targets.Where(target => target.IsPattern).Select(target => target.Name)];
        if (patterns.Length > 0)
        {
            clusters.AddRange(Resolve(engine, regions, providers, patterns));
        }

        // An object that names its provider is the same cluster as a name without one.
        var account = AccountOf(engine);
        return [.. clusters
            .Where(target => account is null || target.AccountId is null || target.AccountId == account || target.Provider == SpotProvider.Vast)
            .Where(target => target.Provider is not null || !clusters.Exists(other => other.Provider is not null && string.Equals(other.Name, target.Name, StringComparison.OrdinalIgnoreCase)))
            .Distinct()];
    }

    /// <summary>The clusters that exist and fit one of the names.</summary>
    private protected List<ClusterTarget> Resolve(SpotEngine engine, IReadOnlyList<string> regions, IReadOnlyList<SpotProvider> providers, string[] names)
    {
        var found = new List<ClusterTarget>();
        Run(names[0], async (pump, token) =>
        {
            var query = new ClusterQuery { Names = names, Regions = regions, AreRegionsDefault = IsDefaulted("Region"), Providers = providers, EveryCloud = providers.Count == 0 };
            async Task<bool> ListAsync()
            {
                await foreach (var cluster in engine.Clusters.GetClustersAsync(query, pump, token).ConfigureAwait(false))
                {
                    found.Add(new ClusterTarget(cluster.Name, cluster.Provider) { AccountId = cluster.AccountId });
                }

                return true;
            }

            await (Time is { } time ? time.WithinAsync(ListAsync) : ListAsync()).ConfigureAwait(false);
        });
        return found;
    }
}
