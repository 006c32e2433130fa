using Amazon.Runtime;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>
/// Repeats what was throttled until a deadline, and what failed a few times, with growing delays and jitter, on the
/// engine's clock. A create that takes no token is repeated only when it certainly was not done.
/// </summary>
internal sealed class AwsRetryPolicy : RetryPolicy
{
    /// <summary>Most attempts of a call that has no answer at all.</summary>
    public const int MostSilences = 3;

    private const int MostFailures = 6;
    private const int MostConnects = 3;

    /// <summary>More than what fits before the deadline; it is also what the service is told in <c>amz-sdk-request</c>.</summary>
    private const int MostRetries = 20;
    private const string StartKey = "SpotCluster.Start";
    private const string SkewKey = "SpotCluster.Skew";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(16);
    private readonly AwsCalls _calls;

    public AwsRetryPolicy(AwsCalls calls)
    {
        _calls = calls;
        MaxRetries = MostRetries;
    }

    /// <summary>
    /// Counts a refusal for the time of the signature. The SDK corrects the time and asks again, for ever if it is let;
    /// once is enough: what is refused then is not the clock's fault.
    /// </summary>
    public static void NoteRefusal(IRequestContext context, AmazonServiceException refusal)
    {
        if (refusal.ErrorCode is "RequestExpired" or "RequestTimeTooSkewed" or "RequestInTheFuture")
        {
            context.ContextAttributes[SkewKey] = context.ContextAttributes.TryGetValue(SkewKey, out var before) ? (int)before + 1 : 1;
        }
    }

    /// <inheritdoc/>
    public override bool CanRetry(IExecutionContext executionContext) =>
        executionContext.RequestContext.Request is { } request && request.IsRequestStreamRewindable();

    /// <inheritdoc/>
    public override bool RetryLimitReached(IExecutionContext executionContext) =>
        executionContext.RequestContext.Retries >= MaxRetries
        || (executionContext.RequestContext.ContextAttributes.TryGetValue(SkewKey, out var refusals) && refusals is > 1);

    /// <inheritdoc/>
    public override bool RetryForException(IExecutionContext executionContext, Exception exception)
    {
        var context = executionContext.RequestContext;
        var failure = CallFailures.Classify(exception, context.CancellationToken.IsCancellationRequested);
        var now = _calls.Clock.GetUtcNow();
        if (!context.ContextAttributes.TryGetValue(StartKey, out var start))
        {
            context.ContextAttributes[StartKey] = start = now;
        }

        if (now - (DateTimeOffset)start >= Deadline)
        {
            return false;
        }

        return failure switch
        {
            CallFailure.Throttled => true,
            CallFailure.NotSent => context.Retries < MostConnects - 1,
            CallFailure.Unknown =>
                context.Retries < (Failures.IsLate(exception) ? MostSilences : MostFailures) - 1
                && !AwsOperation.RepeatMayDuplicate(context.OriginalRequest),
            _ => false,
        };
    }

    /// <inheritdoc/>
    public override Task<bool> RetryForExceptionAsync(IExecutionContext executionContext, Exception exception) =>
        Task.FromResult(RetryForException(executionContext, exception));

    /// <inheritdoc/>
    public override Task WaitBeforeRetryAsync(IExecutionContext executionContext)
    {
        var context = executionContext.RequestContext;
        var factor = Math.Pow(2, Math.Min(context.Retries - 1, 10)) * _calls.Jitter();
        var delay = TimeSpan.FromTicks((long)Math.Min(FirstDelay.Ticks * factor, LongestDelay.Ticks * _calls.Jitter()));
        if (_calls.Observer is { } observer && context.ContextAttributes.TryGetValue(CallObserverHandler.CallKey, out var last))
        {
            var call = (CallRecord)last;
            var since = context.ContextAttributes.TryGetValue(StartKey, out var start) ? _calls.Clock.GetUtcNow() - (DateTimeOffset)start : TimeSpan.Zero;
            observer.Waiting(new CallWait(call, delay, since, AwsErrors.IsThrottling(call.ErrorCode) || call.HttpStatus == 429));
        }

        return _calls.Clock.PauseAsync(delay, context.CancellationToken);
    }

    /// <inheritdoc/>
    public override void WaitBeforeRetry(IExecutionContext executionContext) =>
        throw new NotSupportedException("Calls are asynchronous.");
}
