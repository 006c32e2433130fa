using System.Collections.Concurrent;
using Amazon.Runtime;
using SpotCluster.Engine.Configuration;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>One HTTP client for all regions and services of an engine, so that connections are shared.</summary>
internal sealed class AwsHttp : HttpClientFactory, IDisposable
{
    private readonly HttpClient _client;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, ServiceClock> _clocks = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="transport">Where requests go instead of the network; left open. Null for the network.</param>
    /// <param name="clock">The clock that those of the services are compared with.</param>
    /// <param name="callTimeout">
    /// How long a call may have no answer, in all of its attempts, on the real clock: an engine on a simulated clock still must
    /// not hang. Null for the default of the settings.
    /// </param>
    public AwsHttp(HttpMessageHandler? transport, TimeProvider clock, Func<TimeSpan>? callTimeout = null)
    {
        _clock = clock;
        var attempt = new Lazy<TimeSpan>(() => TimeSpan.FromTicks((callTimeout?.Invoke() ?? new SpotSettings().CallTimeout).Ticks / AwsRetryPolicy.MostSilences));
        _client = new HttpClient(
            new WholeAnswers(transport ?? CreateHandler(), (uri, date) => ClockOf(uri).Note(date), () => attempt.Value), disposeHandler: transport is null)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The clock of an endpoint.</summary>
    public ServiceClock ClockOf(Uri endpoint) => _clocks.GetOrAdd(endpoint.Authority, _ => new ServiceClock(_clock));

    /// <summary>The time of the services less that of this computer, where they differ most; null before the first answer with a date.</summary>
    public TimeSpan? Skew => _clocks.Values.Select(clock => clock.Skew).OfType<TimeSpan>()
        .OrderByDescending(skew => skew.Duration()).Cast<TimeSpan?>().FirstOrDefault();

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
