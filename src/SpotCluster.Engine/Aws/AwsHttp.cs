using Amazon.Runtime;

namespace SpotCluster.Engine.Aws;

/// <summary>One HTTP client for all regions and services of an engine, so that connections are shared.</summary>
internal sealed class AwsHttp : HttpClientFactory, IDisposable
{
    /// <summary>Time for one attempt, on the real clock: an engine on a simulated clock still must not hang.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client;

    /// <param name="transport">Where requests go instead of the network; left open. Null for the network.</param>
    public AwsHttp(HttpMessageHandler? transport)
    {
        _client = new HttpClient(transport ?? CreateHandler(), disposeHandler: transport is null) { Timeout = AttemptTimeout };
    }

    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

    /// <inheritdoc/>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler CreateHandler() => new()
    {
        MaxConnectionsPerServer = 64,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    };
}
