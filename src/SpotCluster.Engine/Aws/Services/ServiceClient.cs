using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>
/// Single calls to a service in one region, in each of the three protocols of AWS, on the runtime pipeline of the SDK. An
/// answer that is not what the service writes is a failure, never an empty one.
/// </summary>
internal sealed class ServiceClient(AwsService service, AWSCredentials credentials, AwsClientConfig config, AwsCalls calls)
    : AmazonServiceClient(credentials, config)
{
    /// <summary>The region.</summary>
    public string Region => config.AuthenticationRegion;

    /// <summary>The endpoint of a region.</summary>
    public static AwsClientConfig Configuration(AwsService service, string region) => service.Place?.Invoke(region) ?? new AwsClientConfig(
        service.Id, service.Prefix, region, config => config.HostOf(config.UseDualstackEndpoint ? service.DualStackPrefix : service.Prefix));

    /// <summary>A call in the query protocol; the element with its result.</summary>
    public async Task<XElement> QueryAsync(string operation, IEnumerable<(string Name, string Value)> parameters, CancellationToken cancellationToken)
    {
        var form = new[] { ("Action", operation), ("Version", service.Version) }.Concat(parameters)
            .Select(pair => $"{Uri.EscapeDataString(pair.Item1)}={Uri.EscapeDataString(pair.Item2)}");
        var request = new ServiceRequest(operation) { ContentType = "application/x-www-form-urlencoded; charset=utf-8", Body = string.Join("&", form) };
        return await CallAsync(request, text => ReadXml(text, operation + "Response"), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A call in the JSON protocol.</summary>
    public Task<JObject> JsonAsync(string operation, JObject body, CancellationToken cancellationToken)
    {
        var request = new ServiceRequest(operation)
        {
            ContentType = "application/x-amz-json-1.1",
            Target = $"{service.Version}.{operation}",
            Body = body.ToString(Newtonsoft.Json.Formatting.None),
        };
        return CallAsync(request, ReadJson, cancellationToken);
    }

    /// <summary>A call in the REST protocol.</summary>
    public Task<JObject> RestAsync(string operation, string method, string path, CancellationToken cancellationToken) =>
        CallAsync(new ServiceRequest(operation) { Method = method, Path = path }, text => text.Length == 0 ? new JObject() : ReadJson(text), cancellationToken);

    /// <summary>The error for a call that was not answered, or answered with a failure.</summary>
    public SpotException Explain(string operation, Exception exception) => PlainDoctor.Explain(
        new FailedCall(service.Name, operation, Region, config.Endpoint), exception, CallFailures.Classify(exception, stopped: false));

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) =>
        AwsPipeline.InstallService(pipeline, calls, config.AuthenticationServiceName, config.AuthenticationRegion);

    private static XElement? ReadXml(string text, string name)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            var root = XElement.Load(reader);
            return root.Name.LocalName == name ? root : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static JObject? ReadJson(string text)
    {
        try
        {
            return JToken.Parse(text.Length == 0 ? "{}" : text) as JObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<T> CallAsync<T>(ServiceRequest request, Func<string, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var options = new InvokeOptions { RequestMarshaller = RequestWriter.Instance, ResponseUnmarshaller = AnswerReader.Instance };
            var answer = await CommandLimit.CallAsync(AwsOperation.Changes(request), token => InvokeAsync<ServiceAnswer>(request, options, token), cancellationToken).ConfigureAwait(false);
            return read(answer.Text) ?? throw new UnreadableAnswerException(
                $"{service.Name} returned an unexpected response to {request.Operation}", answer.ResponseMetadata?.RequestId, HttpStatusCode.OK);
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is var failure and not CallFailure.None)
        {
            throw PlainDoctor.Explain(new FailedCall(service.Name, request.Operation, Region, config.Endpoint), e, failure);
        }
    }

    private sealed class ServiceRequest(string operation) : AmazonWebServiceRequest, INamedRequest
    {
        public string Operation => operation;

        public string Method { get; init; } = "POST";

        public string Path { get; init; } = "/";

        public string? Target { get; init; }

        public string? ContentType { get; init; }

        public string Body { get; init; } = "";
    }

    private sealed class ServiceAnswer : AmazonWebServiceResponse
    {
        public string Text { get; set; } = "";
    }

    private sealed class RequestWriter : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public static readonly RequestWriter Instance = new();

        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var call = (ServiceRequest)input;
            var request = new DefaultRequest(input, call.Operation) { HttpMethod = call.Method };
            var cut = call.Path.IndexOf('?');
            request.ResourcePath = cut < 0 ? call.Path : call.Path.Substring(0, cut);
            foreach (var pair in cut < 0 ? [] : call.Path.Substring(cut + 1).Split('&'))
            {
                var parts = pair.Split('=');
                request.Parameters[parts[0]] = Uri.UnescapeDataString(parts[1]);
            }

            request.UseQueryString = cut >= 0;
            if (call.ContentType is { } type)
            {
                request.Headers["Content-Type"] = type;
                request.Content = Encoding.UTF8.GetBytes(call.Body);
            }

            if (call.Target is { } target)
            {
                request.Headers["X-Amz-Target"] = target;
            }

            return request;
        }
    }

    private sealed class AnswerReader : ResponseUnmarshaller
    {
        public static readonly AnswerReader Instance = new();

        public override AmazonWebServiceResponse Unmarshall(UnmarshallerContext input) => new ServiceAnswer { Text = ((AnswerText)input).Read() };

        public override AmazonServiceException UnmarshallException(UnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
        {
            var text = ((AnswerText)input).Read();
            var (code, message) = text.TrimStart().StartsWith('<') ? ReadFault(text) : ReadJsonFault(text, input.ResponseData);
            return new AmazonServiceException(
                AwsErrors.Clean(message), (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender, code ?? "", "", statusCode);
        }

        protected override UnmarshallerContext ConstructUnmarshallerContext(
            Stream responseStream, bool maintainResponseBody, IWebResponseData response, bool isException) => new AnswerText(responseStream, response);

        protected override UnmarshallerContext ConstructUnmarshallerContext(
            Stream responseStream,
            bool maintainResponseBody,
            IWebResponseData response,
            bool isException,
            IRequestContext requestContext) => new AnswerText(responseStream, response);

        private static (string? Code, string? Message) ReadFault(string text)
        {
            try
            {
                using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
                var root = XElement.Load(reader);
                string? Text(string name) => root.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
                return (Text("Code"), Text("Message"));
            }
            catch (XmlException)
            {
                return (null, null);
            }
        }

        private static (string? Code, string? Message) ReadJsonFault(string text, IWebResponseData response)
        {
            var body = ReadJson(text);
            var header = response.IsHeaderPresent("x-amzn-ErrorType") ? response.GetHeaderValue("x-amzn-ErrorType").Split(':')[0] : null;
            var code = ((string?)(body?["__type"] ?? body?["ErrorCode"] ?? body?["code"]) ?? header)?.Split('#').Last();
            return (code, (string?)(body?["message"] ?? body?["Message"]));
        }
    }

    /// <summary>The body as one text; the SDK's own context walks through it token by token.</summary>
    private sealed class AnswerText : UnmarshallerContext
    {
        private readonly Stream _stream;

        public AnswerText(Stream stream, IWebResponseData response)
        {
            _stream = stream;
            WebResponseData = response;
        }

        public override string CurrentPath => "";
        public override int CurrentDepth => 0;
        public override bool IsStartElement => false;
        public override bool IsEndElement => false;
        public override bool IsStartOfDocument => true;

        public string Read()
        {
            using var reader = new StreamReader(_stream, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }
}

/// <summary>Reading of query answers, by local names.</summary>
internal static class ServiceXml
{
    /// <summary>Elements of a list: <c>member</c> below the named element.</summary>
    public static IEnumerable<XElement> Members(this XElement element, string list) =>
        element.Descendants().FirstOrDefault(child => child.Name.LocalName == list)?.Elements() ?? [];

    /// <summary>Text of a child; null when it is absent or empty.</summary>
    public static string? Child(this XElement element, string name) =>
        element.Elements().FirstOrDefault(child => child.Name.LocalName == name)?.Value is { Length: > 0 } text ? text : null;

    /// <summary>Text of any element below; null when it is absent or empty.</summary>
    public static string? Below(this XElement element, string name) =>
        element.Descendants().FirstOrDefault(child => child.Name.LocalName == name)?.Value is { Length: > 0 } text ? text : null;
}
