using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>What an answer that is no success means to whoever asked.</summary>
internal static class BackendErrors
{
    // TLS says so a few layers down.
    private static string? Distrust(Exception? cause)
    {
        for (; cause is not null; cause = cause.InnerException)
        {
            if (cause is System.Security.Authentication.AuthenticationException)
            {
                return cause.Message;
            }
        }

        return null;
    }

    /// <summary>The error of a refusal.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="server">The backend's address.</param>
    /// <param name="what">What was asked for, to go after "could not".</param>
    public static SpotException From(BackendReply reply, Uri server, string what)
    {
        var said = reply.Error is { } error ? $": {error.TrimEnd('.')}" : $" (HTTP {reply.Status.ToString(CultureInfo.InvariantCulture)})";
        var (id, category, message, advice) = reply.Status switch
        {
            0 when Distrust(reply.Cause) is { } reason => (SpotErrorIds.EndpointUnreachable, SpotErrorCategory.Connection,
                $"The certificate of the backend at {server} is not trusted. Cannot {what}: {reason.TrimEnd('.')}.",
                "If it is self-signed or signed by a private authority, specify the PEM file of that authority in SSL_CERT_FILE or with --certificate-authority."),
            0 => (SpotErrorIds.EndpointUnreachable, SpotErrorCategory.Connection,
                $"Cannot reach the backend at {server} to {what}: {(reply.Cause is { } cause ? Failures.Reason(cause, BackendTransport.UsualAnswerLimit) : "no answer.")}", "Check its address, and whether it is running: see its /health."),
            401 or 403 => (SpotErrorIds.BackendTokenInvalid, SpotErrorCategory.Authentication,
                $"The backend at {server} does not accept the token{said}.", "Use the token of the agent, or the admin token for administration; the admin can rotate tokens."),
            404 when reply.Json is not null => (SpotErrorIds.BackendItemNotFound, SpotErrorCategory.NotFound,
                $"The backend at {server} could not {what}{said}.", null),
            404 => (SpotErrorIds.ResponseInvalid, SpotErrorCategory.Connection,
                $"The server at {server} is not a termination backend: it does not serve the path.", "Check the address; it ends before /api."),
            429 => (SpotErrorIds.RequestThrottled, SpotErrorCategory.LimitsExceeded,
                $"The backend at {server} throttled the call.", null),
            >= 500 => (SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable,
                $"The backend at {server} failed and could not {what}{said}.", "See its log for the request id."),
            >= 200 and < 300 => (SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData,
                $"The response of {server} is not from a termination backend.", "Check the address and proxies in between."),
            _ when reply.Json is null => (SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData,
                $"The backend at {server} refused to {what}{said}, without a reason.", null),
            _ => (SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidOperation,
                $"The backend at {server} refused to {what}{said}.", (string?)null),
        };
        return new SpotException(id, category, message, reply.Cause)
        {
            ServiceCode = reply.Code,
            RequestId = reply.RequestId,
            RecommendedAction = advice,
        };
    }
}
