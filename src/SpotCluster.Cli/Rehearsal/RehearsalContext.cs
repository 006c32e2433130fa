using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Cli.Rehearsal;

/// <summary>What the steps of a rehearsal share: the simulated cloud, the real engine on it, and what the steps before have made.</summary>
internal sealed class RehearsalContext(CommandRun run, SimulatedCloud cloud, IEngineSession engine)
{
    public CommandRun Run { get; } = run;

    /// <summary>The cloud in memory; its clock is the time of the story.</summary>
    public SimulatedCloud Cloud { get; } = cloud;

    /// <summary>The engine, as every command uses it.</summary>
    public IEngineSession Engine { get; } = engine;

    /// <summary>What is told.</summary>
    public Story Story { get; } = new(run);

    /// <summary>The cluster that is asked for.</summary>
    public required ClusterRequest Request { get; init; }

    public ClusterPlan? Plan { get; set; }

    public Cluster? Cluster { get; set; }

    public IReadOnlyList<SpotInstance> Instances { get; set; } = [];

    public SpotProof? Proof { get; set; }

    /// <summary>Ids of machines that the cloud took back.</summary>
    public IReadOnlyList<string> Interrupted { get; set; } = [];

    /// <summary>A machine of somebody else inside a VPC of ours; null before it came.</summary>
    public SimulatedInstance? Guest { get; set; }

    /// <summary>Ids of what belongs to somebody else and must survive everything.</summary>
    public IReadOnlyList<string> Unmanaged { get; set; } = [];

    /// <summary>Simulated time now, UTC.</summary>
    public DateTimeOffset Now => Cloud.Clock.GetUtcNow();

    /// <summary>Reports what was seen. What was not seen is an error, and the rehearsal has failed.</summary>
    public void Claim(bool seen, string claim)
    {
        Run.Report.Append("claims", new { Claim = claim, Seen = seen });
        if (seen)
        {
            Story.Say(claim);
        }
        else
        {
            Run.Host.Error(new SpotException(
                SpotErrorIds.RemovalNotProven, SpotErrorCategory.InvalidOperation, $"The rehearsal could not verify: {claim}"));
        }
    }

    /// <summary>Lists the machines of the cluster, from the cloud.</summary>
    public async Task<IReadOnlyList<SpotInstance>> ListAsync(CancellationToken cancellationToken)
    {
        var query = new InstanceQuery { ClusterNames = [Request.Name] };
        var found = await Engine.Clusters.GetInstancesAsync(query, Run.Host, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return [.. found.OrderBy(instance => instance.Zone, StringComparer.Ordinal).ThenBy(instance => instance.Id, StringComparer.Ordinal)];
    }
}
