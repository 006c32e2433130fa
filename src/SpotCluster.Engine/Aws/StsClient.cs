using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace SpotCluster.Engine.Aws;

/// <summary>STS with our retries and observer.</summary>
internal sealed class StsClient(AWSCredentials credentials, AmazonSecurityTokenServiceConfig config, AwsCalls calls, string region)
    : AmazonSecurityTokenServiceClient(credentials, config)
{
    /// <summary>Who we are. Throws <see cref="Model.SpotException"/>.</summary>
    public async Task<GetCallerIdentityResponse> AskIdentityAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await GetCallerIdentityAsync(new GetCallerIdentityRequest(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            var endpoint = DetermineServiceOperationEndpoint(new GetCallerIdentityRequest());
            throw PlainDoctor.Explain(
                new FailedCall("STS", "GetCallerIdentity", region, new Uri(endpoint.URL)),
                e,
                CallFailures.Classify(e, cancellationToken.IsCancellationRequested));
        }
    }

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        AwsPipeline.Install(pipeline, calls, "sts", region);
    }
}
