using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Engine.Jobs;

/// <summary>A command on an instance of its own.</summary>
public sealed record SpotJob
{
    /// <summary>How the clusters of jobs are named at both providers, so that the next job finds what an earlier one left.</summary>
    public const string Prefix = "job-";

    /// <summary>The time to live of an instance whose job does not say another.</summary>
    public static readonly TimeSpan UsualLife = TimeSpan.FromHours(24);

    /// <summary>How long an instance may take until it can be logged in to, where a job does not say it.</summary>
    public static readonly TimeSpan UsualWait = TimeSpan.FromMinutes(10);

    /// <summary>For the shell of the instance.</summary>
    public required string Command { get; init; }

    /// <summary>LOCAL or LOCAL:REMOTE, before the command.</summary>
    public IReadOnlyList<string> Uploads { get; init; } = [];

    /// <summary>REMOTE or REMOTE:LOCAL, after it.</summary>
    public IReadOnlyList<string> Downloads { get; init; } = [];

    /// <summary>Folder that local paths start from; null for the present one.</summary>
    public string? Folder { get; init; }

    /// <summary>Key to log in with; null for the usual one.</summary>
    public string? PrivateKeyPath { get; init; }

    /// <summary>How long it may take until the instance can be logged in to.</summary>
    public TimeSpan ReachableWithin { get; init; } = UsualWait;

    /// <summary>What to rent at Vast.ai; null for a job at AWS. Its name and time to live are set by the job.</summary>
    public RentalClusterRequest? AtVast { get; init; }

    /// <summary>What to launch at AWS, apart from the type and the place, which the cheapest fitting offer gives.</summary>
    public ClusterRequest? AtAws { get; init; }

    /// <summary>Which offers of AWS fit.</summary>
    public OfferQuery? Offers { get; init; }

    /// <summary>The provider.</summary>
    public SpotProvider Provider => AtVast is null ? SpotProvider.Aws : SpotProvider.Vast;

    /// <summary>Name of its cluster, which is used once.</summary>
    public string Name { get; } = Prefix + Guid.NewGuid().ToString("N")[..8];

    /// <summary>Time to live of the instance.</summary>
    public TimeSpan Life => AtVast?.ExpiresIn ?? AtAws?.ExpiresIn ?? UsualLife;

    /// <summary>Told of the instance once it can be logged in to.</summary>
    public Action<SpotInstance>? OnInstance { get; init; }

    /// <summary>Told of what was removed at the end.</summary>
    public Action<SpotRemoval>? OnRemoval { get; init; }

    /// <summary>Given each line of the command's output, and whether it is one of its error output.</summary>
    public required Action<string, bool> OnLine { get; init; }

    /// <summary>The command has the terminal of this process for its own; lines come only of what is simulated.</summary>
    public bool IsOnTerminal { get; init; }
}
