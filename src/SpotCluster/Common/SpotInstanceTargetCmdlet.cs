using System.Management.Automation;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that works on given instances: by id, or objects from the pipeline.</summary>
public abstract class SpotInstanceTargetCmdlet : SpotEngineCmdlet
{
    /// <summary>The set of objects.</summary>
    private protected const string ByObject = "InputObject";

    /// <summary>The set of ids.</summary>
    private protected const string ById = "Id";

    private readonly List<InstanceTarget> _targets = [];

    /// <summary>Ids of instances, taken literally.</summary>
    [Parameter(ParameterSetName = ById, Position = 0, Mandatory = true, HelpMessage = "Id of an instance, for example i-0123456789abcdef0")]
    [Alias("InstanceId")]
    [ValidateNotNullOrEmpty]
    [InstanceIds]
    [ArgumentCompleter(typeof(InstanceIdCompleter))]
    public virtual string[] Id { get; set; } = [];

    /// <summary>The region of the ids.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>Instances from Get-SpotInstance, what is about one, ids, or rows.</summary>
    [Parameter(
        ParameterSetName = ByObject,
        Mandatory = true,
        ValueFromPipeline = true,
        HelpMessage = "Instances from Get-SpotInstance")]
    [ValidateNotNull]
    public virtual PSObject[] InputObject { get; set; } = [];

    /// <summary>The instances that were given, each once.</summary>
    private protected IReadOnlyList<InstanceTarget> Targets => _targets;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            // A default is for ids of AWS alone: an object and an instance of Vast.ai have a place of their own.
            var isDefaulted = IsDefaulted(nameof(Region));
            foreach (var item in InputObject.Concat(Id.Select(PSObject.AsPSObject)))
            {
                var target = InstanceTarget.Read(item, isDefaulted ? null : Region);
                if (isDefaulted && target.Key is { IsVast: false, Region: null })
                {
                    target = target with { Key = target.Key with { Region = Region } };
                }

                if (_targets.TrueForAll(known => known.Key.Id != target.Key.Id))
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

    /// <summary>
    /// The instances that exist and are to be worked on, asked once for each. An id that nothing is known of is looked up first:
    /// one that does not exist is an error, and never a promise of -WhatIf.
    /// </summary>
    /// <param name="engine">Where ids are looked up.</param>
    /// <param name="consents">True when the instance is to be worked on.</param>
    private protected List<InstanceTarget> Choose(SpotEngine engine, Func<InstanceTarget, bool> consents)
    {
        InstanceKey[] unknown = [.. _targets.Where(target => target.Instance is null).Select(target => target.Key)];
        var found = new Dictionary<string, InstanceTarget>(StringComparer.Ordinal);
        var isSettled = unknown.Length == 0;
        if (!isSettled)
        {
            Run(unknown, async (pump, token) =>
            {
                foreach (var target in await InstanceFinder.LookUpAsync(engine, unknown, pump, token).ConfigureAwait(false))
                {
                    found[target.Key.Id] = target;
                }

                isSettled = true;
            });
        }

        return !isSettled ? [] : [.. _targets
            .Select(target => target.Instance is not null ? target : found.GetValueOrDefault(target.Key.Id))
            .OfType<InstanceTarget>()
            .Where(consents)];
    }
}
