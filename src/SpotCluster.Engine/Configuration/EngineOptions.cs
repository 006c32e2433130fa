
namespace SpotCluster.Engine.Configuration;

/// <summary>What an engine is opened with. Everything has a default that fits a user at a terminal.</summary>
public sealed record EngineOptions
{
    /// <summary>Name of the AWS profile; null for the default chain (environment, default profile, web identity, role).</summary>
    public string? ProfileName { get; init; }

    /// <summary>Keys that stand in place of every profile and environment; null to find credentials.</summary>
    public AwsKeys? Keys { get; init; }

    /// <summary>The code of the device that the role of the profile needs (<c>mfa_serial</c>); null for none.</summary>
    public string? MfaCode { get; init; }

    /// <summary>Base address for every AWS service; null for AWS's own, or <c>AWS_ENDPOINT_URL</c> and <c>AWS_ENDPOINT_URL_EC2</c>.</summary>
    public Uri? EndpointUrl { get; init; }

    /// <summary>Path of <c>spotcluster.yaml</c>; null for the default place.</summary>
    public string? ConfigurationPath { get; init; }

    /// <summary>Where the configuration lies, when that was found already; null to look for it.</summary>
    public ConfigurationPlace? Configuration { get; init; }

    /// <summary>Settings that stand in place of the file and the environment; null to read those.</summary>
    public SpotSettings? Settings { get; init; }

    /// <summary>
    /// Where HTTP requests go instead of the network: the simulator of this process. Credentials are then the
    /// simulator's own, unless <see cref="ProfileName"/> is given.
    /// </summary>
    public HttpMessageHandler? Transport { get; init; }

    /// <summary>True to have AWS decode the encoded message of a denial (<c>sts:DecodeAuthorizationMessage</c>): one more call after it.</summary>
    public bool DecodesDenials { get; init; }

    /// <summary>The clock that every wait, deadline and time stamp uses.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Folder of the journal of calls in flight; null for the default place of the operating system.</summary>
    public string? JournalDirectory { get; init; }

    /// <summary>Told of every AWS call, before it is sent and after it was answered; for -Verbose and -Debug, tests and benchmarks.</summary>
    public ICallObserver? CallObserver { get; init; }
}
