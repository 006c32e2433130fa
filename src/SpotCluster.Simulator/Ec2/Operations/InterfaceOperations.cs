using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Network interfaces.</summary>
internal static class InterfaceOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateNetworkInterface"] = CreateNetworkInterface;
        table["AttachNetworkInterface"] = AttachNetworkInterface;
        table["DetachNetworkInterface"] = DetachNetworkInterface;
        table["DeleteNetworkInterface"] = DeleteNetworkInterface;
        table["DescribeNetworkInterfaces"] = call =>
            call.Describe(call.Region.Interfaces, "NetworkInterfaceId", "networkInterfaceSet", eni => Write(call, eni));
    }

    public static NetworkInterface Create(
        Ec2Region region, Subnet subnet, IEnumerable<SecurityGroup> groups, string description, string type = "interface", string? requesterId = null) =>
        region.Add(region.Interfaces, new NetworkInterface
        {
            Id = region.NewId("eni-"),
            CreatedAt = region.Now,
            Subnet = subnet,
            PrivateIp = subnet.TakeAddress(),
            MacAddress = region.NewMacAddress(),
            Groups = [.. groups],
            Description = description,
            InterfaceType = type,
            RequesterId = requesterId,
            Status = requesterId is null ? "available" : "in-use",
            AttachmentId = requesterId is null ? null : region.NewId("ela-attach-"),
            AttachedAt = requesterId is null ? null : region.Now,
        });

    public static void Remove(Ec2Region region, NetworkInterface eni)
    {
        foreach (var address in region.Addresses.All.Where(address => address.Interface == eni))
        {
            AddressOperations.Disassociate(address);
        }

        eni.Subnet.Release(eni.PrivateIp);
        region.Remove(region.Interfaces, eni);
    }

    public static void WriteInInstance(Ec2Call call, NetworkInterface eni)
    {
        WriteCommon(call, eni);
        WriteAttachment(call, eni, inInstance: true);
    }

    private static void CreateNetworkInterface(Ec2Call call)
    {
        var subnet = call.Region.Require(call.Region.Subnets, call.Query.Required("SubnetId"));
        var ids = call.Query.Texts("SecurityGroupId");
        var groups = ids.Count > 0
            ? [.. ids.Select(id => call.Region.Require(call.Region.SecurityGroups, id))]
            : call.Region.SecurityGroups.All.Where(group => group.VpcId == subnet.VpcId && group.IsDefault).ToList();
        if (groups.FirstOrDefault(group => group.VpcId != subnet.VpcId) is { } foreign)
        {
            throw new ServiceFaultException(400, "InvalidParameter", $"Security group {foreign.Id} and subnet {subnet.Id} belong to different networks.");
        }

        if (subnet.FreeAddresses < 1)
        {
            throw new ServiceFaultException(400, "InsufficientFreeAddressesInSubnet", $"insufficient free addresses in subnet '{subnet.Id}'");
        }

        TagRules.Check(call.TagsFor("network-interface"));
        var eni = call.Tagged(Create(call.Region, subnet, groups, call.Query.Text("Description") ?? ""));
        call.Body.Element("networkInterface", () => Write(call, eni));
    }

    private static void AttachNetworkInterface(Ec2Call call)
    {
        var eni = call.Region.Require(call.Region.Interfaces, call.Query.Required("NetworkInterfaceId"));
        var instance = call.Region.Require(call.Region.Instances, call.Query.Required("InstanceId"));
        if (eni.AttachmentId is not null)
        {
            throw new ServiceFaultException(400, "InvalidNetworkInterface.InUse", $"Interface: [{eni.Id}] in use.");
        }

        if (instance.Status is "shutting-down" or "terminated")
        {
            throw new ServiceFaultException(400, "IncorrectState", $"Instance '{instance.Id}' is not 'running' or 'stopped'.");
        }

        eni.AttachmentId = call.Region.NewId("eni-attach-");
        eni.InstanceId = instance.Id;
        eni.DeviceIndex = call.Query.Number("DeviceIndex") ?? 1;
        eni.Status = "in-use";
        eni.AttachedAt = call.Now;
        instance.Interfaces.Add(eni);
        call.Body.Text("attachmentId", eni.AttachmentId);
    }

    private static void DetachNetworkInterface(Ec2Call call)
    {
        var id = call.Query.Required("AttachmentId");
        var eni = call.Region.Interfaces.All.FirstOrDefault(item => item.AttachmentId == id)
            ?? throw AwsFaults.NotFound("InvalidAttachmentID.NotFound", $"The attachment '{id}' does not exist");
        if (eni.RequesterManaged)
        {
            throw new ServiceFaultException(400, "AuthFailure", "You do not have permission to access the specified resource.");
        }

        if (eni.DeviceIndex == 0)
        {
            throw new ServiceFaultException(400, "OperationNotPermitted", "The network interface at device index 0 cannot be detached.");
        }

        call.Region.Instances.Find(eni.InstanceId)?.Interfaces.Remove(eni);
        eni.AttachmentId = null;
        eni.InstanceId = null;
        eni.Status = "available";
        call.Ok();
    }

    private static void DeleteNetworkInterface(Ec2Call call)
    {
        var eni = call.Region.Require(call.Region.Interfaces, call.Query.Required("NetworkInterfaceId"));
        if (eni.Status != "available")
        {
            throw eni.RequesterManaged
                ? new ServiceFaultException(400, "OperationNotPermitted", $"You are not allowed to manage '{eni.InterfaceType}' network interface '{eni.Id}'.")
                : new ServiceFaultException(400, "InvalidParameterValue", $"Network interface '{eni.Id}' is currently in use.");
        }

        Remove(call.Region, eni);
        call.Ok();
    }

    private static void Write(Ec2Call call, NetworkInterface eni)
    {
        WriteCommon(call, eni);
        call.Body.Text("availabilityZone", eni.Zone)
            .Text("requesterId", eni.RequesterId)
            .Text("requesterManaged", eni.RequesterManaged);
        WriteAttachment(call, eni, inInstance: false);
        call.WriteTags(eni);
    }

    private static void WriteCommon(Ec2Call call, NetworkInterface eni)
    {
        var body = call.Body;
        body.Text("networkInterfaceId", eni.Id)
            .Text("subnetId", eni.Subnet.Id)
            .Text("vpcId", eni.VpcId)
            .Text("description", eni.Description)
            .Text("ownerId", call.Account.Id)
            .Text("status", eni.Status)
            .Text("macAddress", eni.MacAddress)
            .Text("privateIpAddress", eni.PrivateIp)
            .Text("privateDnsName", DnsNames.Private(eni.PrivateIp, call.Region.Name))
            .Text("sourceDestCheck", true)
            .Text("interfaceType", eni.InterfaceType);
        InstanceOperations.WriteGroups(body, eni.Groups);
        WriteAssociation(call, eni);
        body.List("privateIpAddressesSet", [eni], _ =>
        {
            body.Text("privateIpAddress", eni.PrivateIp).Text("primary", true);
            WriteAssociation(call, eni);
        });
    }

    private static void WriteAssociation(Ec2Call call, NetworkInterface eni)
    {
        if (eni.PublicIp is { } ip)
        {
            call.Body.Element("association", () => call.Body
                .Text("publicIp", ip)
                .Text("publicDnsName", DnsNames.Public(ip))
                .Text("ipOwnerId", eni.AllocationId is null ? "amazon" : call.Account.Id)
                .Text("allocationId", eni.AllocationId)
                .Text("associationId", eni.AssociationId));
        }
    }

    private static void WriteAttachment(Ec2Call call, NetworkInterface eni, bool inInstance)
    {
        if (eni.AttachmentId is { } id)
        {
            call.Body.Element("attachment", () => call.Body
                .Text("attachmentId", id)
                .Text("instanceId", inInstance ? null : eni.InstanceId)
                .Text("instanceOwnerId", inInstance ? null : eni.RequesterId ?? call.Account.Id)
                .Text("deviceIndex", eni.DeviceIndex)
                .Text("status", "attached")
                .Text("attachTime", eni.AttachedAt)
                .Text("deleteOnTermination", eni.DeleteOnTermination));
        }
    }
}
