// Subnets.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class CreateSubnetRequest : Ec2Request
{
    public required string VpcId { get; set; }
    public string? CidrBlock { get; set; }
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "CreateSubnet";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("VpcId", VpcId);
        w.Add("CidrBlock", CidrBlock);
        w.Add("AvailabilityZone", AvailabilityZone);
        w.Add("AvailabilityZoneId", AvailabilityZoneId);
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class CreateSubnetResponse : Ec2Response
{
    public required Subnet Subnet { get; set; }

    public static CreateSubnetResponse Read(XElement e) => new()
    {
        Subnet = e.RequiredStructure("subnet", Subnet.Read),
    };
}

internal sealed class Subnet
{
    public string SubnetId { get; set; } = "";
    public string? SubnetArn { get; set; }
    public string? VpcId { get; set; }
    public string? State { get; set; }
    public string? CidrBlock { get; set; }
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public int? AvailableIpAddressCount { get; set; }
    public bool? DefaultForAz { get; set; }
    public bool? MapPublicIpOnLaunch { get; set; }
    public string? OwnerId { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static Subnet Read(XElement e) => new()
    {
        SubnetId = e.Text("subnetId") ?? "",
        SubnetArn = e.Text("subnetArn"),
        VpcId = e.Text("vpcId"),
        State = e.Text("state"),
        CidrBlock = e.Text("cidrBlock"),
        AvailabilityZone = e.Text("availabilityZone"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        AvailableIpAddressCount = e.Int("availableIpAddressCount"),
        DefaultForAz = e.Bool("defaultForAz"),
        MapPublicIpOnLaunch = e.Bool("mapPublicIpOnLaunch"),
        OwnerId = e.Text("ownerId"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class DescribeSubnetsRequest : Ec2Request, IPagedRequest
{
    public List<Filter> Filters { get; set; } = [];
    public List<string> SubnetIds { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }

    internal override string Operation => "DescribeSubnets";

    bool IPagedRequest.NamesItems => SubnetIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("Filter", Filters);
        w.Add("SubnetId", SubnetIds);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
    }
}

internal sealed class DescribeSubnetsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<Subnet> Subnets { get; set; } = [];

    public static DescribeSubnetsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        Subnets = e.Items("subnetSet", Subnet.Read),
    };
}

internal sealed class ModifySubnetAttributeRequest : Ec2Request
{
    public required string SubnetId { get; set; }
    public bool? MapPublicIpOnLaunch { get; set; }

    internal override string Operation => "ModifySubnetAttribute";

    internal override void Write(QueryWriter w)
    {
        w.Add("SubnetId", SubnetId);
        w.Add("MapPublicIpOnLaunch.Value", MapPublicIpOnLaunch);
    }
}

internal sealed class ModifySubnetAttributeResponse : Ec2Response
{
    public static ModifySubnetAttributeResponse Read(XElement e) => new();
}

internal sealed class DeleteSubnetRequest : Ec2Request
{
    public required string SubnetId { get; set; }

    internal override string Operation => "DeleteSubnet";

    internal override void Write(QueryWriter w)
    {
        w.Add("SubnetId", SubnetId);
    }
}

internal sealed class DeleteSubnetResponse : Ec2Response
{
    public static DeleteSubnetResponse Read(XElement e) => new();
}
