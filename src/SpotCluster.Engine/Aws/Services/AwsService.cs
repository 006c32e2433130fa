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

    public static readonly AwsService AutoScaling = new("Auto Scaling", "Auto Scaling", "autoscaling", "2011-01-01");

    public static readonly AwsService Tagging = new(
        "Resource Groups Tagging API", "Resource Groups Tagging API", "tagging", "ResourceGroupsTaggingAPI_20170126");

    public static readonly AwsService LoadBalancing = new("Elastic Load Balancing", "Elastic Load Balancing v2", "elasticloadbalancing", "2015-12-01");

    public static readonly AwsService ClassicLoadBalancing = new("Elastic Load Balancing", "Elastic Load Balancing", "elasticloadbalancing", "2012-06-01");

    public static readonly AwsService FileSystems = new("EFS", "EFS", "elasticfilesystem", "2015-02-01");

    public static readonly AwsService Logs = new("CloudWatch Logs", "CloudWatch Logs", "logs", "Logs_20140328");

    public static readonly AwsService Alarms = new("CloudWatch", "CloudWatch", "monitoring", "2010-08-01");
}
