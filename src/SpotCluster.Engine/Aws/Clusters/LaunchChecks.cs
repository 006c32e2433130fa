using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>What the checks found in a region, with what only the AWS launch needs.</summary>
internal sealed record AwsRegionCheck : RegionCheck
{
    /// <summary>The image, as far as it is known here.</summary>
    public required LaunchImage Image { get; init; }

    /// <summary>Subnets of the default VPC, when that is to be used.</summary>
    public IReadOnlyList<Subnet> DefaultSubnets { get; init; } = [];
}

/// <summary>Everything that is asked before a launch, in one wave.</summary>
internal sealed class LaunchChecks(IAwsSession session, LaunchSpec spec, SpotSettings settings, IOperationHost host)
{
    // EC2 takes no more values in one filter.
    private const int MostFilterValues = 200;

    private readonly LaunchImage _image = LaunchImage.Parse(spec.Image);

    /// <summary>One round trip; a second one only to find out what is wrong.</summary>
    public async Task<LaunchCheck> RunAsync(CancellationToken cancellationToken)
    {
        // The form of each name is checked before anything is asked.
        foreach (var region in spec.Regions)
        {
            session.Ec2(region);
        }

        var identity = Answer.Of(session.GetIdentityAsync(cancellationToken));
        var types = Answer.Of(TypesAsync(spec.Regions[0], cancellationToken));
        var regions = spec.Regions.Select(region => Ask(region, cancellationToken)).ToList();

        // Who we are comes first: a wrong key fails every call, and is to be told once.
        var account = (await identity.ConfigureAwait(false)).Require();
        var answers = new List<(RegionAnswers Asked, SpotException? Failure)>();
        foreach (var region in regions)
        {
            var failure = await region.FailureAsync().ConfigureAwait(false);
            var denied = await region.Denied.ConfigureAwait(false);
            if (failure is null && denied.Count > 0)
            {
                // A policy may allow them for a network that has the tags, and none has been made.
                host.Warning($"Permissions that a launch in {region.Region} needs may be missing: {string.Join(", ", denied.Select(action => action.Action))}.");
            }

            answers.Add((region, failure));
        }

        List<string> closed = [.. answers.Where(answer => answer.Failure?.ErrorId == SpotErrorIds.RegionNotEnabled).Select(answer => answer.Asked.Region)];
        if (spec.RegionsAreNamed && closed.Count > 1)
        {
            throw AwsRegions.NotEnabled(closed);
        }

        var listed = await Task.WhenAll(regions.Select(region => region.Listed)).ConfigureAwait(false);
        if (listed.Select(prices => prices.Refusal).FirstOrDefault(refusal => refusal is not null) is { } unlisted)
        {
            host.Warning(PriceRules.Unlisted(unlisted));
        }

        var known = await types.ConfigureAwait(false);
        var infos = known.Failure is null ? known.Value!.ToDictionary(info => info.InstanceType.Value, StringComparer.Ordinal) : [];
        var offered = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (asked, failure) in answers.Where(answer => answer.Failure is null))
        {
            offered.UnionWith((await asked.Offerings.ConfigureAwait(false)).Require().Select(offering => offering.InstanceType.Value));
        }

        await CompleteTypesAsync(infos, offered, answers, cancellationToken).ConfigureAwait(false);
        if (answers.Find(answer => answer.Failure is null).Asked is { } answered)
        {
            await CheckTypesAsync(infos, offered, answered.Region, cancellationToken).ConfigureAwait(false);
        }

        if (answers.TrueForAll(answer => answer.Failure is null))
        {
            await RequireZonesAsync(regions).ConfigureAwait(false);
        }

        var checks = new List<RegionCheck>();
        foreach (var (asked, failure) in answers)
        {
            checks.Add(failure is null
                ? await ToCheckAsync(asked, infos).ConfigureAwait(false)
                : new AwsRegionCheck { Region = asked.Region, Image = _image, Refusal = failure });
        }

