using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>What to do with managed instances when the credit is used up or a budget is exceeded. The engine acts only after confirmation.</summary>
public sealed record ShutdownResponse
{
    /// <summary>What to do with our running instances; null for what the settings say.</summary>
    public SpotCreditPolicy? Policy { get; init; }

    /// <summary>Asked once, with what would be done; nothing is done unless it answers true.</summary>
    public required Func<ShutdownPlan, CancellationToken, Task<bool>> ConsentAsync { get; init; }

    /// <summary>Told of each instance once its outcome is known.</summary>
    public Action<ShutdownOutcome>? OnOutcome { get; init; }
}

/// <summary>What would be done.</summary>
/// <param name="Policy">Stop or destroy.</param>
/// <param name="Instances">Managed instances, dearest first.</param>
/// <param name="HourlyPrice">USD per hour that they cost now; null when unknown.</param>
/// <param name="Cause"><see cref="SpotErrorIds.InsufficientCredit"/> or <see cref="SpotErrorIds.BudgetExceeded"/>.</param>
public sealed record ShutdownPlan(SpotCreditPolicy Policy, IReadOnlyList<SpotInstance> Instances, decimal? HourlyPrice, SpotException Cause)
{
    /// <summary>The cause in one sentence without its end.</summary>
    public string Reason => Cause.ErrorId == SpotErrorIds.InsufficientCredit ? "Insufficient credit error detected" : Cause.Message.TrimEnd('.');
}

/// <summary>What became of one instance.</summary>
/// <param name="Instance">The instance, as it was before.</param>
/// <param name="Policy">Stop or destroy.</param>
/// <param name="Error">Why it could not be done; null when it was done and seen.</param>
public sealed record ShutdownOutcome(SpotInstance Instance, SpotCreditPolicy Policy, SpotException? Error)
{
    /// <summary>The error of a removal; null for one that succeeded.</summary>
    internal static SpotException? ErrorOf(SpotRemoval removal) => removal.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone
        ? null
        : new SpotException(SpotErrorIds.InstanceNotRemoved, SpotErrorCategory.InvalidOperation, removal.Reason ?? $"Instance {removal.Id} was not destroyed.")
        {
            Target = removal.Id,
            ServiceCode = removal.Code,
        };
}
