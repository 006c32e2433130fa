using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Newtonsoft.Json;
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

    /// <summary>How long one answer may take, its body included; null for no limit, where the service is in this process.</summary>
    public TimeSpan? AnswerLimit { get; init; }

    public required TimeProvider Clock { get; init; }

    public ICallObserver? Observer { get; init; }
}

/// <summary>
/// Sends requests: the key in the header only, paced, and again where that is safe. Whatever it waits for has a bound, and
/// the host is told of it.
/// </summary>
internal sealed class VastTransport : IDisposable
{
    /// <summary>No call is tried again later than this after its first attempt.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long an answer from the network may take.</summary>
    public static readonly TimeSpan UsualAnswerLimit = TimeSpan.FromSeconds(30);

    private const int MostRetries = 5;

    /// <summary>Largest answer, bytes: a page of 25 instances is far below it.</summary>
    public const long MostBytes = 32 << 20;

    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(5);

    private static readonly string Agent = "SpotCluster/" + typeof(VastTransport).Assembly.GetName().Version!.ToString(3);

    private readonly VastClientOptions _options;
    private readonly HttpClient _http;
    private readonly VastPacer _pacer;
    private readonly Lazy<VastKey> _key;
    private readonly ServiceClock _serviceClock;
    private long _calls;

    public VastTransport(VastClientOptions options)
    {
        _options = options;
        _pacer = new VastPacer(options.Clock);
        _serviceClock = new ServiceClock(options.Clock);
        Time = new ServiceTime(options.Clock, () => _serviceClock.Skew);
        _key = new Lazy<VastKey>(() => options.Key() ?? throw KeyMissing());

        // Redirects are not followed: the key would go to wherever they point.
        _http = options.Transport is null
            ? new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.All })
            : new HttpClient(options.Transport, disposeHandler: false);
        _http.Timeout = Timeout.InfiniteTimeSpan;
        _http.MaxResponseContentBufferSize = MostBytes;
    }

    /// <summary>Time as the service has it, by the answers so far.</summary>
    public ServiceTime Time { get; }

    /// <summary>The answer if it is a success; any refusal is thrown as a <see cref="SpotException"/>.</summary>
    public async Task<VastReply> RequestAsync(VastCall call, IOperationHost host, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(call, host, cancellationToken).ConfigureAwait(false);
        return !reply.Succeeded ? throw Refusal(reply, call) : !(call.Changes && reply.IsUnconfirmed) ? reply : throw new SpotException(
            SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"Vast.ai answered {call.Operation} without a confirmation.")
        {
            Target = call.Target,
            RecommendedAction = "List the instances, and run the command again if nothing changed.",
        };
    }

    /// <summary>Whatever the answer is. Throws a <see cref="SpotException"/> when there was none.</summary>
    public async Task<VastReply> SendAsync(VastCall call, IOperationHost host, CancellationToken cancellationToken)
    {
        _ = _key.Value;
        try
        {
            return await CommandLimit.CallAsync(call.Changes, token => RepeatAsync(call, host, token), cancellationToken).ConfigureAwait(false);
        }
        catch (LateCommandException late)
        {
            throw VastErrors.Unanswered(call, _options.BaseAddress, late);
        }
    }

    private async Task<VastReply> RepeatAsync(VastCall call, IOperationHost host, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = _options.Clock.GetUtcNow() + Patience;
        for (var attempt = 0; ; attempt++)
        {
            VastReply? reply = null;
            Exception? failure = null;
            try
            {
                var number = attempt;
                reply = await _pacer.RunAsync(call.Endpoint, () => SendOnceAsync(call, number, host, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (IsUnanswered(error, cancellationToken))
            {
                failure = error;
            }

            var wait = WaitBefore(call, reply, attempt);
            if (wait is null || attempt == MostRetries || _options.Clock.GetUtcNow() + wait > deadline)
            {
                return reply ?? throw VastErrors.Unanswered(call, _options.BaseAddress, failure!);
            }

            var why = reply is null ? "no answer" : VastErrors.IsThrottled(reply) ? "Vast.ai throttled the call" : $"Vast.ai failed (HTTP {reply.Status})";
            Wait(host, call, string.Format(CultureInfo.InvariantCulture, "{0}; retrying in {1:0.#} s", why, wait.Value.TotalSeconds));
            if (reply is not null && VastErrors.IsThrottled(reply))
            {
                // The whole lane moves, so that other calls to the endpoint wait too; then nothing is left to wait here.
                _pacer.PushBack(call.Endpoint, wait.Value);
            }
            else
            {
                await _options.Clock.Delay(wait.Value, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Reads a page that the service writes for this request, as soon as it is there. The key is not sent: the page lies with a
    /// storage provider, and its address alone opens it.
    /// </summary>
    public async Task<string> ReadPageAsync(Uri page, VastCall call, IOperationHost host, CancellationToken cancellationToken)
    {
        if (page.Scheme != Uri.UriSchemeHttps && !(page.Scheme == Uri.UriSchemeHttp && page.IsLoopback))
        {
            throw new SpotException(SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"Vast.ai answered {call.Operation} with an address that is not https.") { Target = call.Target };
        }

        var deadline = _options.Clock.GetUtcNow() + UsualAnswerLimit;
        while (true)
        {
            Exception? failure = null;
            try
            {
                using var limit = _options.AnswerLimit is { } time ? new CancellationTokenSource(time, _options.Clock) : new CancellationTokenSource();
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
                using var response = await _http.GetAsync(page, either.Token).ConfigureAwait(false);

                // A log is text; an answer of a proxy or of an API is none.
                if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType is not ("application/json" or "text/html"))
                {
                    return await response.Content.ReadAsStringAsync(either.Token).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (IsUnanswered(error, cancellationToken))
            {
                failure = error;
            }

            if (_options.Clock.GetUtcNow() >= deadline)
            {
                throw new SpotException(
                    SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"The log of {call.Target} was not available within {UsualAnswerLimit.TotalSeconds:0} seconds.", failure)
                {
                    Target = call.Target,
                    RecommendedAction = "Try again in a moment; a container that never started has no log, but the daemon of its host has.",
                };
            }

            Wait(host, call, "waiting for the page with the log");
            await _options.Clock.Delay(TimeSpan.FromMilliseconds(500), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The error that a refusal is.</summary>
    public SpotException Refusal(VastReply reply, VastCall call) => VastErrors.From(reply, call, _key.Value);

    public void Dispose() => _http.Dispose();

    /// <summary>How long to wait before the call is made again; null when it must not be.</summary>
    private static TimeSpan? WaitBefore(VastCall call, VastReply? reply, int attempt)
    {
        if (reply is not null && VastErrors.IsThrottled(reply))
        {
            // A request that was turned away for being too early was not carried out, whatever it was.
            var asked = reply.RetryAfter ?? VastErrors.ThresholdOf(reply) ?? TimeSpan.Zero;
            return asked > Patience ? null : (asked > call.Endpoint.Penalty ? asked : call.Endpoint.Penalty) * (attempt + 1);
        }

        var isPassing = reply is null || reply.Status >= 500 || (reply.IsSuccessStatus && (reply.IsPage || (call.Changes && reply is { Succeeded: true, IsUnconfirmed: true })));
        return isPassing && call is { Repeatable: true, IsRetriedByCaller: false } ? TimeSpan.FromSeconds(0.5 * (1 << attempt)) : null;
    }

    private static bool IsUnanswered(Exception error, CancellationToken cancellationToken) =>
        error is HttpRequestException or IOException
        || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static void Wait(IOperationHost host, VastCall call, string status) =>
        host.Progress(new OperationProgress("Vast.ai", $"{call.Operation}: {status}", 0, 0) { IsWait = true });

    private async Task<VastReply> SendOnceAsync(VastCall call, int attempt, IOperationHost host, CancellationToken cancellationToken)
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
            using var limit = _options.AnswerLimit is { } time ? new CancellationTokenSource(time, _options.Clock) : new CancellationTokenSource();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(whileSending, limit.Token);
            using var patience = _options.AnswerLimit is null ? null : ReportWhileSilent(call, host);
            using var request = Request(call);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            if (response.Headers.Date is { } date)
            {
                _serviceClock.Note(date);
            }

            var text = await response.Content.ReadAsStringAsync(either.Token).ConfigureAwait(false);
            var reply = new VastReply((int)response.StatusCode, text, RetryAfter(response), response.Headers.Location);
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

    private ITimer ReportWhileSilent(VastCall call, IOperationHost host)
    {
        var since = _options.Clock.GetUtcNow();
        return _options.Clock.CreateTimer(
            _ => Wait(host, call, string.Format(
                CultureInfo.InvariantCulture, "no answer for {0:0} s; waiting up to {1:0} s", (_options.Clock.GetUtcNow() - since).TotalSeconds, _options.AnswerLimit!.Value.TotalSeconds)),
            null,
            SilentFor,
            SilentFor * 2);
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
            { Date: { } date } => date - Time.GetUtcNow(),
            _ => null,
        };

    private static SpotException KeyMissing() =>
        new(SpotErrorIds.VastKeyMissing, SpotErrorCategory.Authentication, "No Vast.ai API key was found.")
        {
            RecommendedAction = $"Set {VastKeyStore.KeyVariable}, or write the key to ~/.config/vastai/vast_api_key.",
        };
}
