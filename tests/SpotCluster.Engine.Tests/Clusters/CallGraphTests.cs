using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>Depth and number of calls, read off the simulated cloud's log: each round trip takes 100 ms of simulated time.</summary>
public sealed class CallGraphTests : IDisposable
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(100);
    private readonly ClusterLab _lab = new(new SimulatorOptions { Latency = Latency });

    // On a busy machine a thread can be kept waiting for long: time must not pass meanwhile.
    public CallGraphTests() => ((SimulatedClock)_lab.Cloud.Clock).IdleGrace = TimeSpan.FromMilliseconds(150);

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(1, 3)]
    [InlineData(8, 16)]
    public async Task With_an_own_network_it_is_one_round_trip_of_checks_and_five_of_launch(int regions, int count)
    {
        var names = _lab.Cloud.Regions.Take(regions).ToArray();
        var start = _lab.Cloud.Clock.GetUtcNow();
        var cluster = await _lab.CreateAsync(ClusterLab.Request(count, names) with { PublicKeyPath = KeyFile.Write() });

        Assert.Equal(count, cluster.Running);
        Assert.Equal(
            [
                // Everything that changes is asked for with DryRun in the first region, and the instances in the others.
                "AttachInternetGateway AuthorizeSecurityGroupIngress CreateFleet CreateInternetGateway CreateLaunchTemplate CreateRoute CreateSecurityGroup CreateSubnet CreateVpc"
                + " DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeSpotPriceHistory DescribeTags GetCallerIdentity GetProducts GetServiceQuota ImportKeyPair RunInstances",
                "CreateInternetGateway CreateVpc ImportKeyPair",
                "AttachInternetGateway CreateSecurityGroup CreateSubnet DescribeRouteTables",
                "AuthorizeSecurityGroupIngress CreateLaunchTemplate CreateRoute",
                "CreateFleet",
                "DescribeInstances DescribeLaunchTemplates",
            ],
            Waves());
        foreach (var region in names)
        {
            var calls = _lab.Cloud.Calls.Calls.Count(call => call.Service == "ec2" && call.Region == region);
            var asked = _lab.Cloud.Calls.Calls.Count(call => call.DryRun && call.Region == region);
            Assert.Equal(region == names[0] ? 11 : 1, asked);
            Assert.InRange(calls - asked, 10, 16 + _lab.Cloud.Region(region).Zones.Count);
        }

        Assert.Equal(6, (_lab.Cloud.Clock.GetUtcNow() - start) / Latency);
    }

    [Fact]
    public async Task List_prices_of_disks_and_with_a_fallback_of_types_are_asked_for_in_the_wave_of_the_checks_and_nowhere_else()
    {
        await _lab.CreateAsync(ClusterLab.Request(3, "us-east-1", "eu-west-1") with { Fallback = SpotFallback.OnDemand });

        var waves = Waves();
        Assert.Equal(6, waves.Count);
        Assert.Contains("GetProducts", waves[0], StringComparison.Ordinal);
        Assert.Equal(2 * (3 + 1), _lab.Cloud.Calls.Of("GetProducts").Count);
        Assert.All(waves.Skip(1), wave => Assert.DoesNotContain("GetProducts", wave, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_the_default_network_it_is_at_most_twelve_calls_per_region()
    {
        var names = _lab.Cloud.Regions.Take(3).ToArray();
        await _lab.CreateAsync(ClusterLab.Request(6, names) with { UseDefaultVpc = true });

        Assert.Equal(5, Waves().Count);
        Assert.All(names, region => Assert.InRange(_lab.Cloud.Calls.Calls.Count(call => call.Service == "ec2" && !call.DryRun && call.Region == region), 1, 12));
    }

    [Fact]
    public async Task A_listing_is_one_call_and_one_for_prices_and_one_for_other_filter_tags_per_region_all_in_flight_together()
    {
        var names = _lab.Cloud.Regions.Take(4).ToArray();
        await _lab.CreateAsync(ClusterLab.Request(8, names));
        using var engine = _lab.Open();
        _lab.Cloud.Calls.Clear();
        var machines = await ListAsync(engine, new InstanceQuery { Regions = names });

        Assert.Equal(8, machines.Count);
        Assert.All(machines, machine => Assert.True(machine.HourlyPrice > 0));
        Assert.Equal(["DescribeInstances DescribeSpotPriceHistory DescribeTags"], Waves());
        Assert.All(names, region => Assert.Equal(3, _lab.Cloud.Calls.Calls.Count(call => call.Region == region)));

        // Machines on demand have a list price: one call for each type, once.
        foreach (var region in names)
        {
            _lab.Cloud.Region(region).AddInstances(2, "t3.micro", spot: false, tags: [(ClusterLab.FilterKey, "bacalhau-aws-spot")]);
        }

        _lab.Cloud.Calls.Clear();
        machines = await ListAsync(engine, new InstanceQuery { Regions = names });
        Assert.All(machines.Where(machine => machine.Lifecycle == SpotLifecycle.OnDemand), machine => Assert.Equal(_lab.Cloud.Region(machine.Region).OnDemandPrice("t3.micro"), machine.HourlyPrice));
        Assert.Equal(16, machines.Count(machine => machine.HourlyPrice > 0));
        Assert.Equal(4, _lab.Cloud.Calls.Of("GetProducts").Count);
        await ListAsync(engine, new InstanceQuery { Regions = names });
        Assert.Equal(4, _lab.Cloud.Calls.Of("GetProducts").Count);

        _lab.Cloud.Calls.Clear();
        await ListAsync(engine, new InstanceQuery { IncludePrice = false });
        await ListAsync(engine, new InstanceQuery { IncludePrice = false });
        Assert.Single(_lab.Cloud.Calls.Of("DescribeRegions"));
        Assert.Equal(2 * _lab.Cloud.Regions.Count, _lab.Cloud.Calls.Of("DescribeInstances").Count);
        Assert.Equal((4 * _lab.Cloud.Regions.Count) + 1, _lab.Cloud.Calls.Count);
    }

    private async Task<List<SpotInstance>> ListAsync(SpotEngine engine, InstanceQuery query)
    {
        var machines = new List<SpotInstance>();
        await foreach (var machine in engine.Clusters.GetInstancesAsync(query, _lab.Host, CancellationToken.None))
        {
            machines.Add(machine);
        }

        return machines;
    }

    /// <summary>The distinct operations of each round trip, in order.</summary>
    private List<string> Waves() =>
        [.. _lab.Cloud.Calls.Waves().Select(wave => string.Join(' ', wave.Select(call => call.Operation).Distinct().Order(StringComparer.Ordinal)))];
}
