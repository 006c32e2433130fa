namespace SpotCluster.Backend.Original;

/// <summary>One row of the original that is taken over, or is not.</summary>
/// <param name="Kind"><c>client</c>, <c>agent</c>, <c>primary</c>, <c>replica</c>, <c>zombie</c> or <c>retired</c>.</param>
/// <param name="Id">Its id: of an instance that of EC2.</param>
/// <param name="Name">The name of a client or agent; of the rest the name of its agent.</param>
/// <param name="Region">The region; null for a client.</param>
/// <param name="Since">Since when it is marked, or was made.</param>
/// <param name="Reason">Why it is not taken over; null when it is.</param>
/// <param name="IsKnown">It was taken over before.</param>
public sealed record ImportItem(string Kind, string Id, string? Name, string? Region, DateTimeOffset? Since, string? Reason, bool IsKnown)
{
    /// <summary>Whether it is taken over by this import.</summary>
    public bool IsImported => Reason is null && !IsKnown;
}

/// <summary>What an import takes over.</summary>
/// <param name="Items">Every row that was looked at.</param>
/// <param name="AddedColumns">Columns that the original's tables get.</param>
/// <param name="Tokens">The token of each agent that was taken over; empty when nothing was changed.</param>
public sealed record ImportResult(
    IReadOnlyList<ImportItem> Items, IReadOnlyList<string> AddedColumns, IReadOnlyList<ImportedToken> Tokens);

/// <summary>The token of one agent; it is shown nowhere else.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="LogicalAgentId">Its name.</param>
/// <param name="Token">The token.</param>
public sealed record ImportedToken(string AgentId, string LogicalAgentId, string Token);

/// <summary>How to import.</summary>
public sealed record ImportOptions
{
    /// <summary>The database of the original: an address or connection string of MySQL.</summary>
    public required string Database { get; init; }

    /// <summary>The AWS account of each client by its name, which the original does not keep; the empty name stands for all others.</summary>
    public required IReadOnlyDictionary<string, string> Accounts { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
