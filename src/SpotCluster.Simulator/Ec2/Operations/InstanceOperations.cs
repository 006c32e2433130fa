using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Machines: run, list, terminate, stop, start.</summary>
internal static class InstanceOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["RunInstances"] = RunInstances;
        table["DescribeInstances"] = DescribeInstances;
        table["DescribeInstanceStatus"] = DescribeInstanceStatus;
        table["TerminateInstances"] = TerminateInstances;
        table["StopInstances"] = StopInstances;
        table["StartInstances"] = StartInstances;
        table["RebootInstances"] = RebootInstances;
        table["DescribeInstanceAttribute"] = DescribeInstanceAttribute;
        table["ModifyInstanceAttribute"] = ModifyInstanceAttribute;
        table["GetConsoleOutput"] = GetConsoleOutput;
    }

    private static void RunInstances(Ec2Call call)
    {
        var min = call.Query.Number("MinCount") ?? throw AwsFaults.Missing("MinCount");
        var max = call.Query.Number("MaxCount") ?? throw AwsFaults.Missing("MaxCount");
        if (min < 1 || max < min)
        {
            throw AwsFaults.Invalid(FormattableString.Invariant($"Invalid value '{max}' for maxCount. Must be at least minCount ({min}), and minCount at least 1."));
        }

        var specification = call.Query;
        LaunchTemplate? template = null;
        var version = 0;
        var layers = new List<QueryNode>();
        if (!call.Query["LaunchTemplate"].IsEmpty)
        {
            (template, version) = LaunchTemplateOperations.Find(call.Region, call.Query["LaunchTemplate"]);
            var data = template.Versions[version - 1].Data;
            layers.Add(data);
            specification = data.Overlay(call.Query);
        }

        layers.Add(call.Query);
        var market = specification["InstanceMarketOptions"];
        var spot = market["SpotOptions"];
        if (call.Account.Options.Throttling && !call.Region.Throttle.TryTakeResources(call.Operation, max, call.Now))
        {
            throw AwsFaults.Throttled();
        }

        var order = new LaunchOrder
        {
            Specification = specification,
            InstanceType = specification.Text("InstanceType") ?? "m1.small",
            Spot = market.Text("MarketType") == "spot",
            MaxPrice = spot.Decimal("MaxPrice"),
            SpotType = spot.Text("SpotInstanceType") ?? "one-time",
            InterruptionBehavior = spot.Text("InstanceInterruptionBehavior") ?? "terminate",
            ClientToken = call.Query.Text("ClientToken"),
            Template = template,
            TemplateVersion = version,
            Tags = Launcher.TagsOf([.. layers]),
        };
        var reservationId = call.Region.NewId("r-");
        var instances = Launcher.Launch(call.Region, order, min, max, reservationId);
        WriteReservation(call, reservationId, instances);
    }

    private static void DescribeInstances(Ec2Call call)
    {
        // A page is counted in machines, and a reservation is not shown beyond its page.
        var page = call.Page(call.Select(call.Region.Instances, "InstanceId"));
        call.Body.List("reservationSet", page.GroupBy(instance => instance.ReservationId), reservation =>
            WriteReservation(call, reservation.Key, reservation));
    }

    private static void WriteReservation(Ec2Call call, string id, IEnumerable<Instance> instances) => call.Body
        .Text("reservationId", id)
        .Text("ownerId", call.Account.Id)
        .List("groupSet", [])
        .List("instancesSet", instances, instance => Write(call, instance));

    private static void Write(Ec2Call call, Instance instance)
    {
        var body = call.Body;
        var primary = instance.Primary;
        body.Text("instanceId", instance.Id)
            .Text("imageId", instance.Image.Id)
            .Element("instanceState", () => WriteState(body, instance.StatusCode, instance.Status))
            .Text("privateDnsName", primary is null ? "" : DnsNames.Private(primary.PrivateIp, call.Region.Name))
            .Text("dnsName", instance.PublicIp is { } ip ? DnsNames.Public(ip) : "")
            .Text("reason", instance.Reason)
            .Text("keyName", instance.KeyName)
            .Text("amiLaunchIndex", instance.LaunchIndex)
            .List("productCodes", [])
            .Text("instanceType", instance.Type.Name)
            .Text("launchTime", instance.LaunchedAt)
            .Element("placement", () => body
                .Text("availabilityZone", instance.Zone)
                .Text("availabilityZoneId", instance.Subnet.ZoneId)
                .Text("groupName", instance.PlacementGroup ?? "")
                .Text("tenancy", "default"))
            .Element("monitoring", () => body.Text("state", "disabled"));
        if (primary is not null)
        {
            body.Text("subnetId", instance.Subnet.Id)
                .Text("vpcId", instance.Subnet.VpcId)
                .Text("privateIpAddress", primary.PrivateIp)
                .Text("ipAddress", instance.PublicIp)
                .Text("sourceDestCheck", true);
            WriteGroups(body, primary.Groups);
        }

        if (instance.ReasonCode is { } code)
        {
            body.Element("stateReason", () => body.Text("code", code).Text("message", instance.ReasonMessage));
        }

        body.Text("architecture", instance.Type.Architecture)
            .Text("platform", instance.Image.Platform)
            .Text("platformDetails", instance.Image.Platform is null ? "Linux/UNIX" : "Windows")
            .Text("rootDeviceType", "ebs")
            .Text("rootDeviceName", instance.Image.RootDevice)
            .List("blockDeviceMapping", instance.Volumes, volume => body
                .Text("deviceName", volume.Device)
                .Element("ebs", () => body
                    .Text("volumeId", volume.Id)
                    .Text("status", "attached")
                    .Text("attachTime", volume.AttachedAt)
                    .Text("deleteOnTermination", volume.DeleteOnTermination)))
            .Text("virtualizationType", "hvm")
            .Text("capacityReservationId", instance.CapacityReservationId)
            .Text("clientToken", instance.ClientToken ?? "")
            .Text("instanceLifecycle", instance.IsSpot ? "spot" : null)
            .Text("spotInstanceRequestId", instance.SpotRequest?.Id);
        call.WriteTags(instance);
        body.Text("hypervisor", "xen")
            .List("networkInterfaceSet", instance.Interfaces, eni => InterfaceOperations.WriteInInstance(call, eni))
            .Element("cpuOptions", () => body
                .Text("coreCount", instance.Type.VCpus / instance.Type.ThreadsPerCore)
                .Text("threadsPerCore", instance.Type.ThreadsPerCore))
            .Text("ebsOptimized", false)
            .Text("enaSupport", true)
            .Element("metadataOptions", () => body
                .Text("state", instance.Status == "pending" ? "pending" : "applied")
                .Text("httpTokens", instance.Specification["MetadataOptions"].Text("HttpTokens") ?? "optional")
                .Text("httpPutResponseHopLimit", instance.Specification["MetadataOptions"].Number("HttpPutResponseHopLimit") ?? 1)
                .Text("httpEndpoint", instance.Specification["MetadataOptions"].Text("HttpEndpoint") ?? "enabled")
                .Text("instanceMetadataTags", instance.Specification["MetadataOptions"].Text("InstanceMetadataTags") ?? "disabled"));
    }

    public static void WriteGroups(XmlBody body, IEnumerable<SecurityGroup> groups) =>
        body.List("groupSet", groups, group => body.Text("groupId", group.Id).Text("groupName", group.Name));

    private static void WriteState(XmlBody body, int code, string name) => body.Text("code", code).Text("name", name);

    private static void DescribeInstanceStatus(Ec2Call call)
    {
        var all = call.Query.Flag("IncludeAllInstances") == true;
        var ids = call.Query.Texts("InstanceId");
        call.RefusePageSizeWith(ids, "InstanceId");
        var instances = ids.Count == 0 ? call.Region.Instances.All.Where(call.Region.IsKnown) : call.Named(call.Region.Instances, ids);
        var page = call.Page(FilterStatus(call, instances.Where(instance => all || instance.Status == "running")));
        var body = call.Body;
        body.List("instanceStatusSet", page, instance => body
            .Text("instanceId", instance.Id)
            .Text("availabilityZone", instance.Zone)
            .Element("instanceState", () => WriteState(body, instance.StatusCode, instance.Status))
            .Element("systemStatus", () => WriteCheck(body, instance, call.Now))
            .Element("instanceStatus", () => WriteCheck(body, instance, call.Now))
            .List("eventsSet", []));
    }

    private static IEnumerable<Instance> FilterStatus(Ec2Call call, IEnumerable<Instance> instances) =>
        instances.Where(instance => call.Filters().All(filter => filter.Name switch
        {
            "instance-status.status" or "system-status.status" => Ec2Call.MatchesAny(filter.Values, [CheckOf(instance, call.Now)]),
            "instance-status.reachability" or "system-status.reachability" =>
                Ec2Call.MatchesAny(filter.Values, [CheckOf(instance, call.Now) == "ok" ? "passed" : "initializing"]),
            _ => call.Matches(instance, filter.Name, filter.Values),
        }));

    // The checks pass a while after the start.
    private static string CheckOf(Instance instance, DateTimeOffset now) =>
        instance.Status != "running" ? "not-applicable"
        : instance.RunningSince is { } since && now - since >= TimeSpan.FromSeconds(60) ? "ok" : "initializing";

    private static void WriteCheck(XmlBody body, Instance instance, DateTimeOffset now)
    {
        var check = CheckOf(instance, now);
        body.Text("status", check);
        if (check != "not-applicable")
        {
            body.List("details", [check], _ => body.Text("name", "reachability").Text("status", check == "ok" ? "passed" : "initializing"));
        }
    }

    private static IReadOnlyList<Instance> Named(Ec2Call call)
    {
        var ids = call.Query.Texts("InstanceId");
        if (ids.Count == 0)
        {
            throw AwsFaults.InvalidCombination("No instances specified");
        }

        if (ids.Count > 1000)
        {
            throw AwsFaults.InvalidCombination("The maximum number of instance IDs is 1000.");
        }

        var instances = call.Named(call.Region.Instances, ids);
        if (call.Account.Options.Throttling && !call.Region.Throttle.TryTakeResources(call.Operation, instances.Count, call.Now))
        {
            throw AwsFaults.Throttled();
        }

        return instances;
    }

    private static void TerminateInstances(Ec2Call call)
    {
        var instances = Named(call);

        // AWS works zone by zone: one protected machine saves those of its zone, and the others go.
        var guarded = instances.Where(instance => instance.DisableApiTermination && instance.IsLive).ToList();
        var savedZones = guarded.Select(instance => instance.Zone).ToHashSet();
        var before = instances.ToDictionary(instance => instance.Id, instance => (instance.StatusCode, instance.Status), StringComparer.Ordinal);
        foreach (var instance in instances.Where(instance => !savedZones.Contains(instance.Zone)))
        {
            InstanceLife.TerminateByUser(call.Region, instance);
        }

        if (guarded.Count > 0)
        {
            throw new ServiceFaultException(
                400, "OperationNotPermitted", $"The instance '{guarded[0].Id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.");
        }

        WriteChanges(call, instances, before);
    }

    private static void WriteChanges(Ec2Call call, IReadOnlyList<Instance> instances, Dictionary<string, (int Code, string Name)> before) =>
        call.Body.List("instancesSet", instances, instance => call.Body
            .Text("instanceId", instance.Id)
            .Element("currentState", () => WriteState(call.Body, instance.StatusCode, instance.Status))
            .Element("previousState", () => WriteState(call.Body, before[instance.Id].Code, before[instance.Id].Name)));

    private static void StopInstances(Ec2Call call)
    {
        var instances = Named(call);
        if (instances.FirstOrDefault(instance => instance.Status is "shutting-down" or "terminated") is { } gone)
        {
            throw new ServiceFaultException(400, "IncorrectInstanceState", $"This instance '{gone.Id}' is not in a state from which it can be stopped.");
        }

        if (instances.FirstOrDefault(instance => instance.IsSpot && instance.SpotRequest!.Type != "persistent") is { } spot)
        {
            throw new ServiceFaultException(400, "UnsupportedOperation", $"You can't stop the Spot Instance '{spot.Id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.");
        }

        if (instances.FirstOrDefault(instance => instance.DisableApiStop) is { } guarded)
        {
            throw new ServiceFaultException(400, "OperationNotPermitted", $"The instance '{guarded.Id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.");
        }

        var before = instances.ToDictionary(instance => instance.Id, instance => (instance.StatusCode, instance.Status), StringComparer.Ordinal);
        foreach (var instance in instances)
        {
            InstanceLife.Stop(call.Region, instance);
        }

        WriteChanges(call, instances, before);
    }

    private static void StartInstances(Ec2Call call)
    {
        var instances = Named(call);
        if (instances.FirstOrDefault(instance => instance.Status is "shutting-down" or "terminated" or "stopping") is { } other)
        {
            throw new ServiceFaultException(400, "IncorrectInstanceState", $"The instance '{other.Id}' is not in a state from which it can be started.");
        }

        var before = instances.ToDictionary(instance => instance.Id, instance => (instance.StatusCode, instance.Status), StringComparer.Ordinal);
        foreach (var instance in instances)
        {
            InstanceLife.Restart(call.Region, instance);
        }

        WriteChanges(call, instances, before);
    }

    private static void RebootInstances(Ec2Call call)
    {
        if (Named(call).FirstOrDefault(instance => instance.Status is not ("running" or "pending")) is { } other)
        {
            throw new ServiceFaultException(400, "IncorrectInstanceState", $"The instance '{other.Id}' is not in a valid state for this operation.");
        }

        call.Ok();
    }

    private static void DescribeInstanceAttribute(Ec2Call call)
    {
        var instance = call.Region.Require(call.Region.Instances, call.Query.Required("InstanceId"));
        var body = call.Body;
        body.Text("instanceId", instance.Id);
        switch (call.Query.Required("Attribute"))
        {
            case "disableApiTermination":
                body.Element("disableApiTermination", () => body.Text("value", instance.DisableApiTermination));
                break;
            case "disableApiStop":
                body.Element("disableApiStop", () => body.Text("value", instance.DisableApiStop));
                break;
            case "instanceInitiatedShutdownBehavior":
                body.Element("instanceInitiatedShutdownBehavior", () => body.Text("value", instance.ShutdownBehavior));
                break;
            case "instanceType":
                body.Element("instanceType", () => body.Text("value", instance.Type.Name));
                break;
            case "userData":
                body.Element("userData", () => body.Text("value", instance.Specification.Text("UserData")));
                break;
            case "groupSet":
                WriteGroups(body, instance.Primary?.Groups ?? []);
                break;
            default:
                throw AwsFaults.Invalid($"Value ({call.Query.Text("Attribute")}) for parameter attribute is invalid.");
        }
    }

    private static void ModifyInstanceAttribute(Ec2Call call)
    {
        var instance = call.Region.Require(call.Region.Instances, call.Query.Required("InstanceId"));
        string? Value(string name) => call.Query[name].Text("Value")
            ?? (string.Equals(call.Query.Text("Attribute"), name, StringComparison.OrdinalIgnoreCase) ? call.Query.Text("Value") : null);

        if (Value("DisableApiTermination") is { } termination)
        {
            // AWS does not protect spot machines.
            if (instance.IsSpot && termination == "true")
            {
                throw new ServiceFaultException(400, "UnsupportedOperation", $"The instance '{instance.Id}' is a Spot Instance: termination protection is not supported.");
            }

            instance.DisableApiTermination = termination == "true";
        }

        if (Value("DisableApiStop") is { } stop)
        {
            instance.DisableApiStop = stop == "true";
        }

        if (Value("InstanceInitiatedShutdownBehavior") is { } behavior)
        {
            instance.ShutdownBehavior = behavior is "stop" or "terminate" ? behavior : throw AwsFaults.Invalid($"Invalid value '{behavior}' for shutdown behavior.");
        }

        if (Value("InstanceType") is { } typeName)
        {
            if (instance.Status != "stopped")
            {
                throw new ServiceFaultException(400, "IncorrectInstanceState", $"The instance '{instance.Id}' is not in the 'stopped' state.");
            }

            instance.Type = InstanceTypeCatalog.Find(typeName) ?? throw AwsFaults.Invalid($"Invalid value '{typeName}' for InstanceType.");
        }

        if (call.Query.Texts("GroupId") is { Count: > 0 } groupIds && instance.Primary is { } primary)
        {
            var groups = groupIds.Select(id => call.Region.Require(call.Region.SecurityGroups, id)).ToList();
            primary.Groups.Clear();
            primary.Groups.AddRange(groups);
        }

        call.Ok();
    }

    private static void GetConsoleOutput(Ec2Call call)
    {
        var instance = call.Region.Require(call.Region.Instances, call.Query.Required("InstanceId"));
        var text = instance.RunningSince is null ? "" : $"[    0.000000] Linux version on {instance.Type.Name}\r\n{instance.Id} login: ";
        call.Body.Text("instanceId", instance.Id)
            .Text("timestamp", call.Now)
            .Text("output", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)));
    }
}
