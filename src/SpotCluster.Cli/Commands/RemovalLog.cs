using SpotCluster.Cli.Rendering;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary>Outcomes as they come in, from any thread.</summary>
internal sealed class RemovalLog
{
    private readonly Lock _gate = new();
    private readonly List<SpotRemoval> _removals = [];

    /// <summary>How many are gone so far: <c>3 of 4 resources</c> needs a total that is not known yet, so only the number.</summary>
    public string GoneCount
    {
        get
        {
            lock (_gate)
            {
                return Cells.Count(_removals.Count(removal => RemovalTable.IsGone(removal.Outcome)), "resource");
            }
        }
    }

    public void Add(SpotRemoval removal)
    {
        lock (_gate)
        {
            _removals.Add(removal);
        }
    }

    public SpotRemoval[] ToArray()
    {
        lock (_gate)
        {
            return [.. _removals];
        }
    }
}
