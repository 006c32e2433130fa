// DHCP option sets.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeDhcpOptionsRequest : Ec2Request, IPagedRequest
{
    public List<string> DhcpOptionsIds { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeDhcpOptions";

    bool IPagedRequest.NamesItems => DhcpOptionsIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("DhcpOptionsId", DhcpOptionsIds);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeDhcpOptionsResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<DhcpOptions> DhcpOptions { get; set; } = [];

    public static DescribeDhcpOptionsResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        DhcpOptions = e.Items("dhcpOptionsSet", Ec2.DhcpOptions.Read),
    };
}

internal sealed class DhcpOptions
{
    public string? OwnerId { get; set; }
    public List<Tag> Tags { get; set; } = [];
    public string DhcpOptionsId { get; set; } = "";
    public List<DhcpConfiguration> DhcpConfigurations { get; set; } = [];

    public static DhcpOptions Read(XElement e) => new()
    {
        OwnerId = e.Text("ownerId"),
        Tags = e.Items("tagSet", Tag.Read),
        DhcpOptionsId = e.Text("dhcpOptionsId") ?? "",
        DhcpConfigurations = e.Items("dhcpConfigurationSet", DhcpConfiguration.Read),
    };
}

internal sealed class DhcpConfiguration
{
    public string? Key { get; set; }
    public List<string> Values { get; set; } = [];

    public static DhcpConfiguration Read(XElement e) => new()
    {
        Key = e.Text("key"),
        Values = e.Texts("valueSet", "value"),
    };
}

internal sealed class DeleteDhcpOptionsRequest : Ec2Request
{
    public required string DhcpOptionsId { get; set; }

    internal override string Operation => "DeleteDhcpOptions";

    internal override void Write(QueryWriter w)
    {
        w.Add("DhcpOptionsId", DhcpOptionsId);
    }
}

internal sealed class DeleteDhcpOptionsResponse : Ec2Response
{
    public static DeleteDhcpOptionsResponse Read(XElement e) => new();
}
