using Newtonsoft.Json.Linq;

namespace SpotCluster.Engine.Agent;

/// <summary>What the backend, or whatever stands in its way, answered.</summary>
/// <param name="Status">HTTP status; 0 when there was no answer.</param>
/// <param name="Json">The body when it is JSON; null when it is HTML, empty or cut.</param>
/// <param name="RetryAfter">What the answer asks to wait; null when it asks nothing.</param>
/// <param name="Cause">Why there was no answer; null when there was one.</param>
internal sealed record BackendReply(int Status, JToken? Json, TimeSpan? RetryAfter, Exception? Cause = null)
{
    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>The backend's word for a refusal; null for an answer of the original or of a proxy.</summary>
    public string? Code => (Json as JObject)?.Text("code");

    /// <summary>The backend's sentence; null when it gave none.</summary>
    public string? Error => (Json as JObject)?.Text("error");

    /// <summary>The id under which the backend's log has more.</summary>
    public string? RequestId => (Json as JObject)?.Text("id");

    /// <summary>True when a later try may get another answer: nothing was answered, or not by the backend itself.</summary>
    public bool MayPass => Status is 0 or 408 or 429 or >= 500 || Json is null;
}
