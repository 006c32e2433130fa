using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Removal.Kinds;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Removal;

/// <summary>AWS, as the inventory sees it.</summary>
internal sealed class AwsInventory(IAwsSession session) : ICloudInventory
{
    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) => session.GetIdentityAsync(cancellationToken);

    public Task<SpotIdentity> RefreshIdentityAsync(CancellationToken cancellationToken) => session.RefreshIdentityAsync(cancellationToken);

    public async Task<IReadOnlyList<string>> GetRegionsAsync(IReadOnlyList<string> patterns, CancellationToken cancellationToken)
    {
        var regions = await session.GetRegionsAsync(cancellationToken).ConfigureAwait(false);
        string[] unusable = [.. patterns.Where(pattern => !Wildcard.IsPattern(pattern) && !regions.Enabled.Contains(pattern, StringComparer.OrdinalIgnoreCase))];
        if (unusable.Length > 0)
        {
            await session.RequireRegionsAsync([.. unusable.Select(name => name.ToLowerInvariant())], cancellationToken).ConfigureAwait(false);
        }

        // What is named exactly is asked wherever it is; a pattern, or none, means the regions of the account.
        return
        [
            .. regions.Enabled.Where(region => patterns.Contains(region, StringComparer.OrdinalIgnoreCase)
                || (Wildcard.IsAnyMatch(patterns, region) && regions.Covered.Contains(region, StringComparer.Ordinal))),
        ];
    }

    public async Task<IReadOnlyList<string>> GetNotCoveredAsync(IReadOnlyList<string> regions, CancellationToken cancellationToken)
    {
        var account = await session.GetRegionsAsync(cancellationToken).ConfigureAwait(false);
        var lines = new List<string>();
        if (AwsService.IamRegion(regions[0], account.Covered) is { } place && !regions.Contains(place, StringComparer.Ordinal))
        {
            lines.Add($"IAM: it is listed with {place}, which is not among the regions");
        }

        // What was created before a region was disabled is still billed there.
        if (account.Closed.Count > 0 && account.Enabled.All(region => regions.Contains(region, StringComparer.Ordinal)))
        {
            lines.Add($"{account.Closed.Count} {(account.Closed.Count == 1 ? "region that is" : "regions that are")} not enabled");
        }

        return lines;
    }

    public TimeSpan? Skew => session.Time.Skew;

    public IRegionInventory Open(string region) => new AwsRegionInventory(session, region);
}

/// <summary>One region of AWS. Adding a kind of resource is one file and one line here.</summary>
internal sealed class AwsRegionInventory : IRegionInventory
{
    private readonly IEc2Client _ec2;
    private readonly TimeProvider _time;
    private readonly TaggedElsewhereReader _elsewhere;

    public AwsRegionInventory(IAwsSession session, string region)
    {
        var ec2 = session.Ec2(region);
        var groups = new AutoScalingGroupKind(session.Service(AwsService.AutoScaling, region));
        _ec2 = ec2;
        _time = session.Time;
        IResourceKind[] kinds =
        [
            new InstanceKind(ec2),
            groups,
            new SpotRequestKind(ec2),
            new FleetKind(ec2),
            new SpotFleetKind(ec2),
            new CapacityReservationKind(ec2),
            new LaunchTemplateKind(ec2),
            new KeyPairKind(ec2),
            new VolumeKind(ec2),
            new NetworkInterfaceKind(ec2),
            new AddressKind(ec2),
            new SecurityGroupKind(ec2),
            new SubnetKind(ec2),
            new RouteTableKind(ec2),
            new InternetGatewayKind(ec2),
            new VpcKind(ec2),
            new NatGatewayKind(ec2),
            new VpcEndpointKind(ec2),
            new NetworkAclKind(ec2),
            new EgressOnlyGatewayKind(ec2),
            new PeeringKind(ec2),
            new DhcpOptionsKind(ec2),
            new PlacementGroupKind(ec2),
            new ImageKind(ec2),
            new SnapshotKind(ec2),
            new LoadBalancerKind(session.Service(AwsService.LoadBalancing, region)),
            new TargetGroupKind(session.Service(AwsService.LoadBalancing, region)),
            new ClassicLoadBalancerKind(session.Service(AwsService.ClassicLoadBalancing, region)),
            new FileSystemKind(session.Service(AwsService.FileSystems, region)),
            new MountTargetKind(session.Service(AwsService.FileSystems, region)),
            new AlarmKind(session.Service(AwsService.Alarms, region)),
            .. NamedKind.Rows.Select(row => new NamedKind(session.Service(row.Service, region), row)),
            .. RareKind.Rows.Select(row => new RareKind(ec2, row)),
        ];
        Kinds = kinds.ToDictionary(kind => kind.Type, StringComparer.Ordinal);
        _elsewhere = new TaggedElsewhereReader(session, region, groups, Kinds);
    }

