namespace SpotCluster.Simulator.Faults;

/// <summary>What a fault does to a call.</summary>
public enum FaultAction
{
    /// <summary>Refused with <see cref="FaultRule.Code"/>; nothing happens.</summary>
    Error,

    /// <summary>Refused with RequestLimitExceeded (503).</summary>
    Throttle,

    /// <summary>A bare HTTP answer with <see cref="FaultRule.Status"/> and a body of kind <see cref="FaultRule.Body"/>; nothing happens.</summary>
    Http,

    /// <summary>The request takes effect, and is answered as by <see cref="Http"/>: the caller cannot know.</summary>
    HttpAfter,

    /// <summary>The host's name cannot be resolved; nothing is sent.</summary>
    NameUnknown,

    /// <summary>The connection breaks before the request is read; nothing happens.</summary>
    ResetBefore,

    /// <summary>The request takes effect, then the connection breaks: the caller cannot know.</summary>
    ResetAfter,

    /// <summary>The request takes effect, but the answer is lost for <see cref="FaultRule.Seconds"/>; then the connection breaks.</summary>
    Stall,

    /// <summary>
    /// The request takes effect; headers and half of the body come, then nothing for <see cref="FaultRule.Seconds"/>, and
    /// the connection breaks.
    /// </summary>
    StallBody,

    /// <summary>
    /// Nothing happens, and the answer is a success of another kind: EC2's error document with status 200 for one call, the
    /// answer to another operation for the next one; at the other services an empty object.
    /// </summary>
    WrongKind,

    /// <summary>The answer comes <see cref="FaultRule.Seconds"/> late.</summary>
    Delay,

    /// <summary>The first page of a list holds at most <see cref="FaultRule.PageSize"/> items; the next page is refused with <see cref="FaultRule.Code"/>.</summary>
    PartialPage,

    /// <summary>A pool (zone and type) refuses to launch with <see cref="FaultRule.Code"/>.</summary>
    Capacity,
}

/// <summary>Body of a bare HTTP error.</summary>
public enum FaultBody
{
    /// <summary>An error document in the service's own format.</summary>
    Xml,

    /// <summary>A web page, as a proxy sends it.</summary>
    Html,

    /// <summary>Nothing.</summary>
    Empty,

    /// <summary><see cref="FaultRule.Text"/>, as JSON.</summary>
    Text,
}

/// <summary>
/// One rule. All conditions that are given must hold. Patterns may hold <c>*</c> and <c>?</c> and match in full.
/// </summary>
public sealed record FaultRule
{
    /// <summary>What happens.</summary>
    public FaultAction Action { get; init; } = FaultAction.Error;

    /// <summary>Pattern for the operation.</summary>
    public string Operation { get; init; } = "*";

    /// <summary>It also meets calls that only ask whether they would be done.</summary>
    public bool DryRun { get; init; }

    /// <summary>Pattern for the region.</summary>
    public string Region { get; init; } = "*";

    /// <summary>Pattern for the service: <c>ec2</c>, <c>sts</c>, <c>servicequotas</c>, <c>vast</c>.</summary>
    public string Service { get; init; } = "*";

    /// <summary>Patterns for parameters by wire name, for example <c>{"InstanceId.1": "i-0bad*"}</c>.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Only these calls, counted from 1 among those that match the patterns, per region; empty for all.</summary>
    public IReadOnlyList<int> Nth { get; init; } = [];

    /// <summary>From this call on, counted as <see cref="Nth"/> is but over all regions together.</summary>
    public int? From { get; init; }

    /// <summary>Share of the calls, 0 to 1, drawn by the seed.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>At most this many times; null for no limit.</summary>
    public int? Times { get; init; }

    /// <summary>Error code of <see cref="FaultAction.Error"/>, <see cref="FaultAction.PartialPage"/> and <see cref="FaultAction.Capacity"/>.</summary>
    public string? Code { get; init; }

    /// <summary>Error message; null for a plain one.</summary>
    public string? Message { get; init; }

    /// <summary>HTTP status; null for the one that belongs to the code.</summary>
    public int? Status { get; init; }

    /// <summary>Body of <see cref="FaultAction.Http"/> and <see cref="FaultAction.HttpAfter"/>.</summary>
    public FaultBody Body { get; init; }

    /// <summary>The body of <see cref="FaultBody.Text"/>.</summary>
    public string? Text { get; init; }

    /// <summary>Seconds of <see cref="FaultAction.Stall"/> and <see cref="FaultAction.StallBody"/> (60 by default) and <see cref="FaultAction.Delay"/>.</summary>
    public double? Seconds { get; init; }

    /// <summary>Items of the first page for <see cref="FaultAction.PartialPage"/>.</summary>
    public int PageSize { get; init; } = 5;

    /// <summary>Pattern for the zone of a <see cref="FaultAction.Capacity"/> rule.</summary>
    public string Zone { get; init; } = "*";

    /// <summary>Pattern for the instance type of a <see cref="FaultAction.Capacity"/> rule.</summary>
    public string InstanceType { get; init; } = "*";

    /// <summary>Lifecycle of a <see cref="FaultAction.Capacity"/> rule: <c>spot</c>, <c>on-demand</c> or <c>*</c>.</summary>
    public string Lifecycle { get; init; } = "*";
}
