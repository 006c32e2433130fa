using System.Text.Json.Serialization;

namespace SpotCluster.Backend.Agents;

/// <summary>The body of <c>POST .../register-instance</c>.</summary>
internal sealed record InstanceRegistration
{
    public string? InstanceId { get; init; }

    public string? InstanceType { get; init; }

    public string? Region { get; init; }

    public string? Az { get; init; }

    public string? Mode { get; init; }

    public bool? IsPrimary { get; init; }

    public Dictionary<string, string>? Tags { get; init; }
}

internal sealed record InstanceRegistered(bool Success, string Message, string InstanceId, bool IsPrimary);

/// <summary>The body of <c>POST .../switch-report</c>. The original agent and backend spell the times differently; both are read.</summary>
internal sealed record SwitchReport
{
    public SwitchInstance? OldInstance { get; init; }

    public SwitchInstance? NewInstance { get; init; }

    public SwitchTiming? Timing { get; init; }

    public string? Trigger { get; init; }
}

internal sealed record SwitchInstance
{
    public string? InstanceId { get; init; }

    public string? InstanceType { get; init; }

    public string? Az { get; init; }
}

internal sealed record SwitchTiming
{
    public DateTimeOffset? OldTerminatedAt { get; init; }

    public DateTimeOffset? OldInstanceTerminatedAt { get; init; }

    [JsonIgnore]
    public DateTimeOffset? OldTerminated => OldTerminatedAt ?? OldInstanceTerminatedAt;
}

internal sealed record GoingAway
{
    public string? Reason { get; init; }
}

internal sealed record Done(bool Success)
{
    public static readonly Done Yes = new(true);
}