    public SpotProvider Provider => SpotProvider.Aws;

    public string Region => _ec2.Region;

    public IReadOnlyDictionary<string, IResourceKind> Kinds { get; }

    public async Task<IReadOnlyList<ResourceKey>> ListTaggedAsync(string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        var request = new DescribeTagsRequest
        {
            Filters = [new Filter { Name = "key", Values = [Covering(tagKey)] }, new Filter { Name = "value", Values = [Covering(tagValue)] }],
        };
        var keys = new List<ResourceKey>();
        await foreach (var tag in _ec2.DescribeAllTagsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (string.Equals(tag.Key, tagKey, StringComparison.Ordinal) && string.Equals(tag.Value, tagValue, StringComparison.Ordinal))
            {
                keys.Add(new ResourceKey(TypeOf(tag), tag.ResourceId));
            }
        }

        return keys;
    }

    public Task<TaggedElsewhere> ListTaggedElsewhereAsync(string tagKey, string tagValue, CancellationToken cancellationToken) =>
        _elsewhere.ReadAsync(tagKey, tagValue, cancellationToken);

    public async Task<decimal?> HourlyPriceAsync(IReadOnlyList<ResourceNode> machines, CancellationToken cancellationToken)
    {
        var billed = machines.Select(node => node.Detail).OfType<BilledPool>().ToList();
        if (billed.Exists(machine => machine is not { IsSpot: true, InstanceType: not null, Zone: not null }))
        {
            return null;
        }

        if (billed.Count == 0)
        {
            return 0;
        }

        var types = billed.Select(machine => machine.InstanceType!).Distinct(StringComparer.Ordinal).OrderBy(type => type, StringComparer.Ordinal);
        var prices = await SpotPriceReader.ReadAsync(_ec2, types, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return billed.Aggregate(
            (decimal?)0,
            (total, machine) => total + (prices.TryGetValue((machine.InstanceType!, machine.Zone!), out var price) ? price : null));
    }

    public RefusalKind Classify(SpotException refusal) => AwsRefusals.Classify(refusal);

    // The word for a spot request, a prefix list or a host differs between the service and servers that are compatible with it; the id does not.
    private static string TypeOf(TagDescription tag) =>
        tag.ResourceId.StartsWith("sir-", StringComparison.Ordinal) ? ResourceTypes.SpotRequest
            : tag.ResourceId.StartsWith("pl-", StringComparison.Ordinal) ? ResourceTypes.PrefixList
            : tag.ResourceId.StartsWith("h-", StringComparison.Ordinal) ? ResourceTypes.DedicatedHost
            : tag.ResourceType.Value;

    /// <summary>
    /// The value as a filter that finds at least it: a character that filters read as a wildcard or an escape becomes the
    /// wildcard for one character. What else that finds is left out above.
    /// </summary>
    private static string Covering(string text) => text.Replace('\\', '?').Replace('*', '?');
}
