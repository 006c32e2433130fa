// Terminate, stop, start, reboot.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>One malformed or unknown id: none is terminated. A protected machine holds back its whole zone.</summary>
internal sealed class TerminateInstancesRequest : Ec2Request
{
    public required List<string> InstanceIds { get; set; }
    public bool? Force { get; set; }

    internal override string Operation => "TerminateInstances";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("InstanceId", InstanceIds);
        w.Add("Force", Force);
    }
}

internal sealed class TerminateInstancesResponse : Ec2Response
{
    public List<InstanceStateChange> TerminatingInstances { get; set; } = [];

    public static TerminateInstancesResponse Read(XElement e) => new()
    {
        TerminatingInstances = e.Items("instancesSet", InstanceStateChange.Read),
    };
}

internal sealed class InstanceStateChange
{
    public string InstanceId { get; set; } = "";
    public InstanceState? CurrentState { get; set; }
    public InstanceState? PreviousState { get; set; }

    public static InstanceStateChange Read(XElement e) => new()
    {
        InstanceId = e.Text("instanceId") ?? "",
        CurrentState = e.Structure("currentState", InstanceState.Read),
        PreviousState = e.Structure("previousState", InstanceState.Read),
    };
}

internal sealed class StopInstancesRequest : Ec2Request
{
    public required List<string> InstanceIds { get; set; }
    public bool? Hibernate { get; set; }
    public bool? Force { get; set; }

    internal override string Operation => "StopInstances";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("InstanceId", InstanceIds);
        w.Add("Hibernate", Hibernate);
        w.Add("Force", Force);
    }
}

internal sealed class StopInstancesResponse : Ec2Response
{
    public List<InstanceStateChange> StoppingInstances { get; set; } = [];

    public static StopInstancesResponse Read(XElement e) => new()
    {
        StoppingInstances = e.Items("instancesSet", InstanceStateChange.Read),
    };
}

internal sealed class StartInstancesRequest : Ec2Request
{
    public required List<string> InstanceIds { get; set; }

    internal override string Operation => "StartInstances";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("InstanceId", InstanceIds);
    }
}

internal sealed class StartInstancesResponse : Ec2Response
{
    public List<InstanceStateChange> StartingInstances { get; set; } = [];

    public static StartInstancesResponse Read(XElement e) => new()
    {
        StartingInstances = e.Items("instancesSet", InstanceStateChange.Read),
    };
}

internal sealed class RebootInstancesRequest : Ec2Request
{
    public required List<string> InstanceIds { get; set; }

    internal override string Operation => "RebootInstances";

    internal override void Write(QueryWriter w)
    {
        w.AddRequired("InstanceId", InstanceIds);
    }
}

internal sealed class RebootInstancesResponse : Ec2Response
{
    public static RebootInstancesResponse Read(XElement e) => new();
}
