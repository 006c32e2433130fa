using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>STS with our retries and observer.</summary>
internal sealed class StsClient(AWSCredentials credentials, AmazonSecurityTokenServiceConfig config, AwsCalls calls, string region)
    : AmazonSecurityTokenServiceClient(credentials, config)
{
    /// <summary>Who we are. Throws <see cref="Model.SpotException"/>.</summary>
    public async Task<GetCallerIdentityResponse> AskIdentityAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await CommandLimit.CallAsync(changes: false, token => GetCallerIdentityAsync(new GetCallerIdentityRequest(), token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            throw Explain("GetCallerIdentity", e);
        }
    }

    /// <summary>The JSON text behind the encoded message of a denial. Throws <see cref="Model.SpotException"/>.</summary>
    public async Task<string> DecodeAsync(string encoded, CancellationToken cancellationToken)
    {
        try
        {
            var request = new DecodeAuthorizationMessageRequest { EncodedMessage = encoded };
            var answer = await CommandLimit.CallAsync(changes: false, token => DecodeAuthorizationMessageAsync(request, token), cancellationToken).ConfigureAwait(false);
            return answer.DecodedMessage;
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            throw Explain("DecodeAuthorizationMessage", e);
        }
    }

    /// <summary>The error for a call that was not answered, or answered with a failure.</summary>
    public Model.SpotException Explain(string operation, Exception exception) => PlainDoctor.Explain(
        new FailedCall("STS", operation, region, new Uri(DetermineServiceOperationEndpoint(new GetCallerIdentityRequest()).URL)),
        exception,
        CallFailures.Classify(exception, stopped: false));

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        AwsPipeline.Install(pipeline, calls, "sts", region);
        pipeline.AddHandlerAfter<RetryHandler>(new AnswerGuard());
    }

    /// <summary>Refuses what the SDK reads out of the document of somebody else: an answer without a member. Inside the retries.</summary>
    private sealed class AnswerGuard : PipelineHandler
    {
        public override async Task<T> InvokeAsync<T>(IExecutionContext executionContext)
        {
            var answer = await base.InvokeAsync<T>(executionContext).ConfigureAwait(false);
            return answer is GetCallerIdentityResponse { Account: null or "" }
                or AssumeRoleResponse { Credentials: null or { SessionToken: null or "" } }
                or AssumeRoleWithWebIdentityResponse { Credentials: null or { SessionToken: null or "" } }
                ? throw new UnreadableAnswerException("The response is not from STS.", null, HttpStatusCode.OK)
                : answer;
        }
    }
}
