namespace SpotCluster.Engine.Costs;

/// <summary>What was measured, and how it came to that.</summary>
/// <param name="Report">The sums.</param>
/// <param name="Series">What was paid per hour, by cluster and region, in that order by name.</param>
public sealed record CostTimeline(CostReport Report, IReadOnlyList<CostSeries> Series);

/// <summary>What the part of a cluster in one region cost per hour over time: machines at the prices of their zones, disks, addresses.</summary>
/// <param name="ClusterName">The cluster; null for what belongs to none.</param>
/// <param name="Region">The region.</param>
/// <param name="Steps">From each moment to that of the next, by time. The last one is the moment of the measurement.</param>
public sealed record CostSeries(string? ClusterName, string Region, IReadOnlyList<CostStep> Steps);

/// <summary>What is paid per hour from a moment on.</summary>
/// <param name="At">The moment, UTC.</param>
/// <param name="HourlyPrice">USD per hour of what is known: a lower bound where <paramref name="Unknown"/> is not 0.</param>
/// <param name="Unknown">Number of machines and disks whose price is not known then.</param>
public sealed record CostStep(DateTimeOffset At, decimal HourlyPrice, int Unknown);
