using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Policy;

/// <summary>An action of IAM that the engine needs.</summary>
/// <param name="Name">Service and operation, for example <c>ec2:CreateVpc</c>.</param>
/// <param name="Tasks">What it is needed for.</param>
/// <param name="Scope">On what it is allowed.</param>
internal sealed record AwsAction(string Name, SpotTask Tasks, ActionScope Scope)
{
    /// <summary>AWS's name of the operation.</summary>
    public string Operation => Name.Substring(Name.IndexOf(':') + 1);
}

/// <summary>On what an action is allowed.</summary>
internal enum ActionScope
{
    /// <summary>On everything in the regions.</summary>
    Region,

    /// <summary>On everything, in a service that has no regions, or not those of the account.</summary>
    Anywhere,

    /// <summary>On instances that have the filter tag.</summary>
    TaggedInstance,

    /// <summary>On the service-linked roles of spot instances and fleets.</summary>
    LinkedRole,

    /// <summary>On the role of the instance profile of the settings.</summary>
    NodeRole,

    /// <summary>On the public parameters that name images.</summary>
    Parameter,
}

/// <summary>
/// Every action that the engine needs of an AWS account, for what. The policies are made of it, and tests hold it against
/// the requests that the engine can send and against those that its commands do send.
/// </summary>
internal static class AwsActions
{
    private const SpotTask Any = SpotTask.All;
    private const SpotTask List = SpotTask.List;
    private const SpotTask Launch = SpotTask.Launch;
    private const SpotTask Change = SpotTask.Change;
    private const SpotTask Remove = SpotTask.Remove;

