namespace SpotCluster.Backend;

/// <summary>A refusal that the caller can act on. Its text goes to the caller; nothing else does.</summary>
internal sealed class ApiException(int status, string code, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>A constant word for programs.</summary>
    public string Code => code;

    /// <summary>What is wrong with each field.</summary>
    public Dictionary<string, string>? Details { get; init; }

    public static ApiException Invalid(string field, string message) =>
        new(StatusCodes.Status400BadRequest, "validation_failed", message) { Details = new() { [field] = message } };

    public static ApiException NotFound(string code, string message) => new(StatusCodes.Status404NotFound, code, message);

    public static ApiException Conflict(string code, string message) => new(StatusCodes.Status409Conflict, code, message);

    public static ApiException AgentNotFound() => NotFound("agent_not_found", "Agent not found");
}
