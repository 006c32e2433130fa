using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>Whose key it is, and what can be spent.</summary>
internal sealed class VastAccountStep : IRehearsalStep
{
    public string Name => "account";

    public string Title => "Account and remaining credit";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        // Somebody else works on the same account; nothing of this story may touch that machine.
        context.Cloud.Vast.AddMachine("training of a colleague");
        var account = await context.Engine.Vast.GetAccountAsync(context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("account", account);
        context.Story.Say($"Account {account.AccountId}: {Cells.Cost(account.Credit)} of credit, {Cells.Count(account.InstanceCount, "instance")}, none managed.");
    }
}
