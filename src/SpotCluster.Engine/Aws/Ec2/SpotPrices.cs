// Spot prices and placement scores.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeSpotPriceHistoryRequest : Ec2Request, IPagedRequest
{
    public List<string> InstanceTypes { get; set; } = [];
    public List<string> ProductDescriptions { get; set; } = [];
    public string? AvailabilityZone { get; set; }
    public DateTimeOffset? StartTime { get; set; }
    public DateTimeOffset? EndTime { get; set; }
    public List<Filter> Filters { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }

    internal override string Operation => "DescribeSpotPriceHistory";

    bool IPagedRequest.NamesItems => false;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceType", InstanceTypes);
        w.Add("ProductDescription", ProductDescriptions);
        w.Add("AvailabilityZone", AvailabilityZone);
        w.Add("StartTime", StartTime);
        w.Add("EndTime", EndTime);
        w.Add("Filter", Filters);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class DescribeSpotPriceHistoryResponse : Ec2Response, IPagedResponse
{
    public string? NextToken { get; set; }
    public List<SpotPrice> SpotPriceHistory { get; set; } = [];

    public static DescribeSpotPriceHistoryResponse Read(XElement e) => new()
    {
        NextToken = e.Text("nextToken"),
        SpotPriceHistory = e.Items("spotPriceHistorySet", SpotPrice.Read),
    };
}

/// <summary><see cref="Price"/> is USD per hour, as AWS writes it.</summary>
internal sealed class SpotPrice
{
    public string? AvailabilityZone { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public string InstanceType { get; set; } = "";
    public string? ProductDescription { get; set; }
    public string? Price { get; set; }
    public DateTimeOffset? Timestamp { get; set; }

    public static SpotPrice Read(XElement e) => new()
    {
        AvailabilityZone = e.Text("availabilityZone"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        InstanceType = e.Text("instanceType") ?? "",
        ProductDescription = e.Text("productDescription"),
        Price = e.Text("spotPrice"),
        Timestamp = e.Time("timestamp"),
    };
}

internal sealed class GetSpotPlacementScoresRequest : Ec2Request, IPagedRequest
{
    public List<string> InstanceTypes { get; set; } = [];
    public required int TargetCapacity { get; set; }
    public string? TargetCapacityUnitType { get; set; }
    public bool? SingleAvailabilityZone { get; set; }
    public List<string> RegionNames { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }

    internal override string Operation => "GetSpotPlacementScores";

    bool IPagedRequest.NamesItems => false;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceType", InstanceTypes);
        w.Add("TargetCapacity", TargetCapacity);
        w.Add("TargetCapacityUnitType", TargetCapacityUnitType);
        w.Add("SingleAvailabilityZone", SingleAvailabilityZone);
        w.Add("RegionName", RegionNames);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class GetSpotPlacementScoresResponse : Ec2Response, IPagedResponse
{
    public List<SpotPlacementScore> SpotPlacementScores { get; set; } = [];
    public string? NextToken { get; set; }

    public static GetSpotPlacementScoresResponse Read(XElement e) => new()
    {
        SpotPlacementScores = e.Items("spotPlacementScoreSet", SpotPlacementScore.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class SpotPlacementScore
{
    public string? Region { get; set; }
    public string? AvailabilityZoneId { get; set; }
    public int? Score { get; set; }

    public static SpotPlacementScore Read(XElement e) => new()
    {
        Region = e.Text("region"),
        AvailabilityZoneId = e.Text("availabilityZoneId"),
        Score = e.Int("score"),
    };
}
