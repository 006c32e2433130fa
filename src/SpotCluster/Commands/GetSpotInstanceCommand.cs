using System.Collections;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Lists machines, as the regions answer.</summary>
[Cmdlet(VerbsCommon.Get, "SpotInstance", DefaultParameterSetName = ByQuery)]
[OutputType(typeof(SpotInstance))]
public sealed class GetSpotInstanceCommand : SpotRegionCmdlet
{
    private const string ByQuery = "Query";
    private const string ByCluster = "InputObject";

    /// <summary>Names of machines; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ByQuery, Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Name { get; set; } = [];

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ByQuery)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] ClusterName { get; set; } = [];

    /// <summary>Ids of machines, taken literally.</summary>
    [Parameter(ParameterSetName = ByQuery, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("InstanceId")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>Clusters, as Get-SpotCluster writes them.</summary>
    [Parameter(
        ParameterSetName = ByCluster,
        Mandatory = true,
        ValueFromPipeline = true,
        HelpMessage = "Clusters, as Get-SpotCluster writes them")]
    [ValidateNotNull]
    public Cluster[] InputObject { get; set; } = [];

    /// <summary>States.</summary>
    [Parameter]
    public SpotInstanceState[] State { get; set; } = [];

    /// <summary>Tags that a machine must have, each with exactly that value.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Tag { get; set; } = [];

    /// <summary>Clouds.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider[] Provider { get; set; } = [];

    /// <summary>Also machines that other people or programs launched.</summary>
    [Parameter]
    public SwitchParameter IncludeForeign { get; set; }

    /// <summary>Also what each machine has cost until now.</summary>
    [Parameter]
    public SwitchParameter Cost { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        var query = new InstanceQuery
        {
            Ids = Id,
            Names = Name,
            ClusterNames = ParameterSetName == ByCluster ? [.. InputObject.Select(cluster => cluster.Name)] : ClusterName,
            Regions = Region,
            States = State,
            Tags = TagTable.Read(Tag),
            Providers = Provider,
            EveryCloud = Provider.Length == 0,
            IncludeForeign = IncludeForeign,
        };
        UnmanagedInstances? others = null;
        query = query with { OnUnmanaged = found => others = found };
        var missingIds = new LiteralNames(Id);
        var missingNames = new LiteralNames(Name);
        var missingClusters = new LiteralNames(ClusterName);
        var errors = Stream(new[] { Id, Name, ClusterName }.FirstOrDefault(given => given.Length > 0), (pump, token) =>
        {
            var found = engine.Clusters.GetInstancesAsync(query, pump, token);
            found = Cost ? found.WithCostAsync(engine.Costs, pump, token) : found;
            found = missingIds.Watch(found, instance => instance.Id);
            found = missingNames.Watch(found, instance => instance.Name);
            return Shown(missingClusters.Watch(found, instance => instance.ClusterName));
        });

        TellUnmanaged(others);

        // A region that was not listed may hold what was not found, and its error is written already.
        if (errors.Count == 0)
        {
            NotFound(SpotErrorIds.InstanceNotFound, "machine with the id", missingIds);
            NotFound(SpotErrorIds.InstanceNotFound, "machine with the name", missingNames);
            NotFound(SpotErrorIds.ClusterNotFound, "machine of a cluster", missingClusters);
        }
    }

    // A list of Vast.ai alone has a table of its own: GPU, price, and how to log in.
    private async IAsyncEnumerable<PSObject> Shown(IAsyncEnumerable<SpotInstance> found)
    {
        var isRental = Provider.Length > 0 && Provider.All(provider => provider == SpotProvider.Vast);
        await foreach (var instance in found.ConfigureAwait(false))
        {
            var shown = new PSObject(instance);
            if (isRental)
            {
                shown.TypeNames.Insert(0, typeof(SpotInstance).FullName + "#Vast");
            }

            yield return shown;
        }
    }

    private void NotFound(string errorId, string what, LiteralNames names)
    {
        var narrowed = State.Length > 0 || Tag.Count > 0 || Region.Length > 0 ? " that fits the other parameters" : "";
        foreach (var name in names.NotSeen)
        {
            WriteError(ErrorRecords.From(
                new SpotException(errorId, SpotErrorCategory.NotFound, $"There is no {what} '{name}'{narrowed}."), name));
        }
    }
}
