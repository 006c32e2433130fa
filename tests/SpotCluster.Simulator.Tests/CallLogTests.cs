using Xunit;

namespace SpotCluster.Simulator.Tests;

public sealed class CallLogTests
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_wave_begins_where_a_call_waited_for_an_answer()
    {
        using var cloud = new SimulatedCloud(new SimulatorOptions { Latency = Latency });
        using var client = new Ec2Client(cloud);
        Assert.Empty(cloud.Calls.Waves());

        // Subnets are asked for in the middle of the first call, and waited for none.
        await Task.WhenAll(
            Chain(client, "us-east-1", "DescribeRegions", "DescribeVpcs"),
            Later(cloud.Clock, () => client.DoAsync("eu-west-1", "DescribeSubnets")));
        await client.DoAsync("us-east-1", "DescribeInstances");

        Assert.Equal(
            ["DescribeRegions DescribeSubnets", "DescribeVpcs", "DescribeInstances"],
            cloud.Calls.Waves().Select(wave => string.Join(' ', wave.Select(call => call.Operation))));
    }

    private static async Task Chain(Ec2Client client, string region, params string[] operations)
    {
        foreach (var operation in operations)
        {
            await client.DoAsync(region, operation);
        }
    }

    private static async Task Later(TimeProvider clock, Func<Task> call)
    {
        await Task.Delay(Latency / 2, clock);
        await call();
    }
}
