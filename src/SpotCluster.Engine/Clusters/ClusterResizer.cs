using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>
/// Brings a cluster to a number of machines: launches what is missing into the networks that it has, from the templates that
/// it was launched with; replaces nodes that are of no use; terminates what is too much, the useless and the dearest first.
/// Doing it again changes nothing more, and a run that was stopped is gone on with by the next one.
/// </summary>
internal sealed class ClusterResizer(
    IClusterProvider provider,
    ClusterLauncher launcher,
    IJournal journal,
    Func<IRemovalService?> removal,
    NodeDirectory nodes,
    SpotSettings settings,
    string? endpoint,
    TimeProvider time)
{
    public async Task<ResizePlan> PlanAsync(ResizeRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        if (request.Count is < 1)
        {
            throw new SpotException(SpotErrorIds.CountInvalid, SpotErrorCategory.InvalidArgument, $"The count is {request.Count}; at least 1 instance is required.")
            {
                Target = request.Count,
                RecommendedAction = $"Specify a count of 1 or more, or remove cluster '{request.Name}'.",
            };
        }

        var snapshot = await ClusterSnapshot.ReadAsync(provider, nodes, request.Name, time, host, cancellationToken).ConfigureAwait(false);
        request = request with { Name = snapshot.Name };
        AccountGuard.Check(settings, snapshot.AccountId ?? "");
        var wanted = request.Count ?? snapshot.Traces.Max(trace => trace.Wanted) ?? throw WantedUnknown(request.Name);
        var remove = ChooseDead(snapshot, host);
        var kept = snapshot.Working.Except(remove).ToList();
        if (kept.Count > wanted)
        {
            remove = [.. remove, .. Spare(kept, kept.Count - wanted)];
            kept = [.. kept.Except(remove)];
        }

        var missing = wanted - kept.Count;
        var launch = missing > 0 && !snapshot.IsMaintained ? await PlanLaunchAsync(request, snapshot, kept, missing, wanted, host, cancellationToken).ConfigureAwait(false) : null;
        var planned = launch?.Summary;
        return new ResizePlan(
            request,
            new SpotResizePlan
            {
                ClusterName = request.Name,
                AccountId = snapshot.AccountId,
                Running = snapshot.Working.Count,
                Wanted = wanted,
                Launch = missing,
                Remove = [.. remove],
                Regions = planned?.Regions ?? [],
                HourlyPriceBefore = PriceRules.Sum(snapshot.Working.Select(machine => machine.HourlyPrice)),
                HourlyPriceAfter = missing > 0 && planned is null ? null : PriceRules.Sum([.. kept.Select(machine => machine.HourlyPrice), planned is null ? 0m : planned.ComputeHourlyPrice]),
                IsMaintained = snapshot.IsMaintained,
                IsDone = missing == 0 && remove.Count == 0 && snapshot.Traces.All(trace => trace.Wanted == wanted),
            },
            launch,
            snapshot);
    }

    /// <summary>Carries a plan out. Returns when every call was answered and what goes was seen to be gone.</summary>
    public async Task ResizeAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        if (await SettleAsync(plan, host, cancellationToken).ConfigureAwait(false))
        {
            plan = await PlanAsync(plan.Request, host, cancellationToken).ConfigureAwait(false);
        }

        var wanted = plan.Summary.Wanted;
        var shares = SharesOf(plan);

        // First the number that is wanted: a run that ends after this is finished by the next repair.
        await Task.WhenAll(plan.Snapshot.Traces.Select(trace => trace.Region).Distinct(StringComparer.Ordinal)
            .Select(region => provider.SetWantedAsync(
                region, [.. plan.Snapshot.Traces.Where(trace => trace.Region == region)], wanted, shares.TryGetValue(region, out var here) ? here : 0, cancellationToken))).ConfigureAwait(false);
        var removing = RemoveAsync(plan, onRemoval, host, cancellationToken);
        var launching = plan.Launch is { } launch ? launcher.LaunchAsync(launch, host, cancellationToken) : Task.CompletedTask;
        await Task.WhenAll(removing, launching).ConfigureAwait(false);
    }

    /// <summary>Nodes of no use; none when nothing at all is heard of, because then it is not the nodes that are silent.</summary>
    private static List<SpotInstance> ChooseDead(ClusterSnapshot snapshot, IOperationHost host)
    {
        var dead = snapshot.Working.Where(NodeView.IsDead).ToList();
        if (dead.Count > 1 && !snapshot.Working.Any(machine => machine.Health is SpotHealth.Healthy or SpotHealth.Joining))
        {
            host.Warning(
                $"No node of cluster '{snapshot.Name}' is healthy, which suggests a failure of the orchestrator or the network rather than of {dead.Count} instances; none is replaced.");
            return [];
        }

        return dead;
    }

    /// <summary>What can be spared: the useless first, then the dearest, then the youngest.</summary>
    private static IEnumerable<SpotInstance> Spare(IEnumerable<SpotInstance> machines, int count) => machines
        .OrderBy(machine => machine.Health == SpotHealth.Unhealthy ? 0 : 1)
        .ThenByDescending(machine => machine.HourlyPrice ?? decimal.MaxValue)
        .ThenByDescending(machine => machine.LaunchedAt)
        .ThenBy(machine => machine.Id, StringComparer.Ordinal)
        .Take(count);

    private async Task<LaunchPlan> PlanLaunchAsync(
        ResizeRequest request, ClusterSnapshot snapshot, List<SpotInstance> kept, int missing, int wanted, IOperationHost host, CancellationToken cancellationToken)
    {
        var grounds = snapshot.Traces.Where(trace => trace is { HasTemplate: true, Run: not null }).ToList();
        if (grounds.Count == 0)
        {
            throw new SpotException(
                SpotErrorIds.ClusterNotFound, SpotErrorCategory.InvalidOperation, $"Cannot launch instances for cluster '{request.Name}': its launch template does not exist any more.")
            {
                Target = request.Name,
                RecommendedAction = $"Remove cluster '{request.Name}', and create it again.",
            };
        }

        // Of two runs with the same name, which a removal in between can leave for a while, the younger one's networks are whole.
        var run = grounds.GroupBy(trace => trace.Run!, StringComparer.Ordinal)
            .OrderByDescending(group => kept.Count(machine => machine.Tags.TryGetValue(TagKeys.Run, out var own) && own == group.Key))
            .ThenBy(group => group.Key, StringComparer.Ordinal).First();
        var expiry = run.Max(trace => trace.ExpiresAt);
        if (expiry is { } end && end <= time.GetUtcNow())
        {
            throw new SpotException(SpotErrorIds.ExpiryInvalid, SpotErrorCategory.InvalidOperation, $"Cluster '{request.Name}' expired at {end:u}.")
            {
                Target = request.Name,
                RecommendedAction = $"Remove cluster '{request.Name}', and create it again.",
            };
        }

        string[] types =
        [
            .. (request.InstanceTypes.Count > 0 ? request.InstanceTypes
                : run.Select(trace => trace.InstanceTypes).FirstOrDefault(known => known.Count > 0)
                ?? snapshot.Machines.Select(machine => machine.InstanceType).OfType<string>()).Distinct(StringComparer.Ordinal),
        ];
        var spec = new LaunchSpec
        {
            Name = request.Name,
            Regions = [.. run.Select(trace => trace.Region).Distinct(StringComparer.Ordinal).OrderBy(region => region, StringComparer.Ordinal)],
            RegionsAreNamed = false,
            Count = missing,
            InstanceTypes = types.Length > 0 ? types : settings.InstanceTypes.Count > 0 ? settings.InstanceTypes : DefaultTypes.For(null, null),
            TypesAreNamed = types.Length > 0,
            MaxHourlyPrice = run.Max(trace => trace.MaxHourlyPrice),
            ExpiresAt = expiry,
            UseDefaultVpc = !snapshot.Traces.Any(trace => trace.HasVpc && trace.Run == run.Key),
        };
        var check = await provider.CheckAsync(spec, host, cancellationToken).ConfigureAwait(false);
        AccountGuard.Check(settings, check.AccountId);
        return new LaunchPlan
        {
            Provider = provider.Provider,
            Spec = spec,
            Check = check,
            Fingerprint = "resize",
            Joins = run.Key,
            TotalWanted = wanted,
            Regions = Place(spec, check, kept, host),
        };
    }

    /// <summary>New machines go where the fewest are, among equals where it is cheapest.</summary>
    private static List<PlannedRegion> Place(LaunchSpec spec, LaunchCheck check, List<SpotInstance> kept, IOperationHost host)
    {
        var regions = ClusterPlanner.Usable(spec, check, host);
        var there = regions.ToDictionary(region => region.Region, region => kept.Count(machine => machine.Region == region.Region), StringComparer.Ordinal);
        var added = regions.ToDictionary(region => region.Region, _ => 0, StringComparer.Ordinal);
        for (var left = spec.Count; left > 0; left--)
        {
            var next = regions
                .Where(region => region.MostMachines is not { } most || there[region.Region] + added[region.Region] < most)
                .OrderBy(region => there[region.Region] + added[region.Region])
                .ThenBy(region => PriceRules.Lowest(region.Pools) ?? decimal.MaxValue)
                .ThenBy(region => region.Region, StringComparer.Ordinal)
                .FirstOrDefault() ?? throw ClusterPlanner.AboveQuota(spec.Count, spec.Count - left, regions);
            added[next.Region]++;
        }

        return [.. regions.Select(region => new PlannedRegion(region.Region, added[region.Region], region.MostMachines - there[region.Region], region.Pools, []))];
    }

    /// <summary>Machines per region once the plan is carried out.</summary>
    private static Dictionary<string, int> SharesOf(ResizePlan plan)
    {
        var shares = plan.Snapshot.Working.Except(plan.Summary.Remove).GroupBy(machine => machine.Region, StringComparer.Ordinal)
            .ToDictionary(region => region.Key, region => region.Count(), StringComparer.Ordinal);
        foreach (var region in plan.Launch?.Regions ?? [])
        {
            shares[region.Region] = region.Count + (shares.TryGetValue(region.Region, out var count) ? count : 0);
        }

        if (plan.Summary is { IsMaintained: true, Launch: > 0 })
        {
            // AWS fills it up itself; the odd ones go to the first regions.
            var regions = plan.Snapshot.Traces.Where(trace => trace.FleetId is not null).Select(trace => trace.Region).Distinct(StringComparer.Ordinal)
                .OrderBy(region => region, StringComparer.Ordinal).ToList();
            for (var left = regions.Count > 0 ? plan.Summary.Launch : 0; left > 0; left--)
            {
                var fewest = regions.OrderBy(region => shares.TryGetValue(region, out var count) ? count : 0).First();
                shares[fewest] = 1 + (shares.TryGetValue(fewest, out var count) ? count : 0);
            }
        }

        return shares;
    }

    private async Task RemoveAsync(ResizePlan plan, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        if (plan.Summary.Remove.Length == 0)
        {
            return;
        }

        var service = removal() ?? throw new InvalidOperationException("Nothing removes instances here.");
        await service.RemoveInstancesAsync(
            [.. plan.Summary.Remove.Select(machine => new InstanceKey(machine.Id, machine.Region, machine.Provider))], onRemoval, host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Settles the calls of a resize that was stopped, so that nothing of it is on its way any more. True when there was one.</summary>
    private async Task<bool> SettleAsync(ResizePlan plan, IOperationHost host, CancellationToken cancellationToken)
    {
        var open = journal.GetOpenRuns(plan.Request.Name, plan.Snapshot.AccountId, host).Where(run => run.Provider == provider.Provider && run.Endpoint == endpoint).ToList();
        foreach (var entry in open)
        {
            if (entry.Stem is null)
            {
                throw new SpotException(
                    SpotErrorIds.ClusterNameInUse, SpotErrorCategory.InvalidOperation, $"The launch of cluster '{entry.ClusterName}' was interrupted at {entry.LastCallAt:u}.")
                {
                    Target = entry.ClusterName,
                    RecommendedAction = "Repeat the launch command to finish it, then resize the cluster.",
                };
            }

            host.Verbose($"Finishing the interrupted resize of cluster '{entry.ClusterName}' from {entry.StartedAt:u} first.");
            var traces = plan.Snapshot.Traces;
            var spec = new LaunchSpec
            {
                Name = entry.ClusterName,
                Regions = [.. entry.Regions.Select(region => region.Region)],
                RegionsAreNamed = false,
                Count = entry.Wanted,
                InstanceTypes = [.. entry.Regions.SelectMany(region => region.Pools).Select(pool => pool.InstanceType).Distinct(StringComparer.Ordinal)],
                TypesAreNamed = false,
                MaxHourlyPrice = traces.Max(trace => trace.MaxHourlyPrice),
                ExpiresAt = entry.ExpiresAt,
                UseDefaultVpc = !traces.Any(trace => trace.HasVpc),
            };
            using var run = journal.Open(entry);
            var check = await provider.CheckAsync(spec, host, cancellationToken).ConfigureAwait(false);
            var launch = provider.BeginLaunch(spec, check, run, host);
            await Task.WhenAll(entry.Calls.Select(call => call.Region).Distinct(StringComparer.Ordinal)
                .Select(region => launch.SettleAsync(region, cancellationToken))).ConfigureAwait(false);
            run.Complete();
        }

        return open.Count > 0;
    }

    private static SpotException WantedUnknown(string name) => new(
        SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidOperation, $"The wanted number of instances of cluster '{name}' is unknown: no resource of it records the number.")
    {
        Target = name,
        RecommendedAction = "Specify the number with -Count (--count).",
    };
}
