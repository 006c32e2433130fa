using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.SecurityToken;

namespace SpotCluster.Engine.Aws;

/// <summary>What every client of an engine is made with: the transport, the endpoints, the numbering of calls.</summary>
/// <param name="options">What the engine was opened with.</param>
/// <param name="calls">Clock, observer and numbers.</param>
/// <param name="http">The one HTTP client.</param>
internal sealed class AwsClientSetup(EngineOptions options, AwsCalls calls, AwsHttp http)
{
    /// <summary>Clock, observer and numbers.</summary>
    public AwsCalls Calls => calls;

    /// <summary>True when requests go to the simulator of this process.</summary>
    public bool IsSimulated => options.Transport is not null;

    /// <summary>The profile that is used; null for none.</summary>
    public string? ProfileName =>
        options.ProfileName ?? (!IsSimulated && Environment.GetEnvironmentVariable("AWS_PROFILE") is { Length: > 0 } name ? name : null);

    /// <summary>STS with credentials.</summary>
    public StsClient CreateSts(AWSCredentials credentials, string region)
    {
        var config = new AmazonSecurityTokenServiceConfig
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(region),
            AuthenticationRegion = region,
        };
        return new StsClient(credentials, Configure(config), calls, region);
    }

    /// <summary>Sets what all clients share.</summary>
    public T Configure<T>(T config)
        where T : ClientConfig
    {
        config.HttpClientFactory = http;
        config.DisableLogging = true;
        config.ThrottleRetries = false;

        // The SDK would repeat a create after a reset, below our retries and unseen by them.
        config.MaxStaleConnectionRetries = 0;
        config.Timeout = Timeout.InfiniteTimeSpan;
        if (ProfileName is { } profile && new CredentialProfileStoreChain().TryGetProfile(profile, out _))
        {
            config.Profile = new Profile(profile);
        }

        if (IsSimulated)
        {
            // The simulator plays every endpoint, and its clock is not that of the signatures.
            config.IgnoreConfiguredEndpointUrls = true;
            config.DisableClockSkewCorrection = true;
        }

        if (options.EndpointUrl is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
        }

        return config;
    }
}
