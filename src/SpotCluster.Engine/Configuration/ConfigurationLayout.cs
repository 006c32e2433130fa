namespace SpotCluster.Engine.Configuration;

/// <summary>How a configuration file is laid out.</summary>
public enum ConfigurationLayout
{
    /// <summary>Managed: the keys of <see cref="SettingTable"/>.</summary>
    SpotCluster,

    /// <summary>The first of the old ones: <c>max_instances</c>, <c>token</c>, regions with their machines, all on one level.</summary>
    Flat,

    /// <summary>The later ones: tables <c>aws</c> and <c>bacalhau</c>.</summary>
    Nested,
}
