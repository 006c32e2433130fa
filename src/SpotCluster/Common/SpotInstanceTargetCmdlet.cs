using System.Management.Automation;
using SpotCluster.Completion;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that works on given machines: by id, or the objects of Get-SpotInstance.</summary>
public abstract class SpotInstanceTargetCmdlet : SpotEngineCmdlet
{
    /// <summary>The set of objects. It is the default, because PowerShell tries that first: an object knows more than its id.</summary>
    private protected const string ByObject = "InputObject";

    private const string ById = "Id";

    private readonly List<InstanceKey> _chosen = [];

    /// <summary>Ids of machines, taken literally.</summary>
    [Parameter(
        ParameterSetName = ById,
        Position = 0,
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        HelpMessage = "Id of a machine, for example i-0123456789abcdef0")]
    [Alias("InstanceId")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>The region of the ids.</summary>
    [Parameter(ParameterSetName = ById, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>Machines, as Get-SpotInstance writes them.</summary>
    [Parameter(
        ParameterSetName = ByObject,
        Mandatory = true,
        ValueFromPipeline = true,
        HelpMessage = "Machines, as Get-SpotInstance writes them")]
    [ValidateNotNull]
    public SpotInstance[] InputObject { get; set; } = [];

    /// <summary>Every machine that was chosen so far, each once.</summary>
    private protected IReadOnlyList<InstanceKey> Chosen => _chosen;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByObject)
        {
            foreach (var instance in InputObject)
            {
                var place = string.Join(", ", new[] { instance.ClusterName, instance.Region }.Where(part => !string.IsNullOrEmpty(part)));
                Choose(new InstanceKey(instance.Id, instance.Region, instance.Provider), place);
            }

            return;
        }

        foreach (var id in Id)
        {
            Choose(new InstanceKey(id, Region), Region ?? "");
        }
    }

    /// <summary>True when the machine is to be worked on; asked once for each.</summary>
    private protected virtual bool Accepts(string description) => true;

    /// <summary>True when unmanaged instances at Vast.ai are to be reached too.</summary>
    private protected virtual bool ReachesForeign => false;

    private void Choose(InstanceKey key, string place)
    {
        key = key with { IncludeForeign = ReachesForeign && key.IsVast };
        if (!_chosen.Contains(key) && Accepts(place.Length == 0 ? key.Id : $"{key.Id} ({place})"))
        {
            _chosen.Add(key);
        }
    }
}
