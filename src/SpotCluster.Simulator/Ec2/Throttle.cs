namespace SpotCluster.Simulator.Ec2;

/// <summary>
/// Request rate limits of an account in a region: a bucket of tokens per operation, refilled every second, with AWS's
/// published numbers. Operations of one class share the numbers, not the bucket.
/// </summary>
internal sealed class Throttle
{
    private static readonly Dictionary<string, (double Burst, double Refill)> Special = new(StringComparer.Ordinal)
    {
        ["RunInstances"] = (5, 2),
        ["TerminateInstances"] = (100, 5),
        ["AuthorizeSecurityGroupIngress"] = (50, 5),
        ["RevokeSecurityGroupIngress"] = (50, 5),
        ["CancelSpotInstanceRequests"] = (50, 5),
        ["CreateKeyPair"] = (50, 5),
        ["CreateTags"] = (100, 10),
        ["DeleteTags"] = (100, 10),
        ["DeleteNetworkInterface"] = (100, 5),
        ["DeleteVolume"] = (100, 5),
        ["CreateLaunchTemplateVersion"] = (100, 5),
        ["CreateNatGateway"] = (10, 1),
        ["DeleteNatGateway"] = (10, 1),
        ["CreateVpcEndpoint"] = (4, 0.3),
        ["DeleteVpcEndpoints"] = (4, 0.3),
        ["DescribeSpotFleetRequests"] = (50, 3),
        ["DescribeSecurityGroupReferences"] = (20, 5),
        ["GetSpotPlacementScores"] = (50, 5),
    };

    // These have a smaller bucket when they ask for everything: no filter, no id, no page size.
    private static readonly HashSet<string> Wide = new(StringComparer.Ordinal)
    {
        "DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSnapshots",
        "DescribeSpotInstanceRequests", "DescribeVolumes",
    };

    private readonly Dictionary<string, (double Tokens, DateTimeOffset At)> _buckets = new(StringComparer.Ordinal);

    /// <summary>Takes a token; false when the bucket is empty.</summary>
    public bool TryTake(string operation, bool wide, DateTimeOffset now)
    {
        var isRead = operation.StartsWith("Describe", StringComparison.Ordinal) || operation.StartsWith("Get", StringComparison.Ordinal);
        var bucket = wide && Wide.Contains(operation) ? operation + "/wide" : operation;
        var (burst, refill) = Special.TryGetValue(operation, out var special) ? special
            : !isRead ? (50, 5)
            : bucket.EndsWith("/wide", StringComparison.Ordinal) ? (50, 10)
            : (100, 20);
        return Take(bucket, 1, burst, refill, now);
    }

    /// <summary>Takes tokens for the resources that a call is about; false when there are not enough.</summary>
    public bool TryTakeResources(string operation, int count, DateTimeOffset now) => operation switch
    {
        "RunInstances" or "StartInstances" => Take(operation + "/resources", count, 1000, 2, now),
        "TerminateInstances" or "StopInstances" => Take(operation + "/resources", count, 1000, 20, now),
        _ => true,
    };

    private bool Take(string bucket, double count, double burst, double refill, DateTimeOffset now)
    {
        var (tokens, at) = _buckets.TryGetValue(bucket, out var state) ? state : (burst, now);
        tokens = Math.Min(burst, tokens + ((now - at).TotalSeconds * refill));
        var enough = tokens >= count;
        _buckets[bucket] = (enough ? tokens - count : tokens, now);
        return enough;
    }
}
