using System.Net;
using System.Net.Sockets;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>A launch without a way into the account ends at its checks, and says which way is missing.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class NoWayInTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly string _journal = Path.Combine(Path.GetTempPath(), "spotcluster-no-way-" + Guid.NewGuid().ToString("N"));

    public void Dispose() => _environment.Dispose();

    [Fact]
    public async Task No_credentials()
    {
        var error = await PlanAsync(new Uri($"http://127.0.0.1:{FreePort()}"));
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.False(string.IsNullOrWhiteSpace(error.RecommendedAction));
        Assert.False(Directory.Exists(_journal));
    }

    [Fact]
    public async Task An_endpoint_that_nobody_answers()
    {
        EnvironmentGuard.SetKeys();
        var endpoint = new Uri($"http://127.0.0.1:{FreePort()}");
        var error = await PlanAsync(endpoint);
        Assert.Equal(SpotErrorIds.EndpointUnreachable, error.ErrorId);
        Assert.Contains(endpoint.Authority, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_journal));
    }

    private async Task<SpotException> PlanAsync(Uri endpoint)
    {
        using var engine = new SpotEngine(new EngineOptions { EndpointUrl = endpoint, JournalDirectory = _journal });
        return await Assert.ThrowsAsync<SpotException>(() =>
            engine.Clusters.PlanAsync(ClusterLab.Request(1, "us-east-1"), SilentHost.Instance, CancellationToken.None));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
