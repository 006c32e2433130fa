using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Network ACLs.</summary>
internal static class NetworkAclOperations
{
    private static readonly bool[] Directions = [true, false];

    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateNetworkAcl"] = CreateNetworkAcl;
        table["DescribeNetworkAcls"] = call => call.Describe(call.Region.NetworkAcls, "NetworkAclId", "networkAclSet", acl => Write(call, acl));
        table["ReplaceNetworkAclAssociation"] = ReplaceNetworkAclAssociation;
        table["DeleteNetworkAcl"] = DeleteNetworkAcl;
    }

    private static void CreateNetworkAcl(Ec2Call call)
    {
        var vpc = call.Region.Require(call.Region.Vpcs, call.Query.Required("VpcId"));
        TagRules.Check(call.TagsFor("network-acl"));
        var acl = call.Tagged(call.Region.Add(call.Region.NetworkAcls, new NetworkAcl
        {
            Id = call.Region.NewId("acl-"),
            CreatedAt = call.Now,
            InVpc = vpc.Id,
        }));
        call.Body.Element("networkAcl", () => Write(call, acl));
    }

    private static void ReplaceNetworkAclAssociation(Ec2Call call)
    {
        var id = call.Query.Required("AssociationId");
        var acl = call.Region.Require(call.Region.NetworkAcls, call.Query.Required("NetworkAclId"));
        var from = call.Region.NetworkAcls.All.FirstOrDefault(item => item.Associations.ContainsValue(id))
            ?? throw AwsFaults.NotFound("InvalidAssociationID.NotFound", $"The association ID '{id}' does not exist");
        var subnet = from.Associations.First(pair => pair.Value == id).Key;
        from.Associations.Remove(subnet);
        acl.Associations[subnet] = call.Region.NewId("aclassoc-");
        call.Body.Text("newAssociationId", acl.Associations[subnet]);
    }

    private static void DeleteNetworkAcl(Ec2Call call)
    {
        var acl = call.Region.Require(call.Region.NetworkAcls, call.Query.Required("NetworkAclId"));
        if (acl.IsDefault)
        {
            throw AwsFaults.Invalid($"cannot delete default network ACL {acl.Id}");
        }

        if (acl.Associations.Count > 0)
        {
            throw AwsFaults.Dependency($"The networkAcl '{acl.Id}' has dependencies and cannot be deleted.");
        }

        call.Region.Remove(call.Region.NetworkAcls, acl);
        call.Ok();
    }

    private static void Write(Ec2Call call, NetworkAcl acl)
    {
        var body = call.Body;
        body.Text("networkAclId", acl.Id)
            .Text("vpcId", acl.VpcId)
            .Text("ownerId", call.Account.Id)
            .Text("default", acl.IsDefault)
            .List("entrySet", Directions, egress => body
                .Text("ruleNumber", 32767)
                .Text("protocol", "-1")
                .Text("ruleAction", "deny")
                .Text("egress", egress)
                .Text("cidrBlock", "0.0.0.0/0"))
            .List("associationSet", acl.Associations, pair => body
                .Text("networkAclAssociationId", pair.Value)
                .Text("networkAclId", acl.Id)
                .Text("subnetId", pair.Key));
        call.WriteTags(acl);
    }
}
