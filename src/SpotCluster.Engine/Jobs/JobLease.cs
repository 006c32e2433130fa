using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Jobs;

/// <summary>
/// Renews the lease of a job while it runs, so that any other computer sees within its length that the process has ended. What
/// fails is tried again every minute, and told before the lease ends.
/// </summary>
internal sealed class JobLease(SpotJob job, IClusterService clusters, IRemovalService removal, TimeProvider clock, IOperationHost host) : IAsyncDisposable
{
    /// <summary>How long a lease lasts that is not renewed.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(15);

    /// <summary>How often it is renewed: a computer without a network, or asleep, for less than the rest of the length loses nothing.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    // Time that this computer sleeps does not count in a longer wait.
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan WarnBefore = TimeSpan.FromMinutes(3);

    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<string> _resources = [];
    private Task _renewing = Task.CompletedTask;

    /// <summary>The region of AWS that the instance is launched in.</summary>
    public string? Region { get; set; }

    /// <summary>Begins.</summary>
    public void Start() => _renewing = RenewAsync(_stop.Token);

    /// <summary>The launch is complete: what it created is looked up at the next renewal.</summary>
    public void Launched() => _resources = [];

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _renewing.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var renewed = clock.GetUtcNow();
        var isTold = false;
        while (true)
        {
            try
            {
                await clock.PauseAsync(Look, cancellationToken).ConfigureAwait(false);
                if (clock.GetUtcNow() - renewed < Every)
                {
                    continue;
                }

                await RenewOnceAsync(cancellationToken).ConfigureAwait(false);
                renewed = clock.GetUtcNow();
                isTold = false;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (SpotException error)
            {
                _resources = [];
                var end = renewed + Length;
                if (!isTold && clock.GetUtcNow() >= end - WarnBefore)
                {
                    isTold = true;
                    host.Warning($"The lease of job {job.Name} ends at {end:HH:mm:ss} UTC and cannot be renewed: {error.Message} From then on, a removal of expired resources on another computer can remove its instance. The renewal is repeated.");
                }

                host.Verbose($"The lease of job {job.Name} was not renewed: {error.Message}");
            }
        }
    }

    private async Task RenewOnceAsync(CancellationToken cancellationToken)
    {
        var lease = new LeaseRenewal(job.Provider, job.Name, Length);
        if (Region is not { } region)
        {
            await clusters.RenewLeaseAsync(lease, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (_resources.Count == 0)
        {
            var scope = new RemovalScope { ClusterName = job.Name, Regions = [region] };
            var found = await removal.GetResourcesAsync(scope, SilentHost.Instance, cancellationToken).CollectAsync().ConfigureAwait(false);
            _resources = [.. found.Where(resource => resource is { Managed: true, Tagged: true } && !resource.Id.StartsWith("arn:", StringComparison.Ordinal)).Select(resource => resource.Id)];
        }

        await clusters.RenewLeaseAsync(lease with { Region = region, Ids = _resources }, cancellationToken).ConfigureAwait(false);
    }
}
