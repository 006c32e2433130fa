using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>Configuration of a client of one service in one region.</summary>
internal sealed class AwsClientConfig : ClientConfig
{
    private readonly string _endpointPrefix;
    private readonly string _region;
    private readonly Func<AwsClientConfig, string> _host;

    /// <summary>Services whose plain endpoints of GovCloud are the ones with FIPS.</summary>
    private static readonly HashSet<string> WithFipsInGovCloud = new(StringComparer.Ordinal)
    {
        "servicequotas", "autoscaling", "elasticloadbalancing", "logs", "monitoring", "events",
    };

    /// <param name="serviceId">AWS's service id: it names <c>AWS_ENDPOINT_URL_[ID]</c> and the section of a profile.</param>
    /// <param name="endpointPrefix">First label of the host, which is the signing name too.</param>
    /// <param name="region">Name of the region.</param>
    /// <param name="host">The host of a service that follows rules of its own; null for those of most.</param>
    public AwsClientConfig(string serviceId, string endpointPrefix, string region, Func<AwsClientConfig, string>? host = null)
        : base(new OneDefaultConfiguration())
    {
        _endpointPrefix = endpointPrefix;
        _region = region;
        _host = host ?? (config => config.HostOf(endpointPrefix));
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
    public Uri Endpoint => new(ServiceURL ?? $"https://{_host(this)}/");

    /// <inheritdoc/>
    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        new(Endpoint.AbsoluteUri);

    /// <summary>The host of a region, by the rules that most services share.</summary>
    public string HostOf(string prefix)
    {
        var partition = RegionEndpoint.GetBySystemName(_region);
        var isFipsAnyway = partition.PartitionName == "aws-us-gov" && WithFipsInGovCloud.Contains(prefix) && (!UseDualstackEndpoint || prefix is "monitoring" or "events");
        return $"{prefix}{(UseFIPSEndpoint && !isFipsAnyway ? "-fips" : "")}.{_region}.{SuffixOf(partition)}";
    }

    /// <summary>The end of the hosts of a partition.</summary>
    public string SuffixOf(RegionEndpoint partition) => (UseDualstackEndpoint, partition.PartitionName) switch
    {
        (true, "aws" or "aws-us-gov") => "api.aws",
        (true, "aws-cn") => "api.amazonwebservices.com.cn",
        _ => partition.PartitionDnsSuffix,
    };

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
