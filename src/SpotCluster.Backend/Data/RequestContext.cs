namespace SpotCluster.Backend.Data;

/// <summary>On whose behalf something is done, and under which id the log has it.</summary>
/// <param name="Actor"><c>agent:ID</c>, <c>admin</c> or <c>scheduler</c>.</param>
/// <param name="RequestId">The id that the answer carries too.</param>
/// <param name="Cancellation">Ends with the request.</param>
internal sealed record RequestContext(string Actor, string RequestId, CancellationToken Cancellation);
