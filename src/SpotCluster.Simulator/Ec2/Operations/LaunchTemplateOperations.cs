using System.Globalization;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Launch templates and their versions.</summary>
internal static class LaunchTemplateOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateLaunchTemplate"] = CreateLaunchTemplate;
        table["CreateLaunchTemplateVersion"] = CreateLaunchTemplateVersion;
        table["DescribeLaunchTemplates"] = DescribeLaunchTemplates;
        table["DescribeLaunchTemplateVersions"] = DescribeLaunchTemplateVersions;
        table["DeleteLaunchTemplate"] = DeleteLaunchTemplate;
    }

    /// <summary>The template and version that a specification names by id or name.</summary>
    public static (LaunchTemplate Template, int Version) Find(Ec2Region region, QueryNode specification)
    {
        var template = FindTemplate(region, specification);
        var version = specification.Text("Version") ?? "$Default";
        var number = version switch
        {
            "$Default" => template.DefaultVersion,
            "$Latest" => template.Versions.Count,
            _ => int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0,
        };
        return number >= 1 && number <= template.Versions.Count
            ? (template, number)
            : throw AwsFaults.NotFound("InvalidLaunchTemplateId.VersionNotFound", $"Could not find the specified version {version} for the launch template with ID {template.Id}.");
    }

    private static LaunchTemplate FindTemplate(Ec2Region region, QueryNode query)
    {
        var id = query.Text("LaunchTemplateId");
        var name = query.Text("LaunchTemplateName");
        if (id is null == name is null)
        {
            throw new ServiceFaultException(400, id is null ? "MissingParameter" : "InvalidParameterCombination", "Either a launch template ID or a launch template name must be specified, not both.");
        }

        return id is not null
            ? region.Require(region.LaunchTemplates, id)
            : region.LaunchTemplates.All.FirstOrDefault(template => template.Name == name && region.IsKnown(template))
                ?? throw AwsFaults.NotFound("InvalidLaunchTemplateName.NotFoundException", $"The specified launch template, with template name {name}, does not exist.");
    }

    private static void CreateLaunchTemplate(Ec2Call call)
    {
        var name = call.Query.Required("LaunchTemplateName");
        if (name.Length is < 3 or > 128)
        {
            throw new ServiceFaultException(400, "InvalidLaunchTemplateName.MalformedException", "A launch template name must be between 3 and 128 characters.");
        }

        if (call.Region.LaunchTemplates.All.Any(other => other.Name == name))
        {
            throw new ServiceFaultException(400, "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
        }

        TagRules.Check(call.TagsFor("launch-template"));
        var template = call.Region.Add(call.Region.LaunchTemplates, new LaunchTemplate
        {
            Id = call.Region.NewId("lt-"),
            CreatedAt = call.Now,
            Name = name,
        });
        template.Versions.Add((Data(call), call.Query.Text("VersionDescription"), call.Now));
        call.Tagged(template);
        call.Body.Element("launchTemplate", () => Write(call, template));
    }

    private static QueryNode Data(Ec2Call call)
    {
        var data = call.Query["LaunchTemplateData"];
        return data.IsEmpty ? throw AwsFaults.Missing("LaunchTemplateData") : data;
    }

    private static void CreateLaunchTemplateVersion(Ec2Call call)
    {
        var template = FindTemplate(call.Region, call.Query);
        var data = Data(call);
        if (call.Query.Text("SourceVersion") is { } source)
        {
            data = template.Versions[int.Parse(source, CultureInfo.InvariantCulture) - 1].Data.Overlay(data);
        }

        template.Versions.Add((data, call.Query.Text("VersionDescription"), call.Now));
        call.Body.Element("launchTemplateVersion", () => WriteVersion(call, template, template.Versions.Count));
    }

    private static void DescribeLaunchTemplates(Ec2Call call)
    {
        var names = call.Query.Texts("LaunchTemplateName");
        if (names.FirstOrDefault(name => call.Region.LaunchTemplates.All.All(template => template.Name != name)) is { } missing)
        {
            throw AwsFaults.NotFound("InvalidLaunchTemplateName.NotFoundException", $"The specified launch template, with template name {missing}, does not exist.");
        }

        call.Describe(
            call.Region.LaunchTemplates,
            "LaunchTemplateId",
            "launchTemplates",
            template => Write(call, template),
            template => names.Count == 0 || names.Contains(template.Name));
    }

    private static void DescribeLaunchTemplateVersions(Ec2Call call)
    {
        var template = FindTemplate(call.Region, call.Query);
        var wanted = call.Query.Texts("LaunchTemplateVersion").Select(version => version switch
        {
            "$Default" => template.DefaultVersion,
            "$Latest" => template.Versions.Count,
            _ => int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0,
        }).ToList();
        var versions = Enumerable.Range(1, template.Versions.Count).Where(number => wanted.Count == 0 || wanted.Contains(number));
        call.Body.List("launchTemplateVersionSet", call.PageOf(versions), number => WriteVersion(call, template, number));
    }

    private static void DeleteLaunchTemplate(Ec2Call call)
    {
        var template = FindTemplate(call.Region, call.Query);
        call.Region.Remove(call.Region.LaunchTemplates, template);
        call.Body.Element("launchTemplate", () => Write(call, template));
    }

    private static void Write(Ec2Call call, LaunchTemplate template)
    {
        call.Body.Text("launchTemplateId", template.Id)
            .Text("launchTemplateName", template.Name)
            .Text("createTime", template.CreatedAt)
            .Text("createdBy", call.Account.Arn)
            .Text("defaultVersionNumber", template.DefaultVersion)
            .Text("latestVersionNumber", template.Versions.Count);
        call.WriteTags(template);
    }

    private static void WriteVersion(Ec2Call call, LaunchTemplate template, int number)
    {
        var (data, description, createdAt) = template.Versions[number - 1];
        var body = call.Body;
        body.Text("launchTemplateId", template.Id)
            .Text("launchTemplateName", template.Name)
            .Text("versionNumber", number)
            .Text("versionDescription", description)
            .Text("createTime", createdAt)
            .Text("createdBy", call.Account.Arn)
            .Text("defaultVersion", number == template.DefaultVersion)
            .Element("launchTemplateData", () => WriteData(body, data));
    }

    private static void WriteData(XmlBody body, QueryNode data)
    {
        body.Text("imageId", data.Text("ImageId"))
            .Text("instanceType", data.Text("InstanceType"))
            .Text("keyName", data.Text("KeyName"))
            .Text("userData", data.Text("UserData"))
            .Text("ebsOptimized", data.Flag("EbsOptimized"))
            .Text("disableApiTermination", data.Flag("DisableApiTermination"))
            .Text("disableApiStop", data.Flag("DisableApiStop"))
            .Text("instanceInitiatedShutdownBehavior", data.Text("InstanceInitiatedShutdownBehavior"));
        if (!data["IamInstanceProfile"].IsEmpty)
        {
            body.Element("iamInstanceProfile", () => body
                .Text("arn", data["IamInstanceProfile"].Text("Arn"))
                .Text("name", data["IamInstanceProfile"].Text("Name")));
        }

        if (!data["MetadataOptions"].IsEmpty)
        {
            body.Element("metadataOptions", () => body
                .Text("httpTokens", data["MetadataOptions"].Text("HttpTokens"))
                .Text("httpPutResponseHopLimit", data["MetadataOptions"].Text("HttpPutResponseHopLimit"))
                .Text("httpEndpoint", data["MetadataOptions"].Text("HttpEndpoint"))
                .Text("instanceMetadataTags", data["MetadataOptions"].Text("InstanceMetadataTags")));
        }

        if (!data["InstanceMarketOptions"].IsEmpty)
        {
            var spot = data["InstanceMarketOptions"]["SpotOptions"];
            body.Element("instanceMarketOptions", () => body
                .Text("marketType", data["InstanceMarketOptions"].Text("MarketType"))
                .Element("spotOptions", () => body
                    .Text("maxPrice", spot.Text("MaxPrice"))
                    .Text("spotInstanceType", spot.Text("SpotInstanceType"))
                    .Text("instanceInterruptionBehavior", spot.Text("InstanceInterruptionBehavior"))));
        }

        body.List("blockDeviceMappingSet", data.List("BlockDeviceMapping"), mapping => body
                .Text("deviceName", mapping.Text("DeviceName"))
                .Element("ebs", () => body
                    .Text("encrypted", mapping["Ebs"].Flag("Encrypted"))
                    .Text("deleteOnTermination", mapping["Ebs"].Flag("DeleteOnTermination"))
                    .Text("volumeSize", mapping["Ebs"].Text("VolumeSize"))
                    .Text("volumeType", mapping["Ebs"].Text("VolumeType"))))
            .List("networkInterfaceSet", data.List("NetworkInterface"), network => body
                .Text("associatePublicIpAddress", network.Flag("AssociatePublicIpAddress"))
                .Text("deleteOnTermination", network.Flag("DeleteOnTermination"))
                .Text("deviceIndex", network.Text("DeviceIndex"))
                .Element("groupSet", () => network.Texts("SecurityGroupId").ToList().ForEach(id => body.Text("groupId", id)))
                .Text("subnetId", network.Text("SubnetId")))
            .List("securityGroupIdSet", data.Texts("SecurityGroupId"))
            .List("tagSpecificationSet", data.List("TagSpecification"), specification => body
                .Text("resourceType", specification.Text("ResourceType"))
                .List("tagSet", specification.List("Tag"), tag => body.Text("key", tag.Text("Key")).Text("value", tag.Text("Value"))));
    }
}
