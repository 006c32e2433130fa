namespace SpotCluster.Engine.Core;

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
