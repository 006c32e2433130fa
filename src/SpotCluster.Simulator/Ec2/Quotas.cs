namespace SpotCluster.Simulator.Ec2;

/// <summary>A quota of the account in a region.</summary>
/// <param name="ServiceCode">The service: <c>ec2</c> or <c>vpc</c>.</param>
/// <param name="Code">AWS's code.</param>
/// <param name="Name">AWS's name.</param>
/// <param name="DefaultValue">What a seasoned account has.</param>
internal sealed record Quota(string ServiceCode, string Code, string Name, double DefaultValue);

/// <summary>The quotas that limit launches. Those of instances count vCPUs, not machines.</summary>
internal static class Quotas
{
    public const string StandardSpot = "L-34B43A08";
    public const string StandardOnDemand = "L-1216C47A";
    public const string VpcsPerRegion = "L-F678F1CE";
    public const string ElasticAddresses = "L-0263D0A3";

    public static readonly IReadOnlyList<Quota> All =
    [
        new("ec2", StandardSpot, "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 640),
        new("ec2", "L-3819A6DF", "All G and VT Spot Instance Requests", 64),
        new("ec2", "L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests", 0),
        new("ec2", "L-C4BD4855", "All P5 Spot Instance Requests", 0),
        new("ec2", "L-B5D1601B", "All Inf Spot Instance Requests", 0),
        new("ec2", "L-6B0D517C", "All Trn Spot Instance Requests", 0),
        new("ec2", "L-85EED4F7", "All DL Spot Instance Requests", 0),
        new("ec2", "L-88CF9481", "All F Spot Instance Requests", 0),
        new("ec2", "L-E3A00192", "All X Spot Instance Requests", 0),
        new("ec2", StandardOnDemand, "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 640),
        new("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 64),
        new("ec2", "L-417A185B", "Running On-Demand P instances", 0),
        new("ec2", ElasticAddresses, "EC2-VPC Elastic IPs", 5),
        new("vpc", VpcsPerRegion, "VPCs per Region", 5),
    ];

    public static double Default(string code) => All.First(quota => quota.Code == code).DefaultValue;

    /// <summary>The quota that a type counts against.</summary>
    public static string CodeOf(InstanceTypeInfo type, bool spot) => (type.Family[0], spot) switch
    {
        ('g', true) => "L-3819A6DF",
        ('g', false) => "L-DB2E81BA",
        ('p', true) => type.Family.StartsWith("p5", StringComparison.Ordinal) ? "L-C4BD4855" : "L-7212CCBC",
        ('p', false) => "L-417A185B",
        (_, true) => StandardSpot,
        _ => StandardOnDemand,
    };
}
