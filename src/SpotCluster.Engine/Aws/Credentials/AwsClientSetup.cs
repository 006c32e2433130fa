using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>
/// What every client of an engine is made with: the transport, the endpoints, the numbering of calls. Every setting that the
/// AWS SDK would look for in the AWS files is set here, so that none of them can stop a call.
/// </summary>
/// <param name="options">What the engine was opened with.</param>
/// <param name="calls">Clock, observer and numbers.</param>
/// <param name="http">The one HTTP client.</param>
internal sealed class AwsClientSetup(EngineOptions options, AwsCalls calls, AwsHttp http)
{
    private readonly Lazy<ProfileFiles> _files = new(ProfileFiles.Read, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Clock, observer and numbers.</summary>
    public AwsCalls Calls => calls;

    /// <summary>True when requests go to the simulator of this process.</summary>
    public bool IsSimulated => options.Transport is not null;

    /// <summary>True when no AWS file is read: on the simulator, unless a profile is named.</summary>
    public bool ReadsNoFiles => IsSimulated && options.ProfileName is null;

    /// <summary>The profile that is used; null for none.</summary>
    public string? ProfileName => options.ProfileName ?? (IsSimulated ? null : Variable("AWS_DEFAULT_PROFILE") ?? Variable("AWS_PROFILE"));

    /// <summary>The AWS files, read once.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/> for a file that cannot be read or parsed.</exception>
    public ProfileFiles Files => _files.Value;

    /// <summary>A variable of the environment; null when it is not set or empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

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
        config.DefaultConfigurationMode = DefaultConfigurationMode.Standard;
        config.RetryMode = RequestRetryMode.Standard;
        config.MaxErrorRetry = 0;
        config.EndpointDiscoveryEnabled = false;
        config.DisableRequestCompression = true;
        config.RequestMinCompressionSizeBytes = 0;
        config.AccountIdEndpointMode = AccountIdEndpointMode.DISABLED;
        config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
        config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        config.ClientAppId = "";
        config.AuthSchemePreference = [];
        config.SigV4aSigningRegionSet = [];
        config.IgnoreConfiguredEndpointUrls = true;
        config.UseFIPSEndpoint = IsOn("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
        config.UseDualstackEndpoint = IsOn("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");

        // The clock of the simulator is not that of the signatures.
        config.DisableClockSkewCorrection = IsSimulated;

        if ((options.EndpointUrl?.AbsoluteUri ?? FindEndpoint(config.ServiceId)) is { } endpoint)
        {
            config.ServiceURL = endpoint;
        }

        return config;
    }

    // As in the AWS CLI: the variable of the service, that of all, the file's for the service, the file's for all.
    private string? FindEndpoint(string serviceId)
    {
        if (IsSimulated || IsOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"))
        {
            return null;
        }

        foreach (var name in new[] { "AWS_ENDPOINT_URL_" + serviceId.Replace(' ', '_').ToUpperInvariant(), "AWS_ENDPOINT_URL" })
        {
            if (Variable(name) is { } value)
            {
                return Require(value, name, $"Set {name} to an address such as http://127.0.0.1:4566, or remove it.");
            }
        }

        var profile = ProfileName ?? ProfileFiles.DefaultName;
        return Files.FindEndpoint(profile, serviceId) is { } url
            ? Require(url, $"endpoint_url of the AWS profile {profile}", $"Correct it in {Files.ConfigPath}, or remove it.")
            : null;
    }

    private static string Require(string value, string origin, string advice) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Host.Length > 0
            ? value
            : throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"{origin} is not valid: '{value}' does not start with http:// or https://.")
            {
                Target = origin,
                RecommendedAction = advice,
            };

    private bool IsOn(string variable, string key) => !IsSimulated && string.Equals(
        Variable(variable) ?? Files.Find(ProfileName ?? ProfileFiles.DefaultName)?[key], "true", StringComparison.OrdinalIgnoreCase);
}
