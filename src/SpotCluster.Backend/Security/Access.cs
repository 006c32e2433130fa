namespace SpotCluster.Backend.Security;

/// <summary>Who may call an endpoint. An endpoint without this is closed to everybody.</summary>
internal enum Access
{
    /// <summary>Everybody.</summary>
    Public,

    /// <summary>Any agent, whatever the path.</summary>
    AnyAgent,

    /// <summary>The agent of the path.</summary>
    Agent,

    /// <summary>The agent of the path, and the admin.</summary>
    AgentOrAdmin,

    /// <summary>The admin.</summary>
    Admin,
}
