using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>
/// Somebody else launches an instance beside ours, and one inside a VPC of ours: the inventory, <c>resources</c>, does not know the
/// first, and shows the second as not managed.
/// </summary>
internal sealed class GuestStep : IRehearsalStep
{
    public string Name => "guests";

    public string Title => "Unmanaged instances are launched, one of them inside the managed VPC";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var ours = await ListAsync(context, cancellationToken).ConfigureAwait(false);
        var subnet = ours.First(resource => resource.Type == "subnet");
        var region = context.Cloud.Region(subnet.Region);

        var before = context.Cloud.AllLive().Select(resource => resource.Id).ToHashSet(StringComparer.Ordinal);
        var neighbor = region.AddInstances(1, tags: ("Name", "neighbor"))[0];
        context.Unmanaged = [.. context.Cloud.AllLive().Select(resource => resource.Id).Where(id => !before.Contains(id))];
        var guest = region.AddInstances(1, subnetId: subnet.Id, tags: ("Name", "guest"))[0];
        context.Guest = region.LiveInstances.Single(instance => instance.Id == guest);
        context.Run.Report.Add("foreign", new { Neighbor = neighbor, Guest = guest });
        context.Story.Say($"{neighbor} runs in the default VPC of {subnet.Region}, {guest} in the managed VPC {context.Guest.VpcId}. Neither has the filter tag.");

        var after = await ListAsync(context, cancellationToken).ConfigureAwait(false);
        context.Run.Report.Add("resources", after);
        context.Claim(
            after.Count(resource => resource.Managed) == ours.Count && !after.Any(resource => resource.Id == neighbor)
                && after.Any(resource => resource.Id == guest && !resource.Managed),
            $"The inventory still lists {Cells.Count(ours.Count, "managed resource")}, and {guest} as unmanaged.");
    }

    private static async Task<List<Model.SpotResource>> ListAsync(RehearsalContext context, CancellationToken cancellationToken) =>
        await context.Engine.Removal.GetResourcesAsync(new RemovalScope(), context.Run.Host, cancellationToken)
            .OrderBy(resource => resource.Region, StringComparer.Ordinal)
            .ThenBy(resource => resource.Type, StringComparer.Ordinal)
            .ThenBy(resource => resource.Id, StringComparer.Ordinal)
            .ToListAsync(cancellationToken).ConfigureAwait(false);
}
