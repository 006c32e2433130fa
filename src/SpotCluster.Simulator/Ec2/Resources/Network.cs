namespace SpotCluster.Simulator.Ec2.Resources;

internal sealed class Vpc : Ec2Resource
{
    public override string Kind => "vpc";

    public override string State => "available";

    public override string VpcId => Id;

    public required string CidrBlock { get; init; }

    public required string AssociationId { get; init; }

    public required string DhcpOptionsId { get; set; }

    public bool IsDefault { get; init; }

    public bool EnableDnsSupport { get; set; } = true;

    public bool EnableDnsHostnames { get; set; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "vpc-id" => One(Id),
        "state" => One(State),
        "cidr" or "cidr-block" or "cidrBlock" or "cidr-block-association.cidr-block" => One(CidrBlock),
        "is-default" or "isDefault" => One(IsDefault),
        "dhcp-options-id" => One(DhcpOptionsId),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class Subnet : Ec2Resource
{
    public override string Kind => "subnet";

    public override string State => "available";

    public override string VpcId => Network.Id;

    public override string Zone => ZoneName;

    public required Vpc Network { get; init; }

    public required string ZoneName { get; init; }

    public required string ZoneId { get; init; }

    public required CidrBlock Cidr { get; init; }

    public bool DefaultForAz { get; init; }

    public bool MapPublicIpOnLaunch { get; set; }

    /// <summary>Addresses in use.</summary>
    public SortedSet<uint> Taken { get; } = [];

    /// <summary>AWS keeps the first four addresses and the last one.</summary>
    public int FreeAddresses => (int)Math.Min(int.MaxValue, Cidr.Size - 5 - Taken.Count);

    /// <summary>Takes the lowest free address.</summary>
    public string TakeAddress()
    {
        var address = Cidr.First + 4;
        if (Taken.Count > 0 && Taken.Max - address + 1 == (uint)Taken.Count)
        {
            address = Taken.Max + 1;
        }
        else
        {
            foreach (var taken in Taken.TakeWhile((taken, index) => taken == Cidr.First + 4 + (uint)index))
            {
                address = taken + 1;
            }
        }

        Taken.Add(address);
        return CidrBlock.Format(address);
    }

    public void Release(string address) => Taken.Remove(CidrBlock.ParseAddress(address));

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "subnet-id" => One(Id),
        "vpc-id" => One(VpcId),
        "state" => One(State),
        "availability-zone" or "availabilityZone" => One(ZoneName),
        "availability-zone-id" or "availabilityZoneId" => One(ZoneId),
        "cidr" or "cidr-block" or "cidrBlock" => One(Cidr.ToString()),
        "default-for-az" or "defaultForAz" => One(DefaultForAz),
        "map-public-ip-on-launch" => One(MapPublicIpOnLaunch),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class InternetGateway : Ec2Resource
{
    public override string Kind => "internet-gateway";

    public override string? VpcId => AttachedTo;

    public string? AttachedTo { get; set; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "internet-gateway-id" => One(Id),
        "attachment.vpc-id" => One(AttachedTo),
        "attachment.state" => One(AttachedTo is null ? null : "available"),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class EgressOnlyGateway : Ec2Resource
{
    public override string Kind => "egress-only-internet-gateway";

    public override string VpcId => AttachedTo;

    public required string AttachedTo { get; init; }

    public override IEnumerable<string?>? Field(string filter) => null;
}

internal sealed class RouteTableAssociation
{
    public required string Id { get; init; }

    public string? SubnetId { get; init; }

    public bool Main { get; init; }
}

internal sealed class Route
{
    public required string Destination { get; init; }

    public required string Target { get; set; }

    public required string Origin { get; init; }
}

internal sealed class RouteTable : Ec2Resource
{
    public override string Kind => "route-table";

    public override string VpcId => InVpc;

    public required string InVpc { get; init; }

    public List<RouteTableAssociation> Associations { get; } = [];

    public List<Route> Routes { get; } = [];

    public bool IsMain => Associations.Any(association => association.Main);

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "route-table-id" => One(Id),
        "vpc-id" => One(VpcId),
        "association.main" => Associations.Count == 0 ? One(false) : Associations.Select(a => a.Main ? "true" : "false"),
        "association.subnet-id" => Associations.Select(a => a.SubnetId),
        "association.route-table-association-id" => Associations.Select(a => a.Id),
        "association.route-table-id" => Associations.Select(_ => Id),
        "route.gateway-id" => Routes.Select(route => route.Target),
        "route.nat-gateway-id" => Routes.Select(route => route.Target),
        "route.destination-cidr-block" => Routes.Select(route => route.Destination),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class NetworkAcl : Ec2Resource
{
    public override string Kind => "network-acl";

    public override string VpcId => InVpc;

    public required string InVpc { get; init; }

    public bool IsDefault { get; init; }

    /// <summary>Association id by subnet id.</summary>
    public Dictionary<string, string> Associations { get; } = new(StringComparer.Ordinal);

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "network-acl-id" => One(Id),
        "vpc-id" => One(VpcId),
        "default" => One(IsDefault),
        "association.subnet-id" => Associations.Keys,
        "association.association-id" => Associations.Values,
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class DhcpOptions : Ec2Resource
{
    public override string Kind => "dhcp-options";

    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Configuration { get; init; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "dhcp-options-id" => One(Id),
        "key" => Configuration.Keys,
        "value" => Configuration.Values.SelectMany(values => values),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class VpcPeering : Ec2Resource
{
    public override string Kind => "vpc-peering-connection";

    public override string State => Status;

    public override bool IsLive => Status is not ("deleted" or "rejected" or "failed" or "expired");

    public override string VpcId => Requester;

    public required string Requester { get; init; }

    public required string Accepter { get; init; }

    public required string AccepterRegion { get; init; }

    public string Status { get; set; } = "pending-acceptance";

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "vpc-peering-connection-id" => One(Id),
        "requester-vpc-info.vpc-id" => One(Requester),
        "accepter-vpc-info.vpc-id" => One(Accepter),
        "status-code" => One(Status),
        _ => null,
    };
}
