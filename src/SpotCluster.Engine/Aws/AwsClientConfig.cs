using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;

namespace SpotCluster.Engine.Aws;

/// <summary>Configuration of a client of one service in one region.</summary>
internal sealed class AwsClientConfig : ClientConfig
{
    private readonly string _endpointPrefix;
    private readonly string _region;
    private readonly string? _globalHost;

    /// <param name="serviceId">AWS's service id: it names <c>AWS_ENDPOINT_URL_[ID]</c> and the section of a profile.</param>
    /// <param name="endpointPrefix">First label of the host, which is the signing name too.</param>
    /// <param name="region">Name of the region.</param>
    /// <param name="globalHost">Host of a service that has one for the whole partition; null for one per region.</param>
    public AwsClientConfig(string serviceId, string endpointPrefix, string region, string? globalHost = null)
        : base(new OneDefaultConfiguration())
    {
        _endpointPrefix = endpointPrefix;
        _region = region;
        _globalHost = globalHost;
        ServiceId = serviceId;
        AuthenticationServiceName = endpointPrefix;
        RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        AuthenticationRegion = region;
        RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        EndpointProvider = new OneEndpoint(this);
    }

    /// <inheritdoc/>
    public override string ServiceVersion => "";

    /// <inheritdoc/>
    public override string UserAgent => "spotcluster";

    /// <inheritdoc/>
    public override string RegionEndpointServiceName => _endpointPrefix;

    /// <summary>Where calls go.</summary>
    public Uri Endpoint => new(ServiceURL ?? $"https://{_globalHost ?? Host}/");

    /// <inheritdoc/>
    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        new(Endpoint.AbsoluteUri);

    private string Host
    {
        get
        {
            var prefix = UseFIPSEndpoint ? _endpointPrefix + "-fips" : _endpointPrefix;
            var partition = RegionEndpoint.GetBySystemName(_region);
            return (UseDualstackEndpoint, partition.PartitionName) switch
            {
                (true, "aws") => $"{prefix}.{_region}.api.aws",
                (true, "aws-cn") => $"{prefix}.{_region}.api.amazonwebservices.com.cn",
                _ => $"{prefix}.{_region}.{partition.PartitionDnsSuffix}",
            };
        }
    }

    private sealed class OneEndpoint(AwsClientConfig config) : IEndpointProvider
    {
        public Endpoint ResolveEndpoint(EndpointParameters parameters) => new(config.Endpoint.AbsoluteUri);
    }

    /// <summary>The client's own values win over the modes of <c>AWS_DEFAULTS_MODE</c>, so there is only one.</summary>
    private sealed class OneDefaultConfiguration : IDefaultConfigurationProvider
    {
        public IDefaultConfiguration GetDefaultConfiguration(
            RegionEndpoint clientRegion, DefaultConfigurationMode? requestedConfigurationMode = null) =>
            new DefaultConfiguration { Name = DefaultConfigurationMode.Standard, RetryMode = RequestRetryMode.Standard };
    }
}
