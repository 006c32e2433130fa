using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>Whose account it is.</summary>
internal sealed class IdentityStep : IRehearsalStep
{
    public string Name => "identity";

    public string Title => "Account and credentials";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var identity = await context.Engine.GetIdentityAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("identity", identity);
        context.Story.Report(console => IdentityTable.Write(console, identity));
    }
}
