using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Elastic addresses.</summary>
internal static class AddressOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["AllocateAddress"] = AllocateAddress;
        table["DescribeAddresses"] = DescribeAddresses;
        table["AssociateAddress"] = AssociateAddress;
        table["DisassociateAddress"] = DisassociateAddress;
        table["ReleaseAddress"] = ReleaseAddress;
    }

    public static void Associate(Ec2Region region, ElasticAddress address, NetworkInterface eni)
    {
        address.Interface = eni;
        address.AssociationId = region.NewId("eipassoc-");
        eni.PublicIp = address.PublicIp;
        eni.AllocationId = address.Id;
        eni.AssociationId = address.AssociationId;
    }

    public static void Disassociate(ElasticAddress address)
    {
        if (address.Interface is { } eni)
        {
            eni.PublicIp = null;
            eni.AllocationId = null;
            eni.AssociationId = null;
        }

        address.Interface = null;
        address.AssociationId = null;
    }

    private static void AllocateAddress(Ec2Call call)
    {
        if (call.Region.Addresses.Count >= call.Account.QuotaOf(call.Region.Name, Quotas.ElasticAddresses))
        {
            throw new ServiceFaultException(400, "AddressLimitExceeded", "The maximum number of addresses has been reached.");
        }

        TagRules.Check(call.TagsFor("elastic-ip"));
        var address = call.Tagged(call.Region.Add(call.Region.Addresses, new ElasticAddress
        {
            Id = call.Region.NewId("eipalloc-"),
            CreatedAt = call.Now,
            PublicIp = call.Region.NewPublicIp(),
        }));
        call.Body.Text("publicIp", address.PublicIp).Text("allocationId", address.Id).Text("domain", "vpc");
    }

    private static void DescribeAddresses(Ec2Call call)
    {
        var ips = call.Query.Texts("PublicIp");
        if (ips.FirstOrDefault(ip => call.Region.Addresses.All.All(address => address.PublicIp != ip)) is { } missing)
        {
            throw AwsFaults.NotFound("InvalidAddress.NotFound", $"Address '{missing}' not found.");
        }

        // This call does not page.
        var addresses = call.Select(call.Region.Addresses, "AllocationId", address => ips.Count == 0 || ips.Contains(address.PublicIp));
        call.Body.List("addressesSet", addresses, address =>
        {
            call.Body.Text("publicIp", address.PublicIp)
                .Text("allocationId", address.Id)
                .Text("domain", "vpc")
                .Text("associationId", address.AssociationId)
                .Text("instanceId", address.Interface?.InstanceId)
                .Text("networkInterfaceId", address.Interface?.Id)
                .Text("networkInterfaceOwnerId", address.Interface is null ? null : call.Account.Id)
                .Text("privateIpAddress", address.Interface?.PrivateIp)
                .Text("publicIpv4Pool", "amazon")
                .Text("networkBorderGroup", call.Region.Name);
            call.WriteTags(address);
        });
    }

    private static void AssociateAddress(Ec2Call call)
    {
        var address = call.Region.Require(call.Region.Addresses, call.Query.Required("AllocationId"));
        var eni = call.Query.Text("NetworkInterfaceId") is { } id
            ? call.Region.Require(call.Region.Interfaces, id)
            : call.Region.Require(call.Region.Instances, call.Query.Required("InstanceId")).Primary
                ?? throw AwsFaults.NotFound("InvalidInstanceID", "The instance has no network interface.");
        if (address.Interface is not null && call.Query.Flag("AllowReassociation") == false)
        {
            throw new ServiceFaultException(400, "Resource.AlreadyAssociated", $"resource {address.Id} is already associated with associate-id {address.AssociationId}");
        }

        Disassociate(address);
        Associate(call.Region, address, eni);
        call.Ok();
        call.Body.Text("associationId", address.AssociationId);
    }

    private static void DisassociateAddress(Ec2Call call)
    {
        var id = call.Query.Text("AssociationId");
        var ip = call.Query.Text("PublicIp");
        var address = call.Region.Addresses.All.FirstOrDefault(item => (id is not null && item.AssociationId == id) || (ip is not null && item.PublicIp == ip))
            ?? throw AwsFaults.NotFound("InvalidAssociationID.NotFound", $"The association ID '{id ?? ip}' does not exist");
        if (address.Interface is { RequesterManaged: true })
        {
            throw new ServiceFaultException(400, "AuthFailure", "You do not have permission to access the specified resource.");
        }

        Disassociate(address);
        call.Ok();
    }

    private static void ReleaseAddress(Ec2Call call)
    {
        var address = call.Query.Text("AllocationId") is { } id
            ? call.Region.Require(call.Region.Addresses, id)
            : call.Region.Addresses.All.FirstOrDefault(item => item.PublicIp == call.Query.Required("PublicIp"))
                ?? throw AwsFaults.NotFound("InvalidAddress.NotFound", $"Address '{call.Query.Text("PublicIp")}' not found.");
        if (address.Interface is not null)
        {
            throw new ServiceFaultException(400, "InvalidIPAddress.InUse", $"Address {address.PublicIp} is in use.");
        }

        call.Region.Remove(call.Region.Addresses, address);
        call.Ok();
    }
}
