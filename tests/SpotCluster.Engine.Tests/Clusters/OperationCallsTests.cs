using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>
/// The number of calls of each operation, looks included: of the account, of a region with five instances, of each of its
/// subnets, and of a region without instances. An operation that makes one more fails here.
/// </summary>
public sealed class OperationCallsTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly ClusterLab _lab = new(new SimulatorOptions { ShutdownTime = TimeSpan.FromSeconds(30) });

    public OperationCallsTests() => ((SimulatedClock)_lab.Cloud.Clock).IdleGrace = TimeSpan.FromMilliseconds(20);

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(17)]
    public async Task Each_operation_makes_as_many_calls_as_it_is_known_for(int regions)
    {
        string[] names = [.. _lab.Cloud.Regions.Take(regions)];
        var rest = _lab.Cloud.Regions.Count - regions;
        List<string> expected = [], made = [];

        await CountAsync("create", CreateAsync, 11, 17, 1, 0);
        await CountAsync("list", engine => engine.Clusters.GetInstancesAsync(new InstanceQuery(), _lab.Host, None).ToListAsync().AsTask(), 2, 3, 0, 3);
        await CountAsync("status", engine => engine.Clusters.GetClustersAsync(new ClusterQuery(), _lab.Host, None).ToListAsync().AsTask(), 2, 4, 0, 4);
        await CountAsync("cost", engine => engine.Costs.MeasureAsync(new CostQuery(), _lab.Host, None), 1, 6, 0, 4);
        await CountAsync("resources", engine => engine.Removal.GetResourcesAsync(new RemovalScope(), _lab.Host, None).ToListAsync().AsTask(), 3, 23, 0, 4);
        await CountAsync("offers", engine => engine.Costs.FindOffersAsync(new OfferQuery { Regions = names, InstanceTypes = ["t3.micro"] }, _lab.Host, None), 0, 6, 0, 0);
        await CountAsync("resize", ResizeAsync, 13, 19, 0, 6);
        await CountAsync("destroy", engine => RemoveAsync(engine, new RemovalScope { ClusterName = "demo" }), 4, 37, 1, 8);

        using (var creator = _lab.Open())
        {
            await CreateAsync(creator);
        }

        // One more: what is still shown of the cluster before is looked at once.
        await CountAsync("nuke", engine => RemoveAsync(engine, new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete * 10 }), 4, 38, 1, 8);

        // A one-time spot instance cannot be stopped.
        (string, string)[] tags = [(ClusterLab.FilterKey, _lab.Settings.FilterTagValue), (TagKeys.Cluster, "demo")];
        var keys = names.SelectMany(region => _lab.Cloud.Region(region).AddInstances(5, spot: false, tags: tags)).Select(id => new InstanceKey(id)).ToList();
        await CountAsync("stop", engine => engine.Power.StopAsync(keys, _lab.Host, None).ToListAsync().AsTask(), 2, 2, 0, 1);
        ((SimulatedClock)_lab.Cloud.Clock).Advance(TimeSpan.FromMinutes(5));
        await CountAsync("start", engine => engine.Power.StartAsync(keys, new StartRequest(), _lab.Host, None).ToListAsync().AsTask(), 2, 2, 0, 1);
        Assert.Equal(expected, made);

        async Task CountAsync(string name, Func<SpotEngine, Task> work, int account, int each, int subnet, int without)
        {
            var subnets = Subnets();
            _lab.Cloud.Calls.Clear();
            using var engine = _lab.Open();
            await work(engine);
            made.Add($"{name}: {_lab.Cloud.Calls.Count}");
            expected.Add($"{name}: {account + (each * regions) + (subnet * Math.Max(subnets, Subnets())) + (without * rest)}");
        }

        int Subnets() => _lab.Cloud.AllLive(ClusterLab.FilterKey).Count(resource => resource.Kind == "subnet");

        async Task CreateAsync(SpotEngine engine)
        {
            var request = ClusterLab.Request(5 * regions, names) with { InstanceTypes = ["t3.micro"] };
            var plan = await engine.Clusters.PlanAsync(request, _lab.Host, None);
            Assert.Equal(request.Count, (await engine.Clusters.LaunchAsync(plan, _lab.Host, None)).Running);
        }

        async Task ResizeAsync(SpotEngine engine)
        {
            var plan = await engine.Clusters.PlanResizeAsync(new ResizeRequest { Name = "demo", Count = 6 * regions }, _lab.Host, None);
            Assert.Equal(6 * regions, (await engine.Clusters.ResizeAsync(plan, _ => { }, _lab.Host, None)).Running);
        }
    }

    private async Task RemoveAsync(SpotEngine engine, RemovalScope scope) =>
        Assert.True((await engine.Removal.RemoveAsync(scope, _ => { }, _lab.Host, None)).Proven);
}
