using System.Globalization;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Commands;

/// <summary>Removes everything of clusters, and proves that nothing is left.</summary>
[Cmdlet(VerbsCommon.Remove, "SpotCluster", DefaultParameterSetName = ByName, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SpotRemoval), typeof(SpotProof))]
public sealed class RemoveSpotClusterCommand : SpotRegionCmdlet
{
    private const string ByName = "Name";
    private const string ByObject = "InputObject";

    private readonly List<(string Name, SpotProvider Provider)> _chosen = [];

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(
        ParameterSetName = ByName,
        Position = 0,
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "Name of the cluster to remove")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Clusters, as Get-SpotCluster writes them.</summary>
    [Parameter(
        ParameterSetName = ByObject,
        Mandatory = true,
        ValueFromPipeline = true,
        HelpMessage = "Clusters, as Get-SpotCluster writes them")]
    [ValidateNotNull]
    public Cluster[] InputObject { get; set; } = [];

    /// <summary>The cloud of the names.</summary>
    [Parameter(ParameterSetName = ByName, ValueFromPipelineByPropertyName = true)]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider Provider { get; set; } = SpotProvider.Aws;

    /// <summary>Seconds after which what is left becomes an error.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 900;

    /// <summary>Lifts the termination protection of machines of the cluster.</summary>
    [Parameter]
    public SwitchParameter Unprotect { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = OpenEngine();
        (string Name, SpotProvider Provider)[] named = ParameterSetName == ByObject
            ? [.. InputObject.Select(cluster => (cluster.Name, cluster.Provider))]
            : [.. Resolve(engine).Select(name => (name, Provider))];
        RefuseMisplaced(SpotProvider.Vast, named.Any(cluster => cluster.Provider == SpotProvider.Vast) ? [nameof(Unprotect), .. OnlyAwsConnection] : []);

        foreach (var cluster in named.Except(_chosen).ToArray())
        {
            var name = cluster.Name;
            RemovalPlan? plan = null;
            Run(name, async (pump, token) => plan = await engine.Removal.PlanAsync(Scope(cluster), pump, token).ConfigureAwait(false));
            if (plan is { Resources.Count: 0, Unknown.Count: 0 })
            {
                WriteError(ErrorRecords.From(
                    new SpotException(SpotErrorIds.ClusterNotFound, SpotErrorCategory.NotFound, $"There is no cluster '{name}'."), name));
            }
            else if (plan is not null && Consents(Describe(name, plan), "Remove", Force))
            {
                _chosen.Add(cluster);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_chosen.Count == 0)
        {
            return;
        }

        var engine = OpenEngine();
        Run(null, (pump, token) => Task.WhenAll(_chosen.Select(cluster => RemoveAsync(engine, cluster, pump, token))));
    }

    // A literal name is taken as it is: what is left of a cluster may be too little to be listed as one.
    private List<string> Resolve(SpotEngine engine)
    {
        var names = Name.Where(name => !Wildcard.IsPattern(name)).ToList();
        var patterns = Name.Except(names).ToArray();
        if (patterns.Length > 0)
        {
            Run(patterns[0], async (pump, token) =>
            {
                var query = new ClusterQuery { Names = patterns, Regions = Region, Providers = [Provider] };
                await foreach (var cluster in engine.Clusters.GetClustersAsync(query, pump, token).ConfigureAwait(false))
                {
                    names.Add(cluster.Name);
                }
            });
        }

        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    private RemovalScope Scope((string Name, SpotProvider Provider) cluster) => new()
    {
        Provider = cluster.Provider,
        ClusterName = cluster.Name,
        Regions = Region,
        Timeout = TimeSpan.FromSeconds(Timeout),
        Unprotect = Unprotect,
    };

    private string Describe(string name, RemovalPlan plan)
    {
        foreach (var resource in plan.Resources)
        {
            WriteVerbose($"'{name}' has {resource.Type} {resource.Id} in {resource.Region}.");
        }

        var machines = plan.Resources.Count(resource => resource.Type == "instance");
        var price = plan.HourlyPrice is { } hourly ? string.Format(CultureInfo.InvariantCulture, ", {0:0.####} USD per hour", hourly) : "";
        var unknown = plan.Unknown.Count == 0 ? "" : $", not listed: {string.Join("; ", plan.Unknown)}";
        return string.Format(
            CultureInfo.InvariantCulture,
            "cluster '{0}': {1} and {2} in account {3}{4}{5}",
            name,
            Counted(machines, "machine"),
            Counted(plan.Resources.Count - machines, "other resource"),
            plan.AccountId,
            price,
            unknown);
    }

    private static string Counted(int number, string word) =>
        string.Format(CultureInfo.InvariantCulture, number == 1 ? "{0} {1}" : "{0} {1}s", number, word);

    private async Task RemoveAsync(SpotEngine engine, (string Name, SpotProvider Provider) cluster, Pump pump, CancellationToken token)
    {
        try
        {
            pump.Write(await engine.Removal.RemoveAsync(Scope(cluster), pump.Write, pump, token).ConfigureAwait(false));
        }
        catch (SpotException failure)
        {
            // The other clusters go on.
            failure.Target ??= cluster.Name;
            pump.Error(failure);
        }
    }
}
