using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>What a fleet needs around it in one region.</summary>
/// <param name="SubnetByZone">Id of the subnet of each zone.</param>
internal sealed record Network(IReadOnlyDictionary<string, string> SubnetByZone);

/// <summary>
/// Builds what a fleet needs, each call as soon as what it depends on is there: the depth is that of the dependencies
/// (three round trips with an own VPC, two with the default one), whatever the number of zones.
/// </summary>
internal sealed class LaunchNetwork(IEc2Client ec2, LaunchSpec spec, AwsRegionCheck check, LaunchTags tags, string run, RequestLaunchTemplateData template, CreateOnce once, bool isJoined)
{
    private const string Anywhere = "0.0.0.0/0";
    private readonly RunResources _mine = new(ec2, TagKeys.Run, run);
    private readonly List<string> _created = [];

    private IEnumerable<string> SshSources => spec.SshCidrs.Count > 0 ? spec.SshCidrs.Distinct(StringComparer.Ordinal) : [Anywhere];

    /// <summary>Ids of what is known to exist by now.</summary>
    public IReadOnlyList<string> Created
    {
        get
        {
            lock (_created)
            {
                return [.. _created];
            }
        }
    }

    /// <summary>Builds it, or completes what an interrupted run has left.</summary>
    /// <param name="zones">Zones that need a subnet.</param>
    /// <param name="adopt">True to look first for what is there.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Network> BuildAsync(IReadOnlyCollection<string> zones, bool adopt, CancellationToken cancellationToken)
    {
        var found = adopt ? await FindAsync(cancellationToken).ConfigureAwait(false) : new Found([], [], [], []);
        if (isJoined && found.Vpcs.Count == 0 && !spec.UseDefaultVpc)
        {
            throw new SpotException(SpotErrorIds.ClusterNotFound, SpotErrorCategory.InvalidOperation, $"The network of cluster '{spec.Name}' in {ec2.Region} does not exist any more.")
            {
                Target = spec.Name,
                Region = ec2.Region,
                RecommendedAction = $"Remove cluster '{spec.Name}', and create it again.",
            };
        }

        var key = isJoined ? Task.CompletedTask : ImportKeyAsync(cancellationToken);
        var network = spec.UseDefaultVpc ? UseDefaultAsync(found, cancellationToken) : BuildOwnAsync(zones, found, cancellationToken);
        await Task.WhenAll(key, network).ConfigureAwait(false);
        return await network.ConfigureAwait(false);
    }

    private async Task<Network> BuildOwnAsync(IReadOnlyCollection<string> zones, Found found, CancellationToken cancellationToken)
    {
        if (isJoined)
        {
            var mine = await Task.WhenAll(zones.Select(zone => SubnetAsync(found.Vpcs[0].VpcId, zone, found, cancellationToken))).ConfigureAwait(false);
            return new Network(zones.Zip(mine, (zone, subnet) => (zone, subnet)).ToDictionary(pair => pair.zone, pair => pair.subnet.SubnetId, StringComparer.Ordinal));
        }

        var vpc = VpcAsync(found, cancellationToken);
        var gateway = GatewayAsync(found, cancellationToken);
        var vpcId = (await BothAsync(vpc, gateway).ConfigureAwait(false)).VpcId;
        var gatewayId = (await gateway.ConfigureAwait(false)).InternetGatewayId;

        var subnets = zones.Select(zone => SubnetAsync(vpcId, zone, found, cancellationToken)).ToList();
        var route = RouteAsync(vpcId, gatewayId, cancellationToken);
        var group = GroupAndTemplateAsync(vpcId, found, cancellationToken);
        await Task.WhenAll([.. subnets, route, group]).ConfigureAwait(false);
        var made = await Task.WhenAll(subnets).ConfigureAwait(false);
        return new Network(zones.Zip(made, (zone, subnet) => (zone, subnet)).ToDictionary(pair => pair.zone, pair => pair.subnet.SubnetId, StringComparer.Ordinal));
    }

