namespace SpotCluster.Model;

/// <summary>What somebody may do with SpotCluster at AWS, as a policy allows it.</summary>
[Flags]
public enum SpotTask
{
    /// <summary>List instances, clusters, resources, costs, offers and quotas.</summary>
    List = 1,

    /// <summary>Launch and resize clusters, and remove what a failed launch made.</summary>
    Launch = 2,

    /// <summary>Start, stop and change instances.</summary>
    Change = 4,

    /// <summary>Remove instances, clusters and everything with the filter tag.</summary>
    Remove = 8,

    /// <summary>All of it.</summary>
    All = List | Launch | Change | Remove,
}
