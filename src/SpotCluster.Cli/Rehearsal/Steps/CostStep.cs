using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>A night passes, in which prices change; what it has cost: <c>cost</c>.</summary>
internal sealed class CostStep : IRehearsalStep
{
    private static readonly TimeSpan Night = TimeSpan.FromHours(6);

    public string Name => "cost";

    public string Title => "The cost to date, six hours later";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        await Task.Delay(Night, context.Cloud.Clock, cancellationToken).ConfigureAwait(false);
        var query = new CostQuery { ClusterNames = [context.Request.Name] };
        var report = await context.Engine.Costs.MeasureAsync(query, context.Run.Host, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("cost", report.Total);
        context.Story.Report(console => CostTable.Write(console, report, SpotCostScope.Region));
    }
}
