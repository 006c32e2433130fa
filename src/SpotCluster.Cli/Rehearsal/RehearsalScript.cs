using System.Globalization;
using SpotCluster.Cli.Rehearsal.Steps;
using SpotCluster.Cli.Rehearsal.Steps.Vast;
using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal;

/// <summary>The steps in their order, and how one is run and told.</summary>
internal static class RehearsalScript
{
    /// <summary>The life of a cluster. A new step is a new class and a line here.</summary>
    public static IReadOnlyList<IRehearsalStep> Steps =>
    [
        new IdentityStep(),
        new PlanStep(),
        new LaunchStep(),
        new HealthStep(),
        new ListStep(),
        new CostStep(),
        new InterruptionStep(),
        new RepairStep(),
        new GuestStep(),
        new BlockedRemovalStep(),
        new RemovalStep(),
        new ProofStep(),
    ];

    /// <summary>The life of GPU machines at Vast.ai.</summary>
    public static IReadOnlyList<IRehearsalStep> VastSteps =>
    [
        new VastAccountStep(),
        new OffersStep(),
        new VastLaunchStep(),
        new VastListStep(),
        new OutbidStep(),
        new LostAnswerStep(),
        new CreditStep(),
        new VastProofStep(),
    ];

    /// <summary>Runs them all; the first failure ends it.</summary>
    public static async Task RunAsync(RehearsalContext context, IReadOnlyList<IRehearsalStep> steps, CancellationToken cancellationToken)
    {
        var number = 0;
        foreach (var step in steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            context.Story.Heading(++number, step.Title);
            var begin = context.Now;
            var calls = context.Run.Calls.Calls;
            await step.RunAsync(context, cancellationToken).ConfigureAwait(false);

            var elapsed = context.Now - begin;
            calls = context.Run.Calls.Calls - calls;
            context.Run.Report.Append("steps", new { step.Name, step.Title, Calls = calls, Elapsed = elapsed });
            context.Story.Footnote(string.Create(
                CultureInfo.InvariantCulture, $"{Cells.Count(calls, "call")}, {Cells.Duration(elapsed)} of simulated time"));
        }
    }
}
