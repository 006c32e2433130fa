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
                $"The certificate of the backend at {server} is not trusted, so the agent could not {what}: {reason.TrimEnd('.')}.",
                "When it is signed by an authority of your own, or by itself, name the PEM file of that authority in SSL_CERT_FILE or with --certificate-authority."),
            0 => (SpotErrorIds.EndpointUnreachable, SpotErrorCategory.Connection,
                $"The backend at {server} could not be asked, so the agent could not {what}: {(reply.Cause is { } cause ? Failures.Reason(cause, BackendTransport.UsualAnswerLimit) : "no answer.")}", "Check its address, and whether it runs: its /health tells."),
            401 or 403 => (SpotErrorIds.BackendTokenInvalid, SpotErrorCategory.Authentication,
                $"The backend at {server} does not take the token{said}.", "Give the agent's own token, or the admin's for administration; the admin can rotate it."),
            404 when reply.Json is not null => (SpotErrorIds.BackendItemNotFound, SpotErrorCategory.NotFound,
                $"The backend at {server} could not {what}{said}.", null),
            404 => (SpotErrorIds.ResponseInvalid, SpotErrorCategory.Connection,
                $"What answers at {server} is not a termination backend: it does not know the path.", "Check the address; it ends before /api."),
            429 => (SpotErrorIds.RequestThrottled, SpotErrorCategory.LimitsExceeded,
                $"The backend at {server} asks to slow down.", null),
            >= 500 => (SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable,
                $"The backend at {server} failed and could not {what}{said}.", "Its log has the reason under the id of the request."),
            >= 200 and < 300 => (SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData,
                $"The answer of {server} is not what a termination backend writes.", "Check the address, and what stands between: a proxy may have answered."),
            _ when reply.Json is null => (SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData,
                $"The backend at {server} refused to {what}{said}, without saying why.", null),
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
