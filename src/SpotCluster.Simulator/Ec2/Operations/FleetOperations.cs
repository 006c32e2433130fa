using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>EC2 fleets: the calls.</summary>
internal static class FleetOperations
{
    private const int MostInstantFleetsPerCall = 25;

    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateFleet"] = CreateFleet;
        table["DescribeFleets"] = DescribeFleets;
        table["DescribeFleetInstances"] = DescribeFleetInstances;
        table["ModifyFleet"] = ModifyFleet;
        table["DeleteFleets"] = DeleteFleets;
    }

    /// <summary>A machine of a fleet is going: a fleet that maintains its size starts another one.</summary>
    public static void LostInstance(Ec2Region region, Instance instance)
    {
        var fleet = region.Fleets.Find(instance.FleetId) ?? region.SpotFleets.Find(instance.FleetId);
        if (fleet is { Type: "maintain", Status: "active" })
        {
            fleet.ActivityStatus = "pending_fulfillment";
            region.After(FleetFulfilment.Pace, () => FleetFulfilment.Fulfil(region, fleet));
        }
    }

    private static void CreateFleet(Ec2Call call)
    {
        var type = call.Query.Text("Type") ?? "maintain";
        if (type is not ("instant" or "maintain" or "request"))
        {
            throw AwsFaults.Invalid($"Invalid value '{type}' for Type.");
        }

        CheckRebalance(FleetFulfilment.RebalanceOf(call.Query), type);
        var target = call.Query["TargetCapacitySpecification"];
        var total = target.Decimal("TotalTargetCapacity") ?? throw AwsFaults.Missing("TargetCapacitySpecification.TotalTargetCapacity");
        if (total < 0 || (total == 0 && type != "maintain") || total > 10000)
        {
            throw AwsFaults.Invalid("TotalTargetCapacity must be between 1 and 10000.");
        }

        var defaultType = target.Text("DefaultTargetCapacityType") ?? "on-demand";
        var spot = target.Decimal("SpotTargetCapacity")
            ?? (target.Decimal("OnDemandTargetCapacity") is { } onDemand ? total - onDemand : defaultType == "spot" ? total : 0);
        var fleetTags = call.TagsFor("fleet");
        TagRules.Check(fleetTags);
        var fleet = new Fleet
        {
            Id = call.Region.NewId("fleet-"),
            CreatedAt = call.Now,
            Type = type,
            Request = call.Query,
            Pools = ReadPools(call),
            SpotTarget = spot,
            OnDemandTarget = total - spot,
            DefaultCapacityType = defaultType,
            ClientToken = call.Query.Text("ClientToken"),
            ExcessPolicy = call.Query.Text("ExcessCapacityTerminationPolicy") ?? "termination",
        };
        call.Region.Add(call.Region.Fleets, fleet);
        call.Tag(fleet, fleetTags);
        call.Body.Text("fleetId", fleet.Id);
        if (type == "instant")
        {
            FleetFulfilment.FulfilInstant(call.Region, fleet);
            WriteOutcomes(call, fleet, "errorSet", "fleetInstanceSet");
        }
        else
        {
            fleet.Status = "submitted";
            fleet.ActivityStatus = "pending_fulfillment";
            call.Region.After(FleetFulfilment.Pace, () => FleetFulfilment.Fulfil(call.Region, fleet));
        }
    }

    private static void CheckRebalance(QueryNode rebalance, string type)
    {
        if (rebalance.IsEmpty)
        {
            return;
        }

        var delay = rebalance.Decimal("TerminationDelay");
        var wrong = type != "maintain" ? "CapacityRebalance is supported only for fleets of type maintain."
            : rebalance.Text("ReplacementStrategy") switch
            {
                "launch" => delay is null ? null : "TerminationDelay is supported only with launch-before-terminate.",
                "launch-before-terminate" => delay is >= 120 and <= 7200 ? null : "TerminationDelay must be between 120 and 7200 seconds.",
                var other => $"Invalid value '{other}' for ReplacementStrategy.",
            };
        if (wrong is not null)
        {
            throw AwsFaults.Invalid(wrong);
        }
    }

    private static List<FleetPool> ReadPools(Ec2Call call)
    {
        var pools = new List<FleetPool>();
        var count = 0;
        foreach (var configuration in call.Query.List("LaunchTemplateConfigs"))
        {
            var (template, version) = LaunchTemplateOperations.Find(call.Region, configuration["LaunchTemplateSpecification"]);
            var data = template.Versions[version - 1].Data;
            var overrides = configuration.List("Overrides").ToList();
            foreach (var item in overrides.Count == 0 ? [QueryNode.Empty] : overrides)
            {
                count++;
                foreach (var type in TypesOf(call, item, data))
                {
                    pools.Add(new FleetPool(
                        template,
                        version,
                        item,
                        type,
                        item.Text("SubnetId"),
                        item.Text("AvailabilityZone") ?? item["Placement"].Text("AvailabilityZone"),
                        item.Decimal("WeightedCapacity") ?? 1,
                        item.Decimal("Priority"),
                        item.Decimal("MaxPrice")));
                }
            }
        }

        return count is > 0 and <= 300
            ? pools
            : throw (count == 0 ? AwsFaults.Missing("LaunchTemplateConfigs") : AwsFaults.Invalid("The fleet configuration has more than 300 launch template overrides."));
    }

    /// <summary>The type of an override, or those that have what it requires: the architecture is that of the image.</summary>
    private static string[] TypesOf(Ec2Call call, QueryNode item, QueryNode template)
    {
        var requirements = item["InstanceRequirements"];
        if (requirements.IsEmpty)
        {
            return [item.Text("InstanceType") ?? template.Text("InstanceType") ?? throw new ServiceFaultException(400, "InvalidFleetConfig", "The fleet configuration is invalid: no instance type")];
        }

        if (item.Text("InstanceType") is not null)
        {
            throw AwsFaults.InvalidCombination("InstanceType and InstanceRequirements must not be specified together.");
        }

        var architecture = (item.Text("ImageId") ?? template.Text("ImageId")) is { } image ? Launcher.ResolveImage(call.Region, image).Architecture : null;
        var zone = call.Region.Subnets.Find(item.Text("SubnetId"))?.ZoneName ?? item.Text("AvailabilityZone");
        string[] types =
        [
            .. InstanceRequirements.Select(requirements)
                .Where(type => (architecture is null || type.Architecture == architecture) && (zone is null || InstanceTypeCatalog.IsOffered(call.Region.Info, zone, type)))
                .Select(type => type.Name),
        ];
        return types.Length > 0 ? types : throw new ServiceFaultException(400, "InvalidFleetConfig", "No instance types match the instance requirements.");
    }

    private static void WriteOutcomes(Ec2Call call, Fleet fleet, string errorsName, string instancesName)
    {
        var body = call.Body;
        body.List(errorsName, fleet.Outcomes.Where(outcome => outcome.ErrorCode is not null), outcome =>
            {
                WritePool(body, outcome.Pool);
                body.Text("lifecycle", outcome.Lifecycle).Text("errorCode", outcome.ErrorCode).Text("errorMessage", outcome.ErrorMessage);
            })
            .List(instancesName, fleet.Outcomes.Where(outcome => outcome.InstanceIds.Count > 0), outcome =>
            {
                WritePool(body, outcome.Pool);
                body.Text("lifecycle", outcome.Lifecycle)
                    .List("instanceIds", outcome.InstanceIds)
                    .Text("instanceType", outcome.Pool.InstanceType);
            });
    }

    private static void WritePool(XmlBody body, FleetPool pool) => body.Element("launchTemplateAndOverrides", () =>
    {
        WriteTemplate(body, pool);
        body.Element("overrides", () => WriteOverride(body, pool));
    });

    private static void WriteTemplate(XmlBody body, FleetPool pool) => body.Element("launchTemplateSpecification", () => body
        .Text("launchTemplateId", pool.Template.Id)
        .Text("version", pool.Version));

    private static void WriteOverride(XmlBody body, FleetPool pool) => body
        .Text("instanceType", pool.InstanceType)
        .Text("maxPrice", pool.MaxPrice)
        .Text("subnetId", pool.SubnetId)
        .Text("availabilityZone", pool.Zone)
        .Text("weightedCapacity", pool.Override.Decimal("WeightedCapacity"))
        .Text("priority", pool.Priority)
        .Text("imageId", pool.Override.Text("ImageId"));

    private static void DescribeFleets(Ec2Call call)
    {
        // Instant fleets are shown to those who know their ids only.
        var fleets = call.Select(call.Region.Fleets, "FleetId", fleet => fleet.Type != "instant");
        var body = call.Body;
        body.List("fleetSet", call.Page(fleets), fleet =>
        {
            var (spotDone, onDemandDone) = FleetFulfilment.Fulfilled(call.Region, fleet);
            body.Text("activityStatus", fleet.ActivityStatus)
                .Text("createTime", fleet.CreatedAt)
                .Text("fleetId", fleet.Id)
                .Text("fleetState", fleet.Status)
                .Text("clientToken", fleet.ClientToken)
                .Text("excessCapacityTerminationPolicy", fleet.ExcessPolicy)
                .Text("fulfilledCapacity", spotDone + onDemandDone)
                .Text("fulfilledOnDemandCapacity", onDemandDone)
                .List("launchTemplateConfigs", fleet.Pools.GroupBy(pool => (pool.Template, pool.Version)), group =>
                {
                    WriteTemplate(body, group.First());
                    body.List("overrides", group, pool => WriteOverride(body, pool));
                })
                .Element("targetCapacitySpecification", () => body
                    .Text("totalTargetCapacity", fleet.SpotTarget + fleet.OnDemandTarget)
                    .Text("onDemandTargetCapacity", fleet.OnDemandTarget)
                    .Text("spotTargetCapacity", fleet.SpotTarget)
                    .Text("defaultTargetCapacityType", fleet.DefaultCapacityType))
                .Text("terminateInstancesWithExpiration", false)
                .Text("type", fleet.Type)
                .Text("replaceUnhealthyInstances", false)
                .Element("spotOptions", () => body
                    .Text("allocationStrategy", FleetFulfilment.Strategy(fleet))
                    .Text("instanceInterruptionBehavior", "terminate"));
            call.WriteTags(fleet);
            if (fleet.Type == "instant")
            {
                WriteOutcomes(call, fleet, "errorSet", "fleetInstanceSet");
            }
        });
    }

    private static void DescribeFleetInstances(Ec2Call call)
    {
        var fleet = call.Region.Require(call.Region.Fleets, call.Query.Required("FleetId"));
        var instances = fleet.InstanceIds.Select(call.Region.Instances.Find).Where(instance => instance is { IsLive: true }).Select(instance => instance!);
        call.Body.List("activeInstanceSet", call.Page(call.Filter(instances)), instance => call.Body
            .Text("instanceId", instance.Id)
            .Text("instanceType", instance.Type.Name)
            .Text("spotInstanceRequestId", instance.SpotRequest?.Id)
            .Text("instanceHealth", "healthy"));
        call.Body.Text("fleetId", fleet.Id);
    }

    private static void ModifyFleet(Ec2Call call)
    {
        var fleet = call.Region.Require(call.Region.Fleets, call.Query.Required("FleetId"));
        if (fleet.Type != "maintain" || fleet.Status is not ("active" or "submitted"))
        {
            throw new ServiceFaultException(400, "InvalidFleetState", "Only active fleets of type maintain can be modified.");
        }

        fleet.ExcessPolicy = call.Query.Text("ExcessCapacityTerminationPolicy") ?? fleet.ExcessPolicy;
        if (call.Query["TargetCapacitySpecification"].Decimal("TotalTargetCapacity") is { } total)
        {
            var onDemand = call.Query["TargetCapacitySpecification"].Decimal("OnDemandTargetCapacity")
                ?? (fleet.DefaultCapacityType == "spot" ? 0 : total);
            fleet.OnDemandTarget = onDemand;
            fleet.SpotTarget = total - onDemand;
            call.Region.After(FleetFulfilment.Pace, () => FleetFulfilment.Fulfil(call.Region, fleet));
        }

        call.Ok();
    }

    private static void DeleteFleets(Ec2Call call)
    {
        var ids = call.Query.Texts("FleetId");
        if (ids.Count == 0)
        {
            throw AwsFaults.Missing("FleetId");
        }

        if (ids.Count(id => call.Region.Fleets.Find(id)?.Type == "instant") > MostInstantFleetsPerCall || ids.Count > 100)
        {
            throw new ServiceFaultException(400, "InvalidParameterValue", "A request can delete at most 25 instant fleets, or 100 fleets of other types.");
        }

        var terminate = call.Query.Flag("TerminateInstances") ?? throw AwsFaults.Missing("TerminateInstances");
        var done = new List<(Fleet Fleet, string Before)>();
        var failed = new List<(string Id, string Code, string Message)>();
        foreach (var id in ids)
        {
            if (call.Region.Fleets.Find(id) is not { } fleet)
            {
                failed.Add(call.Region.Fleets.IsWellFormed(id)
                    ? (id, "fleetIdDoesNotExist", $"The fleet ID '{id}' does not exist")
                    : (id, "fleetIdMalformed", $"The fleet ID '{id}' is malformed"));
            }
            else if (fleet.Type == "instant" && !terminate)
            {
                failed.Add((id, "unexpectedError", "NoTerminateInstances option is not supported for instant fleets"));
            }
            else if (fleet.Status is "deleted" or "failed")
            {
                failed.Add((id, "fleetNotInDeletableState", $"The fleet '{id}' is in the state {fleet.Status}"));
            }
            else
            {
                done.Add((fleet, fleet.Status));
                FleetFulfilment.Delete(call.Region, fleet, terminate);
            }
        }

        call.Body.List("successfulFleetDeletionSet", done, item => call.Body
                .Text("fleetId", item.Fleet.Id)
                .Text("currentFleetState", item.Fleet.Status)
                .Text("previousFleetState", item.Before))
            .List("unsuccessfulFleetDeletionSet", failed, item => call.Body
                .Text("fleetId", item.Id)
                .Element("error", () => call.Body.Text("code", item.Code).Text("message", item.Message)));
    }
}
