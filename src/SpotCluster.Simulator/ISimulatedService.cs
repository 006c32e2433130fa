using System.Net;
using System.Text;

namespace SpotCluster.Simulator;

/// <summary>
/// One service of a simulated cloud. The cloud asks each in turn whether a request is for it, and does what all services
/// share: the log, faults, latency. A service only answers.
/// </summary>
public interface ISimulatedService
{
    /// <summary>What the request asks of this service; null when it is for another one.</summary>
    SimulatedCall? Recognize(SimulatedRequest request);

    /// <summary>Does what is asked, at once. Called from several threads; throws <see cref="ServiceFaultException"/> to refuse.</summary>
    SimulatedResponse Answer(SimulatedCall call);

    /// <summary>A refusal in the service's own format.</summary>
    SimulatedResponse Refuse(SimulatedCall call, ServiceFaultException fault);
}

/// <summary>A request, read to its end.</summary>
/// <param name="Method">HTTP method, upper case.</param>
/// <param name="Uri">The whole address.</param>
/// <param name="Headers">Headers; names in any case.</param>
/// <param name="Body">The body as UTF-8 text.</param>
public sealed record SimulatedRequest(string Method, Uri Uri, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A header; null when it is absent.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value : null;

    internal static async Task<SimulatedRequest> ReadAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in message.Headers)
        {
            headers[name] = string.Join(",", values);
        }

        var body = "";
        if (message.Content is { } content)
        {
            foreach (var (name, values) in content.Headers)
            {
                headers[name] = string.Join(",", values);
            }

            cancellationToken.ThrowIfCancellationRequested();
            body = Encoding.UTF8.GetString(await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        }

        return new SimulatedRequest(message.Method.Method, message.RequestUri!, headers, body);
    }
}

/// <summary>What a request asks for.</summary>
public class SimulatedCall
{
    /// <summary>The request itself.</summary>
    public required SimulatedRequest Request { get; init; }

    /// <summary>Short name of the service, for the log and for faults.</summary>
    public required string Service { get; init; }

    /// <summary>The operation.</summary>
    public required string Operation { get; init; }

    /// <summary>The region; empty where the service has none.</summary>
    public string Region { get; init; } = "";

    /// <summary>Parameters for the log.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>True for a list that comes in pages.</summary>
    public virtual bool IsPaged => Operation.StartsWith("Describe", StringComparison.Ordinal);

    /// <summary>True when it asks for a page after the first.</summary>
    public virtual bool IsNextPage => Parameters.ContainsKey("NextToken");

    /// <summary>Set by a fault: the largest page that this call may return; null for the service's own.</summary>
    public int? PageLimit { get; set; }

    /// <summary>It only asks whether it would be done.</summary>
    internal bool IsDryRun => Parameters.TryGetValue("DryRun", out var value) && string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);
}

/// <summary>An answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Media type, for example <c>text/xml;charset=UTF-8</c>.</param>
/// <param name="Body">The body.</param>
public sealed record SimulatedResponse(int Status, string ContentType, string Body)
{
    /// <summary>More headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    internal HttpResponseMessage ToMessage(HttpRequestMessage? request)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
        if (ContentType.Length > 0)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        }

        var message = new HttpResponseMessage((HttpStatusCode)Status) { Content = content, RequestMessage = request };
        foreach (var (name, value) in Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }
}

/// <summary>A refusal by a service, with the code that its clients know.</summary>
public sealed class ServiceFaultException(int status, string code, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>Error code, for example <c>DependencyViolation</c>.</summary>
    public string Code { get; } = code;
}
