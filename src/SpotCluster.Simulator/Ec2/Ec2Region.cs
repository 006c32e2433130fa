using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2;

/// <summary>
/// The state of one region. Everything in it is read and changed under <see cref="Gate"/>. What happens later (a machine
/// comes up, an interface is let go) waits in an agenda, which is worked off up to the present before each request: no
/// timer is needed, and the region works on any clock.
/// </summary>
internal sealed class Ec2Region
{
    private readonly SortedDictionary<(DateTimeOffset Due, long Order), Action> _agenda = [];
    private readonly Dictionary<string, Ec2Resource> _byId = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, Ec2Resource> _bySequence = [];
    private readonly Dictionary<string, long> _counters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _zoneIds = new(StringComparer.Ordinal);
    private long _sequence;
    private long _events;

    public Ec2Region(AwsAccount account, RegionInfo info)
    {
        Account = account;
        Info = info;
        Market = new Market(account.Seed, info);
        Now = account.Clock.GetUtcNow();

        // Which zone id stands behind a zone name differs from account to account.
        var turn = Chance.Below(account.Seed, $"zone-ids/{info.Name}", info.Zones.Count);
        for (var i = 0; i < info.Zones.Count; i++)
        {
            _zoneIds[info.Zones[i]] = FormattableString.Invariant($"{info.ZoneIdPrefix}-az{((i + turn) % info.Zones.Count) + 1}");
        }

        RegionSetup.Fill(this);
    }

    public object Gate { get; } = new();

    public AwsAccount Account { get; }

    public RegionInfo Info { get; }

    public string Name => Info.Name;

    public Market Market { get; }

    /// <summary>The present, or the moment of the event that is being worked off.</summary>
    public DateTimeOffset Now { get; private set; }

    public SimulatorOptions Options => Account.Options;

    public Throttle Throttle { get; } = new();

    /// <summary>Answers by client token: what was asked, and what was answered.</summary>
    public Dictionary<(string Operation, string Token), (string Asked, string Answer)> Tokens { get; } = [];

