using Xunit;

namespace SpotCluster.Simulator.Tests;

public sealed class ClockTests
{
    [Fact]
    public async Task Waiting_moves_the_clock_by_exactly_the_wait()
    {
        using var clock = new SimulatedClock();
        await Task.Delay(TimeSpan.FromHours(3), clock);
        Assert.Equal(SimulatedClock.DefaultStart.AddHours(3), clock.GetUtcNow());
        var start = clock.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(90), clock);
        Assert.Equal(TimeSpan.FromSeconds(90), clock.GetElapsedTime(start));
    }

    [Fact]
    public async Task Waits_end_in_the_order_of_their_time_whatever_the_order_of_their_start()
    {
        using var clock = new SimulatedClock();
        var ended = new List<(int Seconds, DateTimeOffset At)>();
        await Task.WhenAll(new[] { 30, 10, 20 }.Select(async seconds =>
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), clock);
            lock (ended)
            {
                ended.Add((seconds, clock.GetUtcNow()));
            }
        }));
        Assert.Equal([10, 20, 30], ended.Select(item => item.Seconds));
        Assert.All(ended, item => Assert.Equal(SimulatedClock.DefaultStart.AddSeconds(item.Seconds), item.At));
    }

    [Fact]
    public async Task The_clock_stands_still_while_somebody_holds_it()
    {
        using var clock = new SimulatedClock();
        var hold = clock.Hold();
        var wait = Task.Delay(TimeSpan.FromSeconds(10), clock);

        // Real time, because the question is whether the clock moves in it.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.False(wait.IsCompleted);
        Assert.Equal(SimulatedClock.DefaultStart, clock.GetUtcNow());
        hold.Dispose();
        await wait;
        Assert.Equal(SimulatedClock.DefaultStart.AddSeconds(10), clock.GetUtcNow());
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_clock_alone()
    {
        using var clock = new SimulatedClock { AutoAdvance = false };
        using var cancellation = new CancellationTokenSource();
        var wait = Task.Delay(TimeSpan.FromDays(1), clock, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.Equal(SimulatedClock.DefaultStart, clock.GetUtcNow());
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(SimulatedClock.DefaultStart.AddDays(2), clock.GetUtcNow());
    }

    [Fact]
    public async Task A_wait_inside_the_callback_of_a_wait_does_not_stop_the_clock()
    {
        using var clock = new SimulatedClock();
        await WaitOftenAsync();
        Assert.Equal(SimulatedClock.DefaultStart.AddSeconds(200), clock.GetUtcNow());

        async Task WaitOftenAsync()
        {
            for (var i = 0; i < 200; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), clock).ConfigureAwait(false);
            }
        }
    }

    [Fact]
    public async Task A_periodic_timer_ticks_in_virtual_time()
    {
        using var clock = new SimulatedClock();
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), clock);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(await timer.WaitForNextTickAsync());
        }

        Assert.True(clock.GetUtcNow() >= SimulatedClock.DefaultStart.AddMinutes(5));
    }

    [Fact]
    public async Task Calls_in_parallel_cost_one_latency_and_calls_in_a_row_one_each()
    {
        using var clock = new SimulatedClock { IdleGrace = TimeSpan.FromMilliseconds(25) };
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = clock, Latency = TimeSpan.FromMilliseconds(250) });
        using var client = new Ec2Client(cloud);
        await Task.WhenAll(cloud.Regions.Select(region => client.DoAsync(region, "DescribeInstances")));
        Assert.Equal(SimulatedClock.DefaultStart.AddMilliseconds(250), clock.GetUtcNow());
        await client.DoAsync("us-east-1", "DescribeVpcs");
        await client.DoAsync("us-east-1", "DescribeVpcs");
        Assert.Equal(SimulatedClock.DefaultStart.AddMilliseconds(750), clock.GetUtcNow());
        Assert.All(cloud.Calls.Calls, call => Assert.Equal(TimeSpan.FromMilliseconds(250), call.AnsweredAt - call.ReceivedAt));
    }

    [Fact]
    public async Task Who_gives_up_waiting_cannot_undo_the_call()
    {
        using var clock = new SimulatedClock { AutoAdvance = false };
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = clock, Latency = TimeSpan.FromSeconds(1) });
        using var http = new HttpClient(cloud.CreateHandler());
        using var cancellation = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://ec2.us-east-1.amazonaws.com/")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("Action", "CreateVpc"), KeyValuePair.Create("CidrBlock", "10.0.0.0/16")]),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=00");
        var call = http.SendAsync(request, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal("vpc", Assert.Single(cloud.AllLive()).Kind);
    }

    [Fact]
    public async Task The_same_seed_and_calls_give_the_same_answers()
    {
        Assert.Equal(await StoryAsync(3), await StoryAsync(3));
        Assert.NotEqual(await StoryAsync(3), await StoryAsync(4));

        static async Task<string> StoryAsync(int seed)
        {
            using var clock = new SimulatedClock();
            using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = clock, Seed = seed });
            using var client = new Ec2Client(cloud);
            cloud.Region("us-east-1").AddVpc();
            cloud.Region("us-east-1").AddInstances(3);
            var texts = new List<string>();
            foreach (var operation in new[] { "DescribeInstances", "DescribeVpcs", "DescribeNetworkInterfaces", "DescribeVolumes", "DescribeImages" })
            {
                texts.Add((await client.DoAsync("us-east-1", operation)).Text);
            }

            texts.Add((await client.DoAsync("us-east-1", "DescribeSpotPriceHistory", ("InstanceType.1", "m5.large"))).Text);
            return string.Join("\n", texts);
        }
    }
}
