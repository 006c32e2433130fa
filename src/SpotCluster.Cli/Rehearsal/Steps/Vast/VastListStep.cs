using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Rehearsal.Steps.Vast;

/// <summary>What is rented: <c>instances</c>.</summary>
internal sealed class VastListStep : IRehearsalStep
{
    public string Name => "list";

    public string Title => "The rented instances, their cost, and how to log in";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        context.Instances = await context.Engine.Vast
            .GetInstancesAsync(new InstanceQuery(), context.Run.Host, cancellationToken)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("instances", context.Instances);
        context.Story.Report(console => RentalTable.Write(console, context.Instances));
    }
}