    private async Task<Network> UseDefaultAsync(Found found, CancellationToken cancellationToken)
    {
        var vpcId = check.DefaultSubnets[0].VpcId ?? throw new InvalidOperationException("A subnet without a VPC.");
        await (isJoined ? Task.CompletedTask : GroupAndTemplateAsync(vpcId, found, cancellationToken)).ConfigureAwait(false);
        return new Network(check.DefaultSubnets
            .Where(subnet => subnet.AvailabilityZone is not null)
            .GroupBy(subnet => subnet.AvailabilityZone!, StringComparer.Ordinal)
            .ToDictionary(zone => zone.Key, zone => zone.First().SubnetId, StringComparer.Ordinal));
    }

    private async Task<Vpc> VpcAsync(Found found, CancellationToken cancellationToken)
    {
        var vpc = found.Vpcs.FirstOrDefault() ?? await once.RunAsync(
            async () => (await ec2.CreateVpcAsync(
                new CreateVpcRequest { CidrBlock = ClusterNetwork.Cidr, TagSpecifications = tags.For("vpc") },
                cancellationToken).ConfigureAwait(false)).Vpc,
            async () => (await _mine.VpcsAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(),
            null,
            cancellationToken).ConfigureAwait(false);
        Note(vpc.VpcId);
        return vpc;
    }

    private async Task<InternetGateway> GatewayAsync(Found found, CancellationToken cancellationToken)
    {
        var gateway = found.Gateways.FirstOrDefault() ?? await once.RunAsync(
            async () => (await ec2.CreateInternetGatewayAsync(
                new CreateInternetGatewayRequest { TagSpecifications = tags.For("internet-gateway") },
                cancellationToken).ConfigureAwait(false)).InternetGateway,
            async () => (await _mine.GatewaysAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(),
            null,
            cancellationToken).ConfigureAwait(false);
        Note(gateway.InternetGatewayId);
        return gateway;
    }

    private async Task<Subnet> SubnetAsync(string vpcId, string zone, Found found, CancellationToken cancellationToken)
    {
        var subnet = found.Subnets.Find(IsIt) ?? await once.RunAsync(
            async () => (await ec2.CreateSubnetAsync(
                new CreateSubnetRequest
                {
                    VpcId = vpcId,
                    AvailabilityZone = zone,
                    CidrBlock = BlockOf(zone),
                    TagSpecifications = tags.For("subnet", "-" + zone),
                },
                cancellationToken).ConfigureAwait(false)).Subnet,
            async () => (await _mine.SubnetsAsync(cancellationToken).ConfigureAwait(false)).Find(IsIt),
            "InvalidSubnet.Conflict",
            cancellationToken).ConfigureAwait(false);
        Note(subnet.SubnetId);
        return subnet;

        bool IsIt(Subnet candidate) => candidate.VpcId == vpcId && candidate.AvailabilityZone == zone;
    }

    // Sixteen blocks of 4,096 addresses; the zone's letter picks one, so that a repeated call asks for the same.
    private static string BlockOf(string zone) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, "10.0.{0}.0/20", (char.ToLowerInvariant(zone[zone.Length - 1]) - 'a') % 16 * 16);

    /// <summary>The main route table serves every subnet: no table and no association of our own.</summary>
    private async Task RouteAsync(string vpcId, string gatewayId, CancellationToken cancellationToken)
    {
        var attached = once.UntilDoneAsync(
            () => ec2.AttachInternetGatewayAsync(new AttachInternetGatewayRequest { VpcId = vpcId, InternetGatewayId = gatewayId }, cancellationToken),
            "Resource.AlreadyAssociated",
            cancellationToken);
        var table = MainTableAsync(vpcId, cancellationToken);
        await Task.WhenAll(attached, table).ConfigureAwait(false);
        var tableId = await table.ConfigureAwait(false);
        await once.UntilDoneAsync(
            () => ec2.CreateRouteAsync(
                new CreateRouteRequest { RouteTableId = tableId, DestinationCidrBlock = Anywhere, GatewayId = gatewayId },
                cancellationToken),
            "RouteAlreadyExists",
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> MainTableAsync(string vpcId, CancellationToken cancellationToken)
    {
        var request = new DescribeRouteTablesRequest
        {
            Filters = [new Filter { Name = "vpc-id", Values = [vpcId] }, new Filter { Name = "association.main", Values = ["true"] }],
        };
        var tables = await once.UntilVisibleAsync(
            async () =>
            {
                var answer = await ec2.DescribeRouteTablesAsync(request, cancellationToken).ConfigureAwait(false);
                return answer.RouteTables.Count > 0
                    ? answer.RouteTables
                    : throw new SpotException(SpotErrorIds.ServiceFailed, SpotErrorCategory.InvalidData, $"{vpcId} has no main route table.")
                    {
                        ServiceCode = "InvalidRouteTableID.NotFound",
                        Region = ec2.Region,
                    };
            },
            cancellationToken).ConfigureAwait(false);
        return tables[0].RouteTableId;
    }

    private async Task GroupAndTemplateAsync(string vpcId, Found found, CancellationToken cancellationToken)
    {
        var groupId = await GroupAsync(vpcId, found, cancellationToken).ConfigureAwait(false);
        Note(groupId);
        await Task.WhenAll(
            once.UntilDoneAsync(
                () => ec2.AuthorizeSecurityGroupIngressAsync(
                    new AuthorizeSecurityGroupIngressRequest
                    {
                        GroupId = groupId,
                        IpPermissions =
                        [
                            new IpPermission
                            {
                                IpProtocol = "tcp",
                                FromPort = 22,
                                ToPort = 22,
                                Ipv4Ranges = [.. SshSources.Select(network => new IpRange { CidrIp = network, Description = "SSH" })],
                            },
                        ],
                    },
                    cancellationToken),
                "InvalidPermission.Duplicate",
                cancellationToken),
            TemplateAsync(groupId, cancellationToken)).ConfigureAwait(false);
    }

    private async Task<string> GroupAsync(string vpcId, Found found, CancellationToken cancellationToken)
    {
        if (found.Groups.Find(group => group.VpcId == vpcId) is { } known)
        {
            return known.GroupId;
        }

        return await once.RunAsync(
            async () => (await ec2.CreateSecurityGroupAsync(
                new CreateSecurityGroupRequest
                {
                    GroupName = tags.UniqueName,
                    Description = $"Instances of cluster {spec.Name}",
                    VpcId = vpcId,
                    TagSpecifications = tags.For("security-group"),
                },
                cancellationToken).ConfigureAwait(false)).GroupId,
            async () => (await _mine.GroupsAsync(cancellationToken).ConfigureAwait(false)).Find(group => group.VpcId == vpcId)?.GroupId,
            "InvalidGroup.Duplicate",
            cancellationToken).ConfigureAwait(false);
    }

    private async Task TemplateAsync(string groupId, CancellationToken cancellationToken)
    {
        template.NetworkInterfaces =
        [
            new LaunchTemplateInstanceNetworkInterfaceSpecificationRequest
            {
                DeviceIndex = 0,
                AssociatePublicIpAddress = true,
                DeleteOnTermination = true,
                Groups = [groupId],
            },
        ];
        await once.UntilDoneAsync(
            () => ec2.CreateLaunchTemplateAsync(
                new CreateLaunchTemplateRequest
                {
                    LaunchTemplateName = tags.UniqueName,
                    LaunchTemplateData = template,
                    TagSpecifications = tags.For("launch-template"),
                    ClientToken = run + "-template",
                },
                cancellationToken),
            "InvalidLaunchTemplateName.AlreadyExistsException",
            cancellationToken).ConfigureAwait(false);
        Note(tags.UniqueName);
    }

    private async Task ImportKeyAsync(CancellationToken cancellationToken)
    {
        if (spec.PublicKey is not { } key)
        {
            return;
        }

        // The name holds the run: a pair of that name is ours.
        await once.RunAsync(
            async () => (await ec2.ImportKeyPairAsync(
                new ImportKeyPairRequest
                {
                    KeyName = tags.UniqueName,
                    PublicKeyMaterial = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key)),
                    TagSpecifications = tags.For("key-pair"),
                },
                cancellationToken).ConfigureAwait(false)).KeyName ?? tags.UniqueName,
            async () => (await _mine.KeysAsync(cancellationToken).ConfigureAwait(false)).Find(pair => pair.KeyName == tags.UniqueName)?.KeyName,
            "InvalidKeyPair.Duplicate",
            cancellationToken).ConfigureAwait(false);
        Note("key pair " + tags.UniqueName);
    }

    private async Task<Found> FindAsync(CancellationToken cancellationToken)
    {
        var vpcs = _mine.VpcsAsync(cancellationToken);
        var gateways = _mine.GatewaysAsync(cancellationToken);
        var subnets = _mine.SubnetsAsync(cancellationToken);
        var groups = _mine.GroupsAsync(cancellationToken);
        var subnetsByVpc = await subnets.ConfigureAwait(false);

        // Should there be two of the run, the one that more was built on is the one to go on with.
        var found = new Found(
            [.. (await vpcs.ConfigureAwait(false)).OrderByDescending(vpc => subnetsByVpc.Count(subnet => subnet.VpcId == vpc.VpcId)).ThenBy(vpc => vpc.VpcId, StringComparer.Ordinal)],
            [.. (await gateways.ConfigureAwait(false)).OrderByDescending(gateway => gateway.Attachments.Count).ThenBy(gateway => gateway.InternetGatewayId, StringComparer.Ordinal)],
            subnetsByVpc,
            await groups.ConfigureAwait(false));
        return found;
    }

    /// <summary>Deletes what an unanswered call has made beside what is used. What cannot be deleted is left to the removal.</summary>
    public async Task RemoveDoublesAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        if (!once.MayHaveDoubles || spec.UseDefaultVpc)
        {
            return;
        }

        var used = Created;
        foreach (var gateway in (await _mine.GatewaysAsync(cancellationToken).ConfigureAwait(false)).Where(gateway => !used.Contains(gateway.InternetGatewayId) && gateway.Attachments.Count == 0))
        {
            await DeleteAsync(gateway.InternetGatewayId, () => ec2.DeleteInternetGatewayAsync(
                new DeleteInternetGatewayRequest { InternetGatewayId = gateway.InternetGatewayId },
                cancellationToken)).ConfigureAwait(false);
        }

        foreach (var vpc in (await _mine.VpcsAsync(cancellationToken).ConfigureAwait(false)).Where(vpc => !used.Contains(vpc.VpcId)))
        {
            await DeleteAsync(vpc.VpcId, () => ec2.DeleteVpcAsync(new DeleteVpcRequest { VpcId = vpc.VpcId }, cancellationToken)).ConfigureAwait(false);
        }

        async Task DeleteAsync<T>(string id, Func<Task<T>> delete)
        {
            try
            {
                await delete().ConfigureAwait(false);
                host.Verbose($"{id} in {ec2.Region} was created by an unanswered call and is being deleted.");
            }
            catch (SpotException failure)
            {
                host.Verbose($"{id} in {ec2.Region} was created by an unanswered call and remains until the cluster is removed: {failure.Message}");
            }
        }
    }

    private void Note(string id)
    {
        lock (_created)
        {
            if (!_created.Contains(id))
            {
                _created.Add(id);
            }
        }
    }

    // Waits for both even when one fails, so that no call goes on behind the back of the launch.
    private static async Task<TFirst> BothAsync<TFirst, TSecond>(Task<TFirst> first, Task<TSecond> second)
    {
        await Task.WhenAll(first, second).ConfigureAwait(false);
        return await first.ConfigureAwait(false);
    }

    private sealed record Found(List<Vpc> Vpcs, List<InternetGateway> Gateways, List<Subnet> Subnets, List<SecurityGroup> Groups);
}
