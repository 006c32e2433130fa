using System.Globalization;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Operations;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2;

/// <summary>One try to launch in one pool.</summary>
internal sealed record LaunchOrder
{
    /// <summary>The launch parameters by RunInstances' names, templates already laid under them.</summary>
    public required QueryNode Specification { get; init; }

    public required string InstanceType { get; init; }

    /// <summary>The subnet; null for the default one of <see cref="Zone"/>, or of the first zone.</summary>
    public string? SubnetId { get; init; }

    public string? Zone { get; init; }

    public required bool Spot { get; init; }

    public decimal? MaxPrice { get; init; }

    public string SpotType { get; init; } = "one-time";

    public string InterruptionBehavior { get; init; } = "terminate";

    public string? ClientToken { get; init; }

    public string? FleetId { get; init; }

    public LaunchTemplate? Template { get; init; }

    public int TemplateVersion { get; init; }

    /// <summary>A spot request that is fulfilled again; null to make a new one.</summary>
    public SpotRequest? Request { get; init; }

    /// <summary>Tags by kind: instance, volume, network-interface, spot-instances-request.</summary>
    public IReadOnlyDictionary<string, Dictionary<string, string>> Tags { get; init; } = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);

    /// <summary>True to launch past market, capacity and quota: machines that are there before a test begins.</summary>
    public bool Unlimited { get; init; }
}

/// <summary>Launches machines: every check that EC2 makes, then machine, interface, disk and spot request in one go.</summary>
internal static class Launcher
{
    private const int MostUserData = 16384;

    /// <summary>Launches from <paramref name="min"/> to <paramref name="max"/> machines in one pool, or refuses.</summary>
    public static IReadOnlyList<Instance> Launch(Ec2Region region, LaunchOrder order, int min, int max, string reservationId)
    {
        var specification = order.Specification;
        var type = InstanceTypeCatalog.Find(order.InstanceType)
            ?? throw AwsFaults.Invalid($"Invalid value '{order.InstanceType}' for InstanceType.");
        var image = ResolveImage(region, specification.Text("ImageId") ?? throw new ServiceFaultException(400, "MissingParameter", "The request must contain the parameter ImageId"));
        if (image.Architecture != type.Architecture)
        {
            throw AwsFaults.Invalid(
                $"The architecture '{type.Architecture}' of the specified instance type does not match the architecture '{image.Architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.");
        }

        var subnet = ResolveSubnet(region, order);
        if (!InstanceTypeCatalog.IsOffered(region.Info, subnet.ZoneName, type))
        {
            var others = region.Info.Zones.Where(zone => InstanceTypeCatalog.IsOffered(region.Info, zone, type)).ToList();
            throw new ServiceFaultException(
                400,
                "Unsupported",
                $"Your requested instance type ({type.Name}) is not supported in your requested Availability Zone ({subnet.ZoneName}). "
                + (others.Count > 0 ? $"Please retry your request by not specifying an Availability Zone or choosing {string.Join(", ", others)}." : "The requested configuration is currently not supported."));
        }

        CheckUserData(specification.Text("UserData"));
        var keyName = specification.Text("KeyName");
        if (keyName is not null && region.KeyPairs.All.All(pair => pair.Name != keyName))
        {
            throw AwsFaults.NotFound("InvalidKeyPair.NotFound", $"The key pair '{keyName}' does not exist");
        }

        if (specification["Placement"].Text("GroupName") is { } placement && region.PlacementGroups.All.All(group => group.Name != placement))
        {
            throw AwsFaults.NotFound("InvalidPlacementGroup.Unknown", $"The Placement Group '{placement}' is unknown.");
        }

        var groups = ResolveGroups(region, specification, subnet);
        var spotPrice = region.Market.PriceAt(subnet.ZoneName, type, region.Now).Price;

        // What is reserved is there, whatever market and quota say.
        var reservation = order.Spot ? null : CapacityReservationOperations.Find(region, specification, type, image, subnet.ZoneName, max);
        var count = order.Unlimited || reservation is not null ? max : CountPossible(region, order, type, subnet, spotPrice, min, max);
        foreach (var tags in order.Tags.Values)
        {
            TagRules.Check(tags);
        }

        return [.. Enumerable.Range(0, count).Select(index => LaunchOne(region, order, type, image, subnet, groups, keyName, index, reservationId, reservation?.Id))];
    }

