using Amazon;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>A service of AWS whose few calls are made by <see cref="ServiceClient"/>.</summary>
/// <param name="Name">For people.</param>
/// <param name="Id">AWS's service id.</param>
/// <param name="Prefix">First label of the host, which is the signing name too.</param>
/// <param name="Version">Version of the API in the query protocol, prefix of the targets in the JSON protocol.</param>
internal sealed record AwsService(string Name, string Id, string Prefix, string Version)
{
    /// <summary>First label of the host that has IPv6 too.</summary>
    public string DualStackPrefix => Prefix == "elasticfilesystem" ? "efs" : Prefix;

    /// <summary>The endpoint for a region, of a service that follows rules of its own; null for those of most.</summary>
    public Func<string, AwsClientConfig>? Place { get; init; }

    public static readonly AwsService AutoScaling = new("Auto Scaling", "Auto Scaling", "autoscaling", "2011-01-01");

    public static readonly AwsService Tagging = new(
        "Resource Groups Tagging API", "Resource Groups Tagging API", "tagging", "ResourceGroupsTaggingAPI_20170126");

    public static readonly AwsService LoadBalancing = new("Elastic Load Balancing", "Elastic Load Balancing v2", "elasticloadbalancing", "2015-12-01");

    public static readonly AwsService ClassicLoadBalancing = new("Elastic Load Balancing", "Elastic Load Balancing", "elasticloadbalancing", "2012-06-01");

    public static readonly AwsService FileSystems = new("EFS", "EFS", "elasticfilesystem", "2015-02-01");

    public static readonly AwsService Logs = new("CloudWatch Logs", "CloudWatch Logs", "logs", "Logs_20140328");

    public static readonly AwsService Alarms = new("CloudWatch", "CloudWatch", "monitoring", "2010-08-01");

    public static readonly AwsService Scheduler = new("EventBridge Scheduler", "Scheduler", "scheduler", "2021-06-30");

    public static readonly AwsService Events = new("EventBridge", "EventBridge", "events", "AWSEvents");

    public static readonly AwsService Quotas = new("Service Quotas", "Service Quotas", "servicequotas", "ServiceQuotasV20190624");

    public static readonly AwsService Pricing = new("Pricing", "Pricing", "pricing", "AWSPriceListService") { Place = PlaceOfPricing };

    public static readonly AwsService Iam = new("IAM", "IAM", "iam", "2010-05-08") { Place = PlaceOfIam };

    /// <summary>IAM has one endpoint in each partition, and signs for one region there.</summary>
    private static AwsClientConfig PlaceOfIam(string region)
    {
        var partition = RegionEndpoint.GetBySystemName(region);
        return new AwsClientConfig("IAM", "iam", IamHome(region), config =>
        {
            var prefix = (partition.PartitionName, config.UseFIPSEndpoint, config.UseDualstackEndpoint) switch
            {
                ("aws-us-gov", _, _) => "iam.us-gov",
                ("aws-cn", false, false) => "iam.cn-north-1",
                ("aws-cn", true, _) or (_, true, false) => "iam-fips",
                (_, true, true) => "iam-fips.global",
                (_, false, true) => "iam.global",
                _ => "iam",
            };
            return $"{prefix}.{config.SuffixOf(partition)}";
        });
    }

    /// <summary>The region that IAM counts to in the partition of a region.</summary>
    public static string IamHome(string region) => RegionEndpoint.GetBySystemName(region).PartitionName switch
    {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    };

    /// <summary>IAM has no regions: what is in it is counted to its home, and where the account does not have that, to its first region.</summary>
    public static string? IamRegion(string region, IReadOnlyList<string> covered) => IamHome(region) is var home && covered.Contains(home, StringComparer.Ordinal) ? home
        : covered.Count > 0 ? covered[0]
        : null;

    /// <summary>
    /// The endpoint that is next to a region: there are three, and each has the prices of every region. Other partitions have
    /// their own, which is not asked (<see cref="Aws.Pricing.ListPrices"/>).
    /// </summary>
    private static AwsClientConfig PlaceOfPricing(string region)
    {
        var home = region.Split('-')[0] switch
        {
            "ap" => "ap-south-1",
            "eu" or "af" or "me" or "il" => "eu-central-1",
            _ => "us-east-1",
        };
        return new AwsClientConfig("Pricing", "pricing", home, config => config.HostOf("api.pricing"));
    }
}
