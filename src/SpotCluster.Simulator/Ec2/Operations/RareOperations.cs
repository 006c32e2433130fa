using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>
/// Kinds that clusters never have and that lie about in accounts: gateways of VPNs, transit gateways, flow logs, hosts,
/// Verified Access, IPAM and others. Each is a row: it is made, described, deleted, and refused while something needs it.
/// </summary>
internal static class RareOperations
{
    public static readonly IReadOnlyList<Row> Rows =
    [
        new("vpn-gateway", "vgw-", "VpnGateway", "InvalidVpnGatewayID.NotFound") { AttachesVpc = true },
        new("vpn-connection", "vpn-", "VpnConnection", "InvalidVpnConnectionID.NotFound") { Parts = "VpnGatewayId CustomerGatewayId TransitGatewayId" },
        new("customer-gateway", "cgw-", "CustomerGateway", "InvalidCustomerGatewayID.NotFound"),
        new("vpc-flow-log", "fl-", "FlowLog", "InvalidFlowLogId.NotFound")
        {
            IdFilter = "flow-log-id",
            Create = "CreateFlowLogs",
            Delete = "DeleteFlowLogs",
            DeleteId = "FlowLogId",
            MadeSet = "flowLogIdSet",
            Parts = "ResourceId[]",
            StateElement = "flowLogStatus",
            Living = "ACTIVE",
            Memory = "",
            Outlives = true,
        },
        new("instance-connect-endpoint", "eice-", "InstanceConnectEndpoint", "InvalidInstanceConnectEndpointId.NotFound")
        {
            Parts = "SubnetId SecurityGroupId[]",
            Living = "create-complete",
            Memory = "delete-complete",
            Requester = "ec2-instance-connect-endpoint",
        },
        new("transit-gateway", "tgw-", "TransitGateway", "InvalidTransitGatewayID.NotFound") { Default = "transit-gateway-route-table" },
        new("transit-gateway-attachment", "tgw-attach-", "TransitGatewayVpcAttachment", "InvalidTransitGatewayAttachmentID.NotFound")
        {
            IdName = "TransitGatewayAttachmentId",
            Set = "transitGatewayVpcAttachments",
            Parts = "TransitGatewayId VpcId SubnetIds[]",
            Requester = "transit-gateway",
        },
        new("transit-gateway-route-table", "tgw-rtb-", "TransitGatewayRouteTable", "InvalidRouteTableID.NotFound")
        {
            Set = "transitGatewayRouteTables",
            Parts = "TransitGatewayId",
            DefaultElement = "defaultAssociationRouteTable",
        },
        new("carrier-gateway", "cagw-", "CarrierGateway", "InvalidCarrierGatewayID.NotFound") { Parts = "VpcId" },
        new("prefix-list", "pl-", "ManagedPrefixList", "InvalidPrefixListID.NotFound")
        {
            IdName = "PrefixListId",
            Made = "prefixList",
            Set = "prefixListSet",
            Living = "create-complete",
            Memory = "delete-complete",
        },
        new("vpc-endpoint-service", "vpce-svc-", "VpcEndpointServiceConfiguration", "InvalidVpcEndpointServiceId.NotFound")
        {
            IdName = "ServiceId",
            IdFilter = "service-id",
            Made = "serviceConfiguration",
            Set = "serviceConfigurationSet",
            Delete = "DeleteVpcEndpointServiceConfigurations",
            Parts = "NetworkLoadBalancerArn[]",
            StateElement = "serviceState",
            Living = "Available",
            Memory = "Deleted",
        },
        new("client-vpn-endpoint", "cvpn-endpoint-", "ClientVpnEndpoint", "InvalidClientVpnEndpointId.NotFound")
        {
            Made = "",
            Set = "clientVpnEndpoint",
            Parts = "VpcId SecurityGroupId[]",
            StateElement = "status/code",
            Requester = "clientvpn",
        },
        new("dedicated-host", "h-", "Host", "InvalidHostID.NotFound")
        {
            IdParameter = "HostId",
            Create = "AllocateHosts",
            Delete = "ReleaseHosts",
            MadeSet = "hostIdSet",
            Memory = "released",
        },
        new("verified-access-instance", "vai-", "VerifiedAccessInstance", "InvalidVerifiedAccessInstanceId.NotFound") { StateElement = "", Memory = "" },
        new("verified-access-group", "vagr-", "VerifiedAccessGroup", "InvalidVerifiedAccessGroupId.NotFound") { Parts = "VerifiedAccessInstanceId", StateElement = "", Memory = "" },
        new("verified-access-endpoint", "vae-", "VerifiedAccessEndpoint", "InvalidVerifiedAccessEndpointId.NotFound")
        {
            Parts = "VerifiedAccessGroupId SecurityGroupId[]",
            StateElement = "status/code",
            Living = "active",
        },
        new("verified-access-trust-provider", "vatp-", "VerifiedAccessTrustProvider", "InvalidVerifiedAccessTrustProviderId.NotFound") { StateElement = "", Memory = "" },
        new("ipam", "ipam-", "Ipam", "InvalidIpamId.NotFound") { Living = "create-complete", Memory = "delete-complete", Default = "ipam-scope" },
        new("ipam-scope", "ipam-scope-", "IpamScope", "InvalidIpamScopeId.NotFound")
        {
            Parts = "IpamId@ipam",
            Living = "create-complete",
            Memory = "delete-complete",
            DefaultElement = "isDefault",
        },
        new("ipam-pool", "ipam-pool-", "IpamPool", "InvalidIpamPoolId.NotFound")
        {
            Parts = "IpamScopeId@ipam-scope SourceIpamPoolId",
            Living = "create-complete",
            Memory = "delete-complete",
        },
    ];

