using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace SpotCluster.Engine.Aws;

/// <summary>Tells the observer of each attempt: inside the retries, outside of what reads the answer.</summary>
internal sealed class CallObserverHandler(AwsCalls calls, string service, string region) : PipelineHandler
{
    /// <inheritdoc/>
    public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        if (calls.Observer is not { } observer)
        {
            return await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
        }

        var context = executionContext.RequestContext;
        var operation = OperationOf(context.OriginalRequest);
        var call = new CallRecord(
            calls.NextNumber(), service, operation, region, context.Retries, calls.Clock.GetUtcNow())
        {
            Changes = context.OriginalRequest is Services.INamedRequest named ? named.Changes
                : context.OriginalRequest is Ec2.Ec2Request request ? request.Changes
                : !operation.StartsWith("Get", StringComparison.Ordinal) && !operation.StartsWith("List", StringComparison.Ordinal),
        };
        observer.Sending(call);
        try
        {
            var response = await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
            call.HttpStatus = (int)(executionContext.ResponseContext.HttpResponse?.StatusCode ?? 0);
            return response;
        }
        catch (AmazonServiceException e)
        {
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

    private static string OperationOf(AmazonWebServiceRequest request)
    {
        if (request is Services.INamedRequest named)
        {
            return named.Operation;
        }

        const string Suffix = "Request";
        var name = request.GetType().Name;
        return name.EndsWith(Suffix, StringComparison.Ordinal) ? name.Substring(0, name.Length - Suffix.Length) : name;
    }
}
