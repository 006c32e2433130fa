// Key pairs.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary><see cref="PublicKeyMaterial"/> is the base64 of the OpenSSH or PEM text. Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class ImportKeyPairRequest : Ec2Request
{
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public required string KeyName { get; set; }
    public required string PublicKeyMaterial { get; set; }

    internal override string Operation => "ImportKeyPair";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("TagSpecification", TagSpecifications);
        w.Add("KeyName", KeyName);
        w.Add("PublicKeyMaterial", PublicKeyMaterial);
    }
}

internal sealed class ImportKeyPairResponse : Ec2Response
{
    public string? KeyFingerprint { get; set; }
    public string? KeyName { get; set; }
    public string? KeyPairId { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static ImportKeyPairResponse Read(XElement e) => new()
    {
        KeyFingerprint = e.Text("keyFingerprint"),
        KeyName = e.Text("keyName"),
        KeyPairId = e.Text("keyPairId"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class DescribeKeyPairsRequest : Ec2Request
{
    public List<string> KeyNames { get; set; } = [];
    public List<string> KeyPairIds { get; set; } = [];
    public bool? IncludePublicKey { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeKeyPairs";

    internal override void Write(QueryWriter w)
    {
        w.Add("KeyName", KeyNames);
        w.Add("KeyPairId", KeyPairIds);
        w.Add("IncludePublicKey", IncludePublicKey);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeKeyPairsResponse : Ec2Response
{
    public List<KeyPairInfo> KeyPairs { get; set; } = [];

    public static DescribeKeyPairsResponse Read(XElement e) => new()
    {
        KeyPairs = e.Items("keySet", KeyPairInfo.Read),
    };
}

internal sealed class KeyPairInfo
{
    public string KeyPairId { get; set; } = "";
    public string? KeyType { get; set; }
    public List<Tag> Tags { get; set; } = [];
    public string? PublicKey { get; set; }
    public DateTimeOffset? CreateTime { get; set; }
    public string KeyName { get; set; } = "";
    public string? KeyFingerprint { get; set; }

    public static KeyPairInfo Read(XElement e) => new()
    {
        KeyPairId = e.Text("keyPairId") ?? "",
        KeyType = e.Text("keyType"),
        Tags = e.Items("tagSet", Tag.Read),
        PublicKey = e.Text("publicKey"),
        CreateTime = e.Time("createTime"),
        KeyName = e.Text("keyName") ?? "",
        KeyFingerprint = e.Text("keyFingerprint"),
    };
}

internal sealed class DeleteKeyPairRequest : Ec2Request
{
    public string? KeyName { get; set; }
    public string? KeyPairId { get; set; }

    internal override string Operation => "DeleteKeyPair";

    internal override void Write(QueryWriter w)
    {
        w.Add("KeyName", KeyName);
        w.Add("KeyPairId", KeyPairId);
    }
}

internal sealed class DeleteKeyPairResponse : Ec2Response
{
    public bool? Return { get; set; }
    public string? KeyPairId { get; set; }

    public static DeleteKeyPairResponse Read(XElement e) => new()
    {
        Return = e.Bool("return"),
        KeyPairId = e.Text("keyPairId"),
    };
}
