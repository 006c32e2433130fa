using System.Globalization;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Lists and deletes the volumes of the account.</summary>
internal sealed class VastVolumes(VastClient client, TimeProvider clock)
{
    private static readonly TimeSpan BetweenListings = TimeSpan.FromSeconds(2);

    /// <summary>The volumes that fit a scope: those of a cluster when it is about clusters, else every one.</summary>
    public async Task<IReadOnlyList<SpotResource>> ListAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        scope.Expired ? [] : [.. (await client.ListVolumesAsync(host, cancellationToken).ConfigureAwait(false)).Select(volume => volume.ToResource()).Where(volume => IsIn(volume, scope))];

    /// <summary>How many there are and USD per hour of all; nulls when it cannot be told, which fails nothing.</summary>
    public async Task<(int? Count, decimal? HourlyPrice)> TryMeasureAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            var volumes = await client.ListVolumesAsync(host, cancellationToken).ConfigureAwait(false);
            return (volumes.Count, volumes.All(volume => volume.HourlyPrice is not null) ? volumes.Sum(volume => volume.HourlyPrice) : null);
        }
        catch (SpotException error)
        {
            BilledVolumes.ReportUnknown(error, host);
            return (null, null);
        }
    }

    /// <summary>Deletes volumes, and lists until they are gone. Returns those that remain.</summary>
    public async Task<IReadOnlyList<SpotResource>> RemoveAsync(
        IReadOnlyList<SpotResource> volumes, TimeSpan timeout, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        var open = volumes.ToDictionary(volume => volume.Id, StringComparer.Ordinal);
        var failures = new Dictionary<string, SpotException>(StringComparer.Ordinal);
        while (open.Count > 0)
        {
            foreach (var volume in open.Values)
            {
                try
                {
                    await client.DeleteVolumeAsync(long.Parse(volume.Id, CultureInfo.InvariantCulture), host, cancellationToken).ConfigureAwait(false);
                    failures.Remove(volume.Id);
                }
                catch (SpotException error)
                {
                    failures[volume.Id] = error;
                }
            }

            var there = (await client.ListVolumesAsync(host, cancellationToken).ConfigureAwait(false)).Select(volume => volume.ToResource().Id).ToHashSet(StringComparer.Ordinal);
            foreach (var volume in open.Values.Where(volume => !there.Contains(volume.Id)).ToArray())
            {
                open.Remove(volume.Id);
                onRemoval(Outcome(volume, SpotRemovalOutcome.Removed, null, start));
            }

            if (!CommandLimit.HasTime || clock.GetUtcNow() - start >= timeout || (failures.Count > 0 && open.Keys.All(id => failures.TryGetValue(id, out var error) && !VastErrors.MayPass(error))))
            {
                break;
            }

            if (open.Count > 0)
            {
                host.Progress(new OperationProgress("Destroying at Vast.ai", $"waiting until {open.Count} volumes are no longer listed", 0, 0) { IsWait = true });
                await CommandLimit.PauseAsync(clock, BetweenListings, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var volume in open.Values)
        {
            failures.TryGetValue(volume.Id, out var cause);
            var error = new SpotException(
                SpotErrorIds.ResourceNotRemoved, cause?.Category ?? SpotErrorCategory.Timeout, $"Cannot delete volume {volume.Id} at Vast.ai: {cause?.Message ?? "it is still listed."}", cause)
            {
                Target = volume.Id,
                ServiceCode = cause?.ServiceCode,
                RecommendedAction = "Destroy the instances that use it, and run the command again.",
            };
            onRemoval(Outcome(volume, SpotRemovalOutcome.Failed, error, start));
            host.Error(error);
        }

        return [.. open.Values];
    }

    private SpotRemoval Outcome(SpotResource volume, SpotRemovalOutcome outcome, SpotException? error, DateTimeOffset start) => new()
    {
        Id = volume.Id,
        Provider = SpotProvider.Vast,
        Type = volume.Type,
        ClusterName = volume.ClusterName,
        Region = volume.Region,
        Name = volume.Name,
        Outcome = outcome,
        Code = error?.ServiceCode ?? error?.ErrorId,
        Reason = error?.Message,
        Elapsed = clock.GetUtcNow() - start,
    };

    private bool IsIn(SpotResource volume, RemovalScope scope) =>
        (scope.ClusterName is null || string.Equals(volume.ClusterName, scope.ClusterName, StringComparison.OrdinalIgnoreCase))
        && (scope.OnlyClusters.Count == 0 || (volume.ClusterName is { } own && Wildcard.IsAnyMatch([.. scope.OnlyClusters], own)))
        && !(volume.ClusterName is { } kept && scope.KeepClusters.Any(pattern => Wildcard.IsMatch(pattern, kept)))
        && scope.Filter.Selects(volume)
        && (scope.Regions.Count == 0 || Wildcard.IsAnyMatch([.. scope.Regions], volume.Region))
        && (scope.OlderThan is not { } age || (volume.CreatedAt is { } created && client.Time.GetUtcNow() - created >= age));
}
