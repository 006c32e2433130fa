using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Quotas;

/// <summary>The one call of Service Quotas that we need, on the runtime pipeline of the AWS SDK.</summary>
internal sealed class ServiceQuotasClient(AWSCredentials credentials, AwsClientConfig config, AwsCalls calls, string region)
    : AmazonServiceClient(credentials, config)
{
    /// <summary>The value of a quota, or why it is not known: it may not be asked for, or the service does not know or answer it.</summary>
    public async Task<Answer<double?>> GetServiceQuotaAsync(string serviceCode, string quotaCode, CancellationToken cancellationToken)
    {
        try
        {
            var options = new InvokeOptions { RequestMarshaller = QuotaMarshaller.Instance, ResponseUnmarshaller = new QuotaUnmarshaller() };
            var request = new GetServiceQuotaRequest { ServiceCode = serviceCode, QuotaCode = quotaCode };
            var response = await InvokeAsync<GetServiceQuotaResponse>(request, options, cancellationToken).ConfigureAwait(false);
            return response.Value is { } value ? new Answer<double?>(value, null) : new Answer<double?>(null, new SpotException(
                SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"Service Quotas did not tell the value of {quotaCode} in {region}."));
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            var call = new FailedCall("Service Quotas", "GetServiceQuota", region, ((AwsClientConfig)Config).Endpoint);
            return new Answer<double?>(null, PlainDoctor.Explain(call, e, CallFailures.Classify(e, stopped: false)));
        }
    }

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) =>
        AwsPipeline.InstallService(pipeline, calls, "servicequotas", region);

    private sealed class GetServiceQuotaRequest : AmazonWebServiceRequest
    {
        public string ServiceCode { get; set; } = "";
        public string QuotaCode { get; set; } = "";
    }

    private sealed class GetServiceQuotaResponse : AmazonWebServiceResponse
    {
        public double? Value { get; set; }
    }

    private sealed class QuotaMarshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public static readonly QuotaMarshaller Instance = new();

        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var quota = (GetServiceQuotaRequest)input;
            var request = new DefaultRequest(input, "ServiceQuotas") { HttpMethod = "POST", ResourcePath = "/" };
            request.Headers["Content-Type"] = "application/x-amz-json-1.1";
            request.Headers["X-Amz-Target"] = "ServiceQuotasV20190624.GetServiceQuota";
            var body = new JObject { ["ServiceCode"] = quota.ServiceCode, ["QuotaCode"] = quota.QuotaCode };
            request.Content = Encoding.UTF8.GetBytes(body.ToString(Formatting.None));
            return request;
        }
    }

    private sealed class QuotaUnmarshaller : ResponseUnmarshaller
    {
        public override AmazonWebServiceResponse Unmarshall(UnmarshallerContext input)
        {
            var value = ((JsonBody)input).Read()?["Quota"]?["Value"];
            return new GetServiceQuotaResponse { Value = value?.Type is JTokenType.Float or JTokenType.Integer ? (double)value : null };
        }

        public override AmazonServiceException UnmarshallException(
            UnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
        {
            var body = ((JsonBody)input).Read();
            var code = body?["__type"]?.ToString() ?? "";
            return new AmazonServiceException(
                AwsErrors.Clean((body?["message"] ?? body?["Message"])?.ToString()),
                (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
                code.Substring(code.IndexOf('#') + 1),
                "",
                statusCode);
        }

        protected override UnmarshallerContext ConstructUnmarshallerContext(
            Stream responseStream, bool maintainResponseBody, IWebResponseData response, bool isException) =>
            new JsonBody(responseStream, response);

        protected override UnmarshallerContext ConstructUnmarshallerContext(
            Stream responseStream,
            bool maintainResponseBody,
            IWebResponseData response,
            bool isException,
            IRequestContext requestContext) => new JsonBody(responseStream, response);
    }

    /// <summary>The body as one JSON object; the SDK's own context walks through it token by token.</summary>
    private sealed class JsonBody : UnmarshallerContext
    {
        private readonly Stream _stream;

        public JsonBody(Stream stream, IWebResponseData response)
        {
            _stream = stream;
            WebResponseData = response;
        }

        public override string CurrentPath => "";
        public override int CurrentDepth => 0;
        public override bool IsStartElement => false;
        public override bool IsEndElement => false;
        public override bool IsStartOfDocument => true;

        public JObject? Read()
        {
            using var reader = new StreamReader(_stream, Encoding.UTF8);
            try
            {
                return JToken.Parse(reader.ReadToEnd()) as JObject;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
