using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Clusters;

/// <summary>
/// Launches a plan: every region at once, then what is missing in the other regions of the request, then, when asked,
/// at the list price. The total never exceeds what was wanted.
/// </summary>
internal sealed class ClusterLauncher(
    IClusterProvider provider,
    IJournal journal,
    Func<IRemovalService?> removal,
    string? endpoint,
    TimeProvider clock)
{
    public async Task<Cluster> LaunchAsync(LaunchPlan plan, IOperationHost host, CancellationToken cancellationToken)
    {
        var entry = plan.Resumes ?? NewEntry(plan);
        using var run = journal.Open(entry);
        var launch = provider.BeginLaunch(plan.Spec, plan.Check, run, host);
        var regions = plan.Regions.Select(planned => new RegionLaunch(planned)).ToList();
        var progress = new LaunchProgress(plan.Spec, host);
        try
        {
            if (plan.Resumes is not null)
            {
                await SettleAsync(entry, regions, launch, cancellationToken).ConfigureAwait(false);
            }

            await FillAsync(
                launch,
                regions.Where(region => region.Missing > 0).Select(region => (region, Order(region, region.Missing, region.Plan.Pools, SpotLifecycle.Spot))),
                progress,
                cancellationToken).ConfigureAwait(false);
            await MoveAsync(plan.Spec, regions, launch, progress, host, cancellationToken).ConfigureAwait(false);
            if (plan.Spec.Fallback == SpotFallback.OnDemand)
            {
                await FallBackAsync(plan.Spec, regions, launch, progress, host, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ReportWhatExists(plan.Spec.Name, launch, host);
            throw;
        }

        if (plan.Joins is null && await launch.FindEarlierAsync(cancellationToken).ConfigureAwait(false) is { } earlier)
        {
            await YieldAsync(plan, regions, run, earlier, host, cancellationToken).ConfigureAwait(false);
        }

        var cluster = ToCluster(plan, regions, entry.StartedAt);
        if (!regions.Any(IsOpen))
        {
            // Every call was answered: nothing can appear any more that is not known now.
            run.Complete();
        }

        if (cluster.Running == 0 && plan.Joins is not null)
        {
            throw Failure(plan, regions, SpotErrorIds.ClusterNotLaunched, $"Cannot add an instance to cluster '{plan.Spec.Name}'");
        }

        if (cluster.Running == 0)
        {
            await GiveUpAsync(plan, entry, regions, host, cancellationToken).ConfigureAwait(false);
        }

        if (cluster.Running < plan.Spec.Count)
        {
            host.Error(Partial(plan, regions, cluster));
        }

        return cluster;
    }

    private JournalEntry NewEntry(LaunchPlan plan) => new()
    {
        ClusterName = plan.Spec.Name,
        Provider = plan.Provider,
        AccountId = plan.AccountId,
        Endpoint = endpoint,
        Run = plan.Joins ?? NewToken(),
        Stem = plan.Joins is null ? null : NewToken(),
        Fingerprint = plan.Fingerprint,
        StartedAt = clock.GetUtcNow(),
        ExpiresAt = plan.Spec.ExpiresAt,
        Wanted = plan.TotalWanted ?? plan.Spec.Count,
        Regions = [.. plan.Regions.Select(region => new JournalRegion(region.Region, region.Count, region.Pools) { FallbackPools = region.FallbackPools })],
    };

    private static string NewToken() => Guid.NewGuid().ToString("N").Substring(0, 20);

    /// <summary>
    /// True when the same command can still finish the region: a call was not answered, or the credentials ended on the
    /// way, with which nothing can be removed either.
    /// </summary>
    private static bool IsOpen(RegionLaunch region) =>
        region.Shortfall is { Kind: ShortfallKind.Service } or { Error.Category: SpotErrorCategory.Authentication };

    private static FillOrder Order(RegionLaunch region, int count, IReadOnlyList<Pool> pools, SpotLifecycle lifecycle) =>
        new(region.Name, count, pools, lifecycle);

    /// <summary>Counts what an interrupted run has got, so that only the rest is asked for.</summary>
    private static async Task SettleAsync(
        JournalEntry entry,
        List<RegionLaunch> regions,
        IClusterLaunch launch,
        CancellationToken cancellationToken)
    {
        var touched = regions.Where(region => region.Plan.Count > 0 || entry.Calls.Any(call => call.Region == region.Name));
        await Task.WhenAll(touched.Select(async region =>
            region.Add(await launch.SettleAsync(region.Name, cancellationToken).ConfigureAwait(false)))).ConfigureAwait(false);

        // What one region got for another one is no longer missing there.
        var surplus = regions.Sum(region => Math.Max(0, region.Got - region.Plan.Count));
        foreach (var region in regions.Where(region => region.Missing > 0))
        {
            var covered = Math.Min(surplus, region.Missing);
            region.Covered += covered;
            surplus -= covered;
        }
    }

    private static Task FillAsync(
        IClusterLaunch launch,
        IEnumerable<(RegionLaunch Region, FillOrder Order)> orders,
        LaunchProgress progress,
        CancellationToken cancellationToken) =>
        Task.WhenAll(orders.Select(async pair =>
        {
            var (region, order) = pair;
            progress.Started(order);
            FillResult result;
            try
            {
                result = await launch.FillAsync(order, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException failure)
            {
                var kind = failure.Category is SpotErrorCategory.Timeout or SpotErrorCategory.Connection ? ShortfallKind.Service : ShortfallKind.Setup;
                result = new FillResult([], new Shortfall(kind, failure.ServiceCode ?? failure.ErrorId, failure.Message) { Error = failure });
            }

            region.Add(result.Instances);
            region.Shortfall = result.Shortfall ?? region.Shortfall;
            progress.Ended(order, result);
        }));

    /// <summary>What a region could not give is asked of the others, for no higher price than was planned for it.</summary>
    private static async Task MoveAsync(
        LaunchSpec spec,
        List<RegionLaunch> regions,
        IClusterLaunch launch,
        LaunchProgress progress,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var from = regions.Where(region => region.Missing > 0 && region.Shortfall?.Kind is ShortfallKind.Capacity or ShortfallKind.Region).ToList();
            var ceiling = spec.MaxHourlyCost is null ? null : from.Min(region => PriceRules.Highest(region.Plan.Pools));
            var to = regions
                .Where(region => region.Shortfall is null)
                .Select(region => (Region: region, Pools: ceiling is null ? region.Plan.Pools : PriceRules.AtMost(region.Plan.Pools, ceiling)))
                .Where(pair => pair.Pools.Count > 0)
                .ToList();
            var shares = Distribution.Share(
                from.Sum(region => region.Missing),
                [.. to.Select(pair => pair.Region.Plan.Capacity is { } most ? most - pair.Region.Got : (int?)null)]);
            var orders = to
                .Select((pair, place) => (pair.Region, Order(pair.Region, Math.Max(1, shares[place]), pair.Pools, SpotLifecycle.Spot)))
                .Where((_, place) => shares[place] > 0)
                .ToList();
            if (orders.Count == 0)
            {
                return;
            }

            host.Verbose(
                $"{PriceRules.Instances(shares.Sum())} missing in {string.Join(", ", from.Select(region => region.Name))}: trying "
                + $"{string.Join(", ", orders.Select(order => order.Region.Name))}.");
            await FillAsync(launch, orders, progress, cancellationToken).ConfigureAwait(false);
            Cover(from, regions);
        }
    }

    /// <summary>Machines that came in place of those of another region are no longer missing there.</summary>
    private static void Cover(List<RegionLaunch> from, List<RegionLaunch> regions)
    {
        var extra = regions.Sum(region => Math.Max(0, region.Got - region.Plan.Count)) - regions.Sum(region => region.Covered);
        foreach (var region in from)
        {
            var covered = Math.Min(extra, region.Missing);
            region.Covered += covered;
            extra -= covered;
        }
    }

    private static Task FallBackAsync(
        LaunchSpec spec,
        List<RegionLaunch> regions,
        IClusterLaunch launch,
        LaunchProgress progress,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var open = regions
            .Where(region => region.Missing > 0 && region.Shortfall?.Kind is ShortfallKind.Capacity or ShortfallKind.Region && region.Plan.FallbackPools.Count > 0)
            .ToList();
        if (open.Count > 0)
        {
            host.Verbose($"{PriceRules.Instances(open.Sum(region => region.Missing))} of cluster '{spec.Name}' missing: trying on demand at the list price.");
        }

        return FillAsync(
            launch,
            open.Select(region => (region, Order(region, region.Missing, region.Plan.FallbackPools, SpotLifecycle.OnDemand))),
            progress,
            cancellationToken);
    }

    private static void ReportWhatExists(string name, IClusterLaunch launch, IOperationHost host)
    {
        var created = launch.DescribeCreated();
        host.Warning(
            created.Count == 0
                ? $"The launch of cluster '{name}' was canceled. Whether its last calls created anything is not known. Repeat the command to finish it, or remove cluster '{name}'."
                : $"The launch of cluster '{name}' was canceled. Created so far: {string.Join("; ", created)}. "
                  + $"Repeat the command to finish it, or remove cluster '{name}'.");
    }

    /// <summary>
    /// Two launches of the same cluster began at the same moment, on two computers: the one that the cloud saw first has it,
    /// and the other one removes what it created.
    /// </summary>
    private async Task YieldAsync(
        LaunchPlan plan, List<RegionLaunch> regions, IJournalRun run, EarlierLaunch earlier, IOperationHost host, CancellationToken cancellationToken)
    {
        var name = plan.Spec.Name;
        host.Warning($"Another launch of cluster '{name}' started earlier in {earlier.Region}; the resources of this launch are being removed.");
        var proof = removal() is { } service ? await RemoveRunAsync(service, plan, run.Entry, host, cancellationToken).ConfigureAwait(false) : null;
        var isGone = proof?.Proven == true && !regions.Any(IsOpen);
        if (isGone)
        {
            run.Complete();
        }

        throw new SpotException(
            SpotErrorIds.ClusterNameInUse,
            SpotErrorCategory.AlreadyExists,
            $"Cannot create cluster '{name}': another launch with that name started earlier, at {earlier.CreatedAt:u} in {earlier.Region}. "
                + (isGone ? "The resources of this launch were removed." : $"Resources of this launch (tag {TagKeys.Run}={run.Entry.Run}) may remain."))
        {
            Target = name,
            Region = earlier.Region,
            RecommendedAction = isGone
                ? "Use the cluster of the other launch, or choose another name."
                : "Repeat the command to remove the rest.",
        };
    }

    /// <summary>Removes what this launch created, and nothing of another launch of the same name.</summary>
    private static Task<SpotProof> RemoveRunAsync(
        IRemovalService service, LaunchPlan plan, JournalEntry entry, IOperationHost host, CancellationToken cancellationToken) =>
        service.RemoveAsync(
            new RemovalScope { ClusterName = plan.Spec.Name, Run = entry.Run, Regions = [.. plan.Regions.Select(region => region.Region)] },
            _ => { },
            host,
            cancellationToken);

    /// <summary>Nothing runs: the networks of this run have no use, and are removed when that is possible here.</summary>
    private async Task GiveUpAsync(LaunchPlan plan, JournalEntry entry, List<RegionLaunch> regions, IOperationHost host, CancellationToken cancellationToken)
    {
        var failure = Failure(plan, regions, SpotErrorIds.ClusterNotLaunched, $"Cannot launch any instance of cluster '{plan.Spec.Name}'");
        if (!regions.Any(IsOpen) && removal() is { } service)
        {
            var proof = await RemoveRunAsync(service, plan, entry, host, cancellationToken).ConfigureAwait(false);
            if (proof.Proven)
            {
                host.Verbose($"The networks of cluster '{plan.Spec.Name}' were removed.");
                throw failure;
            }
        }

        host.Warning($"Networks of cluster '{plan.Spec.Name}' may remain; remove cluster '{plan.Spec.Name}' to verify.");
        throw failure;
    }

    private static SpotException Partial(LaunchPlan plan, List<RegionLaunch> regions, Cluster cluster)
    {
        var failure = Failure(
            plan,
            regions,
            SpotErrorIds.ClusterPartial,
            plan.Joins is null
                ? $"Cluster '{plan.Spec.Name}' has {cluster.Running} of {plan.Spec.Count} instances"
                : $"Cluster '{plan.Spec.Name}' got {cluster.Running} of {plan.Spec.Count} additional instances");
        failure.Target = cluster;
        return failure;
    }

    private static SpotException Failure(LaunchPlan plan, List<RegionLaunch> regions, string errorId, string lead)
    {
        var short_ = regions.Where(region => region.Shortfall is not null && region.Missing > 0).ToList();
        var first = short_.Select(region => region.Shortfall).FirstOrDefault();
        var why = string.Join("; ", short_.Select(region =>
            $"{region.Name} is short of {region.Missing}: {region.Shortfall!.Code} ({region.Shortfall.Reason.TrimEnd('.')})"));
        return new SpotException(errorId, CategoryOf(first), why.Length == 0 ? lead + "." : $"{lead}. {why}.", first?.Error)
        {
            Target = plan.Spec.Name,
            ServiceCode = first?.Code,
            Region = short_.FirstOrDefault()?.Name,
            RequestId = first?.Error?.RequestId,
            RecommendedAction = first?.Error?.RecommendedAction ?? first?.Advice ?? Advice(first),
        };
    }

    private static SpotErrorCategory CategoryOf(Shortfall? shortfall) => shortfall switch
    {
        { Error: { } error } => error.Category,
        { Kind: ShortfallKind.Capacity } => SpotErrorCategory.Unavailable,
        { Kind: ShortfallKind.Region or ShortfallKind.UserChoice } => SpotErrorCategory.LimitsExceeded,
        { Kind: ShortfallKind.Service } => SpotErrorCategory.Timeout,
        _ => SpotErrorCategory.InvalidOperation,
    };

    private static string Advice(Shortfall? shortfall) => shortfall?.Kind switch
    {
        ShortfallKind.Capacity => "Specify more regions or instance types, or allow the fallback to on demand.",
        ShortfallKind.Region => "Request a quota increase in Service Quotas, or specify other regions.",
        ShortfallKind.UserChoice => "Raise the maximum price, or omit it: the list price is then the limit.",
        ShortfallKind.Service => "Repeat the command to finish the launch.",
        _ => "Correct the cause named by the code, and repeat the command.",
    };

    private static Cluster ToCluster(LaunchPlan plan, List<RegionLaunch> regions, DateTimeOffset startedAt)
    {
        var machines = regions.SelectMany(region => region.Machines.Values).ToList();
        var running = machines.Count(ClusterSummary.Counts);
        return new Cluster
        {
            Name = plan.Spec.Name,
            Provider = plan.Provider,
            State = running < plan.Spec.Count ? (running == 0 ? SpotClusterState.Empty : SpotClusterState.Partial)
                : machines.Any(machine => machine.State == SpotInstanceState.Pending) ? SpotClusterState.Launching
                : SpotClusterState.Running,
            Wanted = plan.Spec.Count,
            Running = running,
            Regions =
            [
                .. regions.Where(region => region.Plan.Count > 0 || region.Got > 0).Select(region => new SpotClusterRegion
                {
                    Region = region.Name,
                    Wanted = region.Plan.Count,
                    Running = region.Got,
                    Code = region.Shortfall?.Code,
                    Reason = region.Shortfall?.Reason,
                }),
            ],
            HourlyPrice = running == 0 ? null : PriceRules.Sum(machines.Where(ClusterSummary.Counts).Select(machine => machine.HourlyPrice)),
            CreatedAt = startedAt,
            ExpiresAt = plan.Spec.ExpiresAt,
            AccountId = plan.AccountId,
        };
    }

    /// <summary>One region of a launch.</summary>
    private sealed class RegionLaunch(PlannedRegion plan)
    {
        public PlannedRegion Plan { get; } = plan;

        public string Name => Plan.Region;

        public Dictionary<string, SpotInstance> Machines { get; } = new(StringComparer.Ordinal);

        public int Got => Machines.Values.Count(ClusterSummary.Counts);

        /// <summary>Machines of its plan that run in another region.</summary>
        public int Covered { get; set; }

        public int Missing => Math.Max(0, Plan.Count - Got - Covered);

        public Shortfall? Shortfall { get; set; }

        public void Add(IEnumerable<SpotInstance> machines)
        {
            foreach (var machine in machines)
            {
                Machines[machine.Id] = machine;
            }
        }
    }

    /// <summary>Reports the host how far the launch is.</summary>
    private sealed class LaunchProgress(LaunchSpec spec, IOperationHost host)
    {
        private int _done;

        public void Started(FillOrder order) => host.Progress(
            new OperationProgress($"Launching {spec.Name}", $"Requesting {order.Count}", Volatile.Read(ref _done), spec.Count, order.Region));

        public void Ended(FillOrder order, FillResult result)
        {
            var done = Interlocked.Add(ref _done, result.Instances.Count);
            var status = result.Shortfall is { } shortfall
                ? $"{result.Instances.Count} of {order.Count}: {shortfall.Code}"
                : $"{result.Instances.Count} launched";
            host.Progress(new OperationProgress($"Launching {spec.Name}", status, done, spec.Count, order.Region));
        }
    }
}
