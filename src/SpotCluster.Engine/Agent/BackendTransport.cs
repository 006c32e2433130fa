using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>Sends requests to a backend: the token in the header only, no redirect followed, no answer without an end.</summary>
internal sealed class BackendTransport : IDisposable
{
    public static readonly string Version = typeof(BackendTransport).Assembly.GetName().Version!.ToString(3);

    /// <summary>The version of the protocol that it speaks, as the termination guide asks for it.</summary>
    public const string ProtocolVersion = "4.1.0";

    private const int LargestAnswer = 8 * 1024 * 1024;
    private const int Tries = 3;

    /// <summary>How long an answer from the network may take, its body included.</summary>
    public static readonly TimeSpan UsualAnswerLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly AgentToken _token;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _answerLimit;
    private readonly TimeProvider _limitClock;

    /// <param name="server">Address of the backend.</param>
    /// <param name="token">The token.</param>
    /// <param name="transport">Where requests go instead of the network; null for the network.</param>
    /// <param name="clock">The clock of every wait.</param>
    /// <param name="authority">PEM file of the authority that the backend's certificate is of; null for the system's.</param>
    /// <param name="answerLimit">How long an answer may take; null for the usual limit from the network, and none from a transport.</param>
    public BackendTransport(
        Uri server, AgentToken token, HttpMessageHandler? transport, TimeProvider clock, string? authority = null, TimeSpan? answerLimit = null)
    {
        if (!server.IsAbsoluteUri || (server.Scheme != Uri.UriSchemeHttp && server.Scheme != Uri.UriSchemeHttps) || server.UserInfo.Length > 0)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid,
                SpotErrorCategory.InvalidArgument,
                "The address of the backend must be an http or https address without user and password.");
        }

        // A redirect would take the token to wherever it points.
        _http = transport is null
            ? new HttpClient(NewHandler(authority))
            : new HttpClient(transport, disposeHandler: false);
        _http.Timeout = Timeout.InfiniteTimeSpan;
        _http.MaxResponseContentBufferSize = LargestAnswer;
        Server = server.AbsoluteUri.EndsWith('/') ? server : new Uri(server.AbsoluteUri + "/");
        _token = token;
        _clock = clock;

        // The network answers in real time, also an agent that lives on simulated time.
        _limitClock = transport is null ? TimeProvider.System : clock;
        _answerLimit = answerLimit ?? (transport is null ? UsualAnswerLimit : Timeout.InfiniteTimeSpan);
    }

    public Uri Server { get; }

    private static HttpClientHandler NewHandler(string? authority)
    {
        var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = System.Net.DecompressionMethods.All };
        if (authority is not null)
        {
            var roots = ReadAuthority(authority);
            handler.ServerCertificateCustomValidationCallback = (_, certificate, chain, errors) =>
                errors == SslPolicyErrors.None || (errors == SslPolicyErrors.RemoteCertificateChainErrors && IsOf(roots, certificate, chain));
        }

        return handler;
    }

    // Only who signed it is judged anew: a name that is not that of the address stays an error.
    private static bool IsOf(X509Certificate2Collection roots, X509Certificate2? certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in sent?.ChainElements.AsEnumerable() ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return certificate is not null && chain.Build(certificate);
    }

    private static X509Certificate2Collection ReadAuthority(string path)
    {
        var roots = new X509Certificate2Collection();
        string? reason = null;
        try
        {
            roots.ImportFromPemFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            reason = failure.Message;
        }

        return roots.Count > 0 ? roots : throw new SpotException(
            SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidArgument,
            $"Cannot read certificates from {path}: {(reason ?? "it contains none").TrimEnd('.')}.")
        {
            Target = path,
            RecommendedAction = "Specify a PEM file with the certificate of the authority (BEGIN CERTIFICATE).",
        };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Whatever the answer is; tried again while there is none, or a gateway or the backend asks for patience. Every call of the protocol
    /// may be repeated: a repeated report counts once, and a poll whose answer was lost costs the time of its lease.
    /// </summary>
    public async Task<BackendReply> SendAsync(HttpMethod method, string path, JObject? body, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var reply = await SendOnceAsync(method, path, body, cancellationToken).ConfigureAwait(false);
            var pause = reply.RetryAfter ?? TimeSpan.FromSeconds(attempt);
            if (attempt == Tries || reply.Status is not (0 or 429 or 500 or 502 or 503 or 504) || pause > LongestPause)
            {
                return reply;
            }

            await _clock.PauseAsync(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BackendReply> SendOnceAsync(HttpMethod method, string path, JObject? body, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(Server, path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token.Reveal());
            request.Headers.UserAgent.ParseAdd("SpotCluster/" + Version);
            request.Headers.Accept.ParseAdd("application/json");
            request.Headers.Date = _clock.GetUtcNow();
            if (body is not null)
            {
                request.Content = new StringContent(body.ToString(Formatting.None), Encoding.UTF8, "application/json");
            }

            using var limit = new CancellationTokenSource(_answerLimit, _limitClock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(either.Token).ConfigureAwait(false);
            return new BackendReply((int)response.StatusCode, BackendJson.TryParse(text), RetryAfter(response));
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new BackendReply(0, null, null, error);
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var pause = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _clock.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }
}
