using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SSO;
using Amazon.SSOOIDC;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>The service that gives tokens, with our retries and observer.</summary>
internal sealed class SsoOidcClient(AwsClientSetup setup, string region)
    : AmazonSSOOIDCClient(new AnonymousAWSCredentials(), setup.Configure(new AmazonSSOOIDCConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) }))
{
    /// <summary>The error for a call that was not answered, or answered with a failure.</summary>
    public SpotException Explain(AmazonWebServiceRequest request, Exception exception) =>
        SsoFailures.Explain("SSO OIDC", request, region, DetermineServiceOperationEndpoint(request).URL, exception);

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        AwsPipeline.Install(pipeline, setup.Calls, "sso-oidc", region);
    }
}

/// <summary>The portal that gives role credentials for tokens, with our retries and observer.</summary>
internal sealed class SsoPortalClient(AwsClientSetup setup, string region)
    : AmazonSSOClient(new AnonymousAWSCredentials(), setup.Configure(new AmazonSSOConfig { RegionEndpoint = RegionEndpoint.GetBySystemName(region) }))
{
    /// <summary>The error for a call that was not answered, or answered with a failure.</summary>
    public SpotException Explain(AmazonWebServiceRequest request, Exception exception) =>
        SsoFailures.Explain("SSO", request, region, DetermineServiceOperationEndpoint(request).URL, exception);

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        AwsPipeline.Install(pipeline, setup.Calls, "sso", region);
    }
}

/// <summary>The failures of both services.</summary>
internal static class SsoFailures
{
    /// <summary>True for a failure of the call, and not of the caller.</summary>
    public static bool IsOfCall(Exception exception, CancellationToken cancellationToken) =>
        CallFailures.Classify(exception, cancellationToken.IsCancellationRequested) is not CallFailure.None;

    public static SpotException Explain(string service, AmazonWebServiceRequest request, string region, string endpoint, Exception exception)
    {
        const string Suffix = "Request";
        var name = request.GetType().Name;
        return PlainDoctor.Explain(
            new FailedCall(service, name.Substring(0, name.Length - Suffix.Length), region, new Uri(endpoint)),
            exception,
            CallFailures.Classify(exception, stopped: false));
    }
}
