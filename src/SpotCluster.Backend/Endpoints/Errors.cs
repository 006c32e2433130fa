using System.Text.Json;
using Npgsql;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Endpoints;

/// <summary>Every refusal has one form. What went wrong inside goes to the log under the id that the caller gets.</summary>
internal sealed class Errors(RequestDelegate next, ILogger<Errors> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
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
                    Error = "The body is not the JSON that is expected here",
                    Status = StatusCodes.Status400BadRequest,
                    Id = id,
                    Details = json.Path is { Length: > 0 } path ? new() { [path] = "wrong type or form" } : null,
                };
            case BadHttpRequestException bad:
                return new AgentProblem
                {
                    Code = bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? "body_too_large" : "malformed_request",
                    Error = bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                        ? "The body is too large"
                        : "The request is malformed",
                    Status = bad.StatusCode,
                    Id = id,
                };
            case PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter }:
                return new AgentProblem
                {
                    Code = "malformed_request",
                    Error = "The request holds a character that cannot be stored",
                    Status = StatusCodes.Status400BadRequest,
                    Id = id,
                };
            default:
                log.LogError(exception, "Request {Id} failed.", id);
                return new AgentProblem
                {
                    Code = "internal_error",
                    Error = "The request failed; the log has the reason under this id",
                    Status = StatusCodes.Status500InternalServerError,
                    Id = id,
                };
        }
    }

    private static async Task WriteAsync(HttpContext http, AgentProblem problem)
    {
        // The challenge that goes with a 401 is set before; everything else of the response starts afresh.
        var challenge = http.Response.Headers.WWWAuthenticate;
        http.Response.Clear();
        http.Response.Headers.WWWAuthenticate = challenge;
        http.Response.StatusCode = problem.Status;
        await http.Response.WriteAsJsonAsync(problem, WireJson.Options, "application/problem+json", http.RequestAborted);
    }
}
