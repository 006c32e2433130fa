namespace SpotCluster.Engine.Core;

/// <summary>Reads the exceptions of a call that has no whole answer.</summary>
internal static class Failures
{
    /// <summary>True when a time limit ended the call: the innermost exception of a body that stalls is a socket's "Operation canceled".</summary>
    public static bool IsLate(Exception? failure) =>
        failure is not null && (failure is OperationCanceledException or TimeoutException || IsLate(failure.InnerException));

    /// <summary>Why there is no whole answer, as a sentence: what the innermost exception says that names a cause.</summary>
    public static string Reason(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is LateAnswerException or LateCommandException)
            {
                return cause.Message;
            }
        }

        return failure.GetBaseException().Message;
    }

    /// <summary>Why there is no whole answer, as a sentence: after the time limit, or what the innermost exception says.</summary>
    public static string Reason(Exception failure, TimeSpan limit) => LateCommandException.In(failure) is { } late ? late.Message : IsLate(failure)
        ? FormattableString.Invariant($"no complete answer within {limit.TotalSeconds:0} s.")
        : failure.GetBaseException().Message;
}
