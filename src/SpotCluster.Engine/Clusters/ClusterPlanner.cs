using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>Checks a request, decides how many machines go where, and prices it. Makes no changing call.</summary>
internal sealed class ClusterPlanner(IClusterProvider provider, IJournal journal, SpotSettings settings, string? endpoint, TimeProvider clock, TimeProvider time)
{
    public async Task<LaunchPlan> PlanAsync(ClusterRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        foreach (var warning in settings.Warnings)
        {
            host.Warning(warning);
        }

        request = RequestDefaults.Apply(request, settings);
        RequestRules.Check(request, settings.FilterTagName);

        // Everything that lies on this machine is read, and what is too large is refused, before the first call; the same
        // text is composed again with the final expiry.
        var node = NodeUserData.Read(request, settings, Expiry(request));
        NodeUserData.Warn(node, host);
        NodeUserData.Compose(request, node);
        var spec = (await ToSpecAsync(request, node, cancellationToken).ConfigureAwait(false)) with { ExpiresAt = node.ExpiresAt };
        if (spec.Requirement is { } requirement)
        {
            // Without an architecture that of the image decides, which is known later; without either it is x64.
            var architecture = spec.Architecture ?? (spec.Image is null ? SpotArchitecture.X64 : null);
            spec = spec with { InstanceTypes = await provider.FindTypesAsync(spec.Regions, requirement, architecture, cancellationToken).ConfigureAwait(false) };
        }

        var fingerprint = RequestRules.Fingerprint(request, spec, node);
        var openRuns = journal.GetOpenRuns(spec.Name, null, host);

        var check = await provider.CheckAsync(spec, host, cancellationToken).ConfigureAwait(false);
        AccountGuard.Check(settings, check.AccountId);
        if (spec.ExpiresAt is { } end && check.Skew is { } skew)
        {
            // It is the clocks of the cloud that end the instances.
            spec = spec with { ExpiresAt = WholeSeconds(end + skew) };
        }

        var resumes = openRuns.LastOrDefault(
            run => run.AccountId == check.AccountId && run.Provider == provider.Provider && run.Endpoint == endpoint);
        if (resumes is not null)
        {
            CheckResumable(resumes, fingerprint);
            host.Verbose($"Resuming the interrupted launch of cluster '{spec.Name}' from {resumes.StartedAt:u}.");
            spec = spec with { ExpiresAt = resumes.ExpiresAt };
        }
        else
        {
            await CheckNameAsync(spec.Name, check, cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<PlannedRegion> regions = resumes is null
            ? Place(spec, check, host)
            : [.. resumes.Regions.Select(region => new PlannedRegion(region.Region, region.Wanted, null, region.Pools, region.FallbackPools ?? region.Pools)
            {
                StorageHourlyPrice = check.Regions.FirstOrDefault(found => found.Region == region.Region)?.StorageHourlyPrice,
                PublicIpHourlyPrice = check.Regions.FirstOrDefault(found => found.Region == region.Region)?.PublicIpHourlyPrice ?? 0,
            })];
        if (spec.Requirement is not null)
        {
            // The tags name the types, cheapest first, and a resumed launch has the same tags.
            spec = spec with { InstanceTypes = [.. regions.SelectMany(region => region.Pools).Select(pool => pool.InstanceType).Distinct(StringComparer.Ordinal)] };
        }

        return new LaunchPlan
        {
            Provider = provider.Provider,
            Spec = spec with
            {
                UserData = NodeUserData.Compose(request, node with { ExpiresAt = spec.ExpiresAt }),
                LeaseEndsAt = request.Lease is { } lease ? WholeSeconds(clock.GetUtcNow() + (check.Skew ?? TimeSpan.Zero) + lease) : null,
            },
            Check = check,
            Fingerprint = fingerprint,
            Resumes = resumes,
            Regions = regions,
        };
    }

    private async Task<LaunchSpec> ToSpecAsync(ClusterRequest request, NodeSetup node, CancellationToken cancellationToken)
    {
        var wanted = request.Regions;
        if (wanted.Count == 0 && provider.DefaultRegion is { } only)
        {
            wanted = [only];
        }

        if (wanted.Count == 0)
        {
            throw new SpotException(SpotErrorIds.RegionMissing, SpotErrorCategory.InvalidArgument, "A region is required: none is specified or configured.")
            {
                RecommendedAction = "Specify one or more regions, or * for every enabled region.",
            };
        }

        var regions = await RegionNames.ExpandAsync(wanted, provider.GetEnabledRegionsAsync, cancellationToken).ConfigureAwait(false);
        RequireStated(regions);
        var types = request.InstanceTypes;
        return new LaunchSpec
        {
            Name = request.Name,
            Regions = regions,
            RegionsAreNamed = !wanted.Any(Wildcard.IsPattern),
            Zones = request.Zones,
            Count = request.Count,
            InstanceTypes = [.. (types.Count > 0 ? types : DefaultTypes.For(request.Architecture, request.Image)).Distinct(StringComparer.Ordinal)],
            TypesAreNamed = types.Count > 0,
            Requirement = InstanceRequirement.Parse(request.InstanceRequirements),
            Architecture = request.Architecture,
            Image = string.IsNullOrWhiteSpace(request.Image) ? null : request.Image!.Trim(),
            MaxHourlyPrice = request.MaxHourlyPrice,
            MaxHourlyCost = request.MaxHourlyCost,
            MaxIdle = request.MaxIdle,
            Fallback = request.Fallback,
            UseDefaultVpc = request.UseDefaultVpc,
            Maintain = request.Maintain,
            PublicKey = node.PublicKeys.Count > 0 ? node.PublicKeys[0] : null,
            SshCidrs = settings.SshCidrs,
            UserName = request.UserData is null ? node.UserName : null,
            InstanceProfile = node.InstanceProfile,
            NodeVersion = request.UserData is null && node.Orchestrators.Count > 0 ? node.Version : null,
            Tags = request.Tags,
        };
    }

    // What is launched elsewhere, no list, cost or removal would show.
    private void RequireStated(IReadOnlyList<string> regions)
    {
        string[] outside = [.. regions.Where(region => !Wildcard.IsAnyMatch(settings.Regions, region))];
        if (outside.Length > 0)
        {
            throw new SpotException(
                SpotErrorIds.RegionNotStated,
                SpotErrorCategory.Refused,
                $"Cannot launch in {string.Join(", ", outside)}: the regions of the account are {string.Join(", ", settings.Regions)} ({settings.RegionsSource}), and instances elsewhere would not be listed. Nothing was changed.")
            {
                Target = outside[0],
                Region = outside[0],
                RecommendedAction = $"Add {string.Join(", ", outside)} to regions in {settings.RegionsSource}, or specify one of the regions there.",
            };
        }
    }

    // The tag and the timer have whole seconds; what is shown must be the same.
    private DateTimeOffset? Expiry(ClusterRequest request) => request.ExpiresIn is { } life ? WholeSeconds(clock.GetUtcNow() + life) : null;

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    private void CheckResumable(JournalEntry run, string fingerprint)
    {
        var expired = run.ExpiresAt is { } end && end <= time.GetUtcNow();
        if (run.Fingerprint == fingerprint && !expired)
        {
            return;
        }

        var regions = string.Join(", ", run.Regions.Select(region => region.Region));
        throw new SpotException(
            SpotErrorIds.ClusterNameInUse,
            SpotErrorCategory.AlreadyExists,
            $"A launch of cluster '{run.ClusterName}' with {PriceRules.Instances(run.Wanted)} in {regions} was interrupted at {run.LastCallAt:u}.")
        {
            Target = run.ClusterName,
            RecommendedAction = expired
                ? $"Its instances have expired: remove cluster '{run.ClusterName}' first."
                : $"Repeat that command unchanged to finish it, or remove cluster '{run.ClusterName}' first.",
        };
    }

    private async Task CheckNameAsync(string name, LaunchCheck check, CancellationToken cancellationToken)
    {
        var seen = check.Regions.SelectMany(region => region.NamesSeen.Select(found => (region.Region, Name: found))).ToList();
        var live = await Task.WhenAll(seen.Select(one => provider.GetLiveResourcesAsync(one.Region, one.Name, cancellationToken))).ConfigureAwait(false);
        var resources = live.SelectMany(found => found).ToList();
        if (resources.Count == 0)
        {
            return;
        }

        var what = resources.GroupBy(resource => resource.Region).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Count()} {(group.Count() == 1 ? "resource" : "resources")} in {group.Key}");
        throw new SpotException(
            SpotErrorIds.ClusterNameInUse,
            SpotErrorCategory.AlreadyExists,
            $"Cluster '{seen[0].Name}' already exists: {string.Join(", ", what)}.")
        {
            Target = name,
            RecommendedAction = $"Choose another name, or remove cluster '{seen[0].Name}' first.",
        };
    }

    private static IReadOnlyList<PlannedRegion> Place(LaunchSpec spec, LaunchCheck check, IOperationHost host) =>
        Share(spec, Usable(spec, check, host));

    /// <summary>Regions that can take machines, with the pools that may be used.</summary>
    public static List<RegionCheck> Usable(LaunchSpec spec, LaunchCheck check, IOperationHost host)
    {
        var usable = new List<RegionCheck>();
        SpotException? refusal = null;
        foreach (var region in check.Regions)
        {
            if (region.Refusal is null)
            {
                usable.Add(region);
                continue;
            }

            refusal ??= region.Refusal;
            if (spec.RegionsAreNamed)
            {
                throw region.Refusal;
            }

            host.Warning($"{region.Region} is excluded: {region.Refusal.Message}");
        }

        if (usable.Count == 0)
        {
            throw refusal ?? new SpotException(SpotErrorIds.RegionMissing, SpotErrorCategory.NotFound, "No enabled region matches.");
        }

        return UnderMaxPrice(spec, usable, host);
    }

    /// <summary>More machines than the quota allows.</summary>
    public static SpotException AboveQuota(int wanted, int allowed, IReadOnlyList<RegionCheck> regions)
    {
        var quotas = string.Join(", ", regions.Select(region => $"{region.Region} {region.Quota}"));
        return new SpotException(
            SpotErrorIds.QuotaExceeded,
            SpotErrorCategory.LimitsExceeded,
            $"{PriceRules.Instances(wanted)} {(wanted == 1 ? "exceeds" : "exceed")} the spot quota of the account, which allows {allowed} ({quotas}).")
        {
            Target = wanted,
            RecommendedAction = "Specify fewer instances, more regions or smaller types, or request an increase of the spot quota in Service Quotas.",
        };
    }

    private static List<RegionCheck> UnderMaxPrice(LaunchSpec spec, List<RegionCheck> regions, IOperationHost host)
    {
        if (spec.MaxHourlyPrice is not { } most)
        {
            return regions;
        }

        var affordable = regions
            .Select(region => region with { Pools = [.. region.Pools.Where(pool => pool.Price is not { } price || price <= most)] })
            .Where(region => region.Pools.Count > 0)
            .ToList();
        if (affordable.Count == 0)
        {
            var lowest = PriceRules.Lowest(regions.SelectMany(region => region.Pools));
            throw new SpotException(
                SpotErrorIds.SpotMaxPriceTooLow,
                SpotErrorCategory.LimitsExceeded,
                $"The maximum price of {PriceRules.Money(most)} USD per hour is below the market: the cheapest pool costs {PriceRules.Money(lowest ?? 0)}.")
            {
                ServiceCode = "SpotMaxPriceTooLow",
                Target = most,
                RecommendedAction = "Raise the maximum price, omit it (the list price is then the limit), or specify cheaper types.",
            };
        }

        foreach (var region in regions.Where(region => affordable.All(kept => kept.Region != region.Region)))
        {
            host.Warning($"{region.Region} has no pool at {PriceRules.Money(most)} USD per hour or below; its share is launched in the other regions.");
        }

        return spec.Fallback == SpotFallback.OnDemand ? UnderMaxPriceOnDemand(most, affordable, host) : affordable;
    }

    /// <summary>A limit holds for machines on demand too: a region that cannot keep it is left out, and none is an error.</summary>
    private static List<RegionCheck> UnderMaxPriceOnDemand(decimal most, List<RegionCheck> regions, IOperationHost host)
    {
        var affordable = regions.Where(region => PriceRules.OnDemandAtMost(region.Pools, most).Count > 0).ToList();
        if (affordable.Count == 0)
        {
            var lowest = regions.SelectMany(region => region.Pools).Min(pool => pool.OnDemandPrice);
            throw new SpotException(
                SpotErrorIds.SpotMaxPriceTooLow,
                SpotErrorCategory.LimitsExceeded,
                lowest is { } price
                    ? $"An on-demand instance costs at least {PriceRules.Money(price)} USD per hour, which is above the maximum price of {PriceRules.Money(most)}."
                    : $"The on-demand price is unknown, so the maximum of {PriceRules.Money(most)} USD per hour cannot be verified.")
            {
                Target = most,
                RecommendedAction = lowest is null
                    ? "Omit the fallback to on demand, or the maximum price."
                    : "Raise the maximum price, specify cheaper types, or omit the fallback to on demand.",
            };
        }

        foreach (var region in regions.Except(affordable))
        {
            host.Warning($"{region.Region} has no on-demand instance at {PriceRules.Money(most)} USD per hour or below; its share is launched in the other regions.");
        }

        return affordable;
    }

    private static IReadOnlyList<PlannedRegion> Share(LaunchSpec spec, List<RegionCheck> regions)
    {
        // The odd machines go where it is cheapest.
        var ranked = regions.OrderBy(region => PriceRules.Lowest(region.Pools) ?? decimal.MaxValue).ToList();
        var capacities = ranked.Select(region => region.MostMachines).ToList();
        var shares = Distribution.Share(spec.Count, capacities);
        if (shares.Sum() < spec.Count)
        {
            throw AboveQuota(spec.Count, shares.Sum(), regions);
        }

        var ceilings = spec.MaxHourlyCost is { } limit
            ? PriceRules.Ceilings(
                [.. ranked.Select((region, place) => (shares[place], Least(spec, region)))],
                limit,
                spec.Fallback,
                [.. ranked.Select(region => (region.StorageHourlyPrice ?? 0) + region.PublicIpHourlyPrice)])
            : null;
        return
        [
            .. ranked
                .Select((region, place) =>
                {
                    var pools = ceilings is null ? region.Pools : PriceRules.AtMost(region.Pools, ceilings[place]);
                    return new PlannedRegion(region.Region, shares[place], capacities[place], pools, FallbackPools(spec, pools, ceilings?[place]))
                    {
                        StorageHourlyPrice = region.StorageHourlyPrice,
                        PublicIpHourlyPrice = region.PublicIpHourlyPrice,
                    };
                })
                .OrderBy(planned => regions.FindIndex(region => region.Region == planned.Region)),
        ];
    }

    private static decimal? Least(LaunchSpec spec, RegionCheck region) => PriceRules.Least(
        spec.Fallback == SpotFallback.OnDemand ? FallbackPools(spec, region.Pools, null) : region.Pools, spec.Fallback);

    private static IReadOnlyList<Pool> FallbackPools(LaunchSpec spec, IReadOnlyList<Pool> pools, decimal? ceiling) => spec.Fallback == SpotFallback.OnDemand
        ? PriceRules.OnDemandAtMost(PriceRules.OnDemandAtMost(pools, spec.MaxHourlyPrice), ceiling)
        : [];
}
