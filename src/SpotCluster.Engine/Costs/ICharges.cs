using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>A cloud that tells by itself what it has charged for each machine.</summary>
public interface ICharges
{
    /// <summary>True when an API key is there. Makes no call.</summary>
    bool HasKey { get; }

    /// <summary>What each machine costs and has cost: those that the query takes in, without foreign ones.</summary>
    Task<IReadOnlyList<ChargedInstance>> GetChargedAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>What the account can still spend, and how fast it does.</summary>
    Task<SpotAccount> GetAccountAsync(IOperationHost host, CancellationToken cancellationToken);
}

/// <summary>What one machine costs.</summary>
/// <param name="Id">Id.</param>
/// <param name="ClusterName">Cluster; null for none.</param>
/// <param name="Region">Where it is.</param>
/// <param name="ComputeHourlyPrice">USD per hour without its disk; null when unknown.</param>
/// <param name="ComputeCost">USD charged until now without its disk, traffic included; null when unknown.</param>
/// <param name="DiskHourlyPrice">USD per hour of its disk; null when unknown.</param>
/// <param name="DiskCost">USD charged for its disk until now; null when unknown.</param>
public sealed record ChargedInstance(
    string Id,
    string? ClusterName,
    string Region,
    decimal? ComputeHourlyPrice,
    decimal? ComputeCost,
    decimal? DiskHourlyPrice,
    decimal? DiskCost);
