// Launch templates.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class CreateLaunchTemplateRequest : Ec2Request, ITokenRequest
{
    public required string LaunchTemplateName { get; set; }
    public required RequestLaunchTemplateData LaunchTemplateData { get; set; }
    public string? VersionDescription { get; set; }
    public List<TagSpecification> TagSpecifications { get; set; } = [];
    public string? ClientToken { get; set; }

    internal override string Operation => "CreateLaunchTemplate";

    internal override void Write(QueryWriter w)
    {
        w.Add("LaunchTemplateName", LaunchTemplateName);
        w.Add("LaunchTemplateData", LaunchTemplateData);
        w.Add("VersionDescription", VersionDescription);
        w.Add("TagSpecification", TagSpecifications);
        w.Add("ClientToken", ClientToken);
    }
}

internal sealed class CreateLaunchTemplateResponse : Ec2Response
{
    public required LaunchTemplate LaunchTemplate { get; set; }
    public ValidationWarning? Warning { get; set; }

    public static CreateLaunchTemplateResponse Read(XElement e) => new()
    {
        LaunchTemplate = e.RequiredStructure("launchTemplate", LaunchTemplate.Read),
        Warning = e.Structure("warning", ValidationWarning.Read),
    };
}

internal sealed class LaunchTemplate
{
    public string LaunchTemplateId { get; set; } = "";
    public string LaunchTemplateName { get; set; } = "";
    public DateTimeOffset? CreateTime { get; set; }
    public string? CreatedBy { get; set; }
    public long? DefaultVersionNumber { get; set; }
    public long? LatestVersionNumber { get; set; }
    public List<Tag> Tags { get; set; } = [];

    public static LaunchTemplate Read(XElement e) => new()
    {
        LaunchTemplateId = e.Text("launchTemplateId") ?? "",
        LaunchTemplateName = e.Text("launchTemplateName") ?? "",
        CreateTime = e.Time("createTime"),
        CreatedBy = e.Text("createdBy"),
        DefaultVersionNumber = e.Long("defaultVersionNumber"),
        LatestVersionNumber = e.Long("latestVersionNumber"),
        Tags = e.Items("tagSet", Tag.Read),
    };
}

internal sealed class ValidationWarning
{
    public List<ValidationError> Errors { get; set; } = [];

    public static ValidationWarning Read(XElement e) => new()
    {
        Errors = e.Items("errorSet", ValidationError.Read),
    };
}

internal sealed class ValidationError
{
    public string? Code { get; set; }
    public string? Message { get; set; }

    public static ValidationError Read(XElement e) => new()
    {
        Code = e.Text("code"),
        Message = e.Text("message"),
    };
}

internal sealed class DescribeLaunchTemplatesRequest : Ec2Request, IPagedRequest
{
    public List<string> LaunchTemplateIds { get; set; } = [];
    public List<string> LaunchTemplateNames { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];
    public string? NextToken { get; set; }
    public int? MaxResults { get; set; }

    internal override string Operation => "DescribeLaunchTemplates";

    bool IPagedRequest.NamesItems => LaunchTemplateIds.Count > 0 || LaunchTemplateNames.Count > 0;

    int IPagedRequest.PageSize => 200;

    internal override void Write(QueryWriter w)
    {
        w.Add("LaunchTemplateId", LaunchTemplateIds);
        w.Add("LaunchTemplateName", LaunchTemplateNames);
        w.Add("Filter", Filters);
        w.Add("NextToken", NextToken);
        w.Add("MaxResults", MaxResults);
    }
}

internal sealed class DescribeLaunchTemplatesResponse : Ec2Response, IPagedResponse
{
    public List<LaunchTemplate> LaunchTemplates { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeLaunchTemplatesResponse Read(XElement e) => new()
    {
        LaunchTemplates = e.Items("launchTemplates", LaunchTemplate.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class DeleteLaunchTemplateRequest : Ec2Request
{
    public string? LaunchTemplateId { get; set; }
    public string? LaunchTemplateName { get; set; }

    internal override string Operation => "DeleteLaunchTemplate";

    internal override void Write(QueryWriter w)
    {
        w.Add("LaunchTemplateId", LaunchTemplateId);
        w.Add("LaunchTemplateName", LaunchTemplateName);
    }
}

internal sealed class DeleteLaunchTemplateResponse : Ec2Response
{
    public LaunchTemplate? LaunchTemplate { get; set; }

    public static DeleteLaunchTemplateResponse Read(XElement e) => new()
    {
        LaunchTemplate = e.Structure("launchTemplate", LaunchTemplate.Read),
    };
}
