using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>The life of a cluster on an EC2 that others have written.</summary>
public sealed class MotoClusterTests(MotoServer moto) : IClassFixture<MotoServer>, IDisposable
{
    private readonly string _journal = Path.Combine(Path.GetTempPath(), "spotcluster-moto-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_journal))
        {
            Directory.Delete(_journal, recursive: true);
        }
    }

    [Fact]
    public async Task A_cluster_over_three_regions_is_created_listed_and_removed()
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "It is there");
        string[] regions = ["us-east-1", "us-west-2", "eu-west-1"];
        var host = new RecordingHost();
        using var engine = new SpotEngine(new EngineOptions { EndpointUrl = moto.Endpoint, Keys = MotoServer.Keys, JournalDirectory = _journal, Settings = new SpotSettings() });
        var request = new ClusterRequest
        {
            Name = "demo",
            Regions = regions,
            Count = 6,
            InstanceTypes = ["t3.medium"],
            PublicKeyPath = KeyFile.Write(),
            ExpiresIn = TimeSpan.FromHours(1),
        };
        var plan = await engine.Clusters.PlanAsync(request, host, CancellationToken.None);
        Assert.Equal(3, plan.Summary.Regions.Length);
        var cluster = await engine.Clusters.LaunchAsync(plan, host, CancellationToken.None);
        Assert.Equal(6, cluster.Running);
        Assert.Empty(host.Errors);

        var machines = new List<SpotInstance>();
        await foreach (var machine in engine.Clusters.GetInstancesAsync(new InstanceQuery { Regions = regions }, host, CancellationToken.None))
        {
            machines.Add(machine);
        }

        Assert.Equal(6, machines.Count);
        Assert.All(regions, region => Assert.Equal(2, machines.Count(machine => machine.Region == region)));
        Assert.All(machines, machine => Assert.Equal("demo", machine.ClusterName));

        var hasClient = Tool.IsOnPath("aws");
        if (hasClient)
        {
            foreach (var region in regions)
            {
                Assert.Equal(2, await CountAsync(region));
            }
        }

        var proof = await engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "demo", Regions = regions }, _ => { }, host, CancellationToken.None);
        Assert.Empty(proof.Residue);
        if (hasClient)
        {
            foreach (var region in regions)
            {
                Assert.Equal(0, await CountAsync(region));
            }
        }
    }

    private async Task<int> CountAsync(string region)
    {
        var answer = await moto.AwsAsync(
            region, "ec2", "describe-instances", "--filters", "Name=tag:bacalhau-cluster,Values=bacalhau-aws-spot", "Name=instance-state-name,Values=pending,running");
        return answer.GetProperty("Reservations").EnumerateArray().Sum(reservation => reservation.GetProperty("Instances").GetArrayLength());
    }
}
