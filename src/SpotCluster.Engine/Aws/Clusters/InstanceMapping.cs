using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>From EC2's machines to ours.</summary>
internal static class InstanceMapping
{
    public static SpotInstance ToSpotInstance(this Instance instance, string region, string? accountId)
    {
        var tags = Tags(instance);
        var state = State(instance.State?.Name);
        return new SpotInstance
        {
            Id = instance.InstanceId,
            Provider = SpotProvider.Aws,
            ClusterName = Text(tags, TagKeys.Cluster),
            Name = Text(tags, TagKeys.Name),
            Region = region,
            Zone = SharedText.OrNull(instance.Placement?.AvailabilityZone),
            InstanceType = SharedText.OrNull(instance.InstanceType?.Value),
            Architecture = Architectures.Parse(instance.Architecture),
            MaxIdle = long.TryParse(Text(tags, TagKeys.MaxIdle), NumberStyles.None, CultureInfo.InvariantCulture, out var idle) && idle is > 0 and < 1_000_000_000 ? TimeSpan.FromSeconds(idle) : null,
            Lifecycle = instance.InstanceLifecycle?.Value switch
            {
                "spot" => SpotLifecycle.Spot,
                null or "" => SpotLifecycle.OnDemand,
                _ => SpotLifecycle.Unknown,
            },
            State = state,
            StateReason = state is SpotInstanceState.Pending or SpotInstanceState.Running ? null : Reason(instance),
            Health = state == SpotInstanceState.Terminated ? SpotHealth.Gone : SpotHealth.Unknown,
            PublicIp = instance.PublicIpAddress,
            PrivateIp = instance.PrivateIpAddress,
            SshCommand = instance.PublicIpAddress is { Length: > 0 } address ? $"ssh {Text(tags, TagKeys.User) ?? User(instance)}@{address}" : null,
            LaunchedAt = instance.LaunchTime,
            ExpiresAt = Time(Text(tags, TagKeys.ExpiresAt)),
            LeaseEndsAt = Time(Text(tags, TagKeys.LeaseEndsAt)),
            AccountId = SharedText.OrNull(accountId),
            Tags = tags,
        };
    }

    /// <summary>True when the list price of its type is what it costs: on demand, plain Linux, on shared hardware.</summary>
    public static bool IsAtListPrice(this Instance instance) =>
        instance is { InstanceLifecycle: null or { Value: "" }, PlatformDetails: null or "" or "Linux/UNIX", InstanceType: not null }
        && instance.Placement?.Tenancy?.Value is null or "" or "default";

    public static SpotInstanceState State(string? name) => name switch
    {
        "pending" => SpotInstanceState.Pending,
        "running" => SpotInstanceState.Running,
        "shutting-down" => SpotInstanceState.ShuttingDown,
        "terminated" => SpotInstanceState.Terminated,
        "stopping" => SpotInstanceState.Stopping,
        "stopped" => SpotInstanceState.Stopped,
        _ => SpotInstanceState.Unknown,
    };

    public static string? Name(SpotInstanceState state) => state switch
    {
        SpotInstanceState.Pending => "pending",
        SpotInstanceState.Running => "running",
        SpotInstanceState.ShuttingDown => "shutting-down",
        SpotInstanceState.Terminated => "terminated",
        SpotInstanceState.Stopping => "stopping",
        SpotInstanceState.Stopped => "stopped",
        _ => null,
    };

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    private static ValueMap Tags(Instance instance)
    {
        var tags = new ValueMap();
        foreach (var tag in instance.Tags)
        {
            tags.Add(SharedText.Of(tag.Key), SharedText.Of(tag.Value));
        }

        return tags;
    }

    private static string? Text(ValueMap tags, string key) => tags.TryGetValue(key, out var value) ? value : null;

    // The name of the root device tells the family of the image without another call.
    private static string User(Instance instance) => instance.RootDeviceName == "/dev/xvda" ? "ec2-user" : "ubuntu";

    private static string? Reason(Instance instance)
    {
        var message = instance.StateReason?.Message is { Length: > 0 } said ? said : instance.StateTransitionReason;
        return instance.StateReason?.Code is { Length: > 0 } code && message?.StartsWith(code, StringComparison.Ordinal) != true
            ? $"{code}: {message}"
            : message is { Length: > 0 } ? message : null;
    }
}
