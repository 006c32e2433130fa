// Elastic addresses.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class AllocateAddressRequest : Ec2Request
{
    public string? Domain { get; set; }
    public string? Address { get; set; }
    public string? NetworkBorderGroup { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "AllocateAddress";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("Domain", Domain);
        w.Add("Address", Address);
        w.Add("NetworkBorderGroup", NetworkBorderGroup);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class AllocateAddressResponse : Ec2Response
{
    public required string AllocationId { get; set; }
    public string? PublicIp { get; set; }
    public string? Domain { get; set; }
    public string? NetworkBorderGroup { get; set; }

    public static AllocateAddressResponse Read(XElement e) => new()
    {
        AllocationId = e.RequiredText("allocationId"),
        PublicIp = e.Text("publicIp"),
        Domain = e.Text("domain"),
        NetworkBorderGroup = e.Text("networkBorderGroup"),
    };
}

internal sealed class AssociateAddressRequest : Ec2Request
{
    public string? AllocationId { get; set; }
    public string? InstanceId { get; set; }
    public string? PublicIp { get; set; }
    public string? NetworkInterfaceId { get; set; }
    public string? PrivateIpAddress { get; set; }
    public bool? AllowReassociation { get; set; }

    internal override string Operation => "AssociateAddress";

    internal override void Write(QueryWriter w)
    {
        w.Add("AllocationId", AllocationId);
        w.Add("InstanceId", InstanceId);
        w.Add("PublicIp", PublicIp);
        w.Add("NetworkInterfaceId", NetworkInterfaceId);
        w.Add("PrivateIpAddress", PrivateIpAddress);
        w.Add("AllowReassociation", AllowReassociation);
    }
}

internal sealed class AssociateAddressResponse : Ec2Response
{
    public string? AssociationId { get; set; }

    public static AssociateAddressResponse Read(XElement e) => new()
    {
        AssociationId = e.Text("associationId"),
    };
}

internal sealed class DescribeAddressesRequest : Ec2Request
{
    public List<string> PublicIps { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];
    public List<string> AllocationIds { get; set; } = [];

    internal override string Operation => "DescribeAddresses";

    internal override void Write(QueryWriter w)
    {
        w.Add("PublicIp", PublicIps);
        w.Add("Filter", Filters);
        w.Add("AllocationId", AllocationIds);
    }
}

internal sealed class DescribeAddressesResponse : Ec2Response
{
    public List<Address> Addresses { get; set; } = [];

    public static DescribeAddressesResponse Read(XElement e) => new()
    {
        Addresses = e.Items("addressesSet", Address.Read),
    };
}

internal sealed class Address
{
    public string? AllocationId { get; set; }
    public string? AssociationId { get; set; }
    public string? PublicIp { get; set; }
    public string? Domain { get; set; }
    public string? InstanceId { get; set; }
    public string? NetworkInterfaceId { get; set; }
    public string? NetworkInterfaceOwnerId { get; set; }
    public string? PrivateIpAddress { get; set; }
    public string? NetworkBorderGroup { get; set; }
    public string? ServiceManaged { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static Address Read(XElement e) => new()
    {
        AllocationId = e.Text("allocationId"),
        AssociationId = e.Text("associationId"),
        PublicIp = e.Text("publicIp"),
        Domain = e.Text("domain"),
        InstanceId = e.Text("instanceId"),
        NetworkInterfaceId = e.Text("networkInterfaceId"),
        NetworkInterfaceOwnerId = e.Text("networkInterfaceOwnerId"),
        PrivateIpAddress = e.Text("privateIpAddress"),
        NetworkBorderGroup = e.Text("networkBorderGroup"),
        ServiceManaged = e.Text("serviceManaged"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class DisassociateAddressRequest : Ec2Request
{
    public string? AssociationId { get; set; }
    public string? PublicIp { get; set; }

    internal override string Operation => "DisassociateAddress";

    internal override void Write(QueryWriter w)
    {
        w.Add("AssociationId", AssociationId);
        w.Add("PublicIp", PublicIp);
    }
}

internal sealed class DisassociateAddressResponse : Ec2Response
{
    public static DisassociateAddressResponse Read(XElement e) => new();
}

internal sealed class ReleaseAddressRequest : Ec2Request
{
    public string? AllocationId { get; set; }
    public string? PublicIp { get; set; }
    public string? NetworkBorderGroup { get; set; }

    internal override string Operation => "ReleaseAddress";

    internal override void Write(QueryWriter w)
    {
        w.Add("AllocationId", AllocationId);
        w.Add("PublicIp", PublicIp);
        w.Add("NetworkBorderGroup", NetworkBorderGroup);
    }
}

internal sealed class ReleaseAddressResponse : Ec2Response
{
    public static ReleaseAddressResponse Read(XElement e) => new();
}
