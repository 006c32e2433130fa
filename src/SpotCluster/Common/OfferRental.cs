using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>One machine of an AWS offer: a cluster of one, so that it is found, priced and removed like every other.</summary>
internal static class OfferRental
{
    /// <summary>Launches it, and returns it as the cloud lists it.</summary>
    public static async Task<SpotInstance> LaunchAsync(
        SpotEngine engine, SpotOffer offer, ClusterRequest request, IOperationHost host, CancellationToken token)
    {
        var plan = await engine.Clusters.PlanAsync(request, host, token).ConfigureAwait(false);
        await engine.Clusters.LaunchAsync(plan, host, token).ConfigureAwait(false);
        var query = new InstanceQuery { ClusterNames = [request.Name], Regions = request.Regions, Providers = [SpotProvider.Aws] };
        await foreach (var instance in engine.Clusters.GetInstancesAsync(query, host, token).ConfigureAwait(false))
        {
            return instance;
        }

        throw new SpotException(
            SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"The instance of cluster '{request.Name}' was launched but is not listed yet.")
        {
            Target = offer,
            Region = offer.Region,
            RecommendedAction = $"Run Get-SpotInstance -ClusterName {request.Name} in a moment.",
        };
    }
}
