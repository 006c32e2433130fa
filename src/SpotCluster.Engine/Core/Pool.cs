using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>A source of machines: one type in one zone.</summary>
/// <param name="InstanceType">Type.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Architecture">Architecture of the type.</param>
/// <param name="VCpu">Virtual processors of one machine; null when unknown.</param>
/// <param name="Price">USD per hour of spot now; null when unknown.</param>
public sealed record Pool(string InstanceType, string Zone, SpotArchitecture Architecture, int? VCpu, decimal? Price)
{
    /// <summary>USD per hour on demand; null when unknown, and where no machine on demand is wanted.</summary>
    public decimal? OnDemandPrice { get; init; }
}
