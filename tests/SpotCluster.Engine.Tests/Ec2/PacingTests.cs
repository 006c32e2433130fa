using SpotCluster.Engine.Aws.Ec2;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

public class PacingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData("DeleteVolume", 100, 5)]
    [InlineData("TerminateInstances", 100, 5)]
    [InlineData("RunInstances", 5, 2)]
    [InlineData("DeleteVpcEndpoints", 4, 0.3)]
    [InlineData("DeleteNatGateway", 10, 1)]
    [InlineData("DeleteTags", 100, 10)]
    [InlineData("DeleteSubnet", 50, 5)]
    [InlineData("DescribeInstances", 100, 20)]
    public async Task The_burst_goes_at_once_and_the_rest_at_the_rate(string operation, int burst, double rate)
    {
        var clock = new JumpingClock();
        var pacing = new Ec2Pacing(clock);
        for (var i = 0; i < burst; i++)
        {
            await pacing.WaitAsync(operation, null, None);
        }

        Assert.Empty(clock.Delays);
        var start = clock.GetUtcNow();
        for (var i = 0; i < 60; i++)
        {
            await pacing.WaitAsync(operation, null, None);
        }

        Assert.Equal(60 / rate, (clock.GetUtcNow() - start).TotalSeconds, 0.01);
        await pacing.WaitAsync("CreateVpc", null, None);
        Assert.Equal(60, clock.Delays.Count);
    }

    [Fact]
    public async Task Each_wait_is_reported_with_its_length_before_it_begins()
    {
        var clock = new JumpingClock();
        var pacing = new Ec2Pacing(clock);
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 8; i++)
        {
            await pacing.WaitAsync("RunInstances", waits.Add, None);
        }

        Assert.Equal(clock.Delays, waits);
        Assert.Equal(3, waits.Count);
    }

    [Fact]
    public async Task A_bucket_fills_up_again_and_not_beyond_its_burst()
    {
        var clock = new JumpingClock();
        var pacing = new Ec2Pacing(clock);
        for (var i = 0; i < 5; i++)
        {
            await pacing.WaitAsync("RunInstances", null, None);
        }

        await Task.Delay(TimeSpan.FromHours(1), clock, None);
        clock.Delays.Clear();
        for (var i = 0; i < 5; i++)
        {
            await pacing.WaitAsync("RunInstances", null, None);
        }

        Assert.Empty(clock.Delays);
        await pacing.WaitAsync("RunInstances", null, None);
        Assert.Equal(TimeSpan.FromSeconds(0.5), Assert.Single(clock.Delays));
    }
}
