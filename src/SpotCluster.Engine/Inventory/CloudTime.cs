using SpotCluster.Engine.Aws;
using SpotCluster.Model;

namespace SpotCluster.Engine.Inventory;

/// <summary>
/// Time as the cloud has it: ages, protection and the times of a proof are read from it, since the clock of this computer may
/// be days off. Nothing waits by it.
/// </summary>
internal sealed class CloudTime(ICloudInventory cloud, TimeProvider clock) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + (cloud.Skew ?? TimeSpan.Zero);

    /// <summary>
    /// Reports clocks that differ by more than AWS itself tolerates. By such a clock nothing is removed for its age.
    /// </summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ClockSkewed"/>: the scope is about an age.</exception>
    public void RequireAgreement(RemovalScope scope, IOperationHost? host)
    {
        if (cloud.Skew is not { } skew || skew.Duration() <= ServiceClock.Tolerance)
        {
            return;
        }

        if (scope.OlderThan is not null)
        {
            throw new SpotException(
                SpotErrorIds.ClockSkewed,
                SpotErrorCategory.Refused,
                $"{ClockSkew.Describe(skew)}, so no resource is removed for its age. Nothing was changed.")
            {
                RecommendedAction = "Set the clock of this computer, then run the command again.",
            };
        }

        host?.Warning($"{ClockSkew.Describe(skew)}. Ages and times are those of the service.");
    }
}
