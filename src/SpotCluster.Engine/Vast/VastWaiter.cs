using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Waits for machines, with one listing per look however many they are.</summary>
internal sealed class VastWaiter(VastDirectory directory, TimeProvider clock, Func<string, int, CancellationToken, Task<bool>> probe)
{
    public static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);

    public async IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (condition == WaitCondition.Healthy)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "Healthy is not supported for instances of Vast.ai, which join no orchestrator; wait for Reachable.");
        }

        using var limit = new CommandLimit(clock, timeout);
        var deadline = limit.Deadline;
        SpotException? notListed = null;
        var open = instances.Select(instance => instance.Id).Distinct(StringComparer.Ordinal).ToList();
        var listed = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            Dictionary<string, VastInstance> machines = [];
            try
            {
                var listing = await limit.WithinAsync(() => directory.ListAsync(host, cancellationToken)).ConfigureAwait(false);
                machines = listing.Whole.ToDictionary(machine => machine.Key, StringComparer.Ordinal);
            }
            catch (SpotException error) when (LateCommandException.In(error) is not null)
            {
                // The wait is over, which is no verdict on the instances.
                notListed = error;
            }

            foreach (var id in notListed is null ? open.ToArray() : [])
            {
                machines.TryGetValue(id, out var machine);
                var instance = machine is null ? null : directory.ToInstance(machine);
                if (condition == WaitCondition.Terminated)
                {
                    if (instance is null)
                    {
                        open.Remove(id);
                        yield return new SpotInstance { Id = id, Provider = SpotProvider.Vast, State = SpotInstanceState.Terminated };
                    }
                }
                else if (instance is null)
                {
                    // A machine that was just rented may take a moment to be listed.
                    if (listed.Contains(id) || clock.GetUtcNow() + BetweenLooks >= deadline)
                    {
                        open.Remove(id);
                        host.Error(NotFound(id));
                    }
                }
                else
                {
                    listed.Add(id);
                    if (Failure(instance) is { } failure)
                    {
                        open.Remove(id);
                        host.Error(failure);
                    }
                    else if (instance.State == SpotInstanceState.Running
                        && (condition == WaitCondition.Running || await IsReachableAsync(instance, cancellationToken).ConfigureAwait(false)))
                    {
                        open.Remove(id);
                        yield return instance;
                    }
                }
            }

            if (open.Count == 0)
            {
                yield break;
            }

            host.Progress(new OperationProgress(
                "Waiting for instances",
                $"{instances.Count - open.Count} of {instances.Count} {condition}; waiting for {string.Join(", ", open.Take(5))}, at most until {deadline:HH:mm:ss} UTC",
                instances.Count - open.Count,
                instances.Count)
            {
                IsWait = true,
            });
            if (limit.IsOver)
            {
                break;
            }

            var left = deadline - clock.GetUtcNow();
            await clock.Delay(left < BetweenLooks ? left : BetweenLooks, cancellationToken).ConfigureAwait(false);
        }

        foreach (var id in open)
        {
            host.Error(new SpotException(
                SpotErrorIds.WaitTimedOut, SpotErrorCategory.Timeout, $"Instance {id} was not {condition} within {timeout.TotalSeconds:0} seconds{(notListed is null ? "." : ": " + notListed.Message)}", notListed)
            {
                Target = id,
            });
        }
    }

    /// <summary>Why a machine will not run by itself; null when it may.</summary>
    public static SpotException? Failure(SpotInstance instance) =>
        instance.State is SpotInstanceState.Stuck or SpotInstanceState.Outbid or SpotInstanceState.Stopped
            ? new SpotException(
                SpotErrorIds.InstanceStuck, SpotErrorCategory.Unavailable,
                $"Instance {instance.Id} cannot start: {instance.State}" + (instance.StateReason is null ? "." : $" ({instance.StateReason})."))
            {
                Target = instance.Id,
                RecommendedAction = instance.State == SpotInstanceState.Outbid ? "Raise its bid, or destroy it and rent another." : "Destroy it and rent another.",
            }
            : null;

    /// <summary>True when something accepts a connection within five seconds.</summary>
    public static async Task<bool> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            await client.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is SocketException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private Task<bool> IsReachableAsync(SpotInstance instance, CancellationToken cancellationToken)
    {
        // "ssh -p 41022 root@203.0.113.7", as the instance says it.
        var parts = instance.SshCommand?.Split(' ', '@') ?? [];
        return parts.Length == 5 && int.TryParse(parts[2], out var port) ? probe(parts[4], port, cancellationToken) : Task.FromResult(false);
    }

    private static SpotException NotFound(string id) =>
        new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No Vast.ai instance '{id}' exists.") { Target = id };
}
