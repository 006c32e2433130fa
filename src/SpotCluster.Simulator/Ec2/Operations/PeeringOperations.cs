using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Peering between VPCs of the account's regions. A connection is in the region that asked for it.</summary>
internal static class PeeringOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateVpcPeeringConnection"] = CreateVpcPeeringConnection;
        table["AcceptVpcPeeringConnection"] = AcceptVpcPeeringConnection;
        table["DescribeVpcPeeringConnections"] = call =>
            call.Describe(call.Region.Peerings, "VpcPeeringConnectionId", "vpcPeeringConnectionSet", peering => Write(call, peering));
        table["DeleteVpcPeeringConnection"] = DeleteVpcPeeringConnection;
    }

    private static void CreateVpcPeeringConnection(Ec2Call call)
    {
        var region = call.Region;
        var vpc = region.Require(region.Vpcs, call.Query.Required("VpcId"));
        var peerId = call.Query.Required("PeerVpcId");
        var peerRegion = call.Query.Text("PeerRegion") ?? region.Name;
        var peer = peerRegion == region.Name ? region.Require(region.Vpcs, peerId).Id : peerId;
        TagRules.Check(call.TagsFor("vpc-peering-connection"));
        var peering = call.Tagged(region.Add(region.Peerings, new VpcPeering
        {
            Id = region.NewId("pcx-"),
            CreatedAt = call.Now,
            Requester = vpc.Id,
            Accepter = peer,
            AccepterRegion = peerRegion,
        }));
        call.Body.Element("vpcPeeringConnection", () => Write(call, peering));
    }

    private static void AcceptVpcPeeringConnection(Ec2Call call)
    {
        var peering = call.Region.Require(call.Region.Peerings, call.Query.Required("VpcPeeringConnectionId"));
        peering.Status = peering.Status == "pending-acceptance"
            ? "active"
            : throw new ServiceFaultException(400, "InvalidStateTransition", $"Invalid state transition for {peering.Id}, attempting to transition from state {peering.Status} to active");
        call.Body.Element("vpcPeeringConnection", () => Write(call, peering));
    }

    private static void DeleteVpcPeeringConnection(Ec2Call call)
    {
        var peering = call.Region.Require(call.Region.Peerings, call.Query.Required("VpcPeeringConnectionId"));
        if (!peering.IsLive)
        {
            throw new ServiceFaultException(400, "InvalidStateTransition", $"Invalid state transition for {peering.Id}, attempting to transition from state {peering.Status} to deleting");
        }

        peering.Status = "deleted";
        call.Region.After(call.Region.Options.TerminatedVisible, () => call.Region.Remove(call.Region.Peerings, peering));
        call.Ok();
    }

    private static void Write(Ec2Call call, VpcPeering peering)
    {
        var body = call.Body;
        body.Text("vpcPeeringConnectionId", peering.Id)
            .Element("requesterVpcInfo", () => body
                .Text("ownerId", call.Account.Id)
                .Text("vpcId", peering.Requester)
                .Text("cidrBlock", call.Region.Vpcs.Find(peering.Requester)?.CidrBlock)
                .Text("region", call.Region.Name))
            .Element("accepterVpcInfo", () => body
                .Text("ownerId", call.Account.Id)
                .Text("vpcId", peering.Accepter)
                .Text("cidrBlock", call.Region.Vpcs.Find(peering.Accepter)?.CidrBlock)
                .Text("region", peering.AccepterRegion))
            .Element("status", () => body.Text("code", peering.Status).Text("message", peering.Status));
        call.WriteTags(peering);
    }
}
