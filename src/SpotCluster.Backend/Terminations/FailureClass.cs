namespace SpotCluster.Backend.Terminations;

/// <summary>What kind of failure a termination ended with, so that each is retried as it deserves.</summary>
internal static class FailureClass
{
    /// <summary>It may work the next time.</summary>
    public const string Transient = "transient";

    /// <summary>AWS asks to slow down. Says nothing about the machine.</summary>
    public const string Throttled = "throttled";

    /// <summary>A permission is missing: only a person can mend that.</summary>
    public const string Permission = "permission";

    /// <summary>The machine is protected against termination, or a guard of the agent refused it.</summary>
    public const string Protected = "protected";

    /// <summary>It can never work: the id is no id.</summary>
    public const string Permanent = "permanent";

    /// <summary>EC2 does not know the id.</summary>
    public const string NotFound = "not_found";

    private static readonly (string Part, string Class)[] Known =
    [
        ("UnauthorizedOperation", Permission),
        ("AccessDenied", Permission),
        ("AuthFailure", Permission),
        ("OptInRequired", Permission),
        // The words of the original agent, which keeps the code to itself here.
        ("IAM permissions insufficient", Permission),
        ("OperationNotPermitted", Protected),
        ("InvalidInstanceID.Malformed", Permanent),
        ("InvalidInstanceID.NotFound", NotFound),
        ("RequestLimitExceeded", Throttled),
        ("Throttling", Throttled),
        ("ResourceCountExceeded", Throttled),
    ];

    /// <summary>Whether the cause is the machine's own: only then does a failure count as one of its attempts.</summary>
    public static bool IsOfMachine(string kind) => kind is not (Permission or Throttled);

    /// <summary>Classifies by the AWS code when there is one, and else by the text, where the original agent puts the code in front.</summary>
    public static string Of(string? errorCode, string? error)
    {
        var text = string.IsNullOrEmpty(errorCode) ? error ?? "" : errorCode;
        foreach (var (part, kind) in Known)
        {
            if (text.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        return Transient;
    }
}
