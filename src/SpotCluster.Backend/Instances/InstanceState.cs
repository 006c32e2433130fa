namespace SpotCluster.Backend.Instances;

/// <summary>The states of a machine. The allowed ways between them stand in the table <c>instance_transitions</c>.</summary>
internal static class InstanceState
{
    public const string RunningPrimary = "running_primary";
    public const string RunningReplica = "running_replica";

    /// <summary>Was the primary, is to go after the waiting time.</summary>
    public const string Zombie = "zombie";

    /// <summary>Was a replica, is to go at once. The original calls this "terminated" with termination_confirmed = 0.</summary>
    public const string Retired = "retired";

    /// <summary>Reported gone. The end: nothing leads out of it.</summary>
    public const string Terminated = "terminated";

    public static bool IsMarked(string state) => state is Zombie or Retired;

    public static bool IsRunning(string state) => state is RunningPrimary or RunningReplica;
}
