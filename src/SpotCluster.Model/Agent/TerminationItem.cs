namespace SpotCluster.Model.Agent;

/// <summary>One machine that an agent is asked to terminate. On the wire every name is in snake case.</summary>
public sealed class TerminationItem
{
    /// <summary>The EC2 instance id, <c>i-</c> and 8 or 17 hexadecimal digits.</summary>
    public string InstanceId { get; set; } = "";

    /// <summary>The instance type, when it is known.</summary>
    public string? InstanceType { get; set; }

    /// <summary>The availability zone, when it is known.</summary>
    public string? Az { get; set; }

    /// <summary>Why it must go: a constant of <see cref="TerminationReasons"/>.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Whole seconds since the old primary was marked; only for <see cref="TerminationReasons.ZombieTimeout"/>.</summary>
    public int? SecondsWaiting { get; set; }

    /// <summary>Whole seconds since the replica was marked; only for <see cref="TerminationReasons.ReplicaTerminated"/>.</summary>
    public int? SecondsSinceMarked { get; set; }

    /// <summary>When it was marked, UTC. An instance launched after this moment is another machine.</summary>
    public DateTimeOffset? MarkedAt { get; set; }

    /// <summary>The AWS account that owns the machine, 12 digits.</summary>
    public string? AccountId { get; set; }

    /// <summary>The AWS region of the machine.</summary>
    public string? Region { get; set; }

    /// <summary>The claim that makes this agent the only one to act; send it back in the report. Null from a backend without claims.</summary>
    public string? ClaimId { get; set; }

    /// <summary>How many seconds the claim holds; after that the machine may be handed out again.</summary>
    public int? LeaseSeconds { get; set; }

    /// <summary>Which attempt this is, from 1.</summary>
    public int? Attempt { get; set; }
}
