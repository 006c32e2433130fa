using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Tests;

/// <summary>A simulated account, engines on it that share one journal, and what they said.</summary>
internal sealed class ClusterLab : IDisposable
{
    public const string FilterKey = "bacalhau-cluster";
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "spotcluster-lab-" + Guid.NewGuid().ToString("N"));

    public ClusterLab(SimulatorOptions? options = null)
    {
        Cloud = new SimulatedCloud(options ?? new SimulatorOptions());
    }

    public SimulatedCloud Cloud { get; }

    public RecordingHost Host { get; } = new();

    public string JournalFolder => Path.Combine(_folder, "journal");

    public SpotSettings Settings { get; set; } = new();

    public string[] Journaled => Directory.Exists(JournalFolder) ? Directory.GetFiles(JournalFolder, "*.json") : [];

    public SpotEngine Open(ICallObserver? observer = null) => new(new EngineOptions
    {
        Transport = Cloud.CreateHandler(),
        Clock = Cloud.Clock,
        Settings = Settings,
        JournalDirectory = JournalFolder,
        CallObserver = observer,
    });

    public static ClusterRequest Request(int count, params string[] regions) => new()
    {
        Name = "demo",
        Count = count,
        Regions = regions,
        InstanceTypes = ["t3.medium", "t3.large", "m5.large"],
    };

    /// <summary>Plans and launches with an engine of its own.</summary>
    public async Task<Cluster> CreateAsync(ClusterRequest request, ICallObserver? observer = null, CancellationToken cancellationToken = default)
    {
        using var engine = Open(observer);
        var plan = await engine.Clusters.PlanAsync(request, Host, cancellationToken);
        return await engine.Clusters.LaunchAsync(plan, Host, cancellationToken);
    }

    public async Task<SpotProof> RemoveAsync(string name = "demo")
    {
        using var engine = Open();
        return await engine.Removal.RemoveAsync(new RemovalScope { ClusterName = name }, _ => { }, Host, CancellationToken.None);
    }

    public List<SimulatedInstance> Machines(string? region = null) =>
        [.. (region is null ? Cloud.Regions : [region]).SelectMany(name => Cloud.Region(name).LiveInstances).Where(machine => machine.Tags.ContainsKey(FilterKey))];

    public void Dispose()
    {
        Cloud.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