    public Table<Instance> Instances { get; } = new("i-", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed", "instance ID");

    public Table<SpotRequest> SpotRequests { get; } =
        new("sir-", "InvalidSpotInstanceRequestID.NotFound", "InvalidSpotInstanceRequestID.Malformed", "spot instance request ID");

    public Table<Fleet> Fleets { get; } = new("fleet-", "InvalidFleetId.NotFound", "InvalidFleetId.Malformed", "fleet ID");

    public Table<Fleet> SpotFleets { get; } = new("sfr-", "InvalidSpotFleetRequestId.NotFound", "InvalidSpotFleetRequestId.Malformed", "spot fleet request ID");

    public Table<CapacityReservation> CapacityReservations { get; } =
        new("cr-", "InvalidCapacityReservationId.NotFound", "InvalidCapacityReservationId.Malformed", "capacity reservation ID");

    public Table<LaunchTemplate> LaunchTemplates { get; } =
        new("lt-", "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.Malformed", "launch template ID");

    public Table<KeyPair> KeyPairs { get; } = new("key-", "InvalidKeyPair.NotFound", "InvalidKeyPair.Format", "key pair ID");

    public Table<PlacementGroup> PlacementGroups { get; } = new("pg-", "InvalidPlacementGroup.Unknown", "InvalidPlacementGroupId.Malformed", "placement group");

    public Table<Image> Images { get; } = new("ami-", "InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "image id");

    public Table<Snapshot> Snapshots { get; } = new("snap-", "InvalidSnapshot.NotFound", "InvalidSnapshotID.Malformed", "snapshot ID");

    public Table<Volume> Volumes { get; } = new("vol-", "InvalidVolume.NotFound", "InvalidVolumeID.Malformed", "volume");

    public Table<ElasticAddress> Addresses { get; } = new("eipalloc-", "InvalidAllocationID.NotFound", "InvalidAllocationID.Malformed", "allocation ID");

    public Table<NetworkInterface> Interfaces { get; } =
        new("eni-", "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterfaceId.Malformed", "networkInterface ID");

    public Table<NatGateway> NatGateways { get; } = new("nat-", "NatGatewayNotFound", "NatGatewayMalformed", "NAT gateway");

    public Table<VpcEndpoint> Endpoints { get; } = new("vpce-", "InvalidVpcEndpointId.NotFound", "InvalidVpcEndpointId.Malformed", "Vpc Endpoint Id");

    public Table<SecurityGroup> SecurityGroups { get; } = new("sg-", "InvalidGroup.NotFound", "InvalidGroupId.Malformed", "security group");

    public Table<SecurityGroupRule> SecurityGroupRules { get; } =
        new("sgr-", "InvalidSecurityGroupRuleId.NotFound", "InvalidSecurityGroupRuleId.Malformed", "security group rule ID");

    public Table<RouteTable> RouteTables { get; } = new("rtb-", "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed", "routeTable ID");

    public Table<NetworkAcl> NetworkAcls { get; } = new("acl-", "InvalidNetworkAclID.NotFound", "InvalidNetworkAclId.Malformed", "networkAcl ID");

    public Table<Subnet> Subnets { get; } = new("subnet-", "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed", "subnet ID");

    public Table<InternetGateway> InternetGateways { get; } =
        new("igw-", "InvalidInternetGatewayID.NotFound", "InvalidInternetGatewayId.Malformed", "internetGateway ID");

    public Table<EgressOnlyGateway> EgressOnlyGateways { get; } =
        new("eigw-", "InvalidGatewayID.NotFound", "InvalidEgressOnlyInternetGatewayId.Malformed", "egressOnlyInternetGateway ID");

    public Table<VpcPeering> Peerings { get; } =
        new("pcx-", "InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.Malformed", "vpcPeeringConnection ID");

    public Table<Vpc> Vpcs { get; } = new("vpc-", "InvalidVpcID.NotFound", "InvalidVpcID.Malformed", "vpc ID");

    public Table<DhcpOptions> DhcpOptionSets { get; } = new("dopt-", "InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsId.Malformed", "dhcpOption ID");

    /// <summary>Resources of the kinds that accounts seldom have, by kind.</summary>
    public IReadOnlyDictionary<string, Table<RareResource>> Rare { get; } = Operations.RareOperations.Rows.ToDictionary(
        row => row.Kind, row => new Table<RareResource>(row.Prefix, row.NotFound, row.NotFound.Replace(".NotFound", ".Malformed", StringComparison.Ordinal), row.IdName), StringComparer.Ordinal);

    /// <summary>Auto Scaling groups, which are no resources of EC2.</summary>
    public List<Aws.AutoScalingGroup> AutoScalingGroups { get; } = [];

    /// <summary>Load balancers, which are no resources of EC2.</summary>
    public List<Aws.LoadBalancer> LoadBalancers { get; } = [];

    /// <summary>Resources of services that are not played: their ARNs and tags, as the tagging API shows them.</summary>
    public SortedDictionary<string, IReadOnlyDictionary<string, string>> TaggedElsewhere { get; } = new(StringComparer.Ordinal);

    /// <summary>Every resource, of all kinds, in the order of creation.</summary>
    public IEnumerable<Ec2Resource> All => _bySequence.Values;

    public string ZoneId(string zone) => _zoneIds[zone];

    /// <summary>Works off what is due.</summary>
    public void CatchUp()
    {
        var present = Account.Clock.GetUtcNow();
        while (_agenda.Count > 0)
        {
            var next = _agenda.First();
            if (next.Key.Due > present)
            {
                break;
            }

            _agenda.Remove(next.Key);
            Now = next.Key.Due > Now ? next.Key.Due : Now;
            next.Value();
        }

        Now = present > Now ? present : Now;
    }

    /// <summary>Does something later.</summary>
    public void After(TimeSpan delay, Action action) => _agenda.Add((Now + delay, _events++), action);

    /// <summary>The next id of a kind.</summary>
    public string NewId(string prefix)
    {
        while (true)
        {
            var number = Count("id/" + prefix);
            var bits = Chance.Bits(Account.Seed, FormattableString.Invariant($"{Name}/{prefix}/{number}"));
            var id = prefix == "sir-"
                ? FormattableString.Invariant($"sir-{bits & 0xFFFFFFFF:x8}")
                : FormattableString.Invariant($"{prefix}0{bits:x16}");

            // Eight digits meet again among some ten thousand.
            if (!_byId.ContainsKey(id))
            {
                return id;
            }
        }
    }

    /// <summary>
    /// A public IPv4 address that is not in use, and that no host on the internet has: of the network for benchmarks,
    /// 198.18.0.0/15, which has room for many instances.
    /// </summary>
    public string NewPublicIp()
    {
        var number = Count("public-ip");
        var start = Chance.Below(Account.Seed, $"{Name}/public-ip", 1 << 17);
        return CidrBlock.Format(0xC6120000 | (uint)((start + (number * 7919)) & 0x1FFFF));
    }

    public string NewMacAddress()
    {
        var bits = Chance.Bits(Account.Seed, FormattableString.Invariant($"{Name}/mac/{Count("mac")}"));
        return FormattableString.Invariant($"02:{bits & 255:x2}:{(bits >> 8) & 255:x2}:{(bits >> 16) & 255:x2}:{(bits >> 24) & 255:x2}:{(bits >> 32) & 255:x2}");
    }

    public T Add<T>(Table<T> table, T resource)
        where T : Ec2Resource
    {
        resource.Sequence = ++_sequence;
        table.Add(resource);
        _byId.Add(resource.Id, resource);
        _bySequence.Add(resource.Sequence, resource);
        return resource;
    }

    public void Remove<T>(Table<T> table, T resource)
        where T : Ec2Resource
    {
        table.Remove(resource);
        _byId.Remove(resource.Id);
        _bySequence.Remove(resource.Sequence);
    }

    /// <summary>A resource of any kind by its id.</summary>
    public Ec2Resource? FindAny(string id) => _byId.TryGetValue(id, out var resource) && IsKnown(resource) ? resource : null;

    /// <summary>False while the news of a new resource has not reached every server.</summary>
    public bool IsKnown(Ec2Resource resource) => resource.BelongsToAws || resource.CreatedAt + Options.ConsistencyWindow <= Now;

    /// <summary>A resource that must exist.</summary>
    public T Require<T>(Table<T> table, string id)
        where T : Ec2Resource
    {
        if (table.Find(id) is { } found && IsKnown(found))
        {
            return found;
        }

        throw table.IsWellFormed(id) ? table.NotFound([id]) : table.Malformed(id);
    }

    /// <summary>Sets a tag; its place in the index is taken after the consistency window.</summary>
    public void SetTag(Ec2Resource resource, string key, string value) => resource.Tags[key] = new TagEntry(value, Now);

    /// <summary>True when the index behind filters knows the tag already.</summary>
    public bool IsIndexed(Ec2Resource resource, TagEntry tag) => resource.BelongsToAws || tag.Since + Options.ConsistencyWindow <= Now;

    private long Count(string counter)
    {
        _counters.TryGetValue(counter, out var count);
        return _counters[counter] = count + 1;
    }
}
