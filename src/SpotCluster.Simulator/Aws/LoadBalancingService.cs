using SpotCluster.Simulator.Ec2;
using SpotCluster.Simulator.Ec2.Operations;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Aws;

/// <summary>A load balancer with its interfaces, which outlive it for a while.</summary>
internal sealed class LoadBalancer
{
    public required string Arn { get; init; }

    public required string Name { get; init; }

    public required string VpcId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required IReadOnlyList<string> Subnets { get; init; }

    public required IReadOnlyList<string> InterfaceIds { get; init; }
}

/// <summary>Elastic Load Balancing, version 2: load balancers are described and deleted.</summary>
internal sealed class LoadBalancingService(AwsAccount account) : IAwsService
{
    private const string Namespace = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/";

    public string SigningName => "elasticloadbalancing";

    public SimulatedResponse Answer(AwsCall call)
    {
        var isClassic = call.Query.Text("Version") == "2012-06-01";
        if (account.IsDenied("elasticloadbalancing:" + call.Operation))
        {
            throw new ServiceFaultException(403, "AccessDenied", $"User: {account.ArnOf(call.AccessKeyId)} is not authorized to perform: elasticloadbalancing:{call.Operation}");
        }

        var region = account.Region(call.Region);
        lock (region.Gate)
        {
            region.CatchUp();
            var body = new XmlBody();
            switch (call.Operation)
            {
                case "DescribeLoadBalancers" when isClassic:
                    throw new ServiceFaultException(400, "LoadBalancerNotFound", "There is no ACTIVE Load Balancer named so");
                case "DescribeLoadBalancers":
                    Describe(region, call.Query, body);
                    break;
                case "DeleteLoadBalancer":
                    Delete(region, call.Query.Required("LoadBalancerArn"));
                    break;
                default:
                    throw new ServiceFaultException(400, "InvalidAction", $"Could not find operation {call.Operation} for version 2015-12-01");
            }

            return QueryProtocol.Answer(call, Namespace, body);
        }
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => QueryProtocol.Refuse(call, Namespace, fault);

    /// <summary>Makes a load balancer with an interface in each of the subnets.</summary>
    internal static LoadBalancer Create(Ec2Region region, string name, IReadOnlyList<string> subnets, IReadOnlyDictionary<string, string> tags)
    {
        var path = $"app/{name}/{Chance.Bits(region.Account.Seed, name):x16}";
        var homes = subnets.Select(id => region.Require(region.Subnets, id)).ToList();
        var group = region.SecurityGroups.All.First(item => item.VpcId == homes[0].VpcId && item.IsDefault);
        var balancer = new LoadBalancer
        {
            Arn = $"arn:aws:elasticloadbalancing:{region.Name}:{region.Account.Id}:loadbalancer/{path}",
            Name = name,
            VpcId = homes[0].VpcId!,
            CreatedAt = region.Now,
            Subnets = subnets,
            InterfaceIds = [.. homes.Select(subnet => InterfaceOperations.Create(region, subnet, [group], "ELB " + path, "interface", "amazon-elb").Id)],
        };
        region.LoadBalancers.Add(balancer);
        region.TaggedElsewhere[balancer.Arn] = tags;
        return balancer;
    }

    private static void Describe(Ec2Region region, QueryNode query, XmlBody body)
    {
        var arns = query["LoadBalancerArns"]["member"].Items.Select(item => item.Value ?? "").ToList();
        if (arns.Exists(arn => !region.LoadBalancers.Exists(balancer => balancer.Arn == arn)))
        {
            throw new ServiceFaultException(400, "LoadBalancerNotFound", "One or more load balancers not found");
        }

        body.Element("LoadBalancers", () => region.LoadBalancers.Where(balancer => arns.Count == 0 || arns.Contains(balancer.Arn)).ToList().ForEach(balancer =>
            body.Element("member", () =>
            {
                body.Text("LoadBalancerArn", balancer.Arn)
                    .Text("LoadBalancerName", balancer.Name)
                    .Text("VpcId", balancer.VpcId)
                    .Text("CreatedTime", balancer.CreatedAt)
                    .Text("Type", "application");
                body.Element("State", () => body.Text("Code", "active"));
                body.Element("SecurityGroups", () => { });
                body.Element("AvailabilityZones", () => balancer.Subnets.ToList().ForEach(subnet => body.Element("member", () => body.Text("SubnetId", subnet))));
            })));
    }

    // As in AWS it succeeds for one that is not there, and the tagging API goes on showing it.
    private static void Delete(Ec2Region region, string arn)
    {
        if (region.LoadBalancers.Find(balancer => balancer.Arn == arn) is not { } balancer)
        {
            return;
        }

        region.LoadBalancers.Remove(balancer);
        region.After(region.Options.InterfaceLinger, () =>
        {
            foreach (var eni in balancer.InterfaceIds.Select(region.Interfaces.Find).OfType<NetworkInterface>())
            {
                InterfaceOperations.Remove(region, eni);
            }
        });
    }
}
