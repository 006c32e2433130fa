using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Reports;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Writes clusters, costs over time, removals and proofs onto one page for a browser.</summary>
[Cmdlet(VerbsData.Export, "SpotReport", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotReport))]
public sealed class ExportSpotReportCommand : SpotEngineCmdlet
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<SpotInstance> _instances = [];
    private readonly List<SpotRemoval> _removals = [];
    private readonly List<SpotProof> _proofs = [];
    private bool _isAsked;
    private bool _isGiven;

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The HTML file to write")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Names of clusters; wildcards are allowed.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClusterNameCompleter))]
    public string[] ClusterName { get; set; } = [];

    /// <summary>Clusters, machines, removals and proofs, as the other commands write them.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Where the charts begin.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Overwrites a file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes what was written to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _isAsked = true;
        _names.UnionWith(ClusterName);
        foreach (var item in InputObject)
        {
            _isGiven = true;
            Take(item);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // An empty pipeline asks for nothing, and not for everything.
        if (!_isAsked)
        {
            return;
        }

        var path = FilePath(Path)!;
        if (!Consents(path, "Write report", force: false))
        {
            return;
        }

        // Beside clusters a machine stands for its cluster; alone it stands for itself.
        var ids = _names.Count > 0 ? [] : _instances.Select(instance => instance.Id).Distinct(StringComparer.Ordinal).ToArray();
        _names.UnionWith(_names.Count > 0 ? _instances.Select(instance => instance.ClusterName).OfType<string>() : []);
        var engine = OpenEngine();
        var request = new ReportRequest
        {
            IncludeClouds = !_isGiven || _names.Count + ids.Length > 0,
            ClusterNames = [.. _names],
            Ids = ids,
            Since = Since,
            Removals = _removals,
            Proofs = _proofs,
        };
        SpotReport? written = null;
        Run(path, async (pump, token) => written = await engine.Reports.WriteAsync(path, request, Force, pump, token).ConfigureAwait(false));
        if (written is not null && PassThru)
        {
            WriteObject(written);
        }
    }

    private void Take(PSObject item)
    {
        var piped = new PipedObject(item);
        switch (piped.TypeName)
        {
            case nameof(Model.SpotCluster):
                _names.Add(ClusterTarget.Read(item, provider: null).Name);
                break;
            case nameof(SpotInstance) when piped.As<SpotInstance>() is { } instance:
                _instances.Add(instance);
                break;
            case nameof(SpotRemoval) when piped.As<SpotRemoval>() is { } removal:
                _removals.Add(removal);
                break;
            case nameof(SpotProof) when piped.As<SpotProof>() is { } proof:
                _proofs.Add(proof);
                break;
            default:
                ThrowTerminatingError(ErrorRecords.From(Piped.Wrong(piped, "clusters, instances, removals and proofs", "Get-SpotCluster, Get-SpotInstance or Remove-SpotCluster"), item.BaseObject));
                break;
        }
    }
}
