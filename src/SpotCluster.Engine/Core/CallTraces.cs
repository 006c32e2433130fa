using System.Diagnostics;

namespace SpotCluster.Engine.Core;

/// <summary>Makes a span of each call to a cloud (each retry is one), for whoever listens to <see cref="SourceName"/>.</summary>
public sealed class CallTraces : ICallObserver
{
    /// <summary>The name of the engine's source of activities.</summary>
    public const string SourceName = "SpotCluster.Engine";

    private readonly ICallObserver? _inner;

    private CallTraces(ICallObserver? inner) => _inner = inner;

    /// <summary>The source, for a host that makes a span of its own around the calls.</summary>
    public static ActivitySource Source { get; } = new(SourceName);

    /// <inheritdoc/>
    public void Sending(CallRecord call) => _inner?.Sending(call);

    /// <inheritdoc/>
    public void Waiting(CallWait wait) => _inner?.Waiting(wait);

    /// <inheritdoc/>
    public void Answered(CallRecord call)
    {
        _inner?.Answered(call);
        using var activity = Source.StartActivity(
            $"{call.Service} {call.Operation}", ActivityKind.Client, default(ActivityContext), startTime: call.SentAt);
        if (activity is null)
        {
            return;
        }

        // The names of OpenTelemetry's semantic conventions.
        activity.SetTag("rpc.service", call.Service).SetTag("rpc.method", call.Operation).SetTag("cloud.region", call.Region);
        if (call.Attempt > 0)
        {
            activity.SetTag("http.request.resend_count", call.Attempt);
        }

        if (call.HttpStatus is { } status)
        {
            activity.SetTag("http.response.status_code", status);
        }

        if (call.ErrorCode is { } error)
        {
            activity.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error);
        }

        activity.SetEndTime((call.AnsweredAt ?? call.SentAt).UtcDateTime);
    }

    /// <summary>The observer, with spans where somebody listens.</summary>
    internal static ICallObserver? Around(ICallObserver? observer) => Source.HasListeners() ? new CallTraces(observer) : observer;
}
