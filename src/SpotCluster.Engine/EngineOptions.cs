using SpotCluster.Engine.Configuration;

namespace SpotCluster.Engine;

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

/// <summary>Watches the calls that an engine makes.</summary>
public interface ICallObserver
{
    /// <summary>A call is about to be sent (each retry counts as a call). May throw to act out a crash.</summary>
    void Sending(CallRecord call);

    /// <summary>The call was answered or failed.</summary>
    void Answered(CallRecord call);

    /// <summary>The call failed and is made again after a while, or waits for its turn.</summary>
    void Waiting(CallWait wait)
    {
    }
}

/// <summary>The time between two attempts of a call, or before the first one.</summary>
/// <param name="Call">The attempt that failed.</param>
/// <param name="Delay">How long is waited.</param>
/// <param name="Since">How long ago the first attempt failed.</param>
/// <param name="IsThrottled">True when the service takes no more calls for now.</param>
public sealed record CallWait(CallRecord Call, TimeSpan Delay, TimeSpan Since, bool IsThrottled)
{
    /// <summary>True when the call was not made yet, and waits so that the service takes it: our own pacing.</summary>
    public bool IsPaced { get; init; }
}

/// <summary>One call to a cloud.</summary>
/// <param name="Number">Running number within the engine.</param>
/// <param name="Service">Signing name of the service: <c>ec2</c>, <c>sts</c>, <c>servicequotas</c>, <c>vast</c>.</param>
/// <param name="Operation">AWS's name of the operation, for example <c>CreateFleet</c>.</param>
/// <param name="Region">The region.</param>
/// <param name="Attempt">0 for the first try, 1 for the first retry.</param>
/// <param name="SentAt">When it was sent, on the engine's clock.</param>
public sealed record CallRecord(long Number, string Service, string Operation, string Region, int Attempt, DateTimeOffset SentAt)
{
    /// <summary>When it was answered, on the engine's clock; null while under way.</summary>
    public DateTimeOffset? AnsweredAt { get; set; }

    /// <summary>HTTP status; null while under way or when there was no answer.</summary>
    public int? HttpStatus { get; set; }

    /// <summary>The service's id of the request; null where it gives none.</summary>
    public string? RequestId { get; set; }

    /// <summary>The cloud's error code; null on success.</summary>
    public string? ErrorCode { get; set; }

    /// <summary>True when the call changes something: everything but Describe, Get, List and DryRun.</summary>
    public bool Changes { get; init; }
}