    public static IReadOnlyList<AwsAction> All { get; } =
    [
        .. Of("ec2", Any, "DescribeRegions DescribeInstances DescribeTags"),
        .. Of("ec2", Any, "DescribeSpotPriceHistory"),
        .. Of("ec2", List | Launch, "DescribeInstanceTypes DescribeInstanceTypeOfferings DescribeAvailabilityZones GetSpotPlacementScores GetInstanceTypesFromInstanceRequirements"),
        .. Of("ec2", Any, "DescribeVpcs DescribeSubnets DescribeSecurityGroups DescribeRouteTables DescribeInternetGateways DescribeLaunchTemplates DescribeKeyPairs DescribeImages DescribeFleets DescribeFleetInstances DescribeSpotInstanceRequests DescribeVolumes DescribeSnapshots DescribeNetworkInterfaces"),
        .. Of("ec2", List, "GetConsoleOutput"),
        .. Of("ec2", Any, "DescribeFlowLogs"),
        .. Of("ec2", Launch, "DescribeInstanceStatus DescribeLaunchTemplateVersions"),
        .. Of("ec2", List | Change | Remove, """
            DescribeAddresses DescribeCapacityReservations DescribeCarrierGateways DescribeCustomerGateways DescribeDhcpOptions
            DescribeClientVpnEndpoints DescribeEgressOnlyInternetGateways DescribeHosts DescribeInstanceConnectEndpoints DescribeManagedPrefixLists DescribeNatGateways
            DescribeNetworkAcls DescribePlacementGroups DescribeSpotFleetRequests DescribeTransitGatewayRouteTables
            DescribeTransitGatewayVpcAttachments DescribeTransitGateways DescribeVpcEndpointServiceConfigurations DescribeVpcEndpoints
            DescribeVpcPeeringConnections DescribeVpnConnections DescribeVpnGateways DescribeIpamPools DescribeIpamScopes DescribeIpams
            DescribeVerifiedAccessEndpoints DescribeVerifiedAccessGroups DescribeVerifiedAccessInstances DescribeVerifiedAccessTrustProviders
            """),
        .. Of("ec2", List | Change | Remove, "DescribeInstanceAttribute"),
        .. Of("autoscaling", Any, "DescribeAutoScalingGroups"),
        .. Of("tag", Any, "GetResources"),
        .. Of("elasticloadbalancing", List | Change | Remove, "DescribeLoadBalancers DescribeTargetGroups"),
        .. Of("elasticfilesystem", List | Change | Remove, "DescribeFileSystems DescribeMountTargets"),
        .. Of("logs", List | Change | Remove, "DescribeLogGroups"),
        .. Of("scheduler", List | Change | Remove, "GetScheduleGroup"),
        .. Of("events", List | Change | Remove, "DescribeRule"),
        .. Of("autoscaling", List | Change | Remove, "DescribeLaunchConfigurations"),
        .. Of("iam", Any, "GetAccountAuthorizationDetails", ActionScope.Anywhere),
        .. Of("iam", List | Change | Remove, "GetRole GetInstanceProfile", ActionScope.Anywhere),
        .. Of("cloudwatch", List | Change | Remove, "DescribeAlarms"),
        .. Of("servicequotas", List | Launch, "GetServiceQuota"),
        .. Of("pricing", List | Launch, "GetProducts", ActionScope.Anywhere),
        .. Of("iam", Any, "ListAccountAliases", ActionScope.Anywhere),
        .. Of("sts", Any, "DecodeAuthorizationMessage", ActionScope.Anywhere),

        .. Of("ec2", Launch, """
            CreateVpc CreateSubnet CreateInternetGateway AttachInternetGateway CreateRoute CreateSecurityGroup AuthorizeSecurityGroupIngress
            CreateLaunchTemplate ImportKeyPair CreateFleet RunInstances ModifyFleet
            """),
        .. Of("ec2", Launch | Change, "CreateTags"),
        .. Of("ec2", Change, "DeleteTags"),
        .. Of("iam", Launch, "CreateServiceLinkedRole", ActionScope.LinkedRole),
        .. Of("iam", Launch, "PassRole", ActionScope.NodeRole),
        .. Of("ssm", Launch, "GetParameters", ActionScope.Parameter),

        .. Of("ec2", Change, "StartInstances StopInstances RebootInstances", ActionScope.TaggedInstance),
        .. Of("ec2", Launch | Remove, "TerminateInstances", ActionScope.TaggedInstance),
        .. Of("ec2", Remove, "ModifyInstanceAttribute", ActionScope.TaggedInstance),
        .. Of("ec2", Launch | Remove, """
            DeleteFleets DeleteLaunchTemplate DeleteKeyPair DeleteSecurityGroup DeleteSubnet DetachInternetGateway DeleteInternetGateway DeleteVpc
            CancelSpotInstanceRequests RevokeSecurityGroupIngress RevokeSecurityGroupEgress
            """),
        .. Of("ec2", Remove, """
            CancelCapacityReservation CancelSpotFleetRequests DeleteCarrierGateway DeleteCustomerGateway DeleteDhcpOptions
            DeleteEgressOnlyInternetGateway DeleteFlowLogs DeleteInstanceConnectEndpoint DeleteManagedPrefixList DeleteNatGateway DeleteNetworkAcl
            DeleteNetworkInterface DeletePlacementGroup DeleteRouteTable DeleteSnapshot DeleteTransitGateway DeleteTransitGatewayRouteTable
            DeleteTransitGatewayVpcAttachment DeleteVolume DeleteVpcEndpointServiceConfigurations DeleteVpcEndpoints DeleteVpcPeeringConnection
            DeleteVpnConnection DeleteVpnGateway DeregisterImage DetachVpnGateway DisassociateAddress DisassociateRouteTable ReleaseAddress
            DeleteClientVpnEndpoint DescribeClientVpnTargetNetworks DisassociateClientVpnTargetNetwork ReleaseHosts DeleteIpam DeleteIpamPool
            DeleteIpamScope DeprovisionIpamPoolCidr GetIpamPoolCidrs DeleteVerifiedAccessEndpoint DeleteVerifiedAccessGroup
            DeleteVerifiedAccessInstance DeleteVerifiedAccessTrustProvider DetachVerifiedAccessTrustProvider
            """),
        .. Of("autoscaling", Remove, "DeleteAutoScalingGroup DeleteLaunchConfiguration"),
        .. Of("scheduler", Remove, "DeleteScheduleGroup"),
        .. Of("events", Remove, "ListTargetsByRule RemoveTargets DeleteRule"),
        .. Of("iam", Remove, """
            ListInstanceProfilesForRole ListRolePolicies ListAttachedRolePolicies DeleteRolePolicy DetachRolePolicy DeleteRole
            RemoveRoleFromInstanceProfile DeleteInstanceProfile
            """, ActionScope.Anywhere),
        .. Of("elasticloadbalancing", Remove, "DeleteLoadBalancer DeleteTargetGroup"),
        .. Of("elasticfilesystem", Remove, "DeleteFileSystem DeleteMountTarget"),
        .. Of("logs", Remove, "DeleteLogGroup"),
        .. Of("cloudwatch", Remove, "DeleteAlarms"),
    ];

    private static IEnumerable<AwsAction> Of(string service, SpotTask tasks, string operations, ActionScope scope = ActionScope.Region) =>
        operations.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(operation => new AwsAction($"{service}:{operation}", tasks, scope));
}
