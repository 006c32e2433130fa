using System.Security.Authentication;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>What the orchestrator's refusals mean to an admin.</summary>
internal static class OrchestratorErrors
{
    private const int MostWords = 200;

    /// <summary>True when the other side's certificate is the trouble.</summary>
    public static bool IsDistrust(Exception? failure) =>
        failure is AuthenticationException || (failure?.InnerException is { } inner && IsDistrust(inner));

    /// <summary>There was an answer, and it was no.</summary>
    public static SpotException Refused(int status, string text, Uri address, string what, bool hadKey)
    {
        var (code, message) = Read(text);
        var (id, category, sentence, advice) = status switch
        {
            401 => (
                SpotErrorIds.OrchestratorKeyInvalid,
                SpotErrorCategory.Authentication,
                hadKey ? "does not accept the API key" : "requires an API key, and none is set",
                "Set BACALHAU_API_KEY, or BACALHAU_API_USERNAME and BACALHAU_API_PASSWORD, or write the key to the file in orchestratorKeyPath."),
            403 => (
                SpotErrorIds.OrchestratorPermissionMissing,
                SpotErrorCategory.PermissionDenied,
                "does not allow this key to " + what,
                "Grant the key the permissions read:node and write:node in API.Auth.Users of the orchestrator."),
            404 => (
                SpotErrorIds.OrchestratorFailed,
                SpotErrorCategory.InvalidData,
                "does not serve this path: it may not be an orchestrator",
                "Check orchestratorUrl: it is the address of the API, usually of port 1234, without a path."),
            >= 300 and < 400 => (
                SpotErrorIds.OrchestratorFailed,
                SpotErrorCategory.InvalidData,
                "redirects to another address, and the key is not sent there",
                "Set orchestratorUrl to the new address, for example with https."),
            _ => (
                SpotErrorIds.OrchestratorFailed,
                SpotErrorCategory.Unavailable,
                "could not " + what,
                "Check the log of the orchestrator, and try again."),
        };
        return new SpotException(id, category, $"The orchestrator {address.GetLeftPart(UriPartial.Authority)} {sentence} (HTTP {status}{(message is null ? "" : ": " + message)}).")
        {
            Target = address.GetLeftPart(UriPartial.Authority),
            ServiceCode = code ?? "HTTP " + status,
            RecommendedAction = advice,
        };
    }

    /// <summary>There was no answer.</summary>
    public static SpotException Unanswered(Uri address, Exception failure)
    {
        var place = address.GetLeftPart(UriPartial.Authority);
        var distrust = IsDistrust(failure);
        return new SpotException(
            SpotErrorIds.OrchestratorUnreachable,
            Failures.IsLate(failure) ? SpotErrorCategory.Timeout : SpotErrorCategory.Connection,
            distrust ? $"The certificate of the orchestrator {place} is not trusted." : $"Cannot reach the orchestrator {place}: {Failures.Reason(failure, OrchestratorClient.Patience)}",
            failure)
        {
            Target = place,
            RecommendedAction = distrust
                ? "Set orchestratorCaPath to the certificate of its authority. With http instead of https, nothing is encrypted."
                : "Check orchestratorUrl, that the orchestrator runs, and that its port (usually 1234) is open to this computer.",
        };
    }

    /// <summary>There was an answer that is none.</summary>
    public static SpotException NotUnderstood(Uri address, Exception failure) => new(
        SpotErrorIds.OrchestratorFailed,
        SpotErrorCategory.InvalidData,
        $"The response of {address.GetLeftPart(UriPartial.Authority)} is not from an orchestrator.",
        failure)
    {
        Target = address.GetLeftPart(UriPartial.Authority),
        RecommendedAction = "Check orchestratorUrl: it is the address of the API, usually of port 1234, without a path.",
    };

    private static (string? Code, string? Message) Read(string text)
    {
        try
        {
            return JToken.Parse(text) is JObject body
                ? (body["Code"]?.ToString(), body["Message"]?.ToString() is { Length: > 0 } said ? said.Substring(0, Math.Min(MostWords, said.Length)) : null)
                : (null, null);
        }
        catch (JsonException)
        {
            // A proxy in between answers in HTML; nobody wants to read that.
            return (null, null);
        }
    }
}
