using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Engine.Aws;

/// <summary>A request in AWS's JSON protocol, version 1.1. Its class is named after the operation, as everywhere in the SDK.</summary>
internal abstract class JsonRequest : AmazonWebServiceRequest
{
    /// <summary>Service and operation, as the header <c>X-Amz-Target</c> has them.</summary>
    public abstract string Target { get; }

    /// <summary>The body.</summary>
    public abstract JObject ToBody();
}

/// <summary>A client of a service that speaks AWS's JSON protocol, on the runtime pipeline of the AWS SDK.</summary>
internal abstract class JsonClient(AWSCredentials credentials, AwsClientConfig config, AwsCalls calls) : AmazonServiceClient(credentials, config)
{
    /// <summary>Region and address.</summary>
    protected AwsClientConfig Place => config;

    /// <summary>Calls the service. Throws what the pipeline throws.</summary>
    /// <returns>The body; null when a good status came with something else than a JSON object.</returns>
    protected async Task<JObject?> CallAsync(JsonRequest request, CancellationToken cancellationToken)
    {
        var options = new InvokeOptions { RequestMarshaller = JsonMarshaller.Instance, ResponseUnmarshaller = JsonUnmarshaller.Instance };
        var answer = await InvokeAsync<JsonAnswer>(request, options, cancellationToken).ConfigureAwait(false);
        return answer.Body;
    }

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) =>
        AwsPipeline.InstallService(pipeline, calls, config.AuthenticationServiceName, config.AuthenticationRegion);

    private sealed class JsonAnswer : AmazonWebServiceResponse
    {
        public JObject? Body { get; set; }
    }

    private sealed class JsonMarshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public static readonly JsonMarshaller Instance = new();

        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var call = (JsonRequest)input;
            var request = new DefaultRequest(input, call.Target.Split('.')[0]) { HttpMethod = "POST", ResourcePath = "/" };
            request.Headers["Content-Type"] = "application/x-amz-json-1.1";
            request.Headers["X-Amz-Target"] = call.Target;
            request.Content = Encoding.UTF8.GetBytes(call.ToBody().ToString(Formatting.None));
            return request;
        }
    }

    private sealed class JsonUnmarshaller : ResponseUnmarshaller
    {
        public static readonly JsonUnmarshaller Instance = new();

        public override AmazonWebServiceResponse Unmarshall(UnmarshallerContext input) => new JsonAnswer { Body = ((JsonBody)input).Read() };

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
