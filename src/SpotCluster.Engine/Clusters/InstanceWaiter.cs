using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>Waits for machines: one poll per region for all of them, further apart each time.</summary>
internal sealed class InstanceWaiter(IClusterProvider provider, NodeDirectory nodes, TimeProvider clock, TimeProvider time, string regionWord)
{
    // A machine may not be visible for a while after it was launched.
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);

    public async IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = clock.GetUtcNow();
        using var limit = new CommandLimit(clock, timeout);
        if (condition == WaitCondition.Healthy)
        {
            // Whether there is one, and whether it lets us ask, is known before the first wait.
            await limit.WithinAsync(() => nodes.Client.GetNodesAsync(cancellationToken)).ConfigureAwait(false);
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var arrived = Channel.CreateUnbounded<SpotInstance>(new UnboundedChannelOptions { SingleReader = true });
        var all = limit.WithinAsync(WaitForAllAsync);
        try
        {
            while (await arrived.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (arrived.Reader.TryRead(out var machine))
                {
                    yield return machine;
                }
            }

            await all.ConfigureAwait(false);
        }
        finally
        {
            linked.Cancel();
            try
            {
                await all.ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The reader has left.
            }
        }

        async Task<bool> WaitForAllAsync()
        {
            try
            {
                var byRegion = await FindRegionsAsync(instances, timeout, limit, host, linked.Token).ConfigureAwait(false);
                var wait = new Wait(condition, start, timeout, limit, host, arrived.Writer, instances.Count);
                await Task.WhenAll(byRegion.Select(region => PollAsync(region.Key, region.Value, wait, linked.Token))).ConfigureAwait(false);
                arrived.Writer.TryComplete();
                return true;
            }
            catch (Exception failure)
            {
                arrived.Writer.TryComplete(failure);
                throw;
            }
        }
    }

    private async Task PollAsync(string region, HashSet<string> ids, Wait wait, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        SpotException? lastFailure = null;
        while (ids.Count > 0)
        {
            try
            {
                var sightings = await provider.PollAsync(region, ids, wait.Condition == WaitCondition.Reachable, cancellationToken).ConfigureAwait(false);
                var view = wait.Condition == WaitCondition.Healthy
                    ? NodeView.Of(await nodes.Client.GetNodesAsync(cancellationToken).ConfigureAwait(false))
                    : null;
                lastFailure = null;
                foreach (var sighting in sightings)
                {
                    view?.Judge(sighting.Instance, time.GetUtcNow());
                    seen.Add(sighting.Instance.Id);
                    wait.Remember(sighting.Instance);
                    if (wait.IsMet(sighting))
                    {
                        ids.Remove(sighting.Instance.Id);
                        wait.Arrived(sighting.Instance);
                    }
                    else if (wait.IsHopeless(sighting.Instance))
                    {
                        ids.Remove(sighting.Instance.Id);
                        wait.Lost(sighting.Instance);
                    }
                }
            }
            catch (SpotException failure)
            {
                // One poll that fails is no verdict on the machines: the next one may answer.
                lastFailure = failure;
                wait.Host.Debug($"{region}: {failure.Message}");
            }

            var elapsed = clock.GetUtcNow() - wait.Start;
            if (lastFailure is null && elapsed >= Visibility)
            {
                foreach (var id in ids.Where(id => !seen.Contains(id)).ToList())
                {
                    ids.Remove(id);
                    wait.Host.Error(NotFound(id, region));
                }
            }

            if (wait.Limit.IsOver)
            {
                foreach (var id in ids)
                {
                    wait.Host.Error(seen.Contains(id) || lastFailure is not null ? wait.TimedOut(id, region, lastFailure) : NotFound(id, region));
                }

                return;
            }

            if (ids.Count > 0)
            {
                await CommandLimit.PauseAsync(clock, PollPace.Quick.After(elapsed), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ids by region; those without one are looked for in every enabled region.</summary>
    private async Task<Dictionary<string, HashSet<string>>> FindRegionsAsync(
        IReadOnlyList<InstanceKey> instances,
        TimeSpan timeout,
        CommandLimit limit,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var byRegion = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var instance in instances.Where(instance => instance.Region is not null))
        {
            Put(instance.Region!, instance.Id);
        }

        var lost = new HashSet<string>(instances.Where(instance => instance.Region is null).Select(instance => instance.Id), StringComparer.Ordinal);
        var start = clock.GetUtcNow();
        UnlistedRegions? unlisted = null;
        while (lost.Count > 0)
        {
            var regions = await provider.GetEnabledRegionsAsync(cancellationToken).ConfigureAwait(false);
            unlisted ??= new UnlistedRegions(regions, host);
            var isWhole = true;
            var found = await Task.WhenAll(regions.Select(async region =>
            {
                try
                {
                    return (Region: region, Sightings: await provider.PollAsync(region, lost, false, cancellationToken).ConfigureAwait(false));
                }
                catch (SpotException failure)
                {
                    isWhole = false;
                    unlisted.Add(UnlistedRegions.NotListed(region, failure));
                    return (Region: region, Sightings: []);
                }
            })).ConfigureAwait(false);
            foreach (var (region, sightings) in found)
            {
                foreach (var sighting in sightings)
                {
                    lost.Remove(sighting.Instance.Id);
                    Put(region, sighting.Instance.Id);
                }
            }

            var now = clock.GetUtcNow();
            if (lost.Count > 0 && (now - start >= Visibility || limit.IsOver))
            {
                foreach (var id in lost)
                {
                    host.Error(isWhole ? NotFound(id, null) : NotSeen(id, timeout));
                }

                break;
            }

            if (lost.Count > 0)
            {
                await CommandLimit.PauseAsync(clock, PollPace.Quick.After(now - start), cancellationToken).ConfigureAwait(false);
            }
        }

        unlisted?.Report();
        return byRegion;

        void Put(string region, string id)
        {
            if (!byRegion.TryGetValue(region, out var ids))
            {
                byRegion[region] = ids = new HashSet<string>(StringComparer.Ordinal);
            }

            ids.Add(id);
        }
    }

    private SpotException NotFound(string id, string? region) => new(
        SpotErrorIds.InstanceNotFound,
        SpotErrorCategory.NotFound,
        region is null ? $"No instance '{id}' exists in any {regionWord}." : $"No instance '{id}' exists in {region}.")
    {
        Target = id,
        Region = region,
    };

    private static SpotException NotSeen(string id, TimeSpan timeout) => new(
        SpotErrorIds.WaitTimedOut, SpotErrorCategory.Timeout, $"Instance {id} was not found within {timeout.TotalSeconds:0} s, and not every region could be listed.")
    {
        Target = id,
    };

    /// <summary>What all regions of one wait share.</summary>
    private sealed class Wait(
        WaitCondition condition,
        DateTimeOffset start,
        TimeSpan timeout,
        CommandLimit limit,
        IOperationHost host,
        ChannelWriter<SpotInstance> arrived,
        int total)
    {
        private readonly ConcurrentDictionary<string, string?> _reasons = new(StringComparer.Ordinal);
        private int _done;

        public WaitCondition Condition => condition;

        public DateTimeOffset Start => start;

        public CommandLimit Limit => limit;

        public IOperationHost Host => host;

        public bool IsMet(InstanceSighting sighting) => condition switch
        {
            WaitCondition.Running => sighting.Instance.State == SpotInstanceState.Running,
            WaitCondition.Reachable => sighting.Instance.State == SpotInstanceState.Running && sighting.Reachable,
            WaitCondition.Healthy => sighting.Instance.Health == SpotHealth.Healthy,
            WaitCondition.Terminated => sighting.Instance.State == SpotInstanceState.Terminated,
            _ => false,
        };

        public bool IsHopeless(SpotInstance machine) =>
            (condition != WaitCondition.Terminated && machine.State is SpotInstanceState.ShuttingDown or SpotInstanceState.Terminated)
            || (condition == WaitCondition.Healthy && machine.Health == SpotHealth.NotAsked);

        public void Remember(SpotInstance machine) => _reasons[machine.Id] = condition == WaitCondition.Healthy ? machine.HealthReason : null;

        public void Arrived(SpotInstance machine)
        {
            arrived.TryWrite(machine);
            host.Progress(new OperationProgress($"Waiting for {condition}", $"{machine.Id} is {condition}", Interlocked.Increment(ref _done), total, machine.Region));
        }

        public void Lost(SpotInstance machine) => host.Error(new SpotException(
            SpotErrorIds.InstanceNotFound,
            SpotErrorCategory.NotFound,
            machine.Health == SpotHealth.NotAsked
                ? $"Instance {machine.Id} in {machine.Region} cannot become healthy: {machine.HealthReason}."
                : $"Instance {machine.Id} in {machine.Region} cannot start: it is {machine.State}{(machine.StateReason is { } why ? $" ({why})" : "")}.")
        {
            Target = machine.Id,
            Region = machine.Region,
        });

        public SpotException TimedOut(string id, string region, SpotException? cause) => new(
            SpotErrorIds.WaitTimedOut,
            SpotErrorCategory.Timeout,
            $"Instance {id} in {region} was not {condition} after {timeout.TotalSeconds:0} s{(Why(id, cause) is { } why ? ": " + why : "")}.",
            cause)
        {
            Target = id,
            Region = region,
            RecommendedAction = "Wait longer, or check the console output of the instance.",
        };

        private string? Why(string id, SpotException? cause) =>
            cause?.Message.TrimEnd('.') ?? (_reasons.TryGetValue(id, out var reason) ? reason : null);
    }
}
