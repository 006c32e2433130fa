using System.Collections;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Lists machines, as the regions answer.</summary>
[Cmdlet(VerbsCommon.Get, "SpotInstance", DefaultParameterSetName = ByQuery)]
[OutputType(typeof(SpotInstance))]
public sealed class GetSpotInstanceCommand : SpotRegionCmdlet
{
    private const string ByQuery = "Query";
    private const string ByObject = "InputObject";

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _clusters = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Ids, or names of machines; wildcards are allowed in names.</summary>
    [Parameter(ParameterSetName = ByQuery, Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(InstanceNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ByQuery)]
    [ValidateNotNullOrEmpty]
    [ClusterNames]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] ClusterName { get; set; } = [];

    /// <summary>Ids of machines, taken literally.</summary>
    [Parameter(ParameterSetName = ByQuery)]
    [Alias("InstanceId")]
    [ValidateNotNullOrEmpty]
    [InstanceIds]
    [ArgumentCompleter(typeof(InstanceIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>Clusters, machines, what is about one, ids or names, or rows.</summary>
    [Parameter(
        ParameterSetName = ByObject,
        Mandatory = true,
        ValueFromPipeline = true,
        HelpMessage = "Clusters or instances, from Get-SpotCluster and Get-SpotInstance")]
    [ValidateNotNull]
    public PSObject[] InputObject { get; set; } = [];

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
        try
        {
            _ids.UnionWith(Id);
            _clusters.UnionWith(ClusterName);
            foreach (var item in InputObject.Concat(Name.Select(PSObject.AsPSObject)))
            {
                Take(new PipedObject(item), item);
            }
        }
        catch (SpotException wrong)
        {
            ThrowTerminatingError(ErrorRecords.From(wrong, InputObject.FirstOrDefault()?.BaseObject));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (MyInvocation.ExpectingInput && _ids.Count + _names.Count + _clusters.Count == 0)
        {
            return;
        }

        // Named parameters narrow each other; what came as objects is the sum of all.
        var isQuery = ParameterSetName == ByQuery;
        if (isQuery && (_ids.Count == 0 || _names.Count == 0))
        {
            Write(_ids, _names, _clusters);
            return;
        }

        Write(_ids, [], isQuery ? _clusters : [], isOptional: true);
        Write([], _names, isQuery ? _clusters : [], isOptional: true);
        Write([], [], isQuery ? [] : _clusters, isOptional: true);
    }

    private void Take(PipedObject piped, PSObject item)
    {
        if (piped.Text is { } text)
        {
            (InstanceKey.IsAwsId(text) || InstanceKey.IsVastId(text) ? _ids : _names).Add(text);
        }
        else if (piped.TypeName == nameof(Model.SpotCluster) || (piped.IsRow && piped["Id"] is null && piped["InstanceId"] is null))
        {
            _clusters.Add(ClusterTarget.Read(item, provider: null).Name);
        }
        else
        {
            _ids.Add(InstanceTarget.Read(item, region: null).Key.Id);
        }
    }

    private void Write(HashSet<string> ids, HashSet<string> names, HashSet<string> clusters, bool isOptional = false)
    {
        if (isOptional && ids.Count + names.Count + (ParameterSetName == ByQuery ? 0 : clusters.Count) == 0)
        {
            return;
        }

        UnmanagedInstances? others = null;
        var query = new InstanceQuery
        {
            Ids = [.. ids],
            Names = [.. names],
            ClusterNames = [.. clusters],
            Regions = Region,
            AreRegionsDefault = IsDefaulted(nameof(Region)),
            States = State,
            Tags = TagTable.Read(Tag),
            IncludeForeign = IncludeForeign,
            OnUnmanaged = found => others = found,
        };
        var missingIds = new LiteralNames(ids);
        var missingNames = new LiteralNames(names);
        var missingClusters = new LiteralNames(clusters);
        var errors = EachAccount(Provider).SelectMany(account => Stream(ids.Concat(names).Concat(clusters).ToArray(), (pump, token) =>
        {
            var (engine, providers) = account;
            var found = engine.Clusters.GetInstancesAsync(query with { Providers = providers, EveryCloud = providers.Length == 0 }, pump, token);
            found = Cost ? found.WithCostAsync(engine.Costs, pump, token) : found;
            found = missingIds.Watch(found, instance => instance.Id);
            found = missingNames.Watch(found, instance => instance.Name);

            // A list of Vast.ai alone has a table of its own: GPU, price, and how to log in.
            var view = Provider.Length > 0 && Provider.All(provider => provider == SpotProvider.Vast) ? "Vast" : Cost ? "Cost" : null;
            return InView(missingClusters.Watch(found, instance => instance.ClusterName), view);
        })).ToList();
        ReportUnmanaged(others);

        // A region that was not listed may hold what was not found, and its error is written already.
        if (errors.Count == 0)
        {
            NotFound(SpotErrorIds.InstanceNotFound, "instance with the id", missingIds);
            NotFound(SpotErrorIds.InstanceNotFound, "instance with the name", missingNames);
            NotFound(SpotErrorIds.ClusterNotFound, "instance of a cluster", missingClusters);
        }
    }

    private void NotFound(string errorId, string what, LiteralNames names)
    {
        var narrowed = State.Length > 0 || Tag.Count > 0 || Region.Length > 0 ? " that matches the other parameters" : "";
        names.NotSeen.ToList().ForEach(name => WriteError(ErrorRecords.From(
            new SpotException(errorId, SpotErrorCategory.NotFound, $"No {what} '{name}' exists{narrowed}."), name)));
    }
}
