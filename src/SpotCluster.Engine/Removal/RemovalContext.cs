using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>What all regions of one removal share.</summary>
internal sealed record RemovalContext
{
    public required TimeProvider Clock { get; init; }

    /// <summary>Time as the cloud has it: for what is reported, not for what is waited.</summary>
    public required TimeProvider CloudTime { get; init; }

    /// <summary>When the removal began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it must end.</summary>
    public required CommandLimit Limit { get; init; }

    public required ResourceSelector Selector { get; init; }

    public required IOperationHost Host { get; init; }

    /// <summary>Told of each outcome, one at a time.</summary>
    public required Action<SpotRemoval> OnRemoval { get; init; }

    public required CallsInFlight CallsInFlight { get; init; }

    /// <summary>What may be deleted.</summary>
    public required RemovalAllowance Allowance { get; init; }

    /// <summary>Where what remains attached is recorded.</summary>
    public required IRemainingResources Remaining { get; init; }

    /// <summary>Records what is about to lose the only resource that leads to it.</summary>
    public void Remember(SpotResource resource)
    {
        if (Selector.AccountId is not { } account)
        {
            return;
        }

        try
        {
            Remaining.Add(new RemainingResource(account, resource.Region, resource.Type, resource.Id, resource.ClusterName, Selector.FilterTag, CloudTime.GetUtcNow()));
        }
        catch (SpotException error)
        {
            Host.Warning($"{error.Message} No later command shows it.");
        }
    }

    /// <summary>Deletes the record of what is gone.</summary>
    public void Forget(RemovalItem item)
    {
        if (item.Unmanaged?.Code == Unmanaged.Attached && Selector.AccountId is { } account)
        {
            Remaining.Remove(new RemainingResource(account, item.Node.Resource.Region, item.Key.Type, item.Key.Id, null, Selector.FilterTag, default));
        }
    }

    public TimeSpan Elapsed => Clock.GetUtcNow() - StartedAt;

    public bool IsLate => Limit.IsOver;

    /// <summary>Waits, but not beyond the deadline.</summary>
    public Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) => CommandLimit.PauseAsync(Clock, pause, cancellationToken);

    /// <summary>What is done, where it is not the removal of a whole scope.</summary>
    public string? Activity { get; init; }

    /// <summary>Reports what is waited for in a region.</summary>
    public void Report(string status, string region, int done = 0, int total = 0) => Host.Progress(new OperationProgress(
        Activity ?? (Selector.Scope.ClusterName is { } name ? $"Removing cluster {name}" : "Removing every managed resource"), status, done, total, region));
}
