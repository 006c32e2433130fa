using System.Security.Cryptography;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Key pairs and placement groups: what a launch names.</summary>
internal static class KeyPairOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["ImportKeyPair"] = ImportKeyPair;
        table["DescribeKeyPairs"] = DescribeKeyPairs;
        table["DeleteKeyPair"] = DeleteKeyPair;
        table["CreatePlacementGroup"] = CreatePlacementGroup;
        table["DescribePlacementGroups"] = DescribePlacementGroups;
        table["DeletePlacementGroup"] = DeletePlacementGroup;
    }

    private static void ImportKeyPair(Ec2Call call)
    {
        var name = call.Query.Required("KeyName");
        if (call.Region.KeyPairs.All.Any(pair => pair.Name == name))
        {
            throw new ServiceFaultException(400, "InvalidKeyPair.Duplicate", $"The keypair '{name}' already exists.");
        }

        var (key, blob) = Decode(call.Query.Required("PublicKeyMaterial"));
        TagRules.Check(call.TagsFor("key-pair"));
        var pair = call.Tagged(call.Region.Add(call.Region.KeyPairs, new KeyPair
        {
            Id = call.Region.NewId("key-"),
            CreatedAt = call.Now,
            Name = name,
            KeyType = key.StartsWith("ssh-ed25519", StringComparison.Ordinal) ? "ed25519" : "rsa",
            PublicKey = key,
            Fingerprint = Fingerprint(blob),
        }));
        call.Body.Text("keyName", pair.Name).Text("keyFingerprint", pair.Fingerprint).Text("keyPairId", pair.Id);
        call.WriteTags(pair);
    }

    private static (string Key, byte[] Blob) Decode(string material)
    {
        var refusal = new ServiceFaultException(400, "InvalidKey.Format", "Key is not in valid OpenSSH public key format");
        try
        {
            var key = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(material)).Trim();
            var parts = key.Split([' '], 3);
            return parts.Length >= 2 && parts[0] is "ssh-rsa" or "ssh-ed25519" ? (key, Convert.FromBase64String(parts[1])) : throw refusal;
        }
        catch (FormatException)
        {
            throw refusal;
        }
    }

    private static string Fingerprint(byte[] blob)
    {
        var hash = SHA256.HashData(blob);
        return Convert.ToBase64String(hash);
    }

    private static void DescribeKeyPairs(Ec2Call call)
    {
        var names = call.Query.Texts("KeyName");
        if (names.FirstOrDefault(name => call.Region.KeyPairs.All.All(pair => pair.Name != name)) is { } missing)
        {
            throw AwsFaults.NotFound("InvalidKeyPair.NotFound", $"The key pair '{missing}' does not exist");
        }

        call.Body.List("keySet", call.Select(call.Region.KeyPairs, "KeyPairId", pair => names.Count == 0 || names.Contains(pair.Name)), pair =>
        {
            call.Body.Text("keyPairId", pair.Id)
                .Text("keyName", pair.Name)
                .Text("keyFingerprint", pair.Fingerprint)
                .Text("keyType", pair.KeyType)
                .Text("createTime", pair.CreatedAt)
                .Text("publicKey", call.Query.Flag("IncludePublicKey") == true ? pair.PublicKey : null);
            call.WriteTags(pair);
        });
    }

    private static void DeleteKeyPair(Ec2Call call)
    {
        // AWS answers success for a key pair that is not there.
        var id = call.Query.Text("KeyPairId");
        var name = call.Query.Text("KeyName");
        if (id is null && name is null)
        {
            throw AwsFaults.Missing("KeyName");
        }

        var pair = call.Region.KeyPairs.Find(id) ?? call.Region.KeyPairs.All.FirstOrDefault(item => item.Name == name);
        if (pair is not null)
        {
            call.Region.Remove(call.Region.KeyPairs, pair);
        }

        call.Ok();
        call.Body.Text("keyPairId", pair?.Id);
    }

    private static void CreatePlacementGroup(Ec2Call call)
    {
        var name = call.Query.Required("GroupName");
        if (call.Region.PlacementGroups.All.Any(group => group.Name == name))
        {
            throw new ServiceFaultException(400, "InvalidPlacementGroup.Duplicate", $"The Placement Group '{name}' already exists.");
        }

        TagRules.Check(call.TagsFor("placement-group"));
        var group = call.Tagged(call.Region.Add(call.Region.PlacementGroups, new PlacementGroup
        {
            Id = call.Region.NewId("pg-"),
            CreatedAt = call.Now,
            Name = name,
            Strategy = call.Query.Text("Strategy") ?? "cluster",
            PartitionCount = call.Query.Number("PartitionCount"),
        }));
        call.Ok();
        call.Body.Element("placementGroup", () => WritePlacementGroup(call, group));
    }

    private static void DescribePlacementGroups(Ec2Call call)
    {
        var names = call.Query.Texts("GroupName");
        if (names.FirstOrDefault(name => call.Region.PlacementGroups.All.All(group => group.Name != name)) is { } missing)
        {
            throw AwsFaults.NotFound("InvalidPlacementGroup.Unknown", $"The Placement Group '{missing}' is unknown.");
        }

        call.Body.List(
            "placementGroupSet",
            call.Select(call.Region.PlacementGroups, "GroupId", group => names.Count == 0 || names.Contains(group.Name)),
            group => WritePlacementGroup(call, group));
    }

    private static void DeletePlacementGroup(Ec2Call call)
    {
        var name = call.Query.Required("GroupName");
        var group = call.Region.PlacementGroups.All.FirstOrDefault(item => item.Name == name)
            ?? throw AwsFaults.NotFound("InvalidPlacementGroup.Unknown", $"The Placement Group '{name}' is unknown.");
        if (call.Region.Instances.All.Any(instance => instance.IsLive && instance.PlacementGroup == name))
        {
            throw new ServiceFaultException(400, "InvalidPlacementGroup.InUse", $"The placement group '{name}' is in use and may not be deleted.");
        }

        call.Region.Remove(call.Region.PlacementGroups, group);
        call.Ok();
    }

    private static void WritePlacementGroup(Ec2Call call, PlacementGroup group)
    {
        call.Body.Text("groupName", group.Name)
            .Text("strategy", group.Strategy)
            .Text("state", group.State)
            .Text("partitionCount", group.PartitionCount)
            .Text("groupId", group.Id)
            .Text("groupArn", $"arn:aws:ec2:{call.Region.Name}:{call.Account.Id}:placement-group/{group.Name}");
        call.WriteTags(group);
    }
}
