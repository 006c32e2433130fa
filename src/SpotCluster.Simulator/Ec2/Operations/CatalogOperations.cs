using System.Globalization;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>What AWS has to offer: regions, zones, instance types, images, prices.</summary>
internal static class CatalogOperations
{
    private static readonly string[] Products = ["Linux/UNIX", "Windows"];

    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["DescribeRegions"] = DescribeRegions;
        table["DescribeAvailabilityZones"] = DescribeAvailabilityZones;
        table["DescribeAccountAttributes"] = DescribeAccountAttributes;
        table["DescribeInstanceTypes"] = DescribeInstanceTypes;
        table["DescribeInstanceTypeOfferings"] = DescribeInstanceTypeOfferings;
        table["DescribeImages"] = DescribeImages;
        table["DescribeSpotPriceHistory"] = DescribeSpotPriceHistory;
        table["GetInstanceTypesFromInstanceRequirements"] = GetInstanceTypesFromInstanceRequirements;
        table["GetSpotPlacementScores"] = GetSpotPlacementScores;
    }

    private static void DescribeRegions(Ec2Call call)
    {
        var names = call.Query.Texts("RegionName");
        if (names.FirstOrDefault(name => RegionCatalog.Find(name) is null) is { } unknown)
        {
            throw AwsFaults.Invalid($"Invalid region(s): {{'{unknown}'}}");
        }

        var regions = RegionCatalog.All
            .Where(region => names.Count == 0
                ? call.Query.Flag("AllRegions") == true || call.Account.IsEnabled(region.Name)
                : names.Contains(region.Name))
            .Where(region => call.Filters().All(filter => Ec2Call.MatchesAny(filter.Values, filter.Name switch
            {
                "region-name" => [region.Name],
                "endpoint" => [Endpoint(region)],
                "opt-in-status" => [OptInStatus(region)],
                _ => throw Ec2Call.UnknownFilter(filter.Name),
            })));
        call.Body.List("regionInfo", regions, region => call.Body
            .Text("optInStatus", OptInStatus(region))
            .Text("regionName", region.Name)
            .Text("regionEndpoint", Endpoint(region)));

        string OptInStatus(RegionInfo region) =>
            !call.Account.IsEnabled(region.Name) ? "not-opted-in" : region.EnabledByDefault ? "opt-in-not-required" : "opted-in";
        string Endpoint(RegionInfo region) => $"ec2.{region.Name}.amazonaws.com";
    }

    private static void DescribeAvailabilityZones(Ec2Call call)
    {
        var zones = call.Region.Info.Zones.Select(zone => (Name: zone, Id: call.Region.ZoneId(zone), Type: "availability-zone", Status: "opt-in-not-required", Group: call.Region.Name));
        if (call.Query.Flag("AllAvailabilityZones") == true && call.Region.Name == "us-west-2")
        {
            zones = zones.Append(("us-west-2-lax-1a", "usw2-lax1-az1", "local-zone", "not-opted-in", "us-west-2-lax-1"));
        }

        var names = call.Query.Texts("ZoneName");
        var ids = call.Query.Texts("ZoneId");
        var all = zones.ToList();
        if (names.FirstOrDefault(name => all.All(zone => zone.Name != name)) is { } unknown)
        {
            throw AwsFaults.Invalid($"Invalid availability zone: [{unknown}]");
        }

        var chosen = all
            .Where(zone => (names.Count == 0 || names.Contains(zone.Name)) && (ids.Count == 0 || ids.Contains(zone.Id)))
            .Where(zone => call.Filters().All(filter => Ec2Call.MatchesAny(filter.Values, filter.Name switch
            {
                "zone-name" => [zone.Name],
                "zone-id" => [zone.Id],
                "zone-type" => [zone.Type],
                "state" => ["available"],
                "region-name" => [call.Region.Name],
                "opt-in-status" => [zone.Status],
                "group-name" => [zone.Group],
                _ => throw Ec2Call.UnknownFilter(filter.Name),
            })));
        call.Body.List("availabilityZoneInfo", chosen, zone => call.Body
            .Text("optInStatus", zone.Status)
            .List("messageSet", [])
            .Text("regionName", call.Region.Name)
            .Text("zoneName", zone.Name)
            .Text("zoneId", zone.Id)
            .Text("groupName", zone.Group)
            .Text("networkBorderGroup", zone.Group)
            .Text("zoneType", zone.Type)
            .Text("zoneState", "available"));
    }

    private static void DescribeAccountAttributes(Ec2Call call)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["supported-platforms"] = "VPC",
            ["default-vpc"] = call.Region.Vpcs.All.FirstOrDefault(vpc => vpc.IsDefault)?.Id ?? "none",
            ["max-instances"] = "20",
            ["vpc-max-security-groups-per-interface"] = "5",
            ["max-elastic-ips"] = call.Account.QuotaOf(call.Region.Name, Quotas.ElasticAddresses).ToString(CultureInfo.InvariantCulture),
            ["vpc-max-elastic-ips"] = call.Account.QuotaOf(call.Region.Name, Quotas.ElasticAddresses).ToString(CultureInfo.InvariantCulture),
        };
        var names = call.Query.Texts("AttributeName");
        call.Body.List("accountAttributeSet", attributes.Where(pair => names.Count == 0 || names.Contains(pair.Key)), pair => call.Body
            .Text("attributeName", pair.Key)
            .List("attributeValueSet", [pair.Value], value => call.Body.Text("attributeValue", value)));
    }

    private static bool IsInRegion(Ec2Call call, InstanceTypeInfo type) =>
        call.Region.Info.Zones.Any(zone => InstanceTypeCatalog.IsOffered(call.Region.Info, zone, type));

    private static void DescribeInstanceTypes(Ec2Call call)
    {
        var names = call.Query.Texts("InstanceType");
        call.RefusePageSizeWith(names, "InstanceType");
        if (names.Count > 100)
        {
            throw AwsFaults.Invalid("The maximum number of InstanceType values is 100.");
        }

        var unknown = names.Where(name => InstanceTypeCatalog.Find(name) is not { } type || !IsInRegion(call, type)).ToList();
        if (unknown.Count > 0)
        {
            throw new ServiceFaultException(400, "InvalidInstanceType", $"The following supplied instance types do not exist: [{string.Join(", ", unknown)}]");
        }

        var types = InstanceTypeCatalog.All
            .Where(type => names.Count == 0 ? IsInRegion(call, type) : names.Contains(type.Name))
            .Where(type => call.Filters().All(filter => Ec2Call.MatchesAny(filter.Values, FieldOf(type, filter.Name) ?? throw Ec2Call.UnknownFilter(filter.Name))));
        call.Body.List("instanceTypeSet", call.PageOf(types, most: 100), type => WriteType(call.Body, type));
    }

    private static IEnumerable<string?>? FieldOf(InstanceTypeInfo type, string filter) => filter switch
    {
        "instance-type" => [type.Name],
        "processor-info.supported-architecture" => [type.Architecture],
        "processor-info.manufacturer" => [type.Manufacturer],
        "vcpu-info.default-vcpus" => [type.VCpus.ToString(CultureInfo.InvariantCulture)],
        "memory-info.size-in-mib" => [type.MemoryMiB.ToString(CultureInfo.InvariantCulture)],
        "current-generation" => [type.Family == "t2" ? "false" : "true"],
        "supported-usage-class" => ["on-demand", "spot"],
        "burstable-performance-supported" => [type.Burstable ? "true" : "false"],
        "bare-metal" => ["false"],
        "instance-storage-supported" => [type.InstanceStoreGB > 0 ? "true" : "false"],
        "hypervisor" => [type.Family == "t2" ? "xen" : "nitro"],
        "supported-root-device-type" => ["ebs"],
        "supported-virtualization-type" => ["hvm"],
        "free-tier-eligible" => [type.Name is "t2.micro" or "t3.micro" ? "true" : "false"],
        _ => null,
    };

    private static void WriteType(XmlBody body, InstanceTypeInfo type)
    {
        body.Text("instanceType", type.Name)
            .Text("currentGeneration", type.Family != "t2")
            .Text("freeTierEligible", type.Name is "t2.micro" or "t3.micro")
            .List("supportedUsageClasses", ["on-demand", "spot"])
            .List("supportedRootDeviceTypes", ["ebs"])
            .List("supportedVirtualizationTypes", ["hvm"])
            .Text("bareMetal", false)
            .Text("hypervisor", type.Family == "t2" ? "xen" : "nitro")
            .Element("processorInfo", () => body
                .List("supportedArchitectures", [type.Architecture])
                .Text("sustainedClockSpeedInGhz", 3.1m)
                .Text("manufacturer", type.Manufacturer))
            .Element("vCpuInfo", () => body
                .Text("defaultVCpus", type.VCpus)
                .Text("defaultCores", type.VCpus / type.ThreadsPerCore)
                .Text("defaultThreadsPerCore", type.ThreadsPerCore))
            .Element("memoryInfo", () => body.Text("sizeInMiB", type.MemoryMiB))
            .Text("instanceStorageSupported", type.InstanceStoreGB > 0);
        if (type.InstanceStoreGB > 0)
        {
            body.Element("instanceStorageInfo", () => body.Text("totalSizeInGB", type.InstanceStoreGB).Text("nvmeSupport", "required"));
        }

        body.Element("ebsInfo", () => body
                .Text("ebsOptimizedSupport", type.Family == "t2" ? "unsupported" : "default")
                .Text("encryptionSupport", "supported")
                .Text("nvmeSupport", type.Family == "t2" ? "unsupported" : "required"))
            .Element("networkInfo", () => body
                .Text("networkPerformance", type.NetworkPerformance)
                .Text("maximumNetworkInterfaces", type.VCpus >= 8 ? 4 : 3)
                .Text("ipv4AddressesPerInterface", type.VCpus >= 8 ? 15 : 10)
                .Text("ipv6Supported", true)
                .Text("enaSupport", type.Family == "t2" ? "unsupported" : "required"));
        if (type.GpuCount > 0)
        {
            body.Element("gpuInfo", () => body
                .List("gpus", [type], gpu => body
                    .Text("name", gpu.GpuName)
                    .Text("manufacturer", gpu.GpuManufacturer)
                    .Text("count", gpu.GpuCount)
                    .Element("memoryInfo", () => body.Text("sizeInMiB", gpu.GpuMemoryMiB)))
                .Text("totalGpuMemoryInMiB", type.GpuMemoryMiB * type.GpuCount));
        }

        body.Text("hibernationSupported", false)
            .Text("burstablePerformanceSupported", type.Burstable)
            .Text("autoRecoverySupported", true)
            .List("supportedBootModes", type.Architecture == "arm64" ? ["uefi"] : ["legacy-bios", "uefi"]);
    }

    private static void GetInstanceTypesFromInstanceRequirements(Ec2Call call)
    {
        var architectures = call.Query.Texts("ArchitectureType");
        var virtualizations = call.Query.Texts("VirtualizationType");
        if (architectures.Count == 0 || virtualizations.Count == 0)
        {
            throw AwsFaults.Missing(architectures.Count == 0 ? "ArchitectureType" : "VirtualizationType");
        }

        var types = InstanceRequirements.Select(call.Query["InstanceRequirements"])
            .Where(type => architectures.Contains(type.Architecture) && virtualizations.Contains("hvm") && IsInRegion(call, type));
        call.Body.List("instanceTypeSet", call.PageOf(types), type => call.Body.Text("instanceType", type.Name));
    }

    private static void DescribeInstanceTypeOfferings(Ec2Call call)
    {
        var locationType = call.Query.Text("LocationType") ?? "region";
        if (locationType is not ("region" or "availability-zone" or "availability-zone-id"))
        {
            throw AwsFaults.Invalid($"The value '{locationType}' is not valid for LocationType.");
        }

        var locations = locationType == "region" ? [call.Region.Name] : call.Region.Info.Zones;
        var offerings =
            from type in InstanceTypeCatalog.All
            from location in locations
            where locationType == "region" ? IsInRegion(call, type) : InstanceTypeCatalog.IsOffered(call.Region.Info, location, type)
            select (Type: type.Name, Location: locationType == "availability-zone-id" ? call.Region.ZoneId(location) : location);
        var filtered = offerings.Where(offering => call.Filters().All(filter => Ec2Call.MatchesAny(filter.Values, filter.Name switch
        {
            "instance-type" => [offering.Type],
            "location" => [offering.Location],
            _ => throw Ec2Call.UnknownFilter(filter.Name),
        })));
        call.Body.List("instanceTypeOfferingSet", call.PageOf(filtered), offering => call.Body
            .Text("instanceType", offering.Type)
            .Text("locationType", locationType)
            .Text("location", offering.Location));
    }

    private static void DescribeImages(Ec2Call call)
    {
        var owners = call.Query.Texts("Owner");
        call.Describe(
            call.Region.Images,
            "ImageId",
            "imagesSet",
            image => WriteImage(call, image),
            image => owners.Count == 0 || owners.Any(owner =>
                owner == image.OwnerId || owner == image.OwnerAlias || (owner == "self" && image.OwnerId == call.Account.Id)));
    }

    private static void WriteImage(Ec2Call call, Image image)
    {
        call.Body.Text("imageId", image.Id)
            .Text("imageLocation", (image.OwnerAlias ?? image.OwnerId) + "/" + image.Name)
            .Text("imageState", image.Status)
            .Text("imageOwnerId", image.OwnerId)
            .Text("creationDate", XmlBody.Format(image.CreatedAt))
            .Text("isPublic", image.IsPublic)
            .Text("architecture", image.Architecture)
            .Text("imageType", "machine")
            .Text("platform", image.Platform)
            .Text("platformDetails", image.Platform is null ? "Linux/UNIX" : "Windows")
            .Text("imageOwnerAlias", image.OwnerAlias)
            .Text("name", image.Name)
            .Text("description", image.Description)
            .Text("rootDeviceType", "ebs")
            .Text("rootDeviceName", image.RootDevice)
            .List("blockDeviceMapping", [image], root => call.Body
                .Text("deviceName", root.RootDevice)
                .Element("ebs", () => call.Body
                    .Text("snapshotId", root.RootSnapshotId)
                    .Text("volumeSize", root.RootSizeGiB)
                    .Text("deleteOnTermination", true)
                    .Text("volumeType", "gp3")
                    .Text("encrypted", false)))
            .Text("virtualizationType", "hvm")
            .Text("hypervisor", "xen")
            .Text("enaSupport", true);
        call.WriteTags(image);
    }

    private static void DescribeSpotPriceHistory(Ec2Call call)
    {
        var now = call.Now;
        var to = call.Query.Time("EndTime") is { } end && end < now ? end : now;
        var from = call.Query.Time("StartTime") ?? now - Market.HistoryLength;
        from = from < now - Market.HistoryLength ? now - Market.HistoryLength : from > to ? to : from;
        var types = call.Query.Texts("InstanceType");
        var products = call.Query.Texts("ProductDescription").Select(product => product.Replace(" (Amazon VPC)", "", StringComparison.Ordinal)).ToList();
        var zone = call.Query.Text("AvailabilityZone");
        if (zone is not null && !call.Region.Info.Zones.Contains(zone))
        {
            throw AwsFaults.Invalid($"Invalid availability zone: [{zone}]");
        }

        var filters = call.Filters();
        var pools =
            from type in InstanceTypeCatalog.All
            where types.Count == 0 || types.Contains(type.Name)
            from name in call.Region.Info.Zones
            where zone is null || zone == name
            where InstanceTypeCatalog.IsOffered(call.Region.Info, name, type)
            from product in Products
            where products.Count == 0 || products.Contains(product)
            where product == "Linux/UNIX" || type.Architecture == "x86_64"
            where filters.All(filter => filter.Name is "spot-price" or "timestamp" || Ec2Call.MatchesAny(filter.Values, filter.Name switch
            {
                "instance-type" => [type.Name],
                "availability-zone" => [name],
                "product-description" => [product],
                _ => throw Ec2Call.UnknownFilter(filter.Name),
            }))
            select (Type: type, Zone: name, Product: product);
        var points = pools.SelectMany(pool => call.Region.Market.History(pool.Zone, pool.Type, from, to).Select(point => (Pool: pool, Point: point)));

        call.Body.List("spotPriceHistorySet", call.PageOf(points), item => call.Body
            .Text("instanceType", item.Pool.Type.Name)
            .Text("productDescription", item.Pool.Product)
            // A Windows machine costs its licence on top: 4.6 cents per vCPU and hour.
            .Text("spotPrice", (item.Point.Price + (item.Pool.Product == "Windows" ? 0.046m * item.Pool.Type.VCpus : 0)).ToString("0.000000", CultureInfo.InvariantCulture))
            .Text("timestamp", item.Point.Since)
            .Text("availabilityZone", item.Pool.Zone)
            .Text("availabilityZoneId", call.Region.ZoneId(item.Pool.Zone)));
    }

    private static void GetSpotPlacementScores(Ec2Call call)
    {
        var capacity = call.Query.Number("TargetCapacity") ?? throw AwsFaults.Missing("TargetCapacity");
        var names = call.Query.Texts("InstanceType");
        if (names.FirstOrDefault(name => InstanceTypeCatalog.Find(name) is null) is { } unknown)
        {
            throw AwsFaults.Invalid($"Invalid instance type '{unknown}'.");
        }

        var types = names.Count == 0 ? InstanceTypeCatalog.All : [.. names.Select(name => InstanceTypeCatalog.Find(name)!)];
        var regions = call.Query.Texts("RegionName") is { Count: > 0 } given ? given : [.. call.Account.EnabledRegions];
        var perZone = call.Query.Flag("SingleAvailabilityZone") == true;
        var scores =
            from name in regions
            let info = RegionCatalog.Find(name) ?? throw AwsFaults.Invalid($"Invalid region '{name}'.")
            let market = call.Account.Region(name).Market
            from place in perZone ? info.Zones.Select(zone => (Zone: (string?)zone, Zones: (IReadOnlyList<string>)[zone])) : [(Zone: null, info.Zones)]
            let free = (from zone in place.Zones from type in types where InstanceTypeCatalog.IsOffered(info, zone, type) select market.CapacityOf(zone, type)).Sum()
            let score = free == 0 ? 1 : Math.Max(1, Math.Min(9, 1 + (int)(8.0 * free / (free + (4.0 * capacity)))))
            orderby score descending, name, place.Zone
            select (Region: name, place.Zone, Score: types.Count < 3 ? Math.Max(1, score - 2) : score);
        call.Body.List("spotPlacementScoreSet", call.PageOf(scores.Take(10)), score => call.Body
            .Text("region", score.Region)
            .Text("availabilityZoneId", score.Zone is null ? null : call.Account.Region(score.Region).ZoneId(score.Zone))
            .Text("score", score.Score));
    }
}
