namespace SpotCluster.Backend.Replicas;

internal static class ReplicaStatus
{
    public const string Manual = "manual";

    public const string Launching = "launching";
    public const string Syncing = "syncing";
    public const string Ready = "ready";
    public const string Promoted = "promoted";
    public const string Terminated = "terminated";
    public const string Failed = "failed";

    /// <summary>Given up before a machine was launched: there is nothing to terminate.</summary>
    public const string Cancelled = "cancelled";

    public static bool IsActive(string status) => status is Launching or Syncing or Ready;

    /// <summary>Whether an agent may report this change. Promotion has a call of its own.</summary>
    public static bool CanBecome(string from, string to) => (from, to) switch
    {
        _ when from == to => true,
        (Launching or Syncing or Ready, Failed or Terminated) => true,
        (Launching, Syncing or Ready) => true,
        (Syncing, Ready) or (Ready, Syncing) => true,
        _ => false,
    };
}
