using Amazon.Runtime;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Engine.Aws.Quotas;

/// <summary>The one call of Service Quotas that we need.</summary>
internal sealed class ServiceQuotasClient(AWSCredentials credentials, AwsClientConfig config, AwsCalls calls) : JsonClient(credentials, config, calls)
{
    /// <summary>The endpoint of a region.</summary>
    public static AwsClientConfig Configuration(string region) => new("Service Quotas", "servicequotas", region);

    /// <summary>The value of a quota; null when it may not be asked for, or the service does not know or answer it.</summary>
    public async Task<double?> GetServiceQuotaAsync(string serviceCode, string quotaCode, CancellationToken cancellationToken)
    {
        try
        {
            var request = new GetServiceQuotaRequest { ServiceCode = serviceCode, QuotaCode = quotaCode };
            var value = (await CallAsync(request, cancellationToken).ConfigureAwait(false))?["Quota"]?["Value"];
            return value?.Type is JTokenType.Float or JTokenType.Integer ? (double)value : null;
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            return null;
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
