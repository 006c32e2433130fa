using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>What a client is opened with.</summary>
/// <param name="Address">Address of the API.</param>
/// <param name="Authorization">The header Authorization; null for none.</param>
/// <param name="CaPath">Certificate of the authority to trust; null for those of the system.</param>
/// <param name="Transport">Where requests go instead of the network; null for the network.</param>
/// <param name="Clock">The clock.</param>
/// <param name="Observer">Told of every call; null for nobody.</param>
internal sealed record OrchestratorOptions(
    Uri Address,
    string? Authorization,
    string? CaPath,
    HttpMessageHandler? Transport,
    TimeProvider Clock,
    ICallObserver? Observer);

/// <summary>Nodes of an orchestrator, with the times of its own clock.</summary>
/// <param name="Nodes">The nodes, by name.</param>
/// <param name="AskedAt">When they were so, by the orchestrator's clock.</param>
internal sealed record NodeList(IReadOnlyList<SpotNode> Nodes, DateTimeOffset AskedAt);

/// <summary>
/// The part of the orchestrator's API that is about nodes. There is no HTTP DELETE: a node is deleted by an action that is
/// PUT, and a part of a name would do for it, so that only full names are ever sent.
/// </summary>
internal sealed class OrchestratorClient : IDisposable
{
    private const int MostTries = 4;
    private const string Nodes = "/api/v1/orchestrator/nodes";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly OrchestratorOptions _options;
    private readonly HttpClient _http;
    private long _calls;

    public OrchestratorClient(OrchestratorOptions options)
    {
        _options = options;

        // Redirects are not followed: the key would go to wherever they point.
        _http = options.Transport is null
            ? new HttpClient(OrchestratorTls.Handler(options.CaPath)) { Timeout = Patience }
            : new HttpClient(options.Transport, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        _http.MaxResponseContentBufferSize = WholeAnswers.Largest;
    }

    /// <summary>Where it asks.</summary>
    public Uri Address => _options.Address;

    /// <summary>Every node that the orchestrator knows, ours and others'.</summary>
    public async Task<NodeList> GetNodesAsync(CancellationToken cancellationToken)
    {
        var (status, text, now) = await SendAsync(HttpMethod.Get, "ListNodes", Nodes, null, cancellationToken).ConfigureAwait(false);
        return status == 200
            ? new NodeList(Understand(() => OrchestratorNodes.ReadList(text, now)), now)
            : throw OrchestratorErrors.Refused(status, text, _options.Address, "list nodes", _options.Authorization is not null);
    }

    /// <summary>One node by its full name; null when there is none.</summary>
    public async Task<SpotNode?> GetNodeAsync(string id, CancellationToken cancellationToken)
    {
        var (status, text, now) = await SendAsync(HttpMethod.Get, "GetNode", $"{Nodes}/{Uri.EscapeDataString(id)}", null, cancellationToken).ConfigureAwait(false);
        return status switch
        {
            // A name that only begins so is another node.
            200 => Understand(() => OrchestratorNodes.ReadOne(text, now)) is { } node && node.Id == id ? node : null,
            404 or 409 => null,
            _ => throw OrchestratorErrors.Refused(status, text, _options.Address, $"read node {id}", _options.Authorization is not null),
        };
    }

    /// <summary>Deletes a node by its full name. False when there was none.</summary>
    public async Task<bool> DeleteNodeAsync(string id, string reason, CancellationToken cancellationToken)
    {
        var body = new JObject { ["Action"] = "delete", ["Message"] = reason, ["NodeID"] = id };
        var (status, text, _) = await SendAsync(HttpMethod.Put, "DeleteNode", $"{Nodes}/{Uri.EscapeDataString(id)}", body, cancellationToken).ConfigureAwait(false);
        return status switch
        {
            >= 200 and < 300 => true,
            404 => false,
            _ => throw OrchestratorErrors.Refused(status, text, _options.Address, $"delete node {id}", _options.Authorization is not null),
        };
    }

    public void Dispose() => _http.Dispose();

    private async Task<(int Status, string Text, DateTimeOffset Now)> SendAsync(
        HttpMethod method, string operation, string path, JObject? body, CancellationToken cancellationToken)
    {
        try
        {
            return await CommandLimit.CallAsync(method != HttpMethod.Get, token => RepeatAsync(method, operation, path, body, token), cancellationToken).ConfigureAwait(false);
        }
        catch (LateCommandException late)
        {
            throw OrchestratorErrors.Unanswered(_options.Address, late);
        }
    }

    /// <summary>Sends until there is an answer that is no passing trouble. Every call here may be repeated.</summary>
    private async Task<(int Status, string Text, DateTimeOffset Now)> RepeatAsync(
        HttpMethod method, string operation, string path, JObject? body, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromSeconds(0.5);
        for (var attempt = 0; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isLast = attempt == MostTries - 1;
            try
            {
                var answer = await SendOnceAsync(method, operation, path, body, attempt, cancellationToken).ConfigureAwait(false);
                if (answer.Status is not (429 or 500 or 502 or 503 or 504) || isLast)
                {
                    return answer;
                }
            }
            catch (Exception failure) when (IsUnanswered(failure, cancellationToken))
            {
                // Trust does not come with time.
                if (isLast || OrchestratorErrors.IsDistrust(failure))
                {
                    throw OrchestratorErrors.Unanswered(_options.Address, failure);
                }
            }

            await _options.Clock.PauseAsync(pause, cancellationToken).ConfigureAwait(false);
            pause += pause;
        }
    }

    private async Task<(int Status, string Text, DateTimeOffset Now)> SendOnceAsync(
        HttpMethod method, string operation, string path, JObject? body, int attempt, CancellationToken cancellationToken)
    {
        var record = new CallRecord(Interlocked.Increment(ref _calls), "bacalhau", operation, "", attempt, _options.Clock.GetUtcNow()) { Changes = method != HttpMethod.Get };
        _options.Observer?.Sending(record);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(_options.Address, path));
            request.Headers.Accept.ParseAdd("application/json");
            if (_options.Authorization is { } authorization)
            {
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            }

            if (body is not null)
            {
                request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToString(Formatting.None)));
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
            var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            record.HttpStatus = (int)response.StatusCode;

            // The age of a heartbeat is told by the clock that stamped it, not by ours.
            return ((int)response.StatusCode, text, response.Headers.Date ?? _options.Clock.GetUtcNow());
        }
        finally
        {
            record.AnsweredAt = _options.Clock.GetUtcNow();
            _options.Observer?.Answered(record);
        }
    }

    private static bool IsUnanswered(Exception failure, CancellationToken cancellationToken) =>
        failure is HttpRequestException or IOException or AuthenticationException
        || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private T Understand<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is JsonException or InvalidCastException or ArgumentException)
        {
            throw OrchestratorErrors.NotUnderstood(_options.Address, failure);
        }
    }
}