        return new LaunchCheck(account.AccountId, checks) { Skew = session.ServiceClock(spec.Regions[0]).Skew };
    }

    // All questions to a region at once.
    private RegionAnswers Ask(string region, CancellationToken cancellationToken)
    {
        var permissions = new LaunchPermissions(session.Ec2(region), spec, settings);
        return new RegionAnswers(
            region,
            Answer.Of(NamesSeenAsync(region, cancellationToken)),
            Answer.Of(OfferingsAsync(region, cancellationToken)),
            Answer.Of(SpotPriceReader.ReadAsync(session.Ec2(region), spec.InstanceTypes, session.Time.GetUtcNow(), cancellationToken)),
            ListedAsync(region, cancellationToken),
            session.ListPrices.ForVolumesAsync(region, [LaunchImage.RootType], cancellationToken),
            Answer.Of(QuotasAsync(region, cancellationToken)),
            Answer.Of(ImageAsync(region, cancellationToken)),
            Answer.Of(DefaultSubnetsAsync(region, cancellationToken)),
            Answer.Of(RouteTablesAsync(region, cancellationToken)),
            permissions,
            permissions.FindDeniedAsync(region == spec.Regions[0], cancellationToken));
    }

    // A zone that is none beside one that is would narrow the launch in silence.
    private async Task RequireZonesAsync(IReadOnlyList<RegionAnswers> regions)
    {
        var zones = new HashSet<string>(StringComparer.Ordinal);
        foreach (var region in regions)
        {
            zones.UnionWith((await region.Offerings.ConfigureAwait(false)).Require().Select(offering => offering.Location));
        }

        if (spec.Zones.FirstOrDefault(zone => !zones.Contains(zone)) is { } unknown)
        {
            var region = spec.Regions.FirstOrDefault(region => unknown.StartsWith(region, StringComparison.Ordinal)) ?? string.Join(", ", spec.Regions);
            throw NotOffered(spec.InstanceTypes, region, [unknown], zones);
        }
    }

    private async Task<RegionCheck> ToCheckAsync(RegionAnswers asked, Dictionary<string, InstanceTypeInfo> infos)
    {
        var region = asked.Region;
        var image = (await asked.Image.ConfigureAwait(false)).Require();
        var subnets = (await asked.Subnets.ConfigureAwait(false)).Require();
        WarnOfNoWayOut(region, subnets, (await asked.RouteTables.ConfigureAwait(false)).Value ?? []);
        var prices = await asked.Prices.ConfigureAwait(false);
        if (prices.Failure is { } unpriced)
        {
            host.Verbose($"Prices in {region} are unknown: {unpriced.Message}");
        }

        var listed = await asked.Listed.ConfigureAwait(false);
        var architecture = spec.Architecture ?? image.Architecture ?? (spec.TypesAreNamed ? null : SpotArchitecture.X64);
        var zones = new HashSet<string>(subnets.Select(subnet => subnet.AvailabilityZone ?? ""), StringComparer.Ordinal);
        var pools = (await asked.Offerings.ConfigureAwait(false)).Require()
            .Where(offering => infos.ContainsKey(offering.InstanceType) && IsOwnZone(region, offering.Location))
            .Where(offering => !spec.UseDefaultVpc || zones.Contains(offering.Location))
            .Where(offering => spec.Zones.Count == 0 || spec.Zones.Contains(offering.Location, StringComparer.Ordinal))
            .Select(offering => ToPool(offering, infos[offering.InstanceType], prices.Value) with { OnDemandPrice = listed.Find(offering.InstanceType) })
            .Where(pool => architecture is null || pool.Architecture == architecture)
            .OrderBy(pool => pool.Price ?? decimal.MaxValue)
            .ThenBy(pool => pool.InstanceType, StringComparer.Ordinal)
            .ThenBy(pool => pool.Zone, StringComparer.Ordinal)
            .ToList();
        if (spec is { Requirement: not null, MaxHourlyPrice: null } && pools.Count > 0 && pools[0].Price is { } lowest)
        {
            // As EC2 does with types that it selects: nothing above twice the lowest price, unless the user sets a limit.
            pools.RemoveAll(pool => pool.Price is null || pool.Price > 2 * lowest);
        }

        var (most, quota) = await QuotaAsync(asked, pools).ConfigureAwait(false);
        return new AwsRegionCheck
        {
            Region = region,
            Image = image,
            DefaultSubnets = subnets,
            Pools = pools,
            MostMachines = most,
            Quota = quota,
            StorageHourlyPrice = DiskPrice(region, image, await asked.VolumeRates.ConfigureAwait(false)),
            PublicIpHourlyPrice = AwsPriceList.PublicIpPerHour,
            NamesSeen = (await asked.NamesSeen.ConfigureAwait(false)).Require(),
            Refusal = Refusal(region, image, subnets, pools, infos),
        };
    }

    // As `cost` prices them: by the Price List, and by the figures here where that cannot be asked.
    private static decimal? DiskPrice(string region, LaunchImage image, ListedPrices rates) => image.Disks.Count == 0 ? null : PriceRules.Sum(image.Disks.Select(disk =>
        VolumeRates.PerHour(new Volume { VolumeType = disk.Type, Size = disk.SizeGiB }, rates) ?? AwsPriceList.VolumePerHour(region, disk.Type, disk.SizeGiB, null, null)));

    private SpotException? Refusal(
        string region,
        LaunchImage image,
        IReadOnlyList<Subnet> subnets,
        List<Pool> pools,
        Dictionary<string, InstanceTypeInfo> infos)
    {
        if (image.Architecture is { } own && spec.Architecture is { } asked && own != asked)
        {
            return Mismatch(image.Id!, own, $"the requested architecture is {asked}");
        }

        if (spec.TypesAreNamed
            && image.Architecture is { } fits
            && spec.InstanceTypes.FirstOrDefault(type => infos.TryGetValue(type, out var info) && ArchitectureOf(info) != fits) is { } other)
        {
            return Mismatch(other, ArchitectureOf(infos[other]), $"image {image.Id} is {fits}");
        }

        if (spec.UseDefaultVpc && subnets.Count == 0)
        {
            return new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.NotFound, $"{region} has no default subnet: it has no default VPC, or its default VPC has no subnet.")
            {
                Target = region,
                Region = region,
                RecommendedAction = "Run aws ec2 create-default-vpc, or aws ec2 create-default-subnet --availability-zone ZONE; or omit the option to use the default VPC, and a VPC is created for the cluster.",
            };
        }

        return pools.Count > 0 ? null : NotOffered(spec.InstanceTypes, region, spec.Zones, []);
    }

    private static SpotException NotOffered(IReadOnlyList<string> types, string region, IReadOnlyList<string> zones, HashSet<string> others)
    {
        if (zones.FirstOrDefault(zone => zone.StartsWith(region + "-", StringComparison.Ordinal)) is { } local)
        {
            return new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"{local} is a Local Zone or a Wavelength Zone, which is not supported.")
            {
                Target = local,
                Region = region,
                RecommendedAction = $"Specify an Availability Zone of the region, such as {region}a, or omit it.",
            };
        }

        var place = zones.Count == 0 ? region : $"{string.Join(", ", zones)} of {region}";
        return new SpotException(
            SpotErrorIds.InstanceTypeNotOffered,
            SpotErrorCategory.NotFound,
            types.Count == 1 ? $"{types[0]} is not offered in {place}." : $"None of {string.Join(", ", types)} is offered in {place}.")
        {
            Target = types[0],
            Region = region,
            RecommendedAction = others.Count == 0 ? "Specify types that the region offers, or omit the region." : $"Specify zones of these regions that offer them: {string.Join(", ", others.Order(StringComparer.Ordinal))}.",
        };
    }

    private static Pool ToPool(InstanceTypeOffering offering, InstanceTypeInfo info, Dictionary<(string, string), decimal>? prices) => new(
        offering.InstanceType,
        offering.Location,
        ArchitectureOf(info),
        info.VCpuInfo?.DefaultVCpus,
        prices is not null && prices.TryGetValue((offering.InstanceType.Value, offering.Location), out var price) ? price : null);

    private static SpotArchitecture ArchitectureOf(InstanceTypeInfo info) =>
        (info.ProcessorInfo?.SupportedArchitectures ?? []).Select(Architectures.Parse).FirstOrDefault(found => found != SpotArchitecture.Unknown);

    // A zone of the region itself is its name and one letter; local and wavelength zones have longer names.
    private static bool IsOwnZone(string region, string zone) => zone.Length == region.Length + 1 && zone.StartsWith(region, StringComparison.Ordinal);

    private static async Task<(int? Most, string? Text)> QuotaAsync(RegionAnswers asked, List<Pool> pools)
    {
        var quotas = (await asked.Quotas.ConfigureAwait(false)).Value;
        if (quotas is null || pools.Count == 0)
        {
            return (null, null);
        }

        var most = 0;
        var texts = new List<string>();
        foreach (var family in pools.GroupBy(pool => QuotaOf(pool.InstanceType)))
        {
            if (!quotas.TryGetValue(family.Key, out var quota) || quota is not { } vCpus || family.Min(pool => pool.VCpu) is not { } smallest || smallest < 1)
            {
                return (null, null);
            }

            most += vCpus / smallest;
            texts.Add($"{vCpus} vCPUs");
        }

        return (most, string.Join(" + ", texts));
    }

    /// <summary>The quota that a type counts against; all that have none are one group, of which nothing is known.</summary>
    private static string QuotaOf(string type) => SpotQuotaCodes.Find(type) ?? "";

    // Names are compared without regard to case, and EC2's filter has regard to it: any letter will do there, and the answer is checked.
    private async Task<IReadOnlyList<string>> NamesSeenAsync(string region, CancellationToken cancellationToken)
    {
        var pattern = string.Concat(spec.Name.Select(character => char.IsAsciiLetter(character) ? '?' : character));
        var request = new DescribeTagsRequest
        {
            Filters = [new Filter { Name = "key", Values = [TagKeys.Cluster] }, new Filter { Name = "value", Values = [pattern] }],
        };
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var tag in session.Ec2(region).DescribeAllTagsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (tag.Key == TagKeys.Cluster && string.Equals(tag.Value, spec.Name, StringComparison.OrdinalIgnoreCase))
            {
                names.Add(tag.Value);
            }
        }

        return [.. names];
    }

    private async Task<List<InstanceTypeOffering>> OfferingsAsync(string region, CancellationToken cancellationToken)
    {
        var parts = await Task.WhenAll(Filters(spec.InstanceTypes).Select(filter => session.Ec2(region).DescribeAllInstanceTypeOfferingsAsync(
            new DescribeInstanceTypeOfferingsRequest { LocationType = "availability-zone", Filters = [filter] }, cancellationToken).CollectAsync())).ConfigureAwait(false);
        return [.. parts.SelectMany(part => part)];
    }

    private Task<List<InstanceTypeInfo>> TypesAsync(string region, CancellationToken cancellationToken) =>
        TypesAsync(region, spec.InstanceTypes, cancellationToken);

    // By filter and not by name: a name that does not exist would fail the whole call.
    private async Task<List<InstanceTypeInfo>> TypesAsync(string region, IEnumerable<string> types, CancellationToken cancellationToken)
    {
        var parts = await Task.WhenAll(Filters(types).Select(filter => session.Ec2(region).DescribeAllInstanceTypesAsync(
            new DescribeInstanceTypesRequest { Filters = [filter] }, cancellationToken).CollectAsync())).ConfigureAwait(false);
        return [.. parts.SelectMany(part => part)];
    }

    private static IEnumerable<Filter> Filters(IEnumerable<string> types) => types.Chunk(MostFilterValues).Select(some => new Filter { Name = "instance-type", Values = [.. some] });

    // Nobody pays the list price without a fallback, so it is asked for only then.
    private Task<ListedPrices> ListedAsync(string region, CancellationToken cancellationToken) => spec.Fallback == SpotFallback.OnDemand
        ? session.ListPrices.ForInstancesAsync(region, spec.InstanceTypes, cancellationToken)
        : Task.FromResult(ListedPrices.None);

    private async Task<Dictionary<string, int?>> QuotasAsync(string region, CancellationToken cancellationToken)
    {
        var families = spec.InstanceTypes.GroupBy(QuotaOf).ToList();
        var quotas = await Task.WhenAll(families.Select(family => session.GetSpotVCpuQuotaAsync(region, family.First(), cancellationToken))).ConfigureAwait(false);
        return families.Select((family, place) => (family.Key, Quota: quotas[place])).ToDictionary(pair => pair.Key, pair => pair.Quota, StringComparer.Ordinal);
    }

    private async Task<LaunchImage> ImageAsync(string region, CancellationToken cancellationToken)
    {
        if (!_image.IsAmi)
        {
            return _image;
        }

        SpotException? failure = null;
        try
        {
            var found = await session.Ec2(region).DescribeImagesAsync(new DescribeImagesRequest { ImageIds = [_image.Id!] }, cancellationToken).ConfigureAwait(false);
            if (found.Images.FirstOrDefault() is { } image)
            {
                return _image.With(image);
            }
        }
        catch (SpotException refused) when (refused.ServiceCode?.StartsWith("InvalidAMIID", StringComparison.Ordinal) == true)
        {
            failure = refused;
        }

        throw new SpotException(SpotErrorIds.ImageInvalid, SpotErrorCategory.NotFound, $"{region} has no image {_image.Id}.", failure)
        {
            Target = _image.Id,
            Region = region,
            ServiceCode = failure?.ServiceCode,
            RequestId = failure?.RequestId,
            RecommendedAction = "An AMI id belongs to one region: specify a public parameter (resolve:ssm:/aws/service/...) for several regions, or omit the image.",
        };
    }

    private async Task<IReadOnlyList<Subnet>> DefaultSubnetsAsync(string region, CancellationToken cancellationToken)
    {
        if (!spec.UseDefaultVpc)
        {
            return [];
        }

        var request = new DescribeSubnetsRequest { Filters = [new Filter { Name = "default-for-az", Values = ["true"] }] };
        return await session.Ec2(region).DescribeAllSubnetsAsync(request, cancellationToken).CollectAsync().ConfigureAwait(false);
    }

    // The tables of all networks: which one the default network is, the same round trip tells.
    private Task<List<RouteTable>> RouteTablesAsync(string region, CancellationToken cancellationToken) => spec.UseDefaultVpc
        ? session.Ec2(region).DescribeAllRouteTablesAsync(new DescribeRouteTablesRequest(), cancellationToken).CollectAsync()
        : Task.FromResult(new List<RouteTable>());

    /// <summary>Instances in a subnet without a route out are launched, and reach nothing: no package, no orchestrator, and nobody reaches them.</summary>
    private void WarnOfNoWayOut(string region, IReadOnlyList<Subnet> subnets, List<RouteTable> tables)
    {
        foreach (var closed in subnets.Select(subnet => (Subnet: subnet, Table: TableOf(subnet)))
            .Where(route => route.Table is { } table && !table.Routes.Exists(IsWayOut)).GroupBy(route => route.Table!.RouteTableId))
        {
            host.Warning(
                $"{(closed.Count() == 1 ? "Subnet" : "Subnets")} {string.Join(", ", closed.Select(route => route.Subnet.SubnetId))} in {region} {(closed.Count() == 1 ? "has" : "have")} no route out: instances there reach neither package mirrors nor an orchestrator, and cannot be reached. "
                + $"Add a route to an internet gateway: aws ec2 create-route --region {region} --route-table-id {closed.Key} --destination-cidr-block 0.0.0.0/0 --gateway-id IGW.");
        }

        RouteTable? TableOf(Subnet subnet) => tables.Find(table => table.Associations.Exists(association => association.SubnetId == subnet.SubnetId))
            ?? tables.Find(table => table.VpcId == subnet.VpcId && table.Associations.Exists(association => association.Main == true));

        static bool IsWayOut(Route route) => route.DestinationCidrBlock == "0.0.0.0/0" && route.State?.Value != "blackhole";
    }

    /// <summary>Types that the first region does not know are asked for where they are offered.</summary>
    private async Task CompleteTypesAsync(
        Dictionary<string, InstanceTypeInfo> infos,
        HashSet<string> offered,
        List<(RegionAnswers Asked, SpotException? Failure)> answers,
        CancellationToken cancellationToken)
    {
        foreach (var (asked, failure) in answers.Where(answer => answer.Failure is null))
        {
            var missing = offered.Where(type => !infos.ContainsKey(type)).ToList();
            var here = (await asked.Offerings.ConfigureAwait(false)).Require().Select(offering => offering.InstanceType.Value).Intersect(missing, StringComparer.Ordinal).ToList();
            if (here.Count > 0)
            {
                foreach (var info in await TypesAsync(asked.Region, here, cancellationToken).ConfigureAwait(false))
                {
                    infos[info.InstanceType] = info;
                }
            }
        }
    }

    /// <summary>Refuses named types that no region of the request offers, or that do not fit the architecture.</summary>
    private async Task CheckTypesAsync(
        Dictionary<string, InstanceTypeInfo> infos,
        HashSet<string> offered,
        string region,
        CancellationToken cancellationToken)
    {
        if (!spec.TypesAreNamed)
        {
            return;
        }

        var nowhere = spec.InstanceTypes.Where(type => !offered.Contains(type)).ToList();
        if (nowhere.Count > 0)
        {
            throw infos.ContainsKey(nowhere[0]) || await ExistsAsync(nowhere[0], region, cancellationToken).ConfigureAwait(false)
                ? NotOffered([nowhere[0]], string.Join(", ", spec.Regions), [], [])
                : new SpotException(SpotErrorIds.InstanceTypeUnknown, SpotErrorCategory.NotFound, $"No instance type '{nowhere[0]}' exists.")
                {
                    Target = nowhere[0],
                    RecommendedAction = "Specify a type such as t3.medium.",
                };
        }

        foreach (var type in spec.InstanceTypes.Where(infos.ContainsKey))
        {
            var own = ArchitectureOf(infos[type]);
            if (spec.Architecture is { } needed && own != needed)
            {
                throw Mismatch(type, own, $"the requested architecture is {needed}");
            }
        }
    }

    private static SpotException Mismatch(string type, SpotArchitecture own, string other) => new(
        SpotErrorIds.ArchitectureMismatch,
        SpotErrorCategory.InvalidArgument,
        $"{type} is {own}, but {other}.")
    {
        Target = type,
        RecommendedAction = "Specify instance types and an image of the same architecture.",
    };

    /// <summary>Looks beyond the named regions, so that a typing error and a type of other regions are told apart.</summary>
    private async Task<bool> ExistsAsync(string type, string fallback, CancellationToken cancellationToken)
    {
        foreach (var region in new[] { "us-east-1", fallback }.Distinct(StringComparer.Ordinal))
        {
            try
            {
                if ((await TypesAsync(region, [type], cancellationToken).ConfigureAwait(false)).Count > 0)
                {
                    return true;
                }
            }
            catch (SpotException failure)
            {
                host.Debug($"Cannot check {type} in {region}: {failure.Message}");
            }
        }

        return false;
    }

    /// <summary>The questions to one region, all under way.</summary>
    private sealed record RegionAnswers(
        string Region,
        Task<Answer<IReadOnlyList<string>>> NamesSeen,
        Task<Answer<List<InstanceTypeOffering>>> Offerings,
        Task<Answer<Dictionary<(string, string), decimal>>> Prices,
        Task<ListedPrices> Listed,
        Task<ListedPrices> VolumeRates,
        Task<Answer<Dictionary<string, int?>>> Quotas,
        Task<Answer<LaunchImage>> Image,
        Task<Answer<IReadOnlyList<Subnet>>> Subnets,
        Task<Answer<List<RouteTable>>> RouteTables,
        LaunchPermissions Permissions,
        Task<IReadOnlyList<(string Action, bool MayDepend)>> Denied)
    {
        /// <summary>Waits for all; the first failure of a question that must be answered.</summary>
        public async Task<SpotException?> FailureAsync()
        {
            await Task.WhenAll(NamesSeen, Offerings, Prices, Listed, VolumeRates, Quotas, Image, Subnets, RouteTables, Denied).ConfigureAwait(false);
            return (await NamesSeen.ConfigureAwait(false)).Failure
                ?? (await Offerings.ConfigureAwait(false)).Failure
                ?? (await Image.ConfigureAwait(false)).Failure
                ?? (await Subnets.ConfigureAwait(false)).Failure
                ?? ((await Denied.ConfigureAwait(false)) is { } denied && denied.Any(action => !action.MayDepend)
                    ? LaunchPermissions.Missing(Region, [.. denied.Select(action => action.Action)])
                    : Permissions.Refused);
        }
    }
}
