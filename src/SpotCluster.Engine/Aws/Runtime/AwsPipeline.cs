using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>Our handlers in the runtime pipeline of the AWS SDK.</summary>
internal static class AwsPipeline
{
    /// <summary>For a client that the SDK knows: our retries and the observer.</summary>
    public static void Install(RuntimePipeline pipeline, AwsCalls calls, string service, string region)
    {
        // None of the services here has endpoints to discover.
        pipeline.RemoveHandler<EndpointDiscoveryHandler>();
        pipeline.ReplaceHandler<RetryHandler>(new RetryHandler(new AwsRetryPolicy(calls)));
        pipeline.AddHandlerAfter<RetryHandler>(new AttemptHandler());
        pipeline.AddHandlerBefore<ErrorHandler>(new CallObserverHandler(calls, service, region));
    }

    /// <summary>For a client of our own: also its endpoint and its way to sign.</summary>
    public static void InstallService(RuntimePipeline pipeline, AwsCalls calls, string service, string region)
    {
        pipeline.AddHandlerAfter<Marshaller>(new EndpointHandler());
        pipeline.AddHandlerAfter<Marshaller>(new SignatureHandler());
        Install(pipeline, calls, service, region);
    }

    /// <summary>Each attempt: the SDK's signer reads the credentials synchronously, so they are fetched before it; a refusal is counted.</summary>
    private sealed class AttemptHandler : PipelineHandler
    {
        public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
        {
            var context = executionContext.RequestContext;
            if ((context.Identity ?? context.ExplicitAWSCredentials) is IFetchedCredentials credentials)
            {
                await credentials.FetchAsync(context.CancellationToken).ConfigureAwait(false);
            }

            try
            {
                return await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
            }
            catch (AmazonServiceException refusal)
            {
                AwsRetryPolicy.NoteRefusal(context, refusal);
                throw;
            }
        }
    }

    private sealed class EndpointHandler : BaseEndpointResolver
    {
        protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext) => new();
    }

    private sealed class SignatureHandler : BaseAuthResolverHandler
    {
        protected override List<Amazon.Runtime.Internal.Auth.IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) =>
            AuthSchemeOption.DEFAULT_SIGV4;
    }
}
