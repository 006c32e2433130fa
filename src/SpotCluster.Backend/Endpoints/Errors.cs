using System.Text.Json;
using SpotCluster.Backend.Data;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Endpoints;

/// <summary>Every refusal has one form. What went wrong inside goes to the log under the id that the caller gets.</summary>
internal sealed class Errors(RequestDelegate next, Database database, ILogger<Errors> log, TimeProvider clock)
{
    public const string DatabaseAway = "The database is not available";

    private static readonly TimeSpan NoteInterval = TimeSpan.FromMinutes(1);

    private long _lastNote = long.MinValue;

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400 })
            {
                await WriteAsync(http, Refused(http.Response.StatusCode, http.TraceIdentifier));
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, ToProblem(exception, http.TraceIdentifier));
        }
    }

    /// <summary>What the server and the routing refuse by themselves, without a body.</summary>
    private static AgentProblem Refused(int status, string id)
    {
        var (code, error) = status switch
        {
            StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", "This path does not support this method"),
            StatusCodes.Status413PayloadTooLarge => ("body_too_large", "The body is too large"),
            StatusCodes.Status415UnsupportedMediaType => ("malformed_request", "The body must be JSON"),
            _ => ("malformed_request", "The request is malformed"),
        };
        return new AgentProblem { Code = code, Error = error, Status = status, Id = id };
    }

    private AgentProblem ToProblem(Exception exception, string id)
    {
        switch (exception)
        {
            case ApiException refusal:
                return new AgentProblem
                {
                    Code = refusal.Code,
                    Error = refusal.Message,
                    Status = refusal.Status,
                    Id = id,
                    Details = refusal.Details,
                };
            case BadHttpRequestException { InnerException: JsonException json }:
                return new AgentProblem
                {
                    Code = "malformed_json",
                    Error = "The body is not the expected JSON",
                    Status = StatusCodes.Status400BadRequest,
                    Id = id,
                    Details = json.Path is { Length: > 0 } path ? new() { [path] = "wrong type or form" } : null,
                };
            case BadHttpRequestException bad:
                return Refused(bad.StatusCode, id);
            case not null when database.IsUnstorable(exception):
                return new AgentProblem
                {
                    Code = "malformed_request",
                    Error = "The request contains a text that cannot be stored",
                    Status = StatusCodes.Status400BadRequest,
                    Id = id,
                };
            case not null when database.IsAway(exception):
                NoteDatabase(exception);
                return new AgentProblem
                {
                    Code = "database_unavailable",
                    Error = DatabaseAway,
                    Status = StatusCodes.Status503ServiceUnavailable,
                    Id = id,
                };
            default:
                log.LogError(exception, "Request {Id} failed.", id);
                return new AgentProblem
                {
                    Code = "internal_error",
                    Error = "The request failed; see the log for this id",
                    Status = StatusCodes.Status500InternalServerError,
                    Id = id,
                };
        }
    }

    /// <summary>One line a minute: a fleet that polls a backend without its database has one problem, not thousands.</summary>
    private void NoteDatabase(Exception away)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var last = Interlocked.Read(ref _lastNote);
        if ((last == long.MinValue || now - last >= NoteInterval.TotalMilliseconds) && Interlocked.CompareExchange(ref _lastNote, now, last) == last)
        {
            log.LogError("The database is not available, so requests are answered with 503: {Type}: {Reason}", away.GetType().Name, away.Message);
        }
    }

    private static async Task WriteAsync(HttpContext http, AgentProblem problem)
    {
        // What goes with a 401, 405 or 429 is set before; everything else of the response starts afresh.
        var (challenge, allow, retry) = (http.Response.Headers.WWWAuthenticate, http.Response.Headers.Allow, http.Response.Headers.RetryAfter);
        http.Response.Clear();
        http.Response.Headers.WWWAuthenticate = challenge;
        http.Response.Headers.Allow = allow;
        http.Response.Headers.RetryAfter = retry;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.StatusCode = problem.Status;
        await http.Response.WriteAsJsonAsync(problem, WireJson.Options, "application/problem+json", http.RequestAborted);
    }
}
