using SpotCluster.Simulator.Ec2.Operations;

namespace SpotCluster.Simulator.Ec2.Resources;

/// <summary>A resource of one of the kinds of <see cref="RareOperations"/>: its row says what it is.</summary>
internal sealed class RareResource : Ec2Resource
{
    public required RareOperations.Row Row { get; init; }

    public override string Kind => Row.Kind;

    public override string State => Status;

    public override bool IsLive => Status != Row.Memory || Row.Memory.Length == 0;

    public override string? VpcId => Values.TryGetValue("vpcId", out var ids) ? ids[0] : Row.AttachesVpc ? Attached.Select(item => item.Id).FirstOrDefault() : null;

    public string Status { get; set; } = "";

    /// <summary>What its creation named, by the names of the elements.</summary>
    public Dictionary<string, IReadOnlyList<string>> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>What was attached to it afterwards, each with the id of the attachment.</summary>
    public List<(string Id, string Association, string Status)> Attached { get; } = [];

    public List<string> InterfaceIds { get; } = [];

    /// <summary>AWS made it with another resource, and deletes it with that.</summary>
    public bool IsDefault { get; init; }

    public override IEnumerable<string?>? Field(string filter) => filter == Row.IdFilter ? One(Id) : filter switch
    {
        "state" => One(Status),
        "vpc-id" or "attachment.vpc-id" => One(VpcId),
        "resource-id" => Values.TryGetValue("resourceId", out var ids) ? ids : [],
        "transit-gateway-id" => Values.TryGetValue("transitGatewayId", out var ids) ? ids : [],
        "owner-id" => [],
        _ => null,
    };
}
