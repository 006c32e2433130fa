using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>Expiry, protection and tags of a cluster that exists: everything of it has them afterwards, and the rest does not.</summary>
public sealed class ClusterChangeTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());
    private readonly RecordingHost _host = new();
    private readonly SpotEngine _engine;

    public ClusterChangeTests() => _engine = new SpotEngine(new EngineOptions { Transport = _cloud.CreateHandler(), Clock = _cloud.Clock, Settings = new() });

    public void Dispose()
    {
        _engine.Dispose();
        _cloud.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    public async Task The_expiry_moves_both_ways_on_everything_of_the_cluster_and_on_nothing_else(int hours)
    {
        await LaunchAsync("demo", TimeSpan.FromHours(8));
        await LaunchAsync("other", TimeSpan.FromHours(8));
        var end = Whole(_cloud.Clock.GetUtcNow().AddHours(hours));
        var cluster = await SetAsync(new ClusterChange { Name = "demo", ExpiresAt = end });
        Assert.Equal(end, cluster!.ExpiresAt);
        Assert.Empty(_host.Errors);
        Assert.Empty(_host.Warnings);

        await Task.Delay(TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(1), _cloud.Clock, None);
        var expired = await _engine.Removal.PlanAsync(new RemovalScope { Expired = true }, _host, None);
        Assert.Equal(hours == 24 ? ["demo", "other"] : ["demo"], expired.Resources.Select(resource => resource.ClusterName).Distinct().Order());
        var all = await _engine.Removal.PlanAsync(new RemovalScope { ClusterName = "demo" }, _host, None);
        Assert.Equal(all.Resources.Count, expired.Resources.Count(resource => resource.ClusterName == "demo"));
    }

    [Fact]
    public async Task What_is_protected_is_not_removed_until_the_protection_is_lifted()
    {
        await LaunchAsync("demo", null);
        await SetAsync(new ClusterChange { Name = "demo", ProtectUntil = _cloud.Clock.GetUtcNow().AddDays(2), Tags = new Dictionary<string, string> { ["owner"] = "ann" } });
        var plan = await _engine.Removal.PlanAsync(new RemovalScope { ClusterName = "demo" }, _host, None);
        Assert.Empty(plan.Resources);
        Assert.NotEmpty(plan.Skipped);

        await SetAsync(new ClusterChange { Name = "demo", Unprotect = true });
        plan = await _engine.Removal.PlanAsync(new RemovalScope { ClusterName = "demo" }, _host, None);
        Assert.NotEmpty(plan.Resources);
        Assert.All(plan.Resources, resource => Assert.Equal("ann", resource.Tags["owner"]));
    }

    [Fact]
    public async Task Instances_of_a_later_resize_end_with_the_cluster()
    {
        await LaunchAsync("demo", TimeSpan.FromHours(8));
        var end = Whole(_cloud.Clock.GetUtcNow().AddHours(30));
        await SetAsync(new ClusterChange { Name = "demo", ExpiresAt = end });
        var plan = await _engine.Clusters.PlanResizeAsync(new ResizeRequest { Name = "demo", Count = 4 }, _host, None);
        await _engine.Clusters.ResizeAsync(plan, _ => { }, _host, None);
        var instances = await _engine.Clusters.GetInstancesAsync(new InstanceQuery { ClusterNames = ["demo"] }, _host, None).ToListAsync(None);
        Assert.Equal(4, instances.Count);
        Assert.All(instances, instance => Assert.Equal(end, instance.ExpiresAt));
    }

    [Fact]
    public async Task Instances_that_do_not_see_their_tags_are_named()
    {
        await LaunchAsync("demo", TimeSpan.FromHours(8), new Dictionary<string, string> { ["cost centre"] = "4711" });
        await SetAsync(new ClusterChange { Name = "demo", ExpiresAt = _cloud.Clock.GetUtcNow().AddHours(30) });
        Assert.Contains(_host.Warnings, warning => warning.Contains("keep the expiry of their launch", StringComparison.Ordinal) && warning.Contains("i-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_region_that_refuses_is_reported_and_the_others_are_changed()
    {
        await LaunchAsync("demo", TimeSpan.FromHours(8));
        _cloud.Faults.Add(new FaultRule { Operation = "CreateTags", Region = "us-east-1", Code = "UnauthorizedOperation", Times = 100 });
        await SetAsync(new ClusterChange { Name = "demo", Tags = new Dictionary<string, string> { ["owner"] = "ann" } });
        Assert.Equal("us-east-1", Assert.Single(_host.Errors).Region);
        var plan = await _engine.Removal.PlanAsync(new RemovalScope { ClusterName = "demo" }, _host, None);
        Assert.Equal(["us-west-2"], plan.Resources.Where(resource => resource.Tags.ContainsKey("owner")).Select(resource => resource.Region).Distinct());
    }

    [Fact]
    public async Task What_is_not_valid_is_refused_before_any_change()
    {
        await LaunchAsync("demo", null);
        var before = _cloud.Calls.Calls.Count(call => call.Changes);
        var now = _cloud.Clock.GetUtcNow();
        ClusterChange[] wrong =
        [
            new() { Name = "demo" },
            new() { Name = "demo", ExpiresAt = now },
            new() { Name = "demo", ExpiresAt = now.AddDays(400) },
            new() { Name = "demo", ProtectUntil = now },
            new() { Name = "demo", ProtectUntil = now.AddDays(1), Unprotect = true },
            new() { Name = "demo", Tags = new Dictionary<string, string> { [TagKeys.Cluster] = "x" } },
            new() { Name = "demo", Tags = new Dictionary<string, string> { ["bacalhau-cluster"] = "x" } },
        ];
        foreach (var change in wrong)
        {
            var refused = await Assert.ThrowsAsync<SpotException>(() => SetAsync(change));
            Assert.Equal(SpotErrorCategory.InvalidArgument, refused.Category);
        }

        Assert.Equal(before, _cloud.Calls.Calls.Count(call => call.Changes));
    }

    [Fact]
    public async Task The_console_of_an_instance_is_read_where_it_is_and_an_unknown_one_is_an_error()
    {
        await LaunchAsync("demo", null);
        await Task.Delay(TimeSpan.FromMinutes(5), _cloud.Clock, None);
        var id = (await _engine.Clusters.GetInstancesAsync(new InstanceQuery { ClusterNames = ["demo"] }, _host, None).ToListAsync(None))[0].Id;
        Assert.Contains($"{id} login:", await _engine.Power.GetConsoleOutputAsync(new InstanceKey(id, null), latest: false, _host, None), StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<SpotException>(() => _engine.Power.GetConsoleOutputAsync(new InstanceKey("i-0123456789abcdef0", null), latest: false, _host, None));
        Assert.Equal(SpotErrorIds.InstanceNotFound, unknown.ErrorId);
        var rented = await Assert.ThrowsAsync<SpotException>(() => _engine.Power.GetConsoleOutputAsync(new InstanceKey("12345", null), latest: false, _host, None));
        Assert.Contains("Get-SpotLog", rented.RecommendedAction, StringComparison.Ordinal);
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    private async Task LaunchAsync(string name, TimeSpan? life, Dictionary<string, string>? tags = null)
    {
        var plan = await _engine.Clusters.PlanAsync(
            new ClusterRequest { Name = name, Count = 2, Regions = ["us-east-1", "us-west-2"], ExpiresIn = life, Tags = tags ?? [] }, _host, None);
        await _engine.Clusters.LaunchAsync(plan, _host, None);
    }

    private async Task<Model.SpotCluster?> SetAsync(ClusterChange change)
    {
        var everything = await _engine.Removal.PlanAsync(new RemovalScope { ClusterName = change.Name, Unprotect = true }, _host, None);
        return await _engine.Clusters.SetAsync(change, everything, _host, None);
    }
}
