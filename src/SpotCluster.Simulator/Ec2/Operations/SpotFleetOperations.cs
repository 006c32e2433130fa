using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Spot fleet requests, the older kind of fleet: for finding and ending those that somebody left behind.</summary>
internal static class SpotFleetOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["RequestSpotFleet"] = RequestSpotFleet;
        table["DescribeSpotFleetRequests"] = DescribeSpotFleetRequests;
        table["CancelSpotFleetRequests"] = CancelSpotFleetRequests;
    }

    private static void RequestSpotFleet(Ec2Call call)
    {
        var configuration = call.Query["SpotFleetRequestConfig"];
        var target = configuration.Decimal("TargetCapacity") ?? throw AwsFaults.Missing("SpotFleetRequestConfig.TargetCapacity");
        var pools = new List<FleetPool>();
        foreach (var item in configuration.List("LaunchTemplateConfigs"))
        {
            var (template, version) = LaunchTemplateOperations.Find(call.Region, item["LaunchTemplateSpecification"]);
            var type = template.Versions[version - 1].Data.Text("InstanceType");
            var overrides = item.List("Overrides").ToList();
            foreach (var choice in overrides.Count == 0 ? [QueryNode.Empty] : overrides)
            {
                pools.Add(new FleetPool(
                    template, version, choice, choice.Text("InstanceType") ?? type ?? throw AwsFaults.Missing("InstanceType"),
                    choice.Text("SubnetId"), choice.Text("AvailabilityZone"), choice.Decimal("WeightedCapacity") ?? 1, choice.Decimal("Priority"), choice.Decimal("SpotPrice")));
            }
        }

        if (pools.Count == 0)
        {
            throw AwsFaults.Missing("SpotFleetRequestConfig.LaunchTemplateConfigs");
        }

        var tags = Ec2Call.TagsFor(configuration, "spot-fleet-request");
        TagRules.Check(tags);
        var fleet = call.Region.Add(call.Region.SpotFleets, new Fleet
        {
            Id = call.Region.NewId("sfr-"),
            CreatedAt = call.Now,
            Type = configuration.Text("Type") ?? "maintain",
            Request = configuration,
            Pools = pools,
            SpotTarget = target,
            OnDemandTarget = 0,
            DefaultCapacityType = "spot",
            ClientToken = configuration.Text("ClientToken"),
            IsSpotFleetRequest = true,
            Status = "submitted",
            ActivityStatus = "pending_fulfillment",
        });
        call.Tag(fleet, tags);
        call.Region.After(FleetFulfilment.Pace, () => FleetFulfilment.Fulfil(call.Region, fleet));
        call.Body.Text("spotFleetRequestId", fleet.Id);
    }

    private static void DescribeSpotFleetRequests(Ec2Call call)
    {
        var body = call.Body;
        call.Describe(call.Region.SpotFleets, "SpotFleetRequestId", "spotFleetRequestConfigSet", fleet =>
        {
            body.Text("spotFleetRequestId", fleet.Id)
                .Text("spotFleetRequestState", StateOf(fleet))
                .Text("activityStatus", fleet.ActivityStatus)
                .Text("createTime", fleet.CreatedAt)
                .Element("spotFleetRequestConfig", () => body
                    .Text("iamFleetRole", fleet.Request.Text("IamFleetRole"))
                    .Text("targetCapacity", fleet.SpotTarget)
                    .Text("fulfilledCapacity", FleetFulfilment.Fulfilled(call.Region, fleet).Spot)
                    .Text("allocationStrategy", "lowestPrice")
                    .Text("type", fleet.Type));
            call.WriteTags(fleet);
        });
    }

    private static string StateOf(Fleet fleet) => fleet.Status switch
    {
        "deleted_terminating" => "cancelled_terminating",
        "deleted_running" => "cancelled_running",
        "deleted" => "cancelled",
        _ => fleet.Status,
    };

    private static void CancelSpotFleetRequests(Ec2Call call)
    {
        var ids = call.Query.Texts("SpotFleetRequestId");
        var terminate = call.Query.Flag("TerminateInstances") ?? throw AwsFaults.Missing("TerminateInstances");
        var done = new List<(Fleet Fleet, string Before)>();
        var failed = new List<string>();
        foreach (var id in ids)
        {
            if (call.Region.SpotFleets.Find(id) is { } fleet)
            {
                done.Add((fleet, StateOf(fleet)));
                FleetFulfilment.Delete(call.Region, fleet, terminate);
            }
            else
            {
                failed.Add(id);
            }
        }

        call.Body.List("successfulFleetRequestSet", done, item => call.Body
                .Text("spotFleetRequestId", item.Fleet.Id)
                .Text("currentSpotFleetRequestState", StateOf(item.Fleet))
                .Text("previousSpotFleetRequestState", item.Before))
            .List("unsuccessfulFleetRequestSet", failed, id => call.Body
                .Text("spotFleetRequestId", id)
                .Element("error", () => call.Body
                    .Text("code", "fleetRequestIdDoesNotExist")
                    .Text("message", $"The spot fleet request ID '{id}' does not exist")));
    }
}
