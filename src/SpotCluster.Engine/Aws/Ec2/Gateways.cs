// Internet gateways and egress-only internet gateways.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Takes no token: a call without an answer may have created one; look it up by its tag.</summary>
internal sealed class CreateInternetGatewayRequest : Ec2Request
{
    public List<TagSpecification> TagSpecifications { get; set; } = [];

    internal override string Operation => "CreateInternetGateway";

    internal override bool RepeatMayDuplicate => true;

    internal override void Write(QueryWriter w)
    {
        w.Add("TagSpecification", TagSpecifications);
    }
}

internal sealed class CreateInternetGatewayResponse : Ec2Response
{
    public required InternetGateway InternetGateway { get; set; }

    public static CreateInternetGatewayResponse Read(XElement e) => new()
    {
        InternetGateway = e.RequiredStructure("internetGateway", InternetGateway.Read),
    };
}

internal sealed class InternetGateway
{
    public List<InternetGatewayAttachment> Attachments { get; set; } = [];
    public string InternetGatewayId { get; set; } = "";
    public string? OwnerId { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static InternetGateway Read(XElement e) => new()
    {
        Attachments = e.Items("attachmentSet", InternetGatewayAttachment.Read),
        InternetGatewayId = e.Text("internetGatewayId") ?? "",
        OwnerId = e.Text("ownerId"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class InternetGatewayAttachment
{
    public string? State { get; set; }
    public string? VpcId { get; set; }

    public static InternetGatewayAttachment Read(XElement e) => new()
    {
        State = e.Text("state"),
        VpcId = e.Text("vpcId"),
    };
}

internal sealed class AttachInternetGatewayRequest : Ec2Request
{
    public required string InternetGatewayId { get; set; }
    public required string VpcId { get; set; }

    internal override string Operation => "AttachInternetGateway";

    internal override void Write(QueryWriter w)
    {
        w.Add("InternetGatewayId", InternetGatewayId);
        w.Add("VpcId", VpcId);
    }
}

internal sealed class AttachInternetGatewayResponse : Ec2Response
{
    public static AttachInternetGatewayResponse Read(XElement e) => new();
}

internal sealed class DetachInternetGatewayRequest : Ec2Request
{
    public required string InternetGatewayId { get; set; }
    public required string VpcId { get; set; }

    internal override string Operation => "DetachInternetGateway";

    internal override void Write(QueryWriter w)
    {
        w.Add("InternetGatewayId", InternetGatewayId);
        w.Add("VpcId", VpcId);
    }
}

internal sealed class DetachInternetGatewayResponse : Ec2Response
{
    public static DetachInternetGatewayResponse Read(XElement e) => new();
}

internal sealed class DeleteInternetGatewayRequest : Ec2Request
{
    public required string InternetGatewayId { get; set; }

    internal override string Operation => "DeleteInternetGateway";

    internal override void Write(QueryWriter w)
    {
        w.Add("InternetGatewayId", InternetGatewayId);
    }
}

internal sealed class DeleteInternetGatewayResponse : Ec2Response
{
    public static DeleteInternetGatewayResponse Read(XElement e) => new();
}

internal sealed class DescribeInternetGatewaysRequest : Ec2Request, IPagedRequest
{
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }
    public List<string> InternetGatewayIds { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeInternetGateways";

    bool IPagedRequest.NamesItems => InternetGatewayIds.Count > 0;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
        w.Add("InternetGatewayId", InternetGatewayIds);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeInternetGatewaysResponse : Ec2Response, IPagedResponse
{
    public List<InternetGateway> InternetGateways { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeInternetGatewaysResponse Read(XElement e) => new()
    {
        InternetGateways = e.Items("internetGatewaySet", InternetGateway.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class DescribeEgressOnlyInternetGatewaysRequest : Ec2Request, IPagedRequest
{
    public List<string> EgressOnlyInternetGatewayIds { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }
    public List<Filter> Filters { get; set; } = [];

    internal override string Operation => "DescribeEgressOnlyInternetGateways";

    bool IPagedRequest.NamesItems => EgressOnlyInternetGatewayIds.Count > 0;

    int IPagedRequest.PageSize => 255;

    internal override void Write(QueryWriter w)
    {
        w.Add("EgressOnlyInternetGatewayId", EgressOnlyInternetGatewayIds);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
        w.Add("Filter", Filters);
    }
}

internal sealed class DescribeEgressOnlyInternetGatewaysResponse : Ec2Response, IPagedResponse
{
    public List<EgressOnlyInternetGateway> EgressOnlyInternetGateways { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeEgressOnlyInternetGatewaysResponse Read(XElement e) => new()
    {
        EgressOnlyInternetGateways = e.Items("egressOnlyInternetGatewaySet", EgressOnlyInternetGateway.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class EgressOnlyInternetGateway
{
    public List<InternetGatewayAttachment> Attachments { get; set; } = [];
    public string EgressOnlyInternetGatewayId { get; set; } = "";
    public List<Tag> Tags { get; set; } = [];

    public static EgressOnlyInternetGateway Read(XElement e) => new()
    {
        Attachments = e.Items("attachmentSet", InternetGatewayAttachment.Read),
        EgressOnlyInternetGatewayId = e.Text("egressOnlyInternetGatewayId") ?? "",
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class DeleteEgressOnlyInternetGatewayRequest : Ec2Request
{
    public required string EgressOnlyInternetGatewayId { get; set; }

    internal override string Operation => "DeleteEgressOnlyInternetGateway";

    internal override void Write(QueryWriter w)
    {
        w.Add("EgressOnlyInternetGatewayId", EgressOnlyInternetGatewayId);
    }
}

internal sealed class DeleteEgressOnlyInternetGatewayResponse : Ec2Response
{
    public bool? ReturnCode { get; set; }

    public static DeleteEgressOnlyInternetGatewayResponse Read(XElement e) => new()
    {
        ReturnCode = e.Bool("returnCode"),
    };
}