    /// <summary>How long AWS takes to delete one.</summary>
    private static readonly TimeSpan DeletionTime = TimeSpan.FromSeconds(20);

    /// <summary>Calls that tie something to one of them, and those that take it away: the row, its id, what is tied.</summary>
    private static readonly (string Attach, string Detach, string Kind, string Id, string Item)[] Ties =
    [
        ("AttachVpnGateway", "DetachVpnGateway", "vpn-gateway", "VpnGatewayId", "VpcId"),
        ("AttachVerifiedAccessTrustProvider", "DetachVerifiedAccessTrustProvider", "verified-access-instance", "VerifiedAccessInstanceId", "VerifiedAccessTrustProviderId"),
        ("AssociateClientVpnTargetNetwork", "DisassociateClientVpnTargetNetwork", "client-vpn-endpoint", "ClientVpnEndpointId", "SubnetId"),
        ("ProvisionIpamPoolCidr", "DeprovisionIpamPoolCidr", "ipam-pool", "IpamPoolId", "Cidr"),
    ];

    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        foreach (var row in Rows)
        {
            table[row.Create] = call => Create(call, row);
            table[row.Describe] = call => call.Describe(call.Region.Rare[row.Kind], row.IdParameter, row.Set, item => Write(call, item));
            table[row.Delete] = call => Delete(call, row);
        }

        foreach (var tie in Ties)
        {
            table[tie.Attach] = call => Attach(call, Tied(call, tie), call.Query.Required(tie.Item));
            table[tie.Detach] = call => Detach(call, Tied(call, tie), call.Query.Text("AssociationId") ?? call.Query.Required(tie.Item));
        }

