namespace SpotCluster.Model.Agent;

/// <summary>Why a machine must go.</summary>
public static class TerminationReasons
{
    /// <summary>It was the primary, was replaced, and its waiting time is over.</summary>
    public const string ZombieTimeout = "zombie_timeout";

    /// <summary>It was a replica, and nobody wants it any more.</summary>
    public const string ReplicaTerminated = "replica_terminated";
}
