namespace SpotCluster.Backend.Terminations;

/// <summary>When a failed termination is tried again, and when it is given up.</summary>
internal sealed class RetryPolicy(BackendOptions options)
{
    /// <summary>
    /// Doubles from the first pause to the longest; what only a person can mend waits the longest at once. Jitter adds up to a fifth, so
    /// that machines that failed together do not come back together, and nothing comes back earlier than promised.
    /// </summary>
    public TimeSpan Pause(int attempt, string failureClass)
    {
        var pause = failureClass switch
        {
            FailureClass.Permission or FailureClass.Protected => options.LongestRetry,
            FailureClass.NotFound or FailureClass.Throttled => options.FirstRetry,
            _ => Doubled(attempt),
        };
        return pause + (pause * (0.2 * options.Jitter()));
    }

    /// <summary>What has the same cause for every machine of an agent is never a reason to give one of them up.</summary>
    public bool GivesUp(int attempt, string failureClass) =>
        failureClass == FailureClass.Permanent || (FailureClass.IsOfMachine(failureClass) && attempt >= options.MaxAttempts);

    private TimeSpan Doubled(int attempt)
    {
        var exponent = Math.Clamp(attempt - 1, 0, 30);
        var ticks = options.FirstRetry.Ticks * Math.Pow(2, exponent);
        return ticks >= options.LongestRetry.Ticks ? options.LongestRetry : TimeSpan.FromTicks((long)ticks);
    }
}
