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
    public string Reason => IsCredit ? "Insufficient credit error detected" : Cause.Message.TrimEnd('.');

    /// <summary>True where the credit is used up; false where a budget is exceeded.</summary>
    public bool IsCredit => Cause.ErrorId == SpotErrorIds.InsufficientCredit;

    /// <summary>What is done without a prompt.</summary>
    public string Announcement => $"{Reason}. {(Policy == SpotCreditPolicy.DestroyMine ? "Destroying" : "Stopping")} {What}...";

    /// <summary>What the prompt is about.</summary>
    public string Notice => $"{Reason}: {What}.";

    /// <summary>A line for each instance.</summary>
    public IEnumerable<string> Lines => Instances.Select(instance => $"  {instance.Id} {instance.GpuName} {instance.Name} {Price(instance.HourlyPrice)} per hour");

    /// <summary>The prompt.</summary>
    public string Prompt => Policy == SpotCreditPolicy.DestroyMine ? $"Destroy {What}? Their data is lost." : $"Stop {What}? Their disks are still billed.";

    private string What => $"{Instances.Count} managed {(Instances.Count == 1 ? "instance" : "instances")}, {Price(HourlyPrice)} per hour";

    /// <summary>The error where nobody can be prompted.</summary>
    /// <param name="stopBilling">The command that ends all costs.</param>
    /// <param name="force">The option that suppresses the prompt.</param>
    public SpotException Unanswered(string stopBilling, string force) => new(
        SpotErrorIds.ConsentMissing,
        SpotErrorCategory.Refused,
        $"Confirmation is required to {(Policy == SpotCreditPolicy.DestroyMine ? "destroy" : "stop")} {What}, and this is a non-interactive session. Nothing was changed.")
    {
        Target = string.Join(", ", Instances.Select(instance => instance.Id)),
        RecommendedAction = IsCredit ? $"To stop the billing: {stopBilling}" : $"To do it without a prompt: {force}",
    };

    private static string Price(decimal? price) => price is { } usd ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${usd:0.0000}") : "an unknown price";
}

/// <summary>The outcomes of a shutdown so far, as lines.</summary>
/// <param name="plan">What is done.</param>
public sealed class ShutdownReport(ShutdownPlan plan)
{
    private int _seen;
    private bool _hasFailed;

    /// <summary>The line of an instance; after the last one, and only when all succeeded, also that all are stopped or destroyed.</summary>
    public IEnumerable<string> Add(ShutdownOutcome outcome)
    {
        var done = outcome.Policy == SpotCreditPolicy.DestroyMine ? "Destroyed" : "Stopped";
        var name = $"{outcome.Instance.Id} ({outcome.Instance.GpuName})";
        _hasFailed |= outcome.Error is not null;
        yield return outcome.Error is null ? $"✓ {done} instance {name}" : $"✗ Instance {name} remains: {outcome.Error.Message}";
        if (++_seen == plan.Instances.Count && !_hasFailed)
        {
            yield return $"All instances {done.ToLowerInvariant()} to prevent further costs.";
        }
    }
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
