using System.Globalization;
using System.Xml.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>Application, network and gateway load balancers, by ARN. Their listeners go with them, their interfaces a while after.</summary>
internal sealed class LoadBalancerKind(ServiceClient client) : QueryResourceKind(client, "LoadBalancerArns", 20)
{
    public override string Type => ResourceTypes.LoadBalancer;

    protected override string DescribeOperation => "DescribeLoadBalancers";

    protected override string ListElement => "LoadBalancers";

    protected override ResourceNode ToNode(XElement item) => new()
    {
        Resource = Resource(
            item.Child("LoadBalancerArn") ?? "", [], item.Members("State").Select(state => state.Value).FirstOrDefault(), Time(item.Child("CreatedTime")), item.Child("LoadBalancerName"), item.Child("VpcId")),
        Holds =
        [
            .. Keys(ResourceTypes.SecurityGroup, item.Members("SecurityGroups").Select(group => (string?)group.Value)),
            .. Keys(ResourceTypes.Subnet, item.Members("AvailabilityZones").Select(zone => zone.Child("SubnetId"))),
        ],
    };

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Client.QueryAsync("DeleteLoadBalancer", [("LoadBalancerArn", node.Key.Id)], cancellationToken);
}

/// <summary>Target groups, by ARN: free once no listener forwards to them.</summary>
internal sealed class TargetGroupKind(ServiceClient client) : QueryResourceKind(client, "TargetGroupArns", 20)
{
    public override string Type => ResourceTypes.TargetGroup;

    protected override string DescribeOperation => "DescribeTargetGroups";

    protected override string ListElement => "TargetGroups";

    protected override ResourceNode ToNode(XElement item) => new()
    {
        Resource = Resource(item.Child("TargetGroupArn") ?? "", [], name: item.Child("TargetGroupName"), vpcId: item.Child("VpcId")),
        After = Keys(ResourceTypes.LoadBalancer, item.Members("LoadBalancerArns").Select(arn => (string?)arn.Value)).ToList(),
    };

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Client.QueryAsync("DeleteTargetGroup", [("TargetGroupArn", node.Key.Id)], cancellationToken);
}

/// <summary>Classic load balancers, by name.</summary>
internal sealed class ClassicLoadBalancerKind(ServiceClient client) : QueryResourceKind(client, "LoadBalancerNames", 20)
{
    public override string Type => ResourceTypes.ClassicLoadBalancer;

    protected override string DescribeOperation => "DescribeLoadBalancers";

    protected override string ListElement => "LoadBalancerDescriptions";

    protected override ResourceNode ToNode(XElement item) => new()
    {
        Resource = Resource(item.Child("LoadBalancerName") ?? "", [], createdAt: Time(item.Child("CreatedTime")), vpcId: item.Child("VPCId")),
        Holds =
        [
            .. Keys(ResourceTypes.SecurityGroup, item.Members("SecurityGroups").Select(group => (string?)group.Value)),
            .. Keys(ResourceTypes.Subnet, item.Members("Subnets").Select(subnet => (string?)subnet.Value)),
        ],
    };

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Client.QueryAsync("DeleteLoadBalancer", [("LoadBalancerName", node.Key.Id)], cancellationToken);
}

/// <summary>CloudWatch alarms, by name. Nothing waits for them.</summary>
internal sealed class AlarmKind(ServiceClient client) : QueryResourceKind(client, "AlarmNames", 100)
{
    public override string Type => ResourceTypes.Alarm;

    protected override string DescribeOperation => "DescribeAlarms";

    protected override string ListElement => "MetricAlarms";

    protected override ResourceNode ToNode(XElement item) =>
        new() { Resource = Resource(item.Child("AlarmName") ?? "", [], item.Child("StateValue")) };

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Client.QueryAsync("DeleteAlarms", [("AlarmNames.member.1", node.Key.Id)], cancellationToken);
}

/// <summary>A kind of a service that speaks the query protocol and describes by a list of names or ARNs.</summary>
internal abstract class QueryResourceKind(ServiceClient client, string idParameter, int mostIds) : ServiceResourceKind(client.Region)
{
    protected ServiceClient Client { get; } = client;

    protected abstract string DescribeOperation { get; }

    protected abstract string ListElement { get; }

    public override async Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var pages = await Task.WhenAll(ids.Chunk(mostIds).Select(chunk => DescribeAsync(chunk, cancellationToken))).ConfigureAwait(false);
        return pages.SelectMany(page => page).ToList();
    }

    protected abstract ResourceNode ToNode(XElement item);

    protected static DateTimeOffset? Time(string? text) => DateTimeOffset.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    /// <summary>One that is not there refuses the whole call: each half is asked for by itself.</summary>
    private async Task<IReadOnlyList<ResourceNode>> DescribeAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        try
        {
            var parameters = ids.Select((id, index) => ($"{idParameter}.member.{(index + 1).ToString(CultureInfo.InvariantCulture)}", id));
            var answer = await Client.QueryAsync(DescribeOperation, parameters, cancellationToken).ConfigureAwait(false);
            return answer.Members(ListElement).Select(ToNode).ToList();
        }
        catch (SpotException error) when (AwsRefusals.Classify(error) == RefusalKind.NotFound)
        {
            if (ids.Count == 1)
            {
                return [];
            }

            var half = ids.Count / 2;
            var halves = await Task.WhenAll(
                DescribeAsync(ids.Take(half).ToList(), cancellationToken), DescribeAsync(ids.Skip(half).ToList(), cancellationToken)).ConfigureAwait(false);
            return halves[0].Concat(halves[1]).ToList();
        }
    }
}
