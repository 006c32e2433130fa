using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2;

/// <summary>How fleets get their machines: which pools, in which order, and what is left when they refuse.</summary>
internal static class FleetFulfilment
{
    /// <summary>How soon a fleet that works by itself looks after its size.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    public static string Strategy(Fleet fleet) => fleet.Request["SpotOptions"].Text("AllocationStrategy") ?? "lowest-price";

    /// <summary>An instant fleet: one try in each pool, at once.</summary>
    public static void FulfilInstant(Ec2Region region, Fleet fleet)
    {
        Launch(region, fleet, spot: true, fleet.SpotTarget);
        Launch(region, fleet, spot: false, fleet.OnDemandTarget);
        fleet.ActivityStatus = fleet.Outcomes.Any(outcome => outcome.InstanceIds.Count > 0) ? "fulfilled" : "error";
    }

    /// <summary>A fleet that works by itself: launches what is missing, takes away what is too much.</summary>
    public static void Fulfil(Ec2Region region, Fleet fleet)
    {
        if (fleet.Status is not ("submitted" or "active"))
        {
            return;
        }

        fleet.Status = "active";
        var (spotDone, onDemandDone) = Fulfilled(region, fleet);
        fleet.Outcomes.Clear();
        Launch(region, fleet, spot: true, fleet.SpotTarget - spotDone);
        Launch(region, fleet, spot: false, fleet.OnDemandTarget - onDemandDone);
        if (fleet.ExcessPolicy == "termination")
        {
            Shrink(region, fleet, spot: true, spotDone - fleet.SpotTarget);
            Shrink(region, fleet, spot: false, onDemandDone - fleet.OnDemandTarget);
        }

        var (spotNow, onDemandNow) = Fulfilled(region, fleet);
        var isFull = spotNow >= fleet.SpotTarget && onDemandNow >= fleet.OnDemandTarget;
        fleet.ActivityStatus = isFull ? "fulfilled" : "error";
        if (!isFull)
        {
            region.After(TimeSpan.FromSeconds(30), () => Fulfil(region, fleet));
        }
    }

    /// <summary>
    /// Launches the replacement of a machine that is likely to be taken back, and ends that machine after the delay of the
    /// fleet. Without capacity for a replacement the machine stays.
    /// </summary>
    public static void Rebalance(Ec2Region region, Fleet fleet, Instance instance)
    {
        var rebalance = RebalanceOf(fleet.Request);
        if (rebalance.Text("ReplacementStrategy") is not { } strategy)
        {
            return;
        }

        var before = fleet.InstanceIds.Count;
        Launch(region, fleet, spot: true, fleet.Pools.First(pool => pool.InstanceType == instance.Type.Name).Weight);
        if (fleet.InstanceIds.Count > before && strategy == "launch-before-terminate")
        {
            region.After(TimeSpan.FromSeconds((double)rebalance.Decimal("TerminationDelay")!), () =>
            {
                if (instance.Status is "pending" or "running")
                {
                    InstanceLife.TerminateByUser(region, instance);
                }
            });
        }
    }

    /// <summary>How a fleet rebalances; empty when it does not.</summary>
    public static QueryNode RebalanceOf(QueryNode request) => request["SpotOptions"]["MaintenanceStrategies"]["CapacityRebalance"];

    /// <summary>Capacity that a fleet has, in its own units.</summary>
    public static (decimal Spot, decimal OnDemand) Fulfilled(Ec2Region region, Fleet fleet)
    {
        decimal spot = 0, onDemand = 0;
        foreach (var instance in Living(region, fleet))
        {
            var weight = fleet.Pools.First(pool => pool.InstanceType == instance.Type.Name).Weight;
            _ = instance.IsSpot ? spot += weight : onDemand += weight;
        }

        return (spot, onDemand);
    }

    /// <summary>Ends a fleet; with its machines, if asked.</summary>
    public static void Delete(Ec2Region region, Fleet fleet, bool terminate)
    {
        fleet.Status = terminate ? "deleted_terminating" : "deleted_running";
        if (terminate)
        {
            foreach (var instance in Living(region, fleet).ToList())
            {
                InstanceLife.TerminateByUser(region, instance);
            }
        }

        region.After(region.Options.ShutdownTime, () => Finish(region, fleet));
    }

    private static void Finish(Ec2Region region, Fleet fleet)
    {
        if (Living(region, fleet).Any())
        {
            region.After(region.Options.ShutdownTime, () => Finish(region, fleet));
            return;
        }

        fleet.Status = "deleted";
        var table = fleet.IsSpotFleetRequest ? region.SpotFleets : region.Fleets;
        region.After(TimeSpan.FromHours(48), () => region.Remove(table, fleet));
    }

    private static IEnumerable<Instance> Living(Ec2Region region, Fleet fleet) =>
        fleet.InstanceIds.Select(region.Instances.Find)
            .Where(instance => instance is { Status: "pending" or "running" or "stopping" or "stopped" })
            .Select(instance => instance!);

    private static void Shrink(Ec2Region region, Fleet fleet, bool spot, decimal excess)
    {
        foreach (var instance in Living(region, fleet).Where(instance => instance.IsSpot == spot).Reverse().ToList())
        {
            var weight = fleet.Pools.First(pool => pool.InstanceType == instance.Type.Name).Weight;
            if (excess < weight)
            {
                return;
            }

            excess -= weight;
            InstanceLife.TerminateByUser(region, instance);
        }
    }