        table["DescribeClientVpnTargetNetworks"] = call => DescribeTied(call, Ties[2], "clientVpnTargetNetworks", item => call.Body
            .Text("associationId", item.Association).Text("targetNetworkId", item.Id).Text("vpcId", call.Region.Subnets.Find(item.Id)?.VpcId)
            .Element("status", () => call.Body.Text("code", item.Status == "" ? "associated" : "disassociating")));
        table["GetIpamPoolCidrs"] = call => DescribeTied(call, Ties[3], "ipamPoolCidrSet", item => call.Body
            .Text("cidr", item.Id).Text("state", item.Status == "" ? "provisioned" : "pending-deprovision"));
    }

    /// <summary>True when one of them keeps a VPC from being deleted.</summary>
    public static bool Holds(Ec2Region region, string vpcId) =>
        region.Rare.Values.SelectMany(table => table.All).Any(item => item.IsLive && !item.Row.Outlives && item.VpcId == vpcId && item.Row.Requester != "clientvpn");

    private static RareResource Tied(Ec2Call call, (string Attach, string Detach, string Kind, string Id, string Item) tie) =>
        call.Region.Require(call.Region.Rare[tie.Kind], call.Query.Required(tie.Id));

    private static void Create(Ec2Call call, Row row)
    {
        var tags = Ec2Call.TagsFor(call.Query, row.Kind).Count > 0 ? Ec2Call.TagsFor(call.Query, row.Kind) : Ec2Call.TagsFor(call.Query, row.Kind, "TagSpecifications");
        TagRules.Check(tags);
        var item = Add(call.Region, row, isDefault: false);
        foreach (var (parameter, element, isList) in row.Elements)
        {
            IReadOnlyList<string> ids = isList ? call.Query.Texts(parameter) : call.Query.Text(parameter) is { } id ? [id] : [];
            if (ids.Count > 0)
            {
                item.Values[element] = ids;
            }
        }

        if (row.Requester is not null)
        {
            foreach (var id in call.Query.Texts("SubnetIds").Concat(call.Query.Text("SubnetId") is { } one ? [one] : []))
            {
                AddInterface(call.Region, item, id);
            }
        }

        if (row.Default is { } kind)
        {
            Add(call.Region, Rows.Single(other => other.Kind == kind), isDefault: true).Values[row.IdElement] = [item.Id];
        }

        call.Tag(item, tags);
        if (row.MadeSet is { } set)
        {
            call.Body.List(set, [item.Id]);
        }
        else if (row.Made.Length > 0)
        {
            call.Body.Element(row.Made, () => Write(call, item));
        }
        else
        {
            Write(call, item);
        }
    }

    private static RareResource Add(Ec2Region region, Row row, bool isDefault) => region.Add(region.Rare[row.Kind], new RareResource
    {
        Row = row,
        Id = region.NewId(row.Prefix),
        CreatedAt = region.Now,
        Status = row.Living,
        IsDefault = isDefault,
    });

    private static void AddInterface(Ec2Region region, RareResource item, string subnetId)
    {
        var subnet = region.Require(region.Subnets, subnetId);
        item.Values["vpcId"] = [subnet.VpcId!];
        var group = region.SecurityGroups.All.First(other => other.VpcId == subnet.VpcId && other.IsDefault);
        item.InterfaceIds.Add(InterfaceOperations.Create(region, subnet, [group], $"{item.Kind} {item.Id}", "interface", item.Row.Requester).Id);
    }

    private static void Attach(Ec2Call call, RareResource item, string id)
    {
        var association = call.Region.NewId("assoc-");
        item.Attached.Add((id, association, ""));
        if (item.Row.Requester is not null)
        {
            AddInterface(call.Region, item, id);
        }

        call.Body.Text("associationId", association).Element("status", () => call.Body.Text("code", "associating"));
    }

    private static void Detach(Ec2Call call, RareResource item, string id)
    {
        var index = item.Attached.FindIndex(tied => tied.Id == id || tied.Association == id);
        if (index < 0)
        {
            throw new ServiceFaultException(400, $"Invalid{item.Row.Noun}Attachment.NotFound", $"{id} is not attached to {item.Id}");
        }

        if (item.Attached[index].Status.Length > 0)
        {
            throw new ServiceFaultException(400, "IncorrectState", $"{id} is being detached from {item.Id}");
        }

        var tied = item.Attached[index];
        item.Attached[index] = tied with { Status = "detaching" };
        call.Region.After(DeletionTime, () =>
        {
            item.Attached.RemoveAll(other => other.Association == tied.Association);
            RemoveInterfaces(call.Region, item);
        });
        call.Body.Text("associationId", tied.Association).Text("return", true);
    }

    private static void DescribeTied(
        Ec2Call call,
        (string Attach, string Detach, string Kind, string Id, string Item) tie,
        string set,
        Action<(string Id, string Association, string Status)> write) => call.Body.List(set, Tied(call, tie).Attached, write);

    private static void Delete(Ec2Call call, Row row)
    {
        var region = call.Region;
        var ids = call.Query.Texts(row.DeleteId);
        foreach (var id in ids.Count > 0 ? ids : [call.Query.Required(row.DeleteId)])
        {
            var item = region.Require(region.Rare[row.Kind], id);
            if (item.Attached.Count > 0 || item.IsDefault)
            {
                throw new ServiceFaultException(400, "IncorrectState", $"{id} has something attached, or is a default");
            }

            if (region.Rare.Values.SelectMany(table => table.All).FirstOrDefault(other => other.IsLive && !other.IsDefault && other.Row.Outlives == false
                && (other.Values.Values.Any(values => values.Contains(id)) || other.Attached.Exists(tied => tied.Id == id))) is { } holder)
            {
                throw AwsFaults.Dependency($"{id} is used by {holder.Id}");
            }

            item.Status = row.StateElement.Length > 0 ? "deleting" : "";
            region.After(DeletionTime, () => Finish(region, item));
        }

        if (row.MadeSet is not null || row.Delete.EndsWith("Configurations", StringComparison.Ordinal))
        {
            call.Body.List("unsuccessful", []);
        }
        else
        {
            call.Ok();
        }
    }

    private static void Finish(Ec2Region region, RareResource item)
    {
        RemoveInterfaces(region, item);
        foreach (var part in region.Rare.Values.SelectMany(table => table.All).Where(part => part.IsDefault && part.Values.Values.Any(values => values.Contains(item.Id))).ToList())
        {
            region.Remove(region.Rare[part.Kind], part);
        }

        if (item.Row.Memory.Length > 0)
        {
            item.Status = item.Row.Memory;
        }
        else if (region.Rare[item.Kind].Find(item.Id) is not null)
        {
            region.Remove(region.Rare[item.Kind], item);
        }
    }

    private static void RemoveInterfaces(Ec2Region region, RareResource item)
    {
        foreach (var eni in item.InterfaceIds.Select(region.Interfaces.Find).OfType<NetworkInterface>().ToList())
        {
            InterfaceOperations.Remove(region, eni);
        }

        item.InterfaceIds.Clear();
    }

    private static void Write(Ec2Call call, RareResource item)
    {
        var body = call.Body;
        body.Text(item.Row.IdElement, item.Id);
        foreach (var (_, element, isList) in item.Row.Elements.Where(part => item.Values.ContainsKey(part.Element)))
        {
            var ids = item.Values[element];
            if (isList && element is not "resourceId")
            {
                body.List(element, ids);
            }
            else if (element.EndsWith("Arn", StringComparison.Ordinal))
            {
                body.Text(element, $"arn:aws:ec2::{call.Account.Id}:{element.Substring(0, element.Length - 3)}/{ids[0]}");
            }
            else
            {
                body.Text(element, ids[0]);
            }
        }

        if (item.Values.TryGetValue("vpcId", out var vpc) && !item.Row.Elements.Any(part => part.Element == "vpcId"))
        {
            body.Text("vpcId", vpc[0]);
        }

        if (item.Row.AttachesVpc)
        {
            body.List("attachments", item.Attached, tied => body.Text("vpcId", tied.Id).Text("state", tied.Status == "" ? "attached" : "detaching"));
        }
        else if (item.Kind == "verified-access-instance")
        {
            body.List("verifiedAccessTrustProviderSet", item.Attached, tied => body.Text("verifiedAccessTrustProviderId", tied.Id));
        }

        if (item.InterfaceIds.Count > 0)
        {
            body.List("networkInterfaceIdSet", item.InterfaceIds);
        }

        if (item.Row.DefaultElement is { } isDefault)
        {
            body.Text(isDefault, item.IsDefault);
        }

        var path = item.Row.StateElement.Split('/');
        if (path.Length == 2)
        {
            body.Element(path[0], () => body.Text(path[1], item.Status));
        }
        else if (path[0].Length > 0)
        {
            body.Text(path[0], item.Status);
        }

        call.WriteTags(item);
    }

    /// <summary>One kind.</summary>
    /// <param name="Kind">AWS's word for it.</param>
    /// <param name="Prefix">Of its ids.</param>
    /// <param name="Noun">As in the names of its calls.</param>
    /// <param name="NotFound">The code for an id that is not there.</param>
    internal sealed record Row(string Kind, string Prefix, string Noun, string NotFound)
    {
        private readonly string? _idName;
        private readonly string? _deleteId;

        public string Create { get; init; } = "Create" + Noun;

        public string Describe => $"Describe{Noun}s";

        public string Delete { get; init; } = "Delete" + Noun;

        /// <summary>The id, as parameter of calls.</summary>
        public string IdName { get => _idName ?? Noun + "Id"; init => _idName = value; }

        public string IdElement => Lower(IdName);

        public string IdParameter { get => field ?? (Noun.StartsWith("TransitGateway", StringComparison.Ordinal) ? IdName + "s" : IdName); init; }

        public string DeleteId { get => _deleteId ?? IdName; init => _deleteId = value; }

        public string IdFilter { get; init; } = Kind + "-id";

        /// <summary>The element around a new one; empty for none.</summary>
        public string Made { get; init; } = Lower(Noun);

        /// <summary>The list of ids that its creation answers with, where that makes many.</summary>
        public string? MadeSet { get; init; }

        public string Set { get; init; } = Lower(Noun) + "Set";

        public string StateElement { get; init; } = "state";

        public string Living { get; init; } = "available";

        /// <summary>The state in which a deleted one goes on being shown; empty for one that is not.</summary>
        public string Memory { get; init; } = "deleted";

        /// <summary>Parameters of its creation that name others: a list with <c>[]</c>, one that is shown as an ARN with <c>@</c>.</summary>
        public string Parts { get; init; } = "";

        /// <summary>The service whose interfaces it has in subnets.</summary>
        public string? Requester { get; init; }

        /// <summary>The kind of what is made with it.</summary>
        public string? Default { get; init; }

        public string? DefaultElement { get; init; }

        public bool AttachesVpc { get; init; }

        /// <summary>It keeps nothing from being deleted, and stays.</summary>
        public bool Outlives { get; init; }

        public IEnumerable<(string Parameter, string Element, bool IsList)> Elements =>
            Parts.Split([' '], StringSplitOptions.RemoveEmptyEntries).Select(part =>
            {
                var isList = part.EndsWith("[]", StringComparison.Ordinal);
                var name = part.Split('[', '@')[0];
                var element = part.Contains('@') ? Lower(name.Substring(0, name.Length - 2)) + "Arn"
                    : isList && !name.EndsWith('s') && name != "ResourceId" ? Lower(name) + "Set"
                    : Lower(name);
                return (name, element, isList);
            });

        private static string Lower(string name) => char.ToLowerInvariant(name[0]) + name.Substring(1);
    }
}
