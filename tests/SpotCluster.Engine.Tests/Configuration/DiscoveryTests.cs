using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>The file is lost, and the resources tell what it said.</summary>
public sealed class DiscoveryTests : IDisposable
{
    private static readonly SpotSettings Custom = new()
    {
        FilterTagName = "team",
        FilterTagValue = "blue",
        Creator = "ops",
        ResourcePrefix = "ops-",
        VpcName = "ops-vpc",
        Regions = ["us-east-1", "eu-west-1"],
        Tags = new Dictionary<string, string> { ["cost-center"] = "42" },
    };

    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());
    private readonly RecordingHost _host = new();

    public void Dispose() => _cloud.Dispose();

    [Fact]
    public async Task Custom_names_are_found_again_and_remove_everything()
    {
        await LaunchAsync("demo", Custom, 2);
        var ours = _cloud.AllLive("team", "blue");
        using (var stranger = Open(new SpotSettings()))
        {
            Assert.Empty(await stranger.Removal.GetResourcesAsync(new RemovalScope(), _host, default).ToListAsync());
            var changes = _cloud.Calls.Calls.Count(call => call.Changes);
            var found = Assert.Single(await stranger.DiscoverAsync([], _host, default));
            Assert.Equal(("team", "blue", "ops", "ops-", "ops-vpc"), (found.FilterTagName, found.FilterTagValue, found.Creator, found.ResourcePrefix, found.VpcName));
            Assert.Equal(["demo"], found.Clusters);
            Assert.Equal(["eu-west-1", "us-east-1"], found.Regions);

            // Fleets that are over keep their tags for a while.
            Assert.True(found.ResourceCount >= ours.Count, $"{found.ResourceCount} of {ours.Count}");
            Assert.True(found.IsCertain);
            Assert.False(found.IsConfigured);
            Assert.Equal(changes, _cloud.Calls.Calls.Count(call => call.Changes));

            using var restored = Open(new SpotSettings { FilterTagName = found.FilterTagName, FilterTagValue = found.FilterTagValue });
            Assert.True(Assert.Single(await restored.DiscoverAsync([], _host, default)).IsConfigured);
            Assert.True((await restored.Removal.RemoveAsync(new RemovalScope(), _ => { }, _host, default)).Proven);
            Assert.Empty(_cloud.AllLive("team"));
        }

        Assert.Empty(_host.Errors);
    }

    [Fact]
    public async Task Each_tag_is_told_apart_the_most_used_first()
    {
        await LaunchAsync("large", Custom, 4);
        await LaunchAsync("small", new SpotSettings { Regions = ["us-east-1"], Tags = new Dictionary<string, string> { ["owner"] = "me" } }, 1);
        using var engine = Open(new SpotSettings());
        var found = await engine.DiscoverAsync(["*"], _host, default);
        Assert.Equal(["team=blue", "bacalhau-cluster=bacalhau-aws-spot"], found.Select(one => one.ToString()));
        Assert.Equal([false, true], found.Select(one => one.IsConfigured));
        Assert.All(found, one => Assert.True(one.IsCertain));
        Assert.Equal("bacalhau-", found[1].ResourcePrefix);
    }

    [Fact]
    public void Without_our_own_mark_every_shared_tag_is_named_and_none_is_certain()
    {
        DiscoveredResource Made(string id, params (string Key, string Value)[] tags) => new("us-east-1", id, "instance", tags
            .Append((TagKeys.Cluster, "demo")).Append((TagKeys.Name, "x-demo")).ToDictionary(tag => tag.Item1, tag => tag.Item2));
        var found = TagDiscovery.Find([Made("i-1", ("b", "1"), ("a", "1"), ("c", "1")), Made("i-2", ("a", "1"), ("b", "1"), ("c", "2"))], new SpotSettings());
        Assert.Equal(["a=1", "b=1"], found.Select(one => one.ToString()));
        Assert.All(found, one => Assert.False(one.IsCertain));
        Assert.All(found, one => Assert.Equal("x-", one.ResourcePrefix));
    }

    [Fact]
    public async Task A_region_that_cannot_be_searched_is_an_error()
    {
        await LaunchAsync("demo", Custom with { Regions = ["us-east-1"] }, 1);
        _cloud.Faults.Add(new FaultRule { Operation = "DescribeTags", Region = "eu-west-1", Code = "UnauthorizedOperation" });
        using var engine = Open(new SpotSettings());
        Assert.Single(await engine.DiscoverAsync(["eu-*", "us-east-1"], _host, default));
        var error = Assert.Single(_host.Errors);
        Assert.Equal((SpotErrorIds.RegionNotListed, "eu-west-1"), (error.ErrorId, error.Target));
    }

    [Fact]
    public async Task Two_calls_per_region_with_something_in_it_and_one_without()
    {
        await LaunchAsync("demo", Custom with { Regions = ["us-east-1"] }, 1);
        _cloud.Calls.Clear();
        using var engine = Open(new SpotSettings());
        await engine.DiscoverAsync([], _host, default);
        Assert.Equal(2, _cloud.Calls.Of("DescribeTags", "us-east-1").Count);
        Assert.Single(_cloud.Calls.Of("DescribeTags", "eu-west-1"));
    }

    private SpotEngine Open(SpotSettings settings) => new(new EngineOptions { Transport = _cloud.CreateHandler(), Clock = _cloud.Clock, Settings = settings });

    private async Task LaunchAsync(string name, SpotSettings settings, int count)
    {
        using var engine = Open(settings);
        var plan = await engine.Clusters.PlanAsync(new ClusterRequest { Name = name, Count = count }, _host, default);
        await engine.Clusters.LaunchAsync(plan, _host, default);
    }
}
