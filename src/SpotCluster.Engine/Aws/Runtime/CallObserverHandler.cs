using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>Reports the observer of each attempt: inside the retries, outside of what reads the answer.</summary>
internal sealed class CallObserverHandler(AwsCalls calls, string service, string region) : PipelineHandler
{
    /// <summary>Where the latest attempt of a call is found.</summary>
    public const string CallKey = "SpotCluster.Call";

    /// <inheritdoc/>
    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        if (calls.Observer is not { } observer)
        {
            return await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
        }

        var context = executionContext.RequestContext;
        var call = new CallRecord(
            calls.NextNumber(), service, AwsOperation.NameOf(context.OriginalRequest), region, context.Retries, calls.Clock.GetUtcNow())
        {
            Changes = AwsOperation.Changes(context.OriginalRequest),
        };
        context.ContextAttributes[CallKey] = call;
        observer.Sending(call);
        try
        {
            var response = await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
            call.HttpStatus = (int)(executionContext.ResponseContext.HttpResponse?.StatusCode ?? 0);
            call.RequestId = (response as AmazonWebServiceResponse)?.ResponseMetadata?.RequestId;
            return response;
        }
        catch (AmazonServiceException e)
        {
            call.RequestId = string.IsNullOrEmpty(e.RequestId) ? null : e.RequestId;
            call.HttpStatus = e.StatusCode == 0 ? null : (int)e.StatusCode;
            call.ErrorCode = string.IsNullOrEmpty(e.ErrorCode) ? e.GetType().Name : e.ErrorCode;
            throw;
        }
        catch (Exception e)
        {
            call.ErrorCode = e.GetType().Name;
            throw;
        }
        finally
        {
            call.AnsweredAt = calls.Clock.GetUtcNow();
            observer.Answered(call);
        }
    }
}
