using System.Net.Http.Headers;
using System.Text;
using Newtonsoft.Json;
using Polly;
using Polly.Retry;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>What a client is opened with.</summary>
internal sealed record VastClientOptions
{
    public required Uri BaseAddress { get; init; }

    /// <summary>Asked when the first call is made; null when there is no key.</summary>
    public required Func<VastKey?> Key { get; init; }

    /// <summary>Where requests go instead of the network; null for the network.</summary>
    public HttpMessageHandler? Transport { get; init; }

    public required TimeProvider Clock { get; init; }

    public ICallObserver? Observer { get; init; }
}

/// <summary>Sends requests: the key in the header only, paced, and again where that is safe.</summary>
internal sealed class VastTransport : IDisposable
{
    private const int MostRetries = 5;

    private static readonly string Agent = "SpotCluster/" + typeof(VastTransport).Assembly.GetName().Version!.ToString(3);

    private readonly VastClientOptions _options;
    private readonly HttpClient _http;
    private readonly VastPacer _pacer;
    private readonly Lazy<VastKey> _key;
    private long _calls;

    public VastTransport(VastClientOptions options)
    {
        _options = options;
        _pacer = new VastPacer(options.Clock);
        _key = new Lazy<VastKey>(() => options.Key() ?? throw KeyMissing());

        // Redirects are not followed: the key would go to wherever they point.
        _http = options.Transport is null
            ? new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(60) }
            : new HttpClient(options.Transport, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The answer if it is a success; any refusal is thrown as a <see cref="SpotException"/>.</summary>
    public async Task<VastReply> RequestAsync(VastCall call, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        return reply.Succeeded ? reply : throw Refusal(reply, call);
    }

    /// <summary>Whatever the answer is. Throws a <see cref="SpotException"/> when there was none.</summary>
    public async Task<VastReply> SendAsync(VastCall call, CancellationToken cancellationToken)
    {
        _ = _key.Value;
        cancellationToken.ThrowIfCancellationRequested();
        var attempt = -1;
        var pipeline = new ResiliencePipelineBuilder<VastReply> { TimeProvider = _options.Clock }
            .AddRetry(new RetryStrategyOptions<VastReply>
            {
                MaxRetryAttempts = MostRetries,
                ShouldHandle = outcome => new ValueTask<bool>(MayRepeat(call, outcome.Outcome, cancellationToken)),
                DelayGenerator = retry => new ValueTask<TimeSpan?>(DelayBefore(call, retry.Outcome, retry.AttemptNumber)),
            })
            .Build();
        try
        {
            return await pipeline.ExecuteAsync(
                async token => await _pacer.RunAsync(call.Endpoint, () => SendOnceAsync(call, ++attempt, token), token).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsUnanswered(error, cancellationToken))
        {
            throw VastErrors.Unanswered(call, _options.BaseAddress, error);
        }
    }

    /// <summary>The error that a refusal is.</summary>
    public SpotException Refusal(VastReply reply, VastCall call) => VastErrors.From(reply, call, _key.Value);

    public void Dispose() => _http.Dispose();

    private static bool MayRepeat(VastCall call, Outcome<VastReply> outcome, CancellationToken cancellationToken)
    {
        if (outcome.Result is { } reply)
        {
            // A request that was turned away for being too early was not carried out, whatever it was.
            return VastErrors.IsThrottled(reply)
                || (call.Repeatable && reply.Status is 502 or 503 or 504)
                || (!call.Changes && reply.Status == 500);
        }

        return call.Repeatable && outcome.Exception is { } error && IsUnanswered(error, cancellationToken);
    }

    private static bool IsUnanswered(Exception error, CancellationToken cancellationToken) =>
        error is HttpRequestException or IOException
        || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    // A slow-down moves the whole lane, so that other calls to the endpoint wait too; then nothing is left to wait here.
    private TimeSpan? DelayBefore(VastCall call, Outcome<VastReply> outcome, int attempt)
    {
        if (outcome.Result is { } reply && VastErrors.IsThrottled(reply))
        {
            var asked = reply.RetryAfter ?? VastErrors.ThresholdOf(reply) ?? TimeSpan.Zero;
            var least = asked > call.Endpoint.Penalty ? asked : call.Endpoint.Penalty;
            _pacer.PushBack(call.Endpoint, TimeSpan.FromTicks(least.Ticks * (attempt + 1)));
            return TimeSpan.Zero;
        }

        return TimeSpan.FromSeconds(0.5 * (1 << attempt));
    }

    private async Task<VastReply> SendOnceAsync(VastCall call, int attempt, CancellationToken cancellationToken)
    {
        var record = new CallRecord(Interlocked.Increment(ref _calls), "vast", call.Operation, "", attempt, _options.Clock.GetUtcNow())
        {
            Changes = call.Changes,
        };
        call.Sending?.Invoke();
        _options.Observer?.Sending(record);
        try
        {
            var whileSending = call.Cancellable ? cancellationToken : CancellationToken.None;
            using var request = Request(call);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, whileSending).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(whileSending).ConfigureAwait(false);
            var reply = new VastReply((int)response.StatusCode, text, RetryAfter(response));
            record.HttpStatus = reply.Status;
            record.ErrorCode = reply.Succeeded ? null : reply.Code ?? "HTTP " + reply.Status;
            return reply;
        }
        finally
        {
            record.AnsweredAt = _options.Clock.GetUtcNow();
            _options.Observer?.Answered(record);
        }
    }

    private HttpRequestMessage Request(VastCall call)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(_options.BaseAddress, call.Path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key.Value.Value);
        request.Headers.UserAgent.ParseAdd(Agent);
        request.Headers.Accept.ParseAdd("application/json");
        if (call.Method != HttpMethod.Get)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes((call.Body ?? []).ToString(Formatting.None)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return request;
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _options.Clock.GetUtcNow(),
            _ => null,
        };

    private static SpotException KeyMissing() =>
        new(SpotErrorIds.VastKeyMissing, SpotErrorCategory.Authentication, "No Vast.ai API key was found.")
        {
            RecommendedAction = $"Set {VastKeyStore.KeyVariable}, or write the key to ~/.config/vastai/vast_api_key.",
        };
}
