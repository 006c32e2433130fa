namespace SpotCluster.Simulator.Aws;

/// <summary>The refusals that AWS services share.</summary>
internal static class AwsFaults
{
    public static ServiceFaultException Invalid(string message) => new(400, "InvalidParameterValue", message);

    public static ServiceFaultException InvalidCombination(string message) => new(400, "InvalidParameterCombination", message);

    public static ServiceFaultException Missing(string name) =>
        new(400, "MissingParameter", $"The request must contain the parameter {name}");

    public static ServiceFaultException Dependency(string message) => new(400, "DependencyViolation", message);

    public static ServiceFaultException NotFound(string code, string message) => new(400, code, message);

    /// <summary>As EC2 says it: with the action, and with the policy in a form that only the account can decode.</summary>
    public static ServiceFaultException Denied(string action, string caller) => new(
        403,
        "UnauthorizedOperation",
        $"You are not authorized to perform this operation. User: {caller} is not authorized to perform: {action} on resource: * because no identity-based"
        + $" policy allows the {action} action. Encoded authorization failure message: ENCODED-POLICY-NOT-TO-BE-SHOWN");

    public static ServiceFaultException Throttled() => new(503, "RequestLimitExceeded", "Request limit exceeded.");

    /// <summary>A refusal by its code alone, with the status and the message that go with it.</summary>
    public static ServiceFaultException Named(string code, string? message = null, int? status = null) => new(
        status ?? StatusOf(code),
        code,
        message ?? code switch
        {
            "ExpiredToken" => "The security token included in the request is expired",
            "RequestExpired" => "Request has expired.",
            "InvalidClientTokenId" => "The security token included in the request is invalid.",
            "AuthFailure" => "AWS was not able to validate the provided access credentials",
            "SignatureDoesNotMatch" => "The request signature we calculated does not match the signature you provided.",
            "UnauthorizedOperation" => "You are not authorized to perform this operation.",
            "OptInRequired" => "You are not subscribed to this service.",
            "InternalError" => "An internal error has occurred",
            "RequestLimitExceeded" => "Request limit exceeded.",
            "InsufficientInstanceCapacity" => "There is no Spot capacity available that matches your request.",
            "MaxSpotInstanceCountExceeded" => "Max spot instance count exceeded",
            _ => $"{code} (injected by the simulator)",
        });

    private static int StatusOf(string code) => code switch
    {
        "RequestLimitExceeded" or "Throttling" or "EC2ThrottledException" or "Unavailable" or "ServiceUnavailable" => 503,
        "InternalError" or "InternalFailure" or "InsufficientInstanceCapacity" => 500,
        "AuthFailure" or "OptInRequired" => 401,
        "UnauthorizedOperation" or "AccessDenied" or "ExpiredToken" or "InvalidClientTokenId" or "SignatureDoesNotMatch"
            or "UnrecognizedClientException" => 403,
        _ => 400,
    };
}
