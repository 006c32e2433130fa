using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// The outermost handler of a call of EC2: completes the request, waits for its turn, and turns what went wrong into an
/// error for people, or into <see cref="AmbiguousCallException"/>.
/// </summary>
internal sealed class Ec2CallHandler(Ec2Client client, AwsCalls calls, ICallDoctor doctor) : PipelineHandler
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> RequiredLists = new();
    private readonly Ec2Pacing _pacing = new(calls.Clock);

    /// <inheritdoc/>
    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        var context = (RequestContext)executionContext.RequestContext;
        var operation = AwsOperation.NameOf(context.OriginalRequest);
        context.OriginalRequest = Complete(context.OriginalRequest);
        context.Unmarshaller = new Ec2AnswerGuard(context.Unmarshaller, operation);
        var cancellationToken = context.CancellationToken;
        try
        {
            return await CommandLimit.CallAsync(
                AwsOperation.Changes(context.OriginalRequest),
                async token =>
                {
                    context.CancellationToken = token;
                    await _pacing.WaitAsync(operation, delay => calls.Observer?.Waiting(ToWait(operation, delay)), token).ConfigureAwait(false);
                    return await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            var failure = CallFailures.Classify(e, cancellationToken.IsCancellationRequested);
            var call = new FailedCall("EC2", operation, client.Region, client.Endpoint);
            var error = await doctor.ExplainAsync(call, e, failure, cancellationToken).ConfigureAwait(false);
            throw failure is CallFailure.Unknown && AwsOperation.RepeatMayDuplicate(context.OriginalRequest) && AwsOperation.Changes(context.OriginalRequest)
                ? new AmbiguousCallException(operation, client.Region, error)
                : error;
        }
    }

    /// <inheritdoc/>
    public override void InvokeSync(IExecutionContext executionContext) => throw new NotSupportedException("Calls are asynchronous.");

    // A call that was not sent yet.
    private CallWait ToWait(string operation, TimeSpan delay) =>
        new(new CallRecord(0, "ec2", operation, client.Region, 0, calls.Clock.GetUtcNow()), delay, TimeSpan.Zero, IsThrottled: false) { IsPaced = true };

    /// <summary>
    /// A copy with a token where the operation takes one, so that a repeat makes nothing twice, and with the instances and
    /// disks that services of AWS manage: an account can hide them, and a proof must see them.
    /// </summary>
    private static AmazonWebServiceRequest Complete(AmazonWebServiceRequest original)
    {
        var request = AwsOperation.Copy(original);
        var type = request.GetType();
        if (type.GetProperty("ClientToken") is { } token && AwsOperation.Changes(request))
        {
            token.SetValue(request, token.GetValue(request) ?? Guid.NewGuid().ToString());
        }

        type.GetProperty("IncludeManagedResources")?.SetValue(request, true);

        // EC2 takes a missing list for "all of them".
        if (RequiredLists.GetOrAdd(type, FindRequiredLists).FirstOrDefault(list => list.GetValue(request) is not ICollection { Count: > 0 }) is { } empty)
        {
            throw new ArgumentException($"{AwsOperation.NameOf(request)}: {empty.Name} is empty.");
        }

        return request;
    }

    private static PropertyInfo[] FindRequiredLists(Type type) =>
    [
        .. type.GetProperties().Where(property =>
            typeof(ICollection).IsAssignableFrom(property.PropertyType)
            && property.GetCustomAttribute<AWSPropertyAttribute>() is { Required: true }),
    ];
}
