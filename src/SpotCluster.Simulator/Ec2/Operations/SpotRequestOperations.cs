using System.Globalization;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Spot requests, as launches make them, and those that are made by themselves and wait for capacity.</summary>
internal static class SpotRequestOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["DescribeSpotInstanceRequests"] = call =>
            call.Describe(call.Region.SpotRequests, "SpotInstanceRequestId", "spotInstanceRequestSet", request => Write(call, request));
        table["RequestSpotInstances"] = RequestSpotInstances;
        table["CancelSpotInstanceRequests"] = CancelSpotInstanceRequests;
    }

    private static void RequestSpotInstances(Ec2Call call)
    {
        var region = call.Region;
        var specification = call.Query["LaunchSpecification"];
        var typeName = specification.Text("InstanceType") ?? throw AwsFaults.Missing("LaunchSpecification.InstanceType");
        var type = InstanceTypeCatalog.Find(typeName) ?? throw AwsFaults.Invalid($"Invalid value '{typeName}' for InstanceType.");
        var image = Launcher.ResolveImage(region, specification.Text("ImageId") ?? throw AwsFaults.Missing("LaunchSpecification.ImageId"));
        var subnet = region.Require(region.Subnets, specification.Text("SubnetId") ?? throw AwsFaults.Missing("LaunchSpecification.SubnetId"));
        var tags = Ec2Call.TagsFor(call.Query, "spot-instances-request");
        TagRules.Check(tags);
        var requests = Enumerable.Range(0, call.Query.Number("InstanceCount") ?? 1).Select(_ => region.Add(region.SpotRequests, new SpotRequest
        {
            Id = region.NewId("sir-"),
            CreatedAt = call.Now,
            Specification = specification,
            InstanceType = type.Name,
            ImageId = image.Id,
            SubnetId = subnet.Id,
            ZoneName = subnet.ZoneName,
            MaxPrice = call.Query.Decimal("SpotPrice") ?? region.Market.OnDemandPrice(type),
            Type = call.Query.Text("Type") ?? "one-time",
            InterruptionBehavior = call.Query.Text("InstanceInterruptionBehavior") ?? "terminate",
        })).ToList();
        foreach (var request in requests)
        {
            call.Tag(request, tags);
            region.After(region.Options.PendingTime, () => InstanceLife.Fulfil(region, request));
        }

        call.Body.List("spotInstanceRequestSet", requests, request => Write(call, request));
    }

    private static void CancelSpotInstanceRequests(Ec2Call call)
    {
        var ids = call.Query.Texts("SpotInstanceRequestId");
        if (ids.Count == 0)
        {
            throw AwsFaults.Missing("SpotInstanceRequestId");
        }

        var requests = call.Named(call.Region.SpotRequests, ids);
        foreach (var request in requests.Where(request => request.IsLive))
        {
            // Cancelling does not end the machine.
            var runs = request.InstanceId is not null;
            InstanceLife.CloseRequest(
                call.Region,
                request,
                "cancelled",
                runs ? "request-canceled-and-instance-running" : "canceled-before-fulfillment",
                runs ? "Your Spot request is canceled, but your instance is still running." : "Your Spot request is canceled before it was fulfilled.");
        }

        call.Body.List("spotInstanceRequestSet", requests, request => call.Body
            .Text("spotInstanceRequestId", request.Id)
            .Text("state", request.Status));
    }

    private static void Write(Ec2Call call, SpotRequest request)
    {
        var body = call.Body;
        body.Text("spotInstanceRequestId", request.Id)
            .Text("spotPrice", request.MaxPrice.ToString("0.000000", CultureInfo.InvariantCulture))
            .Text("type", request.Type)
            .Text("state", request.Status)
            .Element("status", () => body
                .Text("code", request.StatusCode)
                .Text("updateTime", request.StatusAt)
                .Text("message", request.StatusMessage))
            .Element("launchSpecification", () => body
                .Text("imageId", request.ImageId)
                .Text("keyName", request.Specification.Text("KeyName"))
                .Text("instanceType", request.InstanceType)
                .Text("subnetId", request.SubnetId)
                .Element("placement", () => body.Text("availabilityZone", request.ZoneName))
                .Element("monitoring", () => body.Text("enabled", false)))
            .Text("instanceId", request.InstanceId)
            .Text("createTime", request.CreatedAt)
            .Text("productDescription", "Linux/UNIX")
            .Text("launchedAvailabilityZone", request.InstanceId is null ? null : request.ZoneName)
            .Text("instanceInterruptionBehavior", request.InterruptionBehavior);
        call.WriteTags(request);
    }
}
