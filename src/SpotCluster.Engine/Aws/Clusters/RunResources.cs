using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>Finds by tag what a run, or a cluster, has in one region.</summary>
/// <param name="ec2">The region.</param>
/// <param name="key">Key of the tag.</param>
/// <param name="value">Exact value of the tag.</param>
internal sealed class RunResources(IEc2Client ec2, string key, string value)
{
    public Task<List<Vpc>> VpcsAsync(CancellationToken cancellationToken) =>
        Own(ec2.DescribeAllVpcsAsync(new DescribeVpcsRequest { Filters = Filters() }, cancellationToken), vpc => vpc.Tags);

    public Task<List<Subnet>> SubnetsAsync(CancellationToken cancellationToken) =>
        Own(ec2.DescribeAllSubnetsAsync(new DescribeSubnetsRequest { Filters = Filters() }, cancellationToken), subnet => subnet.Tags);

    public Task<List<InternetGateway>> GatewaysAsync(CancellationToken cancellationToken) =>
        Own(ec2.DescribeAllInternetGatewaysAsync(new DescribeInternetGatewaysRequest { Filters = Filters() }, cancellationToken), gateway => gateway.Tags);

    public Task<List<SecurityGroup>> GroupsAsync(CancellationToken cancellationToken) =>
        Own(ec2.DescribeAllSecurityGroupsAsync(new DescribeSecurityGroupsRequest { Filters = Filters() }, cancellationToken), group => group.Tags);

    public Task<List<LaunchTemplate>> TemplatesAsync(CancellationToken cancellationToken) =>
        Own(ec2.DescribeAllLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest { Filters = Filters() }, cancellationToken), template => template.Tags);

    public async Task<List<KeyPairInfo>> KeysAsync(CancellationToken cancellationToken)
    {
        var answer = await ec2.DescribeKeyPairsAsync(new DescribeKeyPairsRequest { Filters = Filters() }, cancellationToken).ConfigureAwait(false);
        return [.. answer.KeyPairs.Where(pair => IsOwn(pair.Tags))];
    }

    /// <summary>Machines that are not terminated.</summary>
    public async Task<List<Instance>> InstancesAsync(CancellationToken cancellationToken)
    {
        var request = new DescribeInstancesRequest { Filters = Filters() };
        var reservations = await ec2.DescribeAllInstancesAsync(request, cancellationToken).CollectAsync().ConfigureAwait(false);
        return
        [
            .. reservations.SelectMany(reservation => reservation.Instances)
                .Where(instance => instance.State?.Name != "terminated" && IsOwn(instance.Tags)),
        ];
    }

    /// <summary>Everything of the above that also carries the filter tag.</summary>
    public async Task<IReadOnlyList<SpotResource>> AllAsync(string filterName, string filterValue, CancellationToken cancellationToken)
    {
        var vpcs = VpcsAsync(cancellationToken);
        var subnets = SubnetsAsync(cancellationToken);
        var gateways = GatewaysAsync(cancellationToken);
        var groups = GroupsAsync(cancellationToken);
        var templates = TemplatesAsync(cancellationToken);
        var keys = KeysAsync(cancellationToken);
        var instances = InstancesAsync(cancellationToken);
        var found = (await instances.ConfigureAwait(false)).Select(instance => (Type: "instance", Id: instance.InstanceId, instance.Tags))
            .Concat((await vpcs.ConfigureAwait(false)).Select(vpc => (Type: "vpc", Id: vpc.VpcId, vpc.Tags)))
            .Concat((await subnets.ConfigureAwait(false)).Select(subnet => (Type: "subnet", Id: subnet.SubnetId, subnet.Tags)))
            .Concat((await gateways.ConfigureAwait(false)).Select(gateway => (Type: "internet-gateway", Id: gateway.InternetGatewayId, gateway.Tags)))
            .Concat((await groups.ConfigureAwait(false)).Select(group => (Type: "security-group", Id: group.GroupId, group.Tags)))
            .Concat((await templates.ConfigureAwait(false)).Select(template => (Type: "launch-template", Id: template.LaunchTemplateId, template.Tags)))
            .Concat((await keys.ConfigureAwait(false)).Select(pair => (Type: "key-pair", Id: pair.KeyPairId, pair.Tags)));
        return
        [
            .. found
                .Where(item => item.Tags.Any(tag => tag.Key == filterName && tag.Value == filterValue))
                .Select(item => new SpotResource
                {
                    Id = item.Id,
                    Type = item.Type,
                    Region = ec2.Region,
                    Name = item.Tags.Find(tag => tag.Key == TagKeys.Name)?.Value,
                    ClusterName = item.Tags.Find(tag => tag.Key == TagKeys.Cluster)?.Value,
                    Tagged = true,
                    Tags = item.Tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
                }),
        ];
    }

    private List<Filter> Filters() => [new Filter { Name = "tag:" + key, Values = [value] }];

    private bool IsOwn(List<Tag> tags) => tags.Any(tag => tag.Key == key && tag.Value == value);

    private async Task<List<T>> Own<T>(IAsyncEnumerable<T> items, Func<T, List<Tag>> tags) =>
        [.. (await items.CollectAsync().ConfigureAwait(false)).Where(item => IsOwn(tags(item)))];
}
