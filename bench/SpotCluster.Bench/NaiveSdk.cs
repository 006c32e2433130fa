using Amazon.EC2;
using Amazon.EC2.Model;

namespace SpotCluster.Bench;

/// <summary>
/// AWS's own .NET client as an engineer would use it in a small program: a client for each region, all regions at once, no
/// retries of its own, no proof. It does the same jobs as the scripts in <c>bench/rivals</c>.
/// </summary>
/// <param name="endpoint">Where the simulated cloud is served.</param>
internal sealed class NaiveSdk(Uri endpoint)
{
    private const string Image = "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id";

    // As the waiters of the AWS CLI and of boto3 do.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(15);

    private static readonly Tag Tag = new("bacalhau-cluster", "bacalhau-aws-spot");

    /// <summary>The ids of all instances with the tag in every enabled region.</summary>
    public async Task<IReadOnlyList<string>> ListAsync()
    {
        using var first = Client("us-east-1");
        var regions = await first.DescribeRegionsAsync(new DescribeRegionsRequest()).ConfigureAwait(false);
        return await InAllAsync(regions.Regions.Select(region => region.RegionName), async client =>
        {
            var ids = new List<string>();
            var request = new DescribeInstancesRequest
            {
                Filters = [new Filter($"tag:{Tag.Key}", [Tag.Value]), new Filter("instance-state-name", ["pending", "running", "shutting-down", "stopping", "stopped"])],
            };
            await foreach (var page in client.Paginators.DescribeInstances(request).Responses.ConfigureAwait(false))
            {
                ids.AddRange((page.Reservations ?? []).SelectMany(reservation => reservation.Instances).Select(instance => instance.InstanceId));
            }

            return ids;
        }).ConfigureAwait(false);
    }

    /// <summary>Launches spot instances in the default VPC of each region.</summary>
    public Task LaunchAsync(IEnumerable<string> regions, int count) => InAllAsync(regions, async client =>
    {
        var launched = await client.RunInstancesAsync(new RunInstancesRequest
        {
            ImageId = Image,
            InstanceType = InstanceType.T3Micro,
            MinCount = count,
            MaxCount = count,
            InstanceMarketOptions = new InstanceMarketOptionsRequest { MarketType = MarketType.Spot },
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.Instance, Tags = [Tag] }],
        }).ConfigureAwait(false);
        return [.. launched.Reservation.Instances.Select(instance => instance.InstanceId)];
    });

    /// <summary>Terminates instances, and looks at them until they are terminated.</summary>
    public Task TerminateAsync(IReadOnlyDictionary<string, IReadOnlyList<string>> ids) => InAllAsync(ids.Keys, async client =>
    {
        var some = ids[client.Config.AuthenticationRegion].ToList();
        await client.TerminateInstancesAsync(new TerminateInstancesRequest(some)).ConfigureAwait(false);
        while (true)
        {
            var seen = await client.DescribeInstancesAsync(new DescribeInstancesRequest { InstanceIds = some }).ConfigureAwait(false);
            if (seen.Reservations.SelectMany(reservation => reservation.Instances).All(instance => instance.State.Name == InstanceStateName.Terminated))
            {
                return [];
            }

            await Task.Delay(LookInterval, TimeProvider.System).ConfigureAwait(false);
        }
    });

    private async Task<IReadOnlyList<string>> InAllAsync(IEnumerable<string> regions, Func<AmazonEC2Client, Task<List<string>>> work)
    {
        var done = await Task.WhenAll(regions.Select(async region =>
        {
            using var client = Client(region);
            return await work(client).ConfigureAwait(false);
        })).ConfigureAwait(false);
        return [.. done.SelectMany(ids => ids)];
    }

    private AmazonEC2Client Client(string region) =>
        new("simulator", "simulator", new AmazonEC2Config { ServiceURL = endpoint.AbsoluteUri, AuthenticationRegion = region });
}
