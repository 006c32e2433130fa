using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>A simulated account with an engine on it, and what a removal told.</summary>
internal sealed class SimulatedAccount : IDisposable
{
    private readonly string _journal = Path.Combine(Path.GetTempPath(), "spotcluster-tests", Guid.NewGuid().ToString("N"));
    private readonly SpotSettings _settings = new();

    public SimulatedAccount(SimulatorOptions? options = null, SpotSettings? settings = null)
    {
        Cloud = new SimulatedCloud(options ?? new SimulatorOptions());
        _settings = settings ?? _settings;
        Engine = NewEngine();
    }

    public SimulatedCloud Cloud { get; }

    public SpotEngine Engine { get; }

    public RecordingHost Host { get; } = new();

    public List<SpotRemoval> Removals { get; } = [];

    public IReadOnlyList<LoggedCall> Changes => Cloud.Calls.Calls
        .Where(call => call.Service == "ec2" && !call.Operation.StartsWith("Describe", StringComparison.Ordinal) && !call.DryRun).ToList();

    public IEnumerable<string> Live(string? tagValue = "bacalhau-aws-spot") =>
        Cloud.AllLive(_settings.FilterTagName, tagValue).Select(resource => resource.Id);

    public SpotEngine NewEngine() => new(new EngineOptions
    {
        Transport = Cloud.CreateHandler(),
        Clock = Cloud.Clock,
        Settings = _settings,
        JournalDirectory = _journal,
    });

    public (string Key, string Value)[] Tags(string? cluster = "demo") =>
        cluster is null ? [] : [(_settings.FilterTagName, _settings.FilterTagValue), (TagKeys.Cluster, cluster)];

    /// <summary>A cluster with its own VPC, a launch template and a key pair.</summary>
    public (string VpcId, IReadOnlyList<string> Machines) AddCluster(string region, int machines, string cluster = "demo", string prefix = "10.77", bool spot = true)
    {
        var target = Cloud.Region(region);
        var vpcId = target.AddVpc(prefix, Tags(cluster));
        target.Call("CreateLaunchTemplate", [("LaunchTemplateName", cluster), ("LaunchTemplateData.InstanceType", "t3.micro"), .. Specification("launch-template", cluster)]);
        target.Call("ImportKeyPair", [("KeyName", cluster), ("PublicKeyMaterial", KeyMaterial), .. Specification("key-pair", cluster)]);
        return (vpcId, machines == 0 ? [] : target.AddInstances(machines, spot: spot, subnetId: Subnet(region, vpcId), tags: Tags(cluster)));
    }

    public string Subnet(string region, string vpcId, int number = 0) => Cloud.Region(region).Resources
        .Where(resource => resource.Kind == "subnet" && resource.VpcId == vpcId).OrderBy(resource => resource.Zone, StringComparer.Ordinal).ElementAt(number).Id;

    public string Of(string region, string kind, string vpcId) =>
        Cloud.Region(region).Live.Single(resource => resource.Kind == kind && resource.VpcId == vpcId).Id;

    public IEnumerable<(string Name, string Value)> Specification(string kind, string cluster, int number = 1)
    {
        yield return ($"TagSpecification.{number}.ResourceType", kind);
        var index = 0;
        foreach (var (key, value) in Tags(cluster))
        {
            index++;
            yield return ($"TagSpecification.{number}.Tag.{index}.Key", key);
            yield return ($"TagSpecification.{number}.Tag.{index}.Value", value);
        }
    }

    public Task<SpotProof> RemoveAsync(string? cluster = "demo", Func<RemovalScope, RemovalScope>? with = null, CancellationToken cancellationToken = default)
    {
        var scope = new RemovalScope { ClusterName = cluster };
        return Engine.Removal.RemoveAsync(with?.Invoke(scope) ?? scope, Removals.Add, Host, cancellationToken);
    }

    /// <summary>Proven, nothing of ours left anywhere, no error, one outcome each.</summary>
    public void DemandGone(SpotProof proof, string? cluster = "demo")
    {
        Assert.True(Host.Errors.IsEmpty, string.Join("\n", Host.Errors.Select(error => error.Message)));
        Assert.True(proof.Proven);
        Assert.True(proof.LastEmptyAt - proof.FirstEmptyAt >= TimeSpan.FromSeconds(5));
        Assert.Empty(Cloud.AllLive(cluster is null ? _settings.FilterTagName : TagKeys.Cluster, cluster ?? _settings.FilterTagValue).Select(resource => $"{resource.Kind} {resource.Id} {resource.State}"));
        Assert.Equal(Removals.Count, Removals.Select(removal => removal.Id).Distinct().Count());
    }

    /// <summary>None of these was named in a changing call.</summary>
    public void DemandUntouched(params string[] ids)
    {
        Assert.All(Changes, call => Assert.DoesNotContain(call.Parameters.Values, value => ids.Contains(value)));
        var live = Cloud.AllLive().Select(resource => resource.Id).ToHashSet();
        Assert.All(ids, id => Assert.Contains(id, live));
    }

    public void Dispose()
    {
        Engine.Dispose();
        Cloud.Dispose();
        if (Directory.Exists(_journal))
        {
            Directory.Delete(_journal, recursive: true);
        }
    }

    private static string KeyMaterial { get; } = Convert.ToBase64String(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Zp4fW5ZQmC5m7ZrVJ8Y0m0o7d1m8mJb3o2u0q9b5T test"u8.ToArray());
}
