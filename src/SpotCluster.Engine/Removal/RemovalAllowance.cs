using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>
/// What one removal may delete: what its plan names, and parts of that which come to light later. Without a plan, the
/// first listing of each region is the plan. Whatever else appears afterwards needs a new confirmation. Shared by all
/// regions of a removal.
/// </summary>
internal sealed class RemovalAllowance
{
    private readonly object _gate = new();
    private readonly Dictionary<string, HashSet<ResourceKey>> _admitted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _openRuns;
    private readonly int? _most;
    private readonly bool _isExact;
    private int _count;

    private RemovalAllowance(int? most, bool isExact, IEnumerable<string> openRuns)
    {
        _most = most;
        _isExact = isExact;
        _openRuns = new HashSet<string>(openRuns, StringComparer.Ordinal);
    }

    /// <summary>Of a removal that lists first: what it finds then is its plan.</summary>
    public static RemovalAllowance OfFirstListing(IEnumerable<string>? openRuns = null) => new(null, isExact: false, openRuns ?? []);

    /// <summary>Of a plan.</summary>
    /// <param name="plan">The plan that was confirmed, or made just now.</param>
    /// <param name="regions">Every region of the removal: one that the plan could not list holds nothing that was planned.</param>
    /// <param name="scope">Its limit, and whether the plan is approved by its hash: then nothing is added to it.</param>
    /// <param name="openRuns">Runs of interrupted launches: what they still bring to light is part of their cluster.</param>
    public static RemovalAllowance Of(RemovalPlan plan, IEnumerable<string> regions, RemovalScope scope, IEnumerable<string> openRuns)
    {
        var allowance = new RemovalAllowance(scope.MaxDelete, scope.ApprovedHash is not null, openRuns) { _count = plan.Resources.Count };
        foreach (var region in regions)
        {
            allowance._admitted[region] = [];
        }

        foreach (var resource in plan.Resources)
        {
            allowance._admitted[resource.Region].Add(new ResourceKey(resource.Type, resource.Id));
        }

        return allowance;
    }

    /// <summary>Refuses what was found in a region and is neither planned nor a part of that, or is beyond the limit.</summary>
    public void Apply(string region, RemovalGraph graph)
    {
        lock (_gate)
        {
            var ours = graph.Items.Where(item => item.Belonging == Belonging.Managed);
            if (!_admitted.TryGetValue(region, out var admitted))
            {
                _admitted[region] = [.. ours.Select(item => item.Key)];
                return;
            }

            var late = ours.Where(item => item.State == RemovalState.Waiting && !admitted.Contains(item.Key) && graph.Blocker(item)?.Retained is null).ToList();
            while (late.Count > 0)
            {
                // A part may bring parts of its own: the instance of a spot request, and then its disks.
                HashSet<RemovalItem> parts = _isExact ? [] : Parts(late, admitted, graph);
                if (parts.Count == 0)
                {
                    late.ForEach(item => Refuse(item, _isExact ? NotApproved() : NotPlanned()));
                    return;
                }

                foreach (var item in parts)
                {
                    if (_count < (_most ?? int.MaxValue))
                    {
                        _count++;
                        admitted.Add(item.Key);
                    }
                    else
                    {
                        Refuse(item, RemovalScope.BeyondLimit(_most!.Value));
                    }
                }

                late.RemoveAll(parts.Contains);
            }
        }
    }

    private static void Refuse(RemovalItem item, SpotException error)
    {
        item.State = RemovalState.Refused;
        item.Error = error;
    }

    private HashSet<RemovalItem> Parts(List<RemovalItem> late, HashSet<ResourceKey> admitted, RemovalGraph graph)
    {
        var owned = new HashSet<ResourceKey>(graph.Items.Where(item => admitted.Contains(item.Key)).SelectMany(item => item.Node.Takes.Concat(item.Node.Leads)));
        return [.. late.Where(item => owned.Contains(item.Key) || IsLaunchedByPlanned(item) || IsOfOpenRun(item) || IsUntaggedInPlannedVpc(item))];

        // A spot request of ours that was open, and was fulfilled before it was cancelled.
        bool IsLaunchedByPlanned(RemovalItem item) => item.Key.Type == ResourceTypes.Instance && item.Node.Leads.Any(lead =>
            lead.Type is ResourceTypes.SpotRequest or ResourceTypes.Fleet or ResourceTypes.SpotFleet && admitted.Contains(lead));

        bool IsOfOpenRun(RemovalItem item) => item.Node.Resource.Tags.TryGetValue(TagKeys.Run, out var run) && _openRuns.Contains(run);

        bool IsUntaggedInPlannedVpc(RemovalItem item) =>
            item.Key.Type != ResourceTypes.Instance
            && !item.Node.Resource.Tagged
            && item.Node.Resource.VpcId is { } vpcId
            && admitted.Contains(new ResourceKey(ResourceTypes.Vpc, vpcId));
    }

    private static SpotException NotApproved() =>
        new(SpotErrorIds.PlanChanged, SpotErrorCategory.Refused, "it is not part of the approved plan.")
        {
            ServiceCode = "NotApproved",
            RecommendedAction = "Create a new plan, and approve its hash.",
        };

    private static SpotException NotPlanned() =>
        new(SpotErrorIds.PlanChanged, SpotErrorCategory.Refused, "it appeared after the plan was created, and its removal was not confirmed.")
        {
            ServiceCode = "NotPlanned",
            RecommendedAction = "Find out what launches it, then run the same command again.",
        };
}
