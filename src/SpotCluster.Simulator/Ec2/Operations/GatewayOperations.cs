using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Internet gateways, for IPv4 and egress-only.</summary>
internal static class GatewayOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateInternetGateway"] = CreateInternetGateway;
        table["AttachInternetGateway"] = AttachInternetGateway;
        table["DetachInternetGateway"] = DetachInternetGateway;
        table["DeleteInternetGateway"] = DeleteInternetGateway;
        table["DescribeInternetGateways"] = call =>
            call.Describe(call.Region.InternetGateways, "InternetGatewayId", "internetGatewaySet", gateway => Write(call, gateway));
        table["CreateEgressOnlyInternetGateway"] = CreateEgressOnly;
        table["DescribeEgressOnlyInternetGateways"] = call =>
            call.Describe(call.Region.EgressOnlyGateways, "EgressOnlyInternetGatewayId", "egressOnlyInternetGatewaySet", gateway => WriteEgressOnly(call, gateway));
        table["DeleteEgressOnlyInternetGateway"] = DeleteEgressOnly;
    }

    private static void CreateInternetGateway(Ec2Call call)
    {
        TagRules.Check(call.TagsFor("internet-gateway"));
        var gateway = call.Tagged(call.Region.Add(call.Region.InternetGateways, new InternetGateway
        {
            Id = call.Region.NewId("igw-"),
            CreatedAt = call.Now,
        }));
        call.Body.Element("internetGateway", () => Write(call, gateway));
    }

    private static void AttachInternetGateway(Ec2Call call)
    {
        var gateway = call.Region.Require(call.Region.InternetGateways, call.Query.Required("InternetGatewayId"));
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        if (gateway.AttachedTo is { } attached)
        {
            throw new ServiceFaultException(400, "Resource.AlreadyAssociated", $"resource {gateway.Id} is already attached to network {attached}");
        }

        if (call.Region.InternetGateways.All.Any(other => other.AttachedTo == vpc.Id))
        {
            throw AwsFaults.Invalid($"Network {vpc.Id} already has an internet gateway attached");
        }

        gateway.AttachedTo = vpc.Id;
        call.Ok();
    }

    private static void DetachInternetGateway(Ec2Call call)
    {
        var gateway = call.Region.Require(call.Region.InternetGateways, call.Query.Required("InternetGatewayId"));
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        if (gateway.AttachedTo != vpc.Id)
        {
            throw new ServiceFaultException(400, "Gateway.NotAttached", $"resource {gateway.Id} is not attached to network {vpc.Id}");
        }

        if (call.Region.Interfaces.All.Any(eni => eni.VpcId == vpc.Id && eni.PublicIp is not null))
        {
            throw AwsFaults.Dependency($"Network {vpc.Id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.");
        }

        gateway.AttachedTo = null;
        call.Ok();
    }

    private static void DeleteInternetGateway(Ec2Call call)
    {
        var gateway = call.Region.Require(call.Region.InternetGateways, call.Query.Required("InternetGatewayId"));
        if (gateway.AttachedTo is not null)
        {
            throw AwsFaults.Dependency($"The internetGateway '{gateway.Id}' has dependencies and cannot be deleted.");
        }

        call.Region.Remove(call.Region.InternetGateways, gateway);
        call.Ok();
    }

    private static void Write(Ec2Call call, InternetGateway gateway)
    {
        call.Body.Text("internetGatewayId", gateway.Id)
            .Text("ownerId", call.Account.Id)
            .List("attachmentSet", gateway.AttachedTo is { } vpc ? [vpc] : Array.Empty<string>(), id => call.Body.Text("vpcId", id).Text("state", "available"));
        call.WriteTags(gateway);
    }

    private static void CreateEgressOnly(Ec2Call call)
    {
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        TagRules.Check(call.TagsFor("egress-only-internet-gateway"));
        var gateway = call.Tagged(call.Region.Add(call.Region.EgressOnlyGateways, new EgressOnlyGateway
        {
            Id = call.Region.NewId("eigw-"),
            CreatedAt = call.Now,
            AttachedTo = vpc.Id,
        }));
        call.Body.Element("egressOnlyInternetGateway", () => WriteEgressOnly(call, gateway));
    }

    private static void DeleteEgressOnly(Ec2Call call)
    {
        var gateway = call.Region.Require(call.Region.EgressOnlyGateways, call.Query.Required("EgressOnlyInternetGatewayId"));
        call.Region.Remove(call.Region.EgressOnlyGateways, gateway);
        call.Body.Text("returnCode", true);
    }

    private static void WriteEgressOnly(Ec2Call call, EgressOnlyGateway gateway)
    {
        call.Body.Text("egressOnlyInternetGatewayId", gateway.Id)
            .List("attachmentSet", [gateway], item => call.Body.Text("state", "attached").Text("vpcId", item.AttachedTo));
        call.WriteTags(gateway);
    }
}
