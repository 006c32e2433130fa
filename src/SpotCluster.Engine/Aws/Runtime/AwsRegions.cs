using System.Text.RegularExpressions;
using Amazon.EC2.Model;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>Which regions there are, and which of them the account may use.</summary>
internal static class AwsRegions
{
    /// <summary>True for what has the form of a region's name.</summary>
    public static bool IsName(string region) => Regex.IsMatch(region, @"^[a-z]{2,}(-[a-z0-9]+)+\z", RegexOptions.CultureInvariant);

    /// <summary>Refuses what cannot be a region, before it becomes part of a host name.</summary>
    public static void RequireName(string region)
    {
        if (!IsName(region))
        {
            throw Unknown(region, null);
        }
    }

    /// <summary>Every region of AWS with whether it is enabled.</summary>
    public static IReadOnlyDictionary<string, bool> Read(DescribeRegionsResponse response) =>
        response.Regions.ToDictionary(
            region => region.RegionName,
            region => region.OptInStatus is null or "opt-in-not-required" or "opted-in",
            StringComparer.Ordinal);

    /// <summary>The error of a region that is unknown or not enabled; null for an enabled one.</summary>
    public static SpotException? Judge(string region, IReadOnlyDictionary<string, bool> regions, SpotException? cause) =>
        !regions.TryGetValue(region, out var enabled) ? Unknown(region, cause) : enabled ? null : NotEnabled(region, cause);

    private static SpotException Unknown(string region, SpotException? cause) =>
        new(
            SpotErrorIds.RegionUnknown,
            SpotErrorCategory.InvalidArgument,
            $"AWS has no region '{region}'.",
            cause)
        {
            Target = region,
            Region = region,
            ServiceCode = cause?.ServiceCode,
            RequestId = cause?.RequestId,
            RecommendedAction = "List the regions with aws ec2 describe-regions --all-regions.",
        };

    /// <summary>The error of several regions that are not enabled, which names them all.</summary>
    public static SpotException NotEnabled(IReadOnlyList<string> regions) =>
        new(
            SpotErrorIds.RegionNotEnabled,
            SpotErrorCategory.PermissionDenied,
            $"These regions are not enabled for this account: {string.Join(", ", regions)}.")
        {
            Target = regions[0],
            Region = regions[0],
            RecommendedAction = "Enable each with aws account enable-region --region-name REGION, or omit them.",
        };

    private static SpotException NotEnabled(string region, SpotException? cause) =>
        new(
            SpotErrorIds.RegionNotEnabled,
            SpotErrorCategory.PermissionDenied,
            $"The region {region} is not enabled for this account.",
            cause)
        {
            Target = region,
            Region = region,
            ServiceCode = cause?.ServiceCode,
            RequestId = cause?.RequestId,
            RecommendedAction = $"Enable it with aws account enable-region --region-name {region}, or omit it.",
        };
}
