using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using Xunit;

namespace SpotCluster.Engine.Tests.CostTests;

/// <summary>Prices and costs on an EC2 that others have written. Its every spot price is 0.00001 USD, since 2006.</summary>
public sealed class MotoCostTests(MotoServer moto) : IClassFixture<MotoServer>, IDisposable
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
    public async Task A_cluster_is_measured_and_its_pools_are_found()
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "It is there");
        var host = new RecordingHost();
        using var engine = new SpotEngine(new EngineOptions { EndpointUrl = moto.Endpoint, Keys = MotoServer.Keys, JournalDirectory = _journal, Settings = new SpotSettings() });
        var plan = await engine.Clusters.PlanAsync(
            new ClusterRequest { Name = "cost", Regions = ["us-east-1", "eu-west-1"], Count = 4, InstanceTypes = ["t3.medium"] }, host, CancellationToken.None);
        Assert.Equal(4, (await engine.Clusters.LaunchAsync(plan, host, CancellationToken.None)).Running);

        var report = await engine.Costs.MeasureAsync(
            new CostQuery { ClusterNames = ["cost"], Regions = ["us-east-1", "eu-west-1", "us-west-2"] }, host, CancellationToken.None);
        Assert.Empty(host.Errors);
        Assert.Equal(4, report.Total.InstanceCount);
        Assert.Equal(4, report.Total.VolumeCount);
        Assert.Equal(4 * 0.00001m, report.Total.ComputeHourlyPrice);
        Assert.NotNull(report.Total.ComputeCost);
        Assert.Equal(["eu-west-1", "us-east-1"], report.Regions.Select(row => row.Name));

        var offers = await engine.Costs.FindOffersAsync(
            new OfferQuery { Regions = ["us-east-1"], InstanceTypes = ["t3.medium"], IncludeScore = false }, host, CancellationToken.None);
        Assert.NotEmpty(offers);
        Assert.All(offers, offer => Assert.Equal(("t3.medium", 2m, 4m), (offer.InstanceType, offer.VCpu, offer.MemoryGiB)));
        Assert.Contains(offers, offer => offer.HourlyPrice == 0.00001m);
    }
}
