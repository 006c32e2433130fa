using SpotCluster.Engine;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Looks up instances that are known by their id only.</summary>
internal static class InstanceFinder
{
    // Terminated ones too: whoever names one is told what became of it, and not that it never was.
    private static readonly SpotInstanceState[] EveryState = Enum.GetValues<SpotInstanceState>();

    /// <summary>The instance; null when there is none, which is reported.</summary>
    public static async Task<SpotInstance?> OneAsync(SpotEngine engine, InstanceKey key, IOperationHost host, CancellationToken cancellationToken) =>
        (await ManyAsync(engine, [key], host, cancellationToken).ConfigureAwait(false)).FirstOrDefault()?.Instance;

    /// <summary>The instances that exist and live; each that does not is reported.</summary>
    public static async Task<List<InstanceTarget>> ManyAsync(
        SpotEngine engine, IReadOnlyList<InstanceKey> keys, IOperationHost host, CancellationToken cancellationToken) =>
        await FindAsync(engine, keys, states: [], includeForeign: false, host, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// The instances that exist, in any state and of anybody: whether one may be worked on is for the work to say. Each that does
    /// not exist is reported, as long as every place where it may be was listed; otherwise it is passed on as it is.
    /// </summary>
    public static async Task<List<InstanceTarget>> LookUpAsync(
        SpotEngine engine, IReadOnlyList<InstanceKey> keys, IOperationHost host, CancellationToken cancellationToken) =>
        await FindAsync(engine, keys, EveryState, includeForeign: true, host, cancellationToken).ConfigureAwait(false);

    private static async Task<List<InstanceTarget>> FindAsync(
        SpotEngine engine, IReadOnlyList<InstanceKey> keys, SpotInstanceState[] states, bool includeForeign, IOperationHost host, CancellationToken cancellationToken)
    {
        var found = new List<InstanceTarget>();
        var listening = new Listener(host);
        InstanceKey[] valid = [.. keys.Where(key => InstanceKey.IsAwsId(key.Id) || InstanceKey.IsVastId(key.Id))];
        foreach (var key in keys.Except(valid))
        {
            host.Error(new SpotException(
                SpotErrorIds.InstanceIdInvalid, SpotErrorCategory.InvalidArgument,
                $"'{key.Id}' is not a valid instance id: i- and 8 or 17 hexadecimal digits are expected at AWS, digits at Vast.ai.")
            { Target = key.Id });
        }

        if (valid.Length == 0)
        {
            return found;
        }

        var query = new InstanceQuery
        {
            Ids = [.. valid.Select(key => key.Id)],
            Regions = valid.All(key => key is { IsVast: false, Region: not null }) ? [.. valid.Select(key => key.Region!).Distinct(StringComparer.OrdinalIgnoreCase)] : [],
            States = states,
            IncludeForeign = includeForeign,
            IncludePrice = includeForeign,
            IncludeHealth = false,
        };
        await foreach (var instance in engine.Clusters.GetInstancesAsync(query, listening, cancellationToken).ConfigureAwait(false))
        {
            // The region that was named stays with the id, also where the listing was not narrowed by it: the work refuses another one.
            var named = Array.Find(valid, key => key.Id == instance.Id)?.Region;
            found.Add(new InstanceTarget(new InstanceKey(instance.Id, named ?? instance.Region, instance.Provider), instance.ClusterName, instance));
        }

        foreach (var key in valid.Where(key => found.TrueForAll(target => target.Key.Id != key.Id)))
        {
            if (listening.HasFailures)
            {
                found.Add(new InstanceTarget(key, null, null));
                continue;
            }

            var place = key.IsVast ? "at Vast.ai" : key.Region is { } region ? $"in {region}" : $"in any {engine.Configuration.Settings.RegionWord}";
            host.Error(new SpotException(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No instance with the id '{key.Id}' exists {place}.")
            {
                Target = key.Id,
                RecommendedAction = "Get-SpotInstance lists the instances that exist.",
            });
        }

        return found;
    }

    /// <summary>Passes everything on, and knows whether something could not be listed.</summary>
    private sealed class Listener(IOperationHost host) : IOperationHost
    {
        public bool HasFailures { get; private set; }

        public void Verbose(string message) => host.Verbose(message);

        public void Debug(string message) => host.Debug(message);

        public void Warning(string message) => host.Warning(message);

        public void Error(SpotException error)
        {
            // In a region that does not exist is no instance.
            HasFailures |= error.ErrorId != SpotErrorIds.RegionUnknown;
            host.Error(error);
        }

        public void Progress(OperationProgress progress) => host.Progress(progress);
    }
}
