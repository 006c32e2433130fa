using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>What the parts of one pass share.</summary>
internal sealed class PassWork
{
    private readonly List<SpotRemoval> _removals = [];

    public required AgentOptions Options { get; init; }

    public required AgentBackend Backend { get; init; }

    public required IAgentCloud Cloud { get; init; }

    public required AgentState State { get; init; }

    public required string AgentId { get; init; }

    /// <summary>The account of the credentials.</summary>
    public required string AccountId { get; init; }

    /// <summary>The machine that the agent runs on; null for none.</summary>
    public required string? OwnId { get; init; }

    public required PassScope Scope { get; init; }

    public required IOperationHost Host { get; init; }

    public required AgentLogger Log { get; init; }

    public required AgentMetrics Metrics { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>The clock of the provider: ages and protection are read from it.</summary>
    public required TimeProvider Time { get; init; }

    public required Action<SpotRemoval>? OnRemoval { get; init; }

    public IReadOnlyList<SpotRemoval> Removals => _removals;

    public string Region => Cloud.Region;

    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>Begun at.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>True when the item was chosen, or nothing was chosen.</summary>
    public bool Wants(string id) => Scope.Only is not { } only || only.Contains(id);

    /// <summary>Reports an outcome.</summary>
    public void Report(string type, string id, SpotRemovalOutcome outcome, string? code = null, string? reason = null)
    {
        var removal = new SpotRemoval
        {
            Id = id,
            Provider = SpotProvider.Aws,
            Type = type,
            Region = Region,
            Outcome = outcome,
            Code = code,
            Reason = reason,
            Elapsed = Now - StartedAt,
        };
        _removals.Add(removal);
        OnRemoval?.Invoke(removal);
    }
}
