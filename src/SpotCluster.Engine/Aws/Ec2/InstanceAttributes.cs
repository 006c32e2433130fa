// Attributes and console output of a machine.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeInstanceAttributeRequest : Ec2Request
{
    public required string InstanceId { get; set; }
    public required string Attribute { get; set; }

    internal override string Operation => "DescribeInstanceAttribute";

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceId", InstanceId);
        w.Add("Attribute", Attribute);
    }
}

internal sealed class DescribeInstanceAttributeResponse : Ec2Response
{
    public InstanceAttribute InstanceAttribute { get; set; } = new();

    public static DescribeInstanceAttributeResponse Read(XElement e) => new()
    {
        InstanceAttribute = InstanceAttribute.Read(e),
    };
}

internal sealed class InstanceAttribute
{
    public string? InstanceId { get; set; }
    public string? InstanceType { get; set; }
    public bool? DisableApiTermination { get; set; }
    public bool? DisableApiStop { get; set; }
    public string? InstanceInitiatedShutdownBehavior { get; set; }
    public string? UserData { get; set; }
    public string? RootDeviceName { get; set; }
    public bool? SourceDestCheck { get; set; }
    public bool? EbsOptimized { get; set; }
    public List<InstanceBlockDeviceMapping> BlockDeviceMappings { get; set; } = [];
    public List<GroupIdentifier> Groups { get; set; } = [];

    public static InstanceAttribute Read(XElement e) => new()
    {
        InstanceId = e.Text("instanceId"),
        InstanceType = e.Child("instanceType")?.Text("value"),
        DisableApiTermination = e.Child("disableApiTermination")?.Bool("value"),
        DisableApiStop = e.Child("disableApiStop")?.Bool("value"),
        InstanceInitiatedShutdownBehavior = e.Child("instanceInitiatedShutdownBehavior")?.Text("value"),
        UserData = e.Child("userData")?.Text("value"),
        RootDeviceName = e.Child("rootDeviceName")?.Text("value"),
        SourceDestCheck = e.Child("sourceDestCheck")?.Bool("value"),
        EbsOptimized = e.Child("ebsOptimized")?.Bool("value"),
        BlockDeviceMappings = e.Items("blockDeviceMapping", InstanceBlockDeviceMapping.Read),
        Groups = e.Items("groupSet", GroupIdentifier.Read),
    };
}

internal sealed class ModifyInstanceAttributeRequest : Ec2Request
{
    public required string InstanceId { get; set; }
    public string? InstanceType { get; set; }
    public bool? DisableApiTermination { get; set; }
    public bool? DisableApiStop { get; set; }
    public string? InstanceInitiatedShutdownBehavior { get; set; }
    public bool? SourceDestCheck { get; set; }
    public bool? EbsOptimized { get; set; }
    public List<InstanceBlockDeviceMappingSpecification> BlockDeviceMappings { get; set; } = [];
    public List<string> Groups { get; set; } = [];

    internal override string Operation => "ModifyInstanceAttribute";

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceId", InstanceId);
        w.Add("InstanceType.Value", InstanceType);
        w.Add("DisableApiTermination.Value", DisableApiTermination);
        w.Add("DisableApiStop.Value", DisableApiStop);
        w.Add("InstanceInitiatedShutdownBehavior.Value", InstanceInitiatedShutdownBehavior);
        w.Add("SourceDestCheck.Value", SourceDestCheck);
        w.Add("EbsOptimized.Value", EbsOptimized);
        w.Add("BlockDeviceMapping", BlockDeviceMappings);
        w.Add("GroupId", Groups);
    }
}

internal sealed class ModifyInstanceAttributeResponse : Ec2Response
{
    public static ModifyInstanceAttributeResponse Read(XElement e) => new();
}

internal sealed class InstanceBlockDeviceMappingSpecification : IQueryStructure
{
    public string? DeviceName { get; set; }
    public EbsInstanceBlockDeviceSpecification? Ebs { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("DeviceName", DeviceName);
        w.Add("Ebs", Ebs);
    }
}

internal sealed class EbsInstanceBlockDeviceSpecification : IQueryStructure
{
    public string? VolumeId { get; set; }
    public bool? DeleteOnTermination { get; set; }

    public void Write(QueryWriter w)
    {
        w.Add("VolumeId", VolumeId);
        w.Add("DeleteOnTermination", DeleteOnTermination);
    }
}

internal sealed class GetConsoleOutputRequest : Ec2Request
{
    public required string InstanceId { get; set; }
    public bool? Latest { get; set; }

    internal override string Operation => "GetConsoleOutput";

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceId", InstanceId);
        w.Add("Latest", Latest);
    }
}

/// <summary><see cref="Output"/> is base64.</summary>
internal sealed class GetConsoleOutputResponse : Ec2Response
{
    public string? InstanceId { get; set; }
    public DateTimeOffset? Timestamp { get; set; }
    public string? Output { get; set; }

    public static GetConsoleOutputResponse Read(XElement e) => new()
    {
        InstanceId = e.Text("instanceId"),
        Timestamp = e.Time("timestamp"),
        Output = e.Text("output"),
    };
}
