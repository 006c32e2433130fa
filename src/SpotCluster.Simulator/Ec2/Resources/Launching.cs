using SpotCluster.Simulator.Aws;

namespace SpotCluster.Simulator.Ec2.Resources;

internal sealed class KeyPair : Ec2Resource
{
    public override string Kind => "key-pair";

    public required string Name { get; init; }

    public required string Fingerprint { get; init; }

    public required string KeyType { get; init; }

    public required string PublicKey { get; init; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "key-pair-id" => One(Id),
        "key-name" => One(Name),
        "fingerprint" => One(Fingerprint),
        _ => null,
    };
}

internal sealed class PlacementGroup : Ec2Resource
{
    public override string Kind => "placement-group";

    public override string State => "available";

    public required string Name { get; init; }

    public required string Strategy { get; init; }

    public int? PartitionCount { get; init; }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "group-id" => One(Id),
        "group-name" => One(Name),
        "strategy" => One(Strategy),
        "state" => One(State),
        _ => null,
    };
}

internal sealed class CapacityReservation : Ec2Resource
{
    public override string Kind => "capacity-reservation";

    public override string State => Status;

    public override bool IsLive => IsUsable;

    /// <summary>Machines may be launched in it. While it is pending, they may already.</summary>
    public bool IsUsable => Status is "pending" or "active";

    public override string Zone => ZoneName;

    public required string ZoneName { get; init; }

    public required InstanceTypeInfo Type { get; init; }

    public required string Platform { get; init; }

    /// <summary>Number of machines that it is for.</summary>
    public required int Count { get; init; }

    /// <summary>It takes in every machine that matches, not only those that name it.</summary>
    public required bool IsOpen { get; init; }

    public DateTimeOffset? EndsAt { get; init; }

    public string Status { get; set; } = "pending";

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "instance-type" => One(Type.Name),
        "instance-platform" => One(Platform),
        "availability-zone" => One(ZoneName),
        "tenancy" => One("default"),
        "state" => One(Status),
        "start-date" => One(XmlBody.Format(CreatedAt)),
        "end-date" => One(EndsAt is { } end ? XmlBody.Format(end) : null),
        "end-date-type" => One(EndsAt is null ? "unlimited" : "limited"),
        "instance-match-criteria" => One(IsOpen ? "open" : "targeted"),
        "owner-id" => [],
        _ => null,
    };
}

internal sealed class LaunchTemplate : Ec2Resource
{
    public override string Kind => "launch-template";

    public required string Name { get; init; }

    /// <summary>The data of each version, from version 1.</summary>
    public List<(QueryNode Data, string? Description, DateTimeOffset CreatedAt)> Versions { get; } = [];

    public int DefaultVersion { get; set; } = 1;

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "launch-template-id" => One(Id),
        "launch-template-name" => One(Name),
        "create-time" => One(XmlBody.Format(CreatedAt)),
        _ => null,
    };
}

/// <summary>What came of one try to launch in one pool.</summary>
internal sealed record FleetOutcome(FleetPool Pool, string Lifecycle, IReadOnlyList<string> InstanceIds, string? ErrorCode, string? ErrorMessage);

/// <summary>One override of a fleet: where and what it may launch.</summary>
internal sealed record FleetPool(
    LaunchTemplate Template, int Version, QueryNode Override, string InstanceType, string? SubnetId, string? Zone, decimal Weight, decimal? Priority, decimal? MaxPrice);

internal sealed class Fleet : Ec2Resource
{
    public override string Kind => IsSpotFleetRequest ? "spot-fleet-request" : "fleet";

    public override string State => Status;

    // An instant fleet is a record of one launch: only its machines are live.
    public override bool IsLive => Type != "instant" && Status is not ("deleted" or "deleted_terminating" or "deleted_running" or "failed");

    public required string Type { get; init; }

    public required QueryNode Request { get; init; }

    public required IReadOnlyList<FleetPool> Pools { get; init; }

    public required decimal SpotTarget { get; set; }

    public required decimal OnDemandTarget { get; set; }

    public required string DefaultCapacityType { get; init; }

    public string? ClientToken { get; init; }

    public string ExcessPolicy { get; set; } = "termination";

    public bool IsSpotFleetRequest { get; init; }

    public string Status { get; set; } = "active";

    public string? ActivityStatus { get; set; }

    public List<string> InstanceIds { get; } = [];

    public List<FleetOutcome> Outcomes { get; } = [];

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "fleet-state" => One(Status.Replace('_', '-')).Concat(One(Status)),
        "activity-status" => One(ActivityStatus),
        "type" => One(Type),
        "excess-capacity-termination-policy" => One(ExcessPolicy),
        "replace-unhealthy-instances" => One(false),
        _ => null,
    };
}

internal sealed class SpotRequest : Ec2Resource
{
    public override string Kind => "spot-instances-request";

    public override string State => Status;

    public override bool IsLive => Status is "open" or "active" or "disabled";

    public required QueryNode Specification { get; init; }

    public required string InstanceType { get; init; }

    public required string ImageId { get; init; }

    public required string? SubnetId { get; init; }

    public required string ZoneName { get; init; }

    public override string Zone => ZoneName;

    public required decimal MaxPrice { get; init; }

    /// <summary><c>one-time</c> or <c>persistent</c>.</summary>
    public required string Type { get; init; }

    public required string InterruptionBehavior { get; init; }

    public string Status { get; set; } = "open";

    public string StatusCode { get; set; } = "pending-evaluation";

    public string StatusMessage { get; set; } = "Your Spot request has been submitted for review, and is pending evaluation.";

    public DateTimeOffset StatusAt { get; set; }

    public string? InstanceId { get; set; }

    public void Change(DateTimeOffset now, string status, string code, string message)
    {
        Status = status;
        StatusCode = code;
        StatusMessage = message;
        StatusAt = now;
    }

    public override IEnumerable<string?>? Field(string filter) => filter switch
    {
        "spot-instance-request-id" => One(Id),
        "state" => One(Status),
        "status-code" => One(StatusCode),
        "instance-id" => One(InstanceId),
        "type" => One(Type),
        "launched-availability-zone" => One(ZoneName),
        "launch.instance-type" => One(InstanceType),
        "launch.image-id" => One(ImageId),
        "network-interface.subnet-id" or "launch.network-interface.subnet-id" => One(SubnetId),
        "product-description" => One("Linux/UNIX"),
        _ => null,
    };
}