    /// <summary>How much of the quota of a type is used: by machines, and on demand by reserved capacity that stands empty.</summary>
    public static int VCpusUsed(Ec2Region region, InstanceTypeInfo type, bool spot)
    {
        var code = Quotas.CodeOf(type, spot);
        var running = region.Instances.All
            .Where(instance => instance.Status is "pending" or "running" or "shutting-down" && instance.IsSpot == spot && Quotas.CodeOf(instance.Type, spot) == code)
            .Sum(instance => instance.Type.VCpus);
        return spot ? running : running + region.CapacityReservations.All
            .Where(reservation => reservation.IsUsable && Quotas.CodeOf(reservation.Type, spot) == code)
            .Sum(reservation => (reservation.Count - CapacityReservationOperations.Used(region, reservation)) * reservation.Type.VCpus);
    }

    /// <summary>Tags of each kind that launch parameters ask for.</summary>
    public static Dictionary<string, Dictionary<string, string>> TagsOf(params QueryNode[] specifications)
    {
        var all = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (var kind in new[] { "instance", "volume", "network-interface", "spot-instances-request" })
        {
            var tags = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var specification in specifications)
            {
                foreach (var (key, value) in Ec2Call.TagsFor(specification, kind))
                {
                    tags[key] = value;
                }
            }

            all[kind] = tags;
        }

