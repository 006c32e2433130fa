using System.Text.RegularExpressions;
using Amazon.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>A call that failed, as far as a message names it.</summary>
/// <param name="Service">Name of the service, for people.</param>
/// <param name="Operation">AWS's name of the operation.</param>
/// <param name="Region">The region.</param>
/// <param name="Endpoint">Where it was sent.</param>
internal sealed record FailedCall(string Service, string Operation, string Region, Uri Endpoint);

/// <summary>Turns what the pipeline throws into an error that a user can act on.</summary>
internal interface ICallDoctor
{
    /// <summary>The error; may ask AWS who we are and which regions there are, where the code alone does not tell.</summary>
    Task<SpotException> ExplainAsync(
        FailedCall call, Exception exception, CallFailure failure, CancellationToken cancellationToken);
}

/// <summary>Reports only what the failure itself says.</summary>
internal sealed class PlainDoctor : ICallDoctor
{
    public static readonly PlainDoctor Instance = new();

    /// <inheritdoc/>
    public Task<SpotException> ExplainAsync(
        FailedCall call, Exception exception, CallFailure failure, CancellationToken cancellationToken) =>
        Task.FromResult(Explain(call, exception, failure));

    /// <summary>The error as the failure itself says it.</summary>
    public static SpotException Explain(FailedCall call, Exception exception, CallFailure failure)
    {
        if (exception is AmazonServiceException { StatusCode: not 0 } service)
        {
            return Explain(call, service);
        }

        return failure is CallFailure.NotSent
            ? new SpotException(
                SpotErrorIds.EndpointUnreachable,
                SpotErrorCategory.Connection,
                $"Cannot reach {call.Endpoint.Authority} for {call.Operation} in {call.Region}: {Reason(exception)}",
                exception)
            {
                Target = call.Endpoint.Authority,
                Region = call.Region,
                RecommendedAction = "Check the name of the region, the endpoint URL, the network and the proxy (HTTPS_PROXY).",
            }
            : new SpotException(
                SpotErrorIds.EndpointUnreachable,
                Failures.IsLate(exception) ? SpotErrorCategory.Timeout : SpotErrorCategory.Connection,
                $"{call.Endpoint.Authority} did not answer {call.Operation} in {call.Region}: {Reason(exception)}",
                exception)
            {
                Target = call.Endpoint.Authority,
                Region = call.Region,
                RecommendedAction = LateCommandException.In(exception) is null ? "Try again; check the network and the proxy." : LateCommandException.Advice,
            };
    }

    private static SpotException Explain(FailedCall call, AmazonServiceException e)
    {
        var unreadable = e is UnreadableAnswerException or AmazonUnmarshallingException;
        var error = unreadable ? AwsErrors.Find(null) : AwsErrors.Find(e.ErrorCode, e.Message);
        var status = (int)e.StatusCode;
        var said = unreadable
            ? $"the response is not from the service (HTTP {status})"
            : AwsErrors.Clean(e.Message) is { Length: > 0 } text ? text.TrimEnd('.') : $"HTTP {status}";
        var code = string.IsNullOrEmpty(e.ErrorCode) ? "" : $" ({e.ErrorCode})";
        var verb = error.ErrorId is SpotErrorIds.ServiceFailed ? "failed at" : "refused";

        // What a service says to a wrong signature can hold the session token: it goes nowhere, not even inside.
        var inner = AwsErrors.MayHoldSecret(e.Message) || error.ErrorId is SpotErrorIds.SignatureInvalid or SpotErrorIds.ClockSkewed
            ? null
            : e;
        var message = error.ErrorId is SpotErrorIds.ClockSkewed
            ? $"{ClockSkew.Describe(ClockSkew.Find(e.Message))}, so {call.Service} refused {call.Operation} in {call.Region}{code}."
            : $"{call.Service} {verb} {call.Operation} in {call.Region}: {said}{code}.";
        return new SpotException(error.ErrorId, error.Category, message, inner)
        {
            Target = call.Region,
            ServiceCode = string.IsNullOrEmpty(e.ErrorCode) ? null : e.ErrorCode,
            RequestId = e.RequestId,
            Region = call.Region,
            RecommendedAction = error.ErrorId is SpotErrorIds.PermissionMissing ? AdviceFor(call, e.Message)
                : AwsErrors.IsUnknown(error) ? AdviceForUnknown(e)
                : error.Advice,
        };
    }

    private static string AdviceForUnknown(AmazonServiceException e) => string.IsNullOrEmpty(e.RequestId)
        ? $"The code {e.ErrorCode} is unknown to SpotCluster: look it up in the list of error codes of the service."
        : $"The code {e.ErrorCode} is unknown to SpotCluster: look it up in the list of error codes of the service, or contact AWS Support with the request id {e.RequestId}.";

    // AWS mostly names the action; where it does not, the action is the operation.
    private static string AdviceFor(FailedCall call, string? message)
    {
        var named = Regex.Match(message ?? "", @"perform:?\s+(?<action>[a-z0-9-]+:[A-Za-z]+)", RegexOptions.CultureInvariant);
        var action = named.Success ? named.Groups["action"].Value : $"{call.Service.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant()}:{call.Operation}";
        return $"Ask the administrator of the account to allow you {action}, or every required action with the policy from Get-SpotPolicy (spotcluster policy); Get-SpotIdentity (spotcluster identity) shows your identity.";
    }

    private static string Reason(Exception exception) => AwsErrors.Clean(Failures.Reason(exception));
}
