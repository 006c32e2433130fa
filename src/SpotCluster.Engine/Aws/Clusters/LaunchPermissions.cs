using System.Text.RegularExpressions;
using Amazon.EC2;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Policy;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>
/// Asks for every call of a launch with DryRun, at the same time as everything else, so that a missing permission is known
/// before the first part of a network is made. No call can make anything, not even where DryRun is ignored: each names
/// something that does not exist, or a range that is refused.
/// </summary>
internal sealed class LaunchPermissions(IEc2Client ec2, LaunchSpec spec, SpotSettings settings)
{
    private const string RunInstances = "ec2:RunInstances";
    private const string NoVpc = "vpc-00000000000000000";
    private const string NoGateway = "igw-00000000000000000";

    private static readonly Regex Denied = new(@"not authorized to perform: (?<action>[a-z0-9-]+:\w+)", RegexOptions.CultureInvariant);

    /// <summary>Why EC2 refuses the image or the instance profile that was given; null when it does not, or was not asked yet.</summary>
    public SpotException? Refused { get; private set; }

    /// <summary>The actions that are denied, each once; whether a policy could still allow them for what is yet to be made.</summary>
    /// <param name="all">False asks for the instances alone: permissions seldom differ between regions, and what denies a region denies these.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<(string Action, bool MayDepend)>> FindDeniedAsync(bool all, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(Questions(all, cancellationToken).Select(question => DeniedAsync(question.Action, question.Ask, question.MayDepend))).ConfigureAwait(false);
        return [.. answers.SelectMany(answer => answer).GroupBy(answer => answer.Action, StringComparer.Ordinal).Select(group => (group.Key, group.All(answer => answer.MayDepend))).OrderBy(answer => answer.Key, StringComparer.Ordinal)];
    }

    /// <summary>One error that names all of them, with the statement to add.</summary>
    public static SpotException Missing(string region, IReadOnlyList<string> actions) => new(
        SpotErrorIds.PermissionMissing,
        SpotErrorCategory.PermissionDenied,
        $"{(actions.Count == 1 ? "A permission" : $"{actions.Count} permissions")} for a launch in {region} {(actions.Count == 1 ? "is" : "are")} missing: {string.Join(", ", actions)} (UnauthorizedOperation). Nothing was created.")
    {
        Target = actions[0],
        Region = region,
        ServiceCode = "UnauthorizedOperation",
        RecommendedAction = $"Add this statement to the policy of the user or role: {UserPolicy.Statement(actions)} Get-SpotPolicy -Task Launch (spotcluster policy --task launch) shows the whole policy.",
    };

    private IEnumerable<(string Action, Func<Task> Ask, bool MayDepend)> Questions(bool all, CancellationToken stop)
    {
        yield return (RunInstances, () => ec2.RunInstancesAsync(
            new RunInstancesRequest
            {
                DryRun = true,
                ImageId = spec.Image ?? "ami-00000000000000000",
                InstanceType = spec.InstanceTypes[0],
                MinCount = 1,
                MaxCount = 1,
                IamInstanceProfile = spec.InstanceProfile is not { } profile ? null
                    : profile.StartsWith("arn:", StringComparison.Ordinal) ? new IamInstanceProfileSpecification { Arn = profile }
                    : new IamInstanceProfileSpecification { Name = profile },
                InstanceMarketOptions = new InstanceMarketOptionsRequest { MarketType = MarketType.Spot },
                TagSpecifications = [.. Tags("instance"), .. Tags("volume")],
            },
            stop), false);
        if (!all)
        {
            yield break;
        }

        var name = $"{settings.ResourcePrefix}{spec.Name}-check";
        yield return ("ec2:CreateLaunchTemplate", () => ec2.CreateLaunchTemplateAsync(
            new CreateLaunchTemplateRequest
            {
                DryRun = true,
                LaunchTemplateName = name,
                LaunchTemplateData = new RequestLaunchTemplateData { InstanceType = spec.InstanceTypes[0] },
                TagSpecifications = Tags("launch-template"),
            },
            stop), false);
        yield return ("ec2:CreateFleet", () => ec2.CreateFleetAsync(
            new CreateFleetRequest
            {
                DryRun = true,
                Type = FleetType.Instant,
                LaunchTemplateConfigs = [new FleetLaunchTemplateConfigRequest { LaunchTemplateSpecification = new FleetLaunchTemplateSpecificationRequest { LaunchTemplateName = name, Version = "$Latest" } }],
                TargetCapacitySpecification = new TargetCapacitySpecificationRequest { TotalTargetCapacity = 1, DefaultTargetCapacityType = DefaultTargetCapacityType.Spot },
                TagSpecifications = Tags("fleet"),
            },
            stop), false);
        yield return ("ec2:CreateSecurityGroup", () => ec2.CreateSecurityGroupAsync(
            new CreateSecurityGroupRequest { DryRun = true, GroupName = name, Description = name, VpcId = NoVpc, TagSpecifications = Tags("security-group") }, stop), true);
        yield return ("ec2:AuthorizeSecurityGroupIngress", () => ec2.AuthorizeSecurityGroupIngressAsync(
            new AuthorizeSecurityGroupIngressRequest
            {
                DryRun = true,
                GroupId = "sg-00000000000000000",
                IpPermissions = [new IpPermission { IpProtocol = "tcp", FromPort = 22, ToPort = 22, Ipv4Ranges = [new IpRange { CidrIp = "198.51.100.1/32" }] }],
            },
            stop), true);
        if (spec.PublicKey is { } key)
        {
            yield return ("ec2:ImportKeyPair", () => ec2.ImportKeyPairAsync(
                new ImportKeyPairRequest { DryRun = true, KeyName = name, PublicKeyMaterial = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key)), TagSpecifications = Tags("key-pair") }, stop), false);
        }

        if (spec.UseDefaultVpc)
        {
            yield break;
        }

        // EC2 takes no range of this size.
        yield return ("ec2:CreateVpc", () => ec2.CreateVpcAsync(new CreateVpcRequest { DryRun = true, CidrBlock = "10.0.0.0/8", TagSpecifications = Tags("vpc") }, stop), false);
        yield return ("ec2:CreateInternetGateway", () => ec2.CreateInternetGatewayAsync(new CreateInternetGatewayRequest { DryRun = true, TagSpecifications = Tags("internet-gateway") }, stop), false);
        yield return ("ec2:CreateSubnet", () => ec2.CreateSubnetAsync(new CreateSubnetRequest { DryRun = true, VpcId = NoVpc, CidrBlock = "10.0.0.0/24", TagSpecifications = Tags("subnet") }, stop), true);
        yield return ("ec2:AttachInternetGateway", () => ec2.AttachInternetGatewayAsync(new AttachInternetGatewayRequest { DryRun = true, VpcId = NoVpc, InternetGatewayId = NoGateway }, stop), true);
        yield return ("ec2:CreateRoute", () => ec2.CreateRouteAsync(
            new CreateRouteRequest { DryRun = true, RouteTableId = "rtb-00000000000000000", DestinationCidrBlock = "0.0.0.0/0", GatewayId = NoGateway }, stop), true);
    }

    // EC2 has a code of its own for neither.
    private SpotException? Invalid(SpotException refusal) => refusal.ServiceCode switch
    {
        not "InvalidParameterValue" => null,
        _ when spec.InstanceProfile is not null && refusal.Message.Contains("iamInstanceProfile", StringComparison.Ordinal) => refusal,
        _ when spec.Image is { } image && refusal.Message.Contains(image.Substring(image.LastIndexOf(':') + 1), StringComparison.Ordinal) =>
            new SpotException(SpotErrorIds.ImageInvalid, SpotErrorCategory.NotFound, $"Image {image} is not available in {ec2.Region}: {refusal.Message}", refusal)
            {
                Target = image,
                Region = ec2.Region,
                ServiceCode = refusal.ServiceCode,
                RequestId = refusal.RequestId,
                RecommendedAction = "Specify an AMI id (ami-...) or a public parameter (resolve:ssm:/aws/service/...).",
            },
        _ => null,
    };

    private List<TagSpecification> Tags(string type) =>
    [
        new TagSpecification
        {
            ResourceType = type,
            Tags = [new Tag(settings.FilterTagName, settings.FilterTagValue), new Tag(TagKeys.Cluster, spec.Name)],
        },
    ];

    private async Task<IReadOnlyList<(string Action, bool MayDepend)>> DeniedAsync(string action, Func<Task> ask, bool mayDepend)
    {
        try
        {
            await ask().ConfigureAwait(false);
        }
        catch (SpotException refusal) when (refusal.ServiceCode == "UnauthorizedOperation")
        {
            // What one call needs may be the permission for another: tags, the role of spot instances, the parameter of an image.
            return [(Denied.Match(refusal.Message) is { Success: true } match ? match.Groups["action"].Value : action, mayDepend)];
        }
        catch (SpotException refusal)
        {
            // It would be done, or is refused for what does not exist: the launch itself tells everything else.
            Refused ??= action == RunInstances ? Invalid(refusal) : null;
        }

        return [];
    }
}
