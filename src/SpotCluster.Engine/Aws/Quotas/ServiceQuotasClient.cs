using Amazon.Runtime;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Quotas;

/// <summary>The one call of Service Quotas that we need.</summary>
internal sealed class ServiceQuotasClient(AWSCredentials credentials, AwsClientConfig config, AwsCalls calls) : JsonClient(credentials, config, calls)
{
    /// <summary>The endpoint of a region.</summary>
    public static AwsClientConfig Configuration(string region) => new("Service Quotas", "servicequotas", region);

    /// <summary>The value of a quota, or why it is not known: it may not be asked for, or the service does not know or answer it.</summary>
    public async Task<Answer<double?>> GetServiceQuotaAsync(string serviceCode, string quotaCode, CancellationToken cancellationToken)
    {
        try
        {
            var request = new GetServiceQuotaRequest { ServiceCode = serviceCode, QuotaCode = quotaCode };
            var value = (await CallAsync(request, cancellationToken).ConfigureAwait(false))?["Quota"]?["Value"];
            return value?.Type is JTokenType.Float or JTokenType.Integer ? new Answer<double?>((double)value, null) : new Answer<double?>(null, new SpotException(
                SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"Service Quotas did not return the value of {quotaCode} in {Place.AuthenticationRegion}."));
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            var call = new FailedCall("Service Quotas", "GetServiceQuota", Place.AuthenticationRegion, Place.Endpoint);
            return new Answer<double?>(null, PlainDoctor.Explain(call, e, CallFailures.Classify(e, stopped: false)));
        }
    }

    private sealed class GetServiceQuotaRequest : JsonRequest
    {
        public string ServiceCode { get; set; } = "";
        public string QuotaCode { get; set; } = "";

        public override string Target => "ServiceQuotasV20190624.GetServiceQuota";

        public override JObject ToBody() => new() { [nameof(ServiceCode)] = ServiceCode, [nameof(QuotaCode)] = QuotaCode };
    }
}
