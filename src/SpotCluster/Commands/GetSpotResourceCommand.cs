using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Lists everything that carries the tag, and the untagged children of it.</summary>
[Cmdlet(VerbsCommon.Get, "SpotResource", DefaultParameterSetName = ListSet)]
[OutputType(typeof(SpotResource), ParameterSetName = [ListSet])]
[OutputType(typeof(SpotDiscovery), ParameterSetName = [DiscoverSet])]
public sealed class GetSpotResourceCommand : SpotRegionCmdlet
{
    private readonly HashSet<string> _clusters = new(StringComparer.OrdinalIgnoreCase);

    private const string ListSet = "List";
    private const string DiscoverSet = "Discover";

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(Position = 0, ParameterSetName = ListSet)]
    [ValidateNotNullOrEmpty]
    [ClusterNames]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] ClusterName { get; set; } = [];

    /// <summary>Clusters, as Get-SpotCluster writes them, what belongs to one, names, or rows.</summary>
    [Parameter(ParameterSetName = ListSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Kinds, in EC2's resource-type words.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceKindCompleter))]
    public string[] Type { get; set; } = [];

    /// <summary>The cloud.</summary>
    [Parameter(ParameterSetName = ListSet)]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider Provider { get; set; } = SpotProvider.Aws;

    /// <summary>Vast.ai: also unmanaged instances of the account.</summary>
    [Parameter(ParameterSetName = ListSet)]
    public SwitchParameter IncludeForeign { get; set; }

    /// <summary>Finds the filter tag and the names that a lost configuration used.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DiscoverSet, HelpMessage = "Finds the filter tag and the names that a lost configuration used.")]
    public SwitchParameter Discover { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (ResourceKinds.WhyInvalid(Type) is { } unknown)
        {
            ThrowTerminatingError(ErrorRecords.From(unknown, unknown.Target));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            _clusters.UnionWith(InputObject.Concat(ClusterName.Select(PSObject.AsPSObject)).Select(item => ClusterTarget.Read(item, provider: null).Name));
        }
        catch (SpotException wrong)
        {
            ThrowTerminatingError(ErrorRecords.From(wrong, InputObject.FirstOrDefault()?.BaseObject));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // An empty pipeline asks for nothing, and not for everything.
        if (MyInvocation.ExpectingInput && _clusters.Count == 0)
        {
            return;
        }

        RefuseMisplaced(Provider, Provider == SpotProvider.Vast ? OnlyAwsConnection : [nameof(IncludeForeign)]);

        if (Discover)
        {
            var engine = OpenEngine();
            Run(Region, async (pump, token) =>
            {
                foreach (var found in await engine.DiscoverAsync(Region, pump, token).ConfigureAwait(false))
                {
                    pump.Write(found);
                }
            });
            return;
        }

        string[] names = [.. _clusters];
        var missing = new LiteralNames(names);
        UnmanagedInstances? others = null;
        var scope = new RemovalScope { Provider = Provider, OnlyClusters = names, Regions = RegionsAt(Provider), IncludeForeign = IncludeForeign, OnUnmanaged = found => others = found };
        var errors = OpenEngines().SelectMany(engine => Stream(names, (pump, token) =>
            WithAccountAsync(engine, OfTypeAsync(missing.Watch(engine.Removal.GetResourcesAsync(scope, pump, token), resource => resource.ClusterName))))).ToList();

        ReportUnmanaged(others);

        // A region that was not listed may hold what was not found, and its error is written already.
        foreach (var name in errors.Count == 0 ? missing.NotSeen : [])
        {
            WriteError(ErrorRecords.From(ClusterErrors.NotFound(name, Region, [Provider], IsDefaulted(nameof(Region))), name));
        }
    }

    private async IAsyncEnumerable<Func<PSObject>> WithAccountAsync(Engine.SpotEngine engine, IAsyncEnumerable<SpotResource> source)
    {
        await foreach (var resource in source.ConfigureAwait(false))
        {
            yield return () => WithAccount(engine, resource);
        }
    }

    private async IAsyncEnumerable<SpotResource> OfTypeAsync(IAsyncEnumerable<SpotResource> source)
    {
        await foreach (var resource in source.ConfigureAwait(false))
        {
            if (Type.Length == 0 || Type.Contains(resource.Type, StringComparer.OrdinalIgnoreCase))
            {
                yield return resource;
            }
        }
    }
}
