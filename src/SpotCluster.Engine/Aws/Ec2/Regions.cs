// Regions and zones of the account.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeRegionsRequest : Ec2Request
{
    public List<string> RegionNames { get; set; } = [];
    public bool? AllRegions { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeRegions";

    internal override void Write(QueryWriter w)
    {
        w.Add("RegionName", RegionNames);
        w.Add("AllRegions", AllRegions);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeRegionsResponse : Ec2Response
{
    public List<Region> Regions { get; set; } = [];

    public static DescribeRegionsResponse Read(XElement e) => new()
    {
        Regions = e.Items("regionInfo", Region.Read),
    };
}

internal sealed class Region
{
    public string RegionName { get; set; } = "";
    public string? Endpoint { get; set; }
    public string? OptInStatus { get; set; }

    public static Region Read(XElement e) => new()
    {
        RegionName = e.Text("regionName") ?? "",
        Endpoint = e.Text("regionEndpoint"),
        OptInStatus = e.Text("optInStatus"),
    };
}

internal sealed class DescribeAvailabilityZonesRequest : Ec2Request
{
    public List<string> ZoneNames { get; set; } = [];
    public List<string> ZoneIds { get; set; } = [];
    public bool? AllAvailabilityZones { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeAvailabilityZones";

    internal override void Write(QueryWriter w)
    {
        w.Add("ZoneName", ZoneNames);
        w.Add("ZoneId", ZoneIds);
        w.Add("AllAvailabilityZones", AllAvailabilityZones);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeAvailabilityZonesResponse : Ec2Response
{
    public List<AvailabilityZone> AvailabilityZones { get; set; } = [];

    public static DescribeAvailabilityZonesResponse Read(XElement e) => new()
    {
        AvailabilityZones = e.Items("availabilityZoneInfo", AvailabilityZone.Read),
    };
}

internal sealed class AvailabilityZone
{
    public string ZoneName { get; set; } = "";
    public string? ZoneId { get; set; }
    public string? RegionName { get; set; }
    public string? State { get; set; }
    public string? OptInStatus { get; set; }
    public string? ZoneType { get; set; }
    public string? GroupName { get; set; }

    public static AvailabilityZone Read(XElement e) => new()
    {
        ZoneName = e.Text("zoneName") ?? "",
        ZoneId = e.Text("zoneId"),
        RegionName = e.Text("regionName"),
        State = e.Text("zoneState"),
        OptInStatus = e.Text("optInStatus"),
        ZoneType = e.Text("zoneType"),
        GroupName = e.Text("groupName"),
    };
}

internal sealed class DescribeAccountAttributesRequest : Ec2Request
{
    public List<string> AttributeNames { get; set; } = [];

    internal override string Operation => "DescribeAccountAttributes";

    internal override void Write(QueryWriter w)
    {
        w.Add("AttributeName", AttributeNames);
    }
}

internal sealed class DescribeAccountAttributesResponse : Ec2Response
{
    public List<AccountAttribute> AccountAttributes { get; set; } = [];

    public static DescribeAccountAttributesResponse Read(XElement e) => new()
    {
        AccountAttributes = e.Items("accountAttributeSet", AccountAttribute.Read),
    };
}

internal sealed class AccountAttribute
{
    public string? AttributeName { get; set; }
    public List<AccountAttributeValue> AttributeValues { get; set; } = [];

    public static AccountAttribute Read(XElement e) => new()
    {
        AttributeName = e.Text("attributeName"),
        AttributeValues = e.Items("attributeValueSet", AccountAttributeValue.Read),
    };
}

internal sealed class AccountAttributeValue
{
    public string? AttributeValue { get; set; }

    public static AccountAttributeValue Read(XElement e) => new()
    {
        AttributeValue = e.Text("attributeValue"),
    };
}