    private static void Launch(Ec2Region region, Fleet fleet, bool spot, decimal wanted)
    {
        if (wanted <= 0)
        {
            return;
        }

        var options = fleet.Request[spot ? "SpotOptions" : "OnDemandOptions"];
        var pools = Ranked(region, fleet, spot).ToList();
        var share = Strategy(fleet) == "diversified" && spot ? Math.Ceiling(wanted / pools.Count) : wanted;
        var started = new List<Instance>();
        decimal got = 0;
        foreach (var pool in pools)
        {
            if (got >= wanted)
            {
                break;
            }

            if ((options.Flag("SingleInstanceType") == true && started.Count > 0 && started[0].Type.Name != pool.InstanceType)
                || (options.Flag("SingleAvailabilityZone") == true && started.Count > 0 && ZoneOf(region, pool) is { } zone && started[0].Zone != zone))
            {
                continue;
            }

            var count = (int)Math.Ceiling(Math.Min(share, wanted - got) / pool.Weight);
            var instances = TryLaunch(region, fleet, pool, spot, count);
            started.AddRange(instances);
            got += instances.Count * pool.Weight;
        }

        if (fleet.Type == "instant" && options.Decimal("MinTargetCapacity") is { } least && got < least)
        {
            foreach (var instance in started)
            {
                InstanceLife.TerminateByUser(region, instance);
            }

            fleet.InstanceIds.RemoveAll(id => started.Any(instance => instance.Id == id));
            fleet.Outcomes.RemoveAll(outcome => outcome.InstanceIds.Count > 0);
            fleet.Outcomes.Add(new FleetOutcome(
                pools[0], Lifecycle(spot), [], "UnfulfillableCapacity", "Unable to fulfill capacity due to your request configuration. Please adjust your request and try again."));
        }
    }

    private static IReadOnlyList<Instance> TryLaunch(Ec2Region region, Fleet fleet, FleetPool pool, bool spot, int count)
    {
        var data = pool.Template.Versions[pool.Version - 1].Data;
        try
        {
            var specification = data.Overlay(pool.Override.Only("ImageId", "BlockDeviceMapping"));
            var order = new LaunchOrder
            {
                Specification = specification,
                InstanceType = pool.InstanceType,
                SubnetId = pool.SubnetId,
                Zone = pool.Zone,
                Spot = spot,
                MaxPrice = pool.MaxPrice,
                ClientToken = fleet.ClientToken,
                FleetId = fleet.Id,
                Template = pool.Template,
                TemplateVersion = pool.Version,
                Tags = Launcher.TagsOf(data, fleet.Request),
            };

            // Count goes down to what the pool can give: a fleet takes what there is.
            var instances = Launcher.Launch(region, order, 1, count, region.NewId("r-"));
            fleet.InstanceIds.AddRange(instances.Select(instance => instance.Id));
            fleet.Outcomes.Add(new FleetOutcome(pool, Lifecycle(spot), [.. instances.Select(instance => instance.Id)], null, null));

            // The rest is tried too, so that the outcome names what was missing: capacity, quota or addresses.
            return instances.Count < count ? [.. instances, .. TryLaunch(region, fleet, pool, spot, count - instances.Count)] : instances;
        }
        catch (ServiceFaultException fault)
        {
            fleet.Outcomes.Add(new FleetOutcome(pool, Lifecycle(spot), [], fault.Code, fault.Message));
            return [];
        }
    }

    private static string Lifecycle(bool spot) => spot ? "spot" : "on-demand";

    private static string? ZoneOf(Ec2Region region, FleetPool pool) => region.Subnets.Find(pool.SubnetId)?.ZoneName ?? pool.Zone;

    // The order in which a strategy asks the pools. Unknown types come last: their launch says what is wrong with them.
    private static IEnumerable<FleetPool> Ranked(Ec2Region region, Fleet fleet, bool spot)
    {
        decimal Price(FleetPool pool)
        {
            var type = InstanceTypeCatalog.Find(pool.InstanceType);
            return type is null ? decimal.MaxValue
                : spot && ZoneOf(region, pool) is { } zone && region.Info.Zones.Contains(zone) ? region.Market.PriceAt(zone, type, region.Now).Price
                : region.Market.OnDemandPrice(type);
        }

        double Capacity(FleetPool pool)
        {
            var type = InstanceTypeCatalog.Find(pool.InstanceType);
            return type is not null && ZoneOf(region, pool) is { } zone ? region.Market.CapacityOf(zone, type) : 1;
        }

        decimal Order(FleetPool pool) => pool.Priority ?? decimal.MaxValue;

        var strategy = spot ? Strategy(fleet) : fleet.Request["OnDemandOptions"].Text("AllocationStrategy") ?? "lowest-price";
        return strategy switch
        {
            "prioritized" => fleet.Pools.OrderBy(Order),
            "capacity-optimized" or "capacityOptimized" => fleet.Pools.OrderByDescending(Capacity),
            "capacity-optimized-prioritized" or "capacityOptimizedPrioritized" => fleet.Pools.OrderBy(Order).ThenByDescending(Capacity),
            "price-capacity-optimized" or "priceCapacityOptimized" =>
                fleet.Pools.OrderBy(pool => (double)Price(pool) / Math.Log(2 + Capacity(pool))),
            "diversified" => fleet.Pools,
            _ => fleet.Pools.OrderBy(Price),
        };
    }
}
