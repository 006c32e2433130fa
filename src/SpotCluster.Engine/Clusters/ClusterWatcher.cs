using System.Runtime.CompilerServices;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>Watches machines: what is there, then each change, until nobody listens any more.</summary>
internal sealed class ClusterWatcher(Func<InstanceQuery, IOperationHost, CancellationToken, IAsyncEnumerable<SpotInstance>> list, TimeProvider clock)
{
    // Terminated ones too: they tell why they went.
    private static readonly SpotInstanceState[] EveryState =
    [
        SpotInstanceState.Pending, SpotInstanceState.Running, SpotInstanceState.Stopping, SpotInstanceState.Stopped, SpotInstanceState.ShuttingDown, SpotInstanceState.Terminated,
        SpotInstanceState.Outbid, SpotInstanceState.Stuck, SpotInstanceState.Unknown,
    ];

    public async IAsyncEnumerable<SpotChange> WatchAsync(
        ClusterQuery query, TimeSpan interval, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = new SortedDictionary<string, SpotInstance>(StringComparer.Ordinal);
        var troubles = new HashSet<string>(StringComparer.Ordinal);
        for (var isFirst = true; ; isFirst = false)
        {
            var listener = new Listener(host, troubles);
            var seen = new SortedDictionary<string, SpotInstance>(StringComparer.Ordinal);
            var all = new List<SpotInstance>();
            var scope = new InstanceQuery { ClusterNames = query.Names, Regions = query.Regions, AreRegionsDefault = query.AreRegionsDefault, Providers = query.Providers, EveryCloud = query.EveryCloud, States = EveryState };
            await foreach (var machine in list(scope, listener, cancellationToken).ConfigureAwait(false))
            {
                all.Add(machine);
                if (machine.ClusterName is not null)
                {
                    seen[machine.Id] = machine;
                }
            }

            foreach (var change in Compare(known, seen, listener, isFirst))
            {
                yield return change;
            }

            if (query.AfterLook is { } act)
            {
                await act(all, listener, cancellationToken).ConfigureAwait(false);
            }

            listener.Settle();
            await clock.PauseAsync(interval, cancellationToken).ConfigureAwait(false);
        }
    }

    private List<SpotChange> Compare(SortedDictionary<string, SpotInstance> known, SortedDictionary<string, SpotInstance> seen, Listener listener, bool isFirst)
    {
        var changes = new List<SpotChange>();
        foreach (var (id, machine) in seen)
        {
            if (!known.TryGetValue(id, out var before))
            {
                // The gone ones of before the watch are no news.
                if (machine.State != SpotInstanceState.Terminated)
                {
                    known[id] = machine;
                    changes.Add(Change(isFirst ? SpotChangeKind.Seen : SpotChangeKind.Appeared, machine, null, Summary(machine), machine.HealthReason));
                }

                continue;
            }

            if (machine.State != before.State)
            {
                changes.Add(Change(SpotChangeKind.State, machine, before.State.ToString(), machine.State.ToString(), machine.StateReason));
            }

            // Without an answer of the orchestrator nothing is known, and that is no change of the node.
            if (machine.Health == SpotHealth.Unknown && before.Health != SpotHealth.Unknown)
            {
                machine.Health = before.Health;
                machine.Node = before.Node;
            }
            else if (machine.Health != before.Health)
            {
                changes.Add(Change(SpotChangeKind.Health, machine, before.Health.ToString(), machine.Health.ToString(), machine.HealthReason));
            }

            known[id] = machine;
        }

        foreach (var gone in known.Values.Where(machine => !seen.ContainsKey(machine.Id) && !listener.Failed.Contains(machine.Region)).ToList())
        {
            known.Remove(gone.Id);
            if (gone.State != SpotInstanceState.Terminated)
            {
                changes.Add(Change(SpotChangeKind.Disappeared, gone, Summary(gone), null, null));
            }
        }

        return changes;
    }

    private SpotChange Change(SpotChangeKind kind, SpotInstance machine, string? from, string? to, string? reason) => new()
    {
        At = clock.GetUtcNow(),
        Kind = kind,
        ClusterName = machine.ClusterName,
        InstanceId = machine.Id,
        Region = machine.Region,
        From = from,
        To = to,
        Reason = reason,
        Instance = machine,
    };

    private static string Summary(SpotInstance machine) =>
        machine.Health is SpotHealth.NotConfigured or SpotHealth.NotAsked or SpotHealth.Unknown ? machine.State.ToString() : $"{machine.State}, {machine.Health}";

    /// <summary>Reports a trouble when it begins, and not again in each round.</summary>
    private sealed class Listener(IOperationHost host, HashSet<string> troubles) : IOperationHost
    {
        private readonly HashSet<string> _now = new(StringComparer.Ordinal);

        public HashSet<string> Failed { get; } = new(StringComparer.Ordinal);

        public void Error(SpotException error)
        {
            bool isNew;
            lock (_now)
            {
                if (error.Region is { } region)
                {
                    Failed.Add(region);
                }

                var trouble = $"{error.ErrorId}/{error.Region}/{error.Target}";
                isNew = _now.Add(trouble) && !troubles.Contains(trouble);
            }

            if (isNew)
            {
                host.Error(error);
            }
        }

        public void Settle()
        {
            troubles.Clear();
            troubles.UnionWith(_now);
        }

        public void Verbose(string message) => host.Verbose(message);

        public void Debug(string message) => host.Debug(message);

        public void Warning(string message) => host.Warning(message);

        public void Progress(OperationProgress progress)
        {
            // Every few seconds a bar would come and go.
        }
    }
}