        return all;
    }

    /// <summary>The image of an id, or of <c>resolve:ssm:&lt;public parameter&gt;</c>.</summary>
    public static Image ResolveImage(Ec2Region region, string imageId)
    {
        const string ssm = "resolve:ssm:";
        if (!imageId.StartsWith(ssm, StringComparison.Ordinal))
        {
            var image = region.Require(region.Images, imageId);
            return image.Status == "available"
                ? image
                : throw new ServiceFaultException(400, "InvalidAMIID.Unavailable", $"The image id '[{imageId}]' is not available");
        }

        var name = ImageCatalog.NameOfParameter(imageId.Substring(ssm.Length))
            ?? throw AwsFaults.Invalid($"Failed to resolve the Systems Manager parameter '{imageId.Substring(ssm.Length)}': ParameterNotFound");
        return region.Images.All.First(image => image.Name == name);
    }

    private static Subnet ResolveSubnet(Ec2Region region, LaunchOrder order)
    {
        var network = order.Specification.List("NetworkInterface").FirstOrDefault() ?? QueryNode.Empty;
        var id = order.SubnetId ?? network.Text("SubnetId") ?? order.Specification.Text("SubnetId");
        var zone = order.Zone ?? order.Specification["Placement"].Text("AvailabilityZone");
        if (zone is not null && !region.Info.Zones.Contains(zone))
        {
            throw AwsFaults.Invalid($"Invalid availability zone: [{zone}]");
        }

        if (id is not null)
        {
            var subnet = region.Require(region.Subnets, id);
            return zone is null || zone == subnet.ZoneName
                ? subnet
                : throw AwsFaults.Invalid($"The subnet '{id}' is in the Availability Zone '{subnet.ZoneName}', not in '{zone}'.");
        }

        var type = InstanceTypeCatalog.Find(order.InstanceType)!;
        var defaults = region.Subnets.All.Where(subnet => subnet.DefaultForAz).ToList();
        if (defaults.Count == 0)
        {
            throw new ServiceFaultException(400, "VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.");
        }

        return defaults.FirstOrDefault(subnet => zone is null
                ? InstanceTypeCatalog.IsOffered(region.Info, subnet.ZoneName, type)
                : subnet.ZoneName == zone)
            ?? throw new ServiceFaultException(400, "MissingInput", $"No default subnet for availability zone: '{zone}'.");
    }

    private static void CheckUserData(string? userData)
    {
        if (userData is null)
        {
            return;
        }

        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(userData);
        }
        catch (FormatException)
        {
            throw AwsFaults.Invalid("Invalid BASE64 encoding of user data");
        }

        if (bytes.Length > MostUserData)
        {
            throw AwsFaults.Invalid("User data is limited to 16384 bytes");
        }
    }

    private static List<SecurityGroup> ResolveGroups(Ec2Region region, QueryNode specification, Subnet subnet)
    {
        var network = specification.List("NetworkInterface").FirstOrDefault() ?? QueryNode.Empty;
        var ids = network.Texts("SecurityGroupId") is { Count: > 0 } fromInterface ? fromInterface : specification.Texts("SecurityGroupId");
        var names = specification.Texts("SecurityGroup");
        if (!network.IsEmpty && (specification.Texts("SecurityGroupId").Count > 0 || specification.Text("SubnetId") is not null))
        {
            throw AwsFaults.InvalidCombination(
                "Network interfaces and an instance-level security groups may not be specified on the same request");
        }

        var groups = ids.Select(id => region.Require(region.SecurityGroups, id))
            .Concat(names.Select(name => region.SecurityGroups.All.FirstOrDefault(group => group.VpcId == subnet.VpcId && group.Name == name)
                ?? throw AwsFaults.NotFound("InvalidGroup.NotFound", $"The security group '{name}' does not exist in VPC '{subnet.VpcId}'")))
            .ToList();
        if (groups.FirstOrDefault(group => group.VpcId != subnet.VpcId) is { } foreign)
        {
            throw new ServiceFaultException(400, "InvalidParameter", $"Security group {foreign.Id} and subnet {subnet.Id} belong to different networks.");
        }

        return groups.Count > 0 ? groups : [region.SecurityGroups.All.First(group => group.VpcId == subnet.VpcId && group.IsDefault)];
    }

    private static int CountPossible(
        Ec2Region region, LaunchOrder order, InstanceTypeInfo type, Subnet subnet, decimal spotPrice, int min, int max)
    {
        if (region.Account.Faults.ForPool(region.Name, subnet.ZoneName, type.Name, order.Spot) is { } rule)
        {
            throw AwsFaults.Named(rule.Code ?? "InsufficientInstanceCapacity", rule.Message, rule.Status);
        }

        if (order.Spot && order.MaxPrice is { } limit && limit < spotPrice)
        {
            throw new ServiceFaultException(
                400,
                "SpotMaxPriceTooLow",
                FormattableString.Invariant($"Your Spot request price of {limit} is lower than the minimum required Spot request fulfillment price of {spotPrice}."));
        }

        var quota = region.Account.QuotaOf(region.Name, Quotas.CodeOf(type, order.Spot));
        var byQuota = (int)((quota - VCpusUsed(region, type, order.Spot)) / type.VCpus);
        if (byQuota < min)
        {
            throw order.Spot
                ? new ServiceFaultException(400, "MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
                : new ServiceFaultException(400, "VcpuLimitExceeded", FormattableString.Invariant(
                    $"You have requested more vCPU capacity than your current vCPU limit of {quota} allows for the instance bucket that the specified instance type belongs to."));
        }

        // The market's numbers are for spot machines; on demand there is four times as much.
        var capacity = region.Market.CapacityOf(subnet.ZoneName, type) * (order.Spot ? 1 : 4);
        var taken = region.Instances.All.Count(instance =>
            instance.Status is "pending" or "running" && instance.IsSpot == order.Spot && instance.Type == type && instance.Zone == subnet.ZoneName);
        var byCapacity = capacity - taken;
        if (byCapacity < min)
        {
            throw new ServiceFaultException(
                500,
                "InsufficientInstanceCapacity",
                order.Spot
                    ? "There is no Spot capacity available that matches your request."
                    : $"We currently do not have sufficient {type.Name} capacity in the Availability Zone you requested ({subnet.ZoneName}). Our system will be working on provisioning additional capacity.");
        }

        if (subnet.FreeAddresses < min)
        {
            throw new ServiceFaultException(
                400, "InsufficientFreeAddressesInSubnet", $"There are not enough free addresses in subnet '{subnet.Id}' to satisfy the requested number of instances.");
        }

        return Math.Min(Math.Min(max, byQuota), Math.Min(byCapacity, subnet.FreeAddresses));
    }

    private static Instance LaunchOne(
        Ec2Region region,
        LaunchOrder order,
        InstanceTypeInfo type,
        Image image,
        Subnet subnet,
        List<SecurityGroup> groups,
        string? keyName,
        int index,
        string reservationId,
        string? capacityReservationId)
    {
        var specification = order.Specification;
        var request = order.Spot ? order.Request ?? MakeRequest(region, order, image, subnet, type) : null;
        var instance = region.Add(region.Instances, new Instance
        {
            Id = region.NewId("i-"),
            CreatedAt = region.Now,
            Type = type,
            Image = image,
            Subnet = subnet,
            Specification = specification,
            ReservationId = reservationId,
            LaunchIndex = index,
            LaunchedAt = region.Now,
            ClientToken = order.ClientToken,
            SpotRequest = request,
            CapacityReservationId = capacityReservationId,
            KeyName = keyName,
            FleetId = order.FleetId,
            DisableApiTermination = specification.Flag("DisableApiTermination") == true,
            DisableApiStop = specification.Flag("DisableApiStop") == true,
            ShutdownBehavior = specification.Text("InstanceInitiatedShutdownBehavior") ?? "stop",
        });
        SetTags(region, instance, order);
        if (request is not null)
        {
            request.InstanceId = instance.Id;
            request.Change(region.Now, "active", "fulfilled", "Your spot request is fulfilled.");
        }

        if (order.FleetId is { } fleetId)
        {
            region.SetTag(instance, fleetId.StartsWith("sfr-", StringComparison.Ordinal) ? "aws:ec2spot:fleet-request-id" : "aws:ec2:fleet-id", fleetId);
        }

        if (order.Template is { } template)
        {
            region.SetTag(instance, "aws:ec2launchtemplate:id", template.Id);
            region.SetTag(instance, "aws:ec2launchtemplate:version", order.TemplateVersion.ToString(CultureInfo.InvariantCulture));
        }

        AttachInterface(region, instance, specification.List("NetworkInterface").FirstOrDefault() ?? QueryNode.Empty, groups, order);
        AttachVolumes(region, instance, specification, image, order);
        region.After(region.Options.PendingTime, () => InstanceLife.Start(region, instance));
        return instance;
    }

    private static SpotRequest MakeRequest(Ec2Region region, LaunchOrder order, Image image, Subnet subnet, InstanceTypeInfo type)
    {
        var request = region.Add(region.SpotRequests, new SpotRequest
        {
            Id = region.NewId("sir-"),
            CreatedAt = region.Now,
            Specification = order.Specification,
            InstanceType = type.Name,
            ImageId = image.Id,
            SubnetId = subnet.Id,
            ZoneName = subnet.ZoneName,
            MaxPrice = order.MaxPrice ?? region.Market.OnDemandPrice(type),
            Type = order.SpotType,
            InterruptionBehavior = order.InterruptionBehavior,
        });
        SetTags(region, request, order);
        return request;
    }

    private static void AttachInterface(Ec2Region region, Instance instance, QueryNode network, List<SecurityGroup> groups, LaunchOrder order)
    {
        var wantsPublicIp = network.Flag("AssociatePublicIpAddress") ?? instance.Subnet.MapPublicIpOnLaunch;
        var eni = region.Add(region.Interfaces, new NetworkInterface
        {
            Id = region.NewId("eni-"),
            CreatedAt = region.Now,
            Subnet = instance.Subnet,
            PrivateIp = instance.Subnet.TakeAddress(),
            MacAddress = region.NewMacAddress(),
            Groups = [.. groups],
            Description = network.Text("Description") ?? "",
            Status = "in-use",
            AttachmentId = region.NewId("eni-attach-"),
            InstanceId = instance.Id,
            AttachedAt = region.Now,
            DeleteOnTermination = network.Flag("DeleteOnTermination") ?? true,
            PublicIp = wantsPublicIp ? region.NewPublicIp() : null,
        });
        SetTags(region, eni, order);
        instance.Interfaces.Add(eni);
    }

    private static void AttachVolumes(Ec2Region region, Instance instance, QueryNode specification, Image image, LaunchOrder order)
    {
        var mappings = specification.List("BlockDeviceMapping").Where(mapping => mapping.Text("NoDevice") is null && !mapping["Ebs"].IsEmpty).ToList();
        var root = mappings.FirstOrDefault(mapping => mapping.Text("DeviceName") == image.RootDevice)?["Ebs"] ?? QueryNode.Empty;
        Attach(image.RootDevice, root, image.RootSizeGiB, image.RootSnapshotId);
        foreach (var mapping in mappings.Where(mapping => mapping.Text("DeviceName") != image.RootDevice))
        {
            Attach(mapping.Text("DeviceName"), mapping["Ebs"], 8, mapping["Ebs"].Text("SnapshotId"));
        }

        void Attach(string? device, QueryNode ebs, int size, string? snapshotId)
        {
            var kind = ebs.Text("VolumeType") ?? "gp3";
            var volume = region.Add(region.Volumes, new Volume
            {
                Id = region.NewId("vol-"),
                CreatedAt = region.Now,
                ZoneName = instance.Zone,
                SizeGiB = ebs.Number("VolumeSize") ?? size,
                VolumeType = kind,
                Encrypted = ebs.Flag("Encrypted") == true,
                Iops = ebs.Number("Iops") ?? (kind == "gp3" ? 3000 : null),
                Throughput = ebs.Number("Throughput") ?? (kind == "gp3" ? 125 : null),
                SnapshotId = snapshotId,
                Status = "in-use",
                InstanceId = instance.Id,
                Device = device,
                AttachedAt = region.Now,
                DeleteOnTermination = ebs.Flag("DeleteOnTermination") ?? true,
            });
            SetTags(region, volume, order);
            instance.Volumes.Add(volume);
        }
    }

    private static void SetTags(Ec2Region region, Ec2Resource resource, LaunchOrder order)
    {
        if (order.Tags.TryGetValue(resource.Kind, out var tags))
        {
            foreach (var (key, value) in tags)
            {
                region.SetTag(resource, key, value);
            }
        }
    }
}
