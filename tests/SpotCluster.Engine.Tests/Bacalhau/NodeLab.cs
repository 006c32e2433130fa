using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Bacalhau;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>A simulated account with an orchestrator that its machines join, and everything that was said.</summary>
internal sealed class NodeLab : IDisposable
{
    public const string Token = "tok-8c41d0e7";

    private readonly ClusterLab _lab;

    public NodeLab(SimulatedOrchestratorOptions? orchestrator = null, SimulatorOptions? options = null)
    {
        _lab = new ClusterLab((options ?? new SimulatorOptions()) with { Orchestrator = orchestrator ?? new SimulatedOrchestratorOptions { Token = Token } });
        _lab.Settings = new SpotSettings { Orchestrators = [_lab.Cloud.Orchestrator.Address], OrchestratorUrl = _lab.Cloud.Orchestrator.Url };
    }

    public SimulatedCloud Cloud => _lab.Cloud;

    public SimulatedOrchestrator Orchestrator => _lab.Cloud.Orchestrator;

    public RecordingHost Host => _lab.Host;

    public SpotSettings Settings
    {
        get => _lab.Settings;
        set => _lab.Settings = value;
    }

    public SpotEngine Open(ICallObserver? observer = null) => _lab.Open(observer);

    public static ClusterRequest Request(int count, params string[] regions) =>
        ClusterLab.Request(count, regions) with { Node = new NodeRequest { Token = Token } };

    public Task<Cluster> CreateAsync(ClusterRequest request) => _lab.CreateAsync(request);

    public List<SimulatedInstance> Machines(string? region = null) => [.. _lab.Machines(region).Where(machine => machine.State is "pending" or "running")];

    public Task PassAsync(TimeSpan time) => Task.Delay(time, Cloud.Clock);

    /// <summary>Launches, and waits until every node is healthy.</summary>
    public async Task<List<SpotInstance>> CreateHealthyAsync(int count, params string[] regions)
    {
        await CreateAsync(Request(count, regions));
        return await WaitAsync(WaitCondition.Healthy);
    }

    public async Task<List<SpotInstance>> WaitAsync(WaitCondition condition, TimeSpan? timeout = null)
    {
        using var engine = Open();
        InstanceKey[] keys = [.. Machines().Select(machine => new InstanceKey(machine.Id, machine.Region))];
        return await engine.Clusters.WaitAsync(keys, condition, timeout ?? TimeSpan.FromMinutes(15), Host, CancellationToken.None).ToListAsync();
    }

    public async Task<List<SpotInstance>> ListAsync()
    {
        using var engine = Open();
        var found = await engine.Clusters.GetInstancesAsync(new InstanceQuery(), Host, CancellationToken.None).ToListAsync();
        return [.. found.OrderBy(machine => machine.Id, StringComparer.Ordinal)];
    }

    public async Task<Cluster> ClusterAsync(string name = "demo")
    {
        using var engine = Open();
        return await engine.Clusters.GetClustersAsync(new ClusterQuery { Names = [name] }, Host, CancellationToken.None).SingleAsync();
    }

    public async Task<(SpotResizePlan Plan, Cluster Cluster, List<SpotRemoval> Removals)> ResizeAsync(int? count = null, ICallObserver? observer = null, string name = "demo")
    {
        using var engine = Open(observer);
        var plan = await engine.Clusters.PlanResizeAsync(new ResizeRequest { Name = name, Count = count }, Host, CancellationToken.None);
        var removals = new List<SpotRemoval>();
        var cluster = await engine.Clusters.ResizeAsync(plan, removals.Add, Host, CancellationToken.None);
        return (plan.Summary, cluster, removals);
    }

    public Task<SpotProof> RemoveAsync(string name = "demo") => _lab.RemoveAsync(name);

    public void Dispose() => _lab.Dispose();
}
