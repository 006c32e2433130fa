using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>What is known about a call that failed.</summary>
internal enum CallFailure
{
    /// <summary>Not a failure of the call: the caller stopped it, or something on our side threw.</summary>
    None,

    /// <summary>The service read it and said no.</summary>
    Refused,

    /// <summary>The service did not look at it: too many calls.</summary>
    Throttled,

    /// <summary>It never left: no connection.</summary>
    NotSent,

    /// <summary>It was sent and not answered, or answered with a failure of the service: it may have been done.</summary>
    Unknown,
}

/// <summary>Reports the failures apart.</summary>
internal static class CallFailures
{
    /// <summary>Classifies what the pipeline threw.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="stopped">True when the caller's token was cancelled.</param>
    public static CallFailure Classify(Exception exception, bool stopped) => exception switch
    {
        AmazonServiceException { StatusCode: 0, InnerException: { } inner } => Classify(inner, stopped),
        AmazonServiceException e => Classify(e),
        OperationCanceledException when stopped => CallFailure.None,
        OperationCanceledException or TimeoutException => CallFailure.Unknown,
        HttpRequestException or IOException or SocketException or WebException =>
            NeverConnected(exception) ? CallFailure.NotSent : CallFailure.Unknown,
        _ => CallFailure.None,
    };

    /// <summary>True when the host's name could not be resolved.</summary>
    public static bool IsNameUnknown(Exception exception) =>
        Find<SocketException>(exception)?.SocketErrorCode is
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery;

    private static CallFailure Classify(AmazonServiceException e)
    {
        if (AwsErrors.IsThrottling(e.ErrorCode) || (int)e.StatusCode == 429)
        {
            return CallFailure.Throttled;
        }

        // EC2 says that a pool is empty with status 500. It is an answer all the same.
        if (e.ErrorCode?.StartsWith("Insufficient", StringComparison.Ordinal) == true)
        {
            return CallFailure.Refused;
        }

        return (int)e.StatusCode >= 500 || e.ErrorCode is "RequestTimeout" or "RequestTimeoutException" || e is UnreadableAnswerException { Done: true }
            ? CallFailure.Unknown
            : CallFailure.Refused;
    }

    private static bool NeverConnected(Exception exception)
    {
        if (Find<HttpRequestException>(exception)?.HttpRequestError is
            HttpRequestError.NameResolutionError
            or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError)
        {
            return true;
        }
        return IsNameUnknown(exception)
            || Find<SocketException>(exception)?.SocketErrorCode is
                SocketError.ConnectionRefused
                or SocketError.HostUnreachable
                or SocketError.NetworkUnreachable
                or SocketError.HostDown
                or SocketError.NetworkDown;
    }

    private static T? Find<T>(Exception exception)
        where T : Exception
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is T found)
            {
                return found;
            }
        }

        return null;
    }
}

/// <summary>An answer that is not what the service writes: HTML of a proxy, an empty body, half of a document.</summary>
internal sealed class UnreadableAnswerException : AmazonServiceException
{
    public UnreadableAnswerException(string message, string? requestId, HttpStatusCode statusCode)
        : base(message, ErrorType.Receiver, "", requestId, statusCode)
    {
    }

    /// <summary>True when the status says that the call was done.</summary>
    public bool Done => (int)StatusCode is >= 200 and < 300;
}
