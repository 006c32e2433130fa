using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace SpotCluster.Engine.Aws.Iam;

/// <summary>The one call of Identity and Access Management that we need, on the runtime pipeline of the AWS SDK.</summary>
internal sealed class IamClient(AWSCredentials credentials, AwsClientConfig config, AwsCalls calls) : AmazonServiceClient(credentials, config)
{
    /// <summary>IAM has one endpoint in each partition, and signs for one region there.</summary>
    public static AwsClientConfig Configuration(string region)
    {
        var partition = RegionEndpoint.GetBySystemName(region);
        var home = partition.PartitionName switch
        {
            "aws-cn" => "cn-north-1",
            "aws-us-gov" => "us-gov-west-1",
            _ => "us-east-1",
        };
        return new AwsClientConfig("IAM", "iam", home, config =>
        {
            var prefix = (partition.PartitionName, config.UseFIPSEndpoint, config.UseDualstackEndpoint) switch
            {
                ("aws-us-gov", _, _) => "iam.us-gov",
                ("aws-cn", false, false) => "iam.cn-north-1",
                ("aws-cn", true, _) or (_, true, false) => "iam-fips",
                (_, true, true) => "iam-fips.global",
                (_, false, true) => "iam.global",
                _ => "iam",
            };
            return $"{prefix}.{config.SuffixOf(partition)}";
        });
    }

    /// <summary>The alias of the account; null when it has none, or when it may not be asked for or is not answered.</summary>
    public async Task<string?> FindAccountAliasAsync(CancellationToken cancellationToken)
    {
        try
        {
            var options = new InvokeOptions { RequestMarshaller = AliasMarshaller.Instance, ResponseUnmarshaller = new AliasUnmarshaller() };
            var response = await InvokeAsync<ListAccountAliasesResponse>(new ListAccountAliasesRequest(), options, cancellationToken).ConfigureAwait(false);
            return response.Alias;
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) =>
        AwsPipeline.InstallService(pipeline, calls, "iam", config.AuthenticationRegion);

    private sealed class ListAccountAliasesRequest : AmazonWebServiceRequest;

    private sealed class ListAccountAliasesResponse : AmazonWebServiceResponse
    {
        public string? Alias { get; set; }
    }

    private sealed class AliasMarshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public static readonly AliasMarshaller Instance = new();

        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var request = new DefaultRequest(input, "IAM") { HttpMethod = "POST", ResourcePath = "/" };
            request.Headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8";
            request.Content = Encoding.UTF8.GetBytes("Action=ListAccountAliases&Version=2010-05-08");
            return request;
        }
    }

    private sealed class AliasUnmarshaller : ResponseUnmarshaller
    {
        public override AmazonWebServiceResponse Unmarshall(UnmarshallerContext input) => new ListAccountAliasesResponse
        {
            Alias = ((XmlBody)input).Read()?.Descendants().FirstOrDefault(element => element.Name.LocalName == "member")?.Value,
        };

        public override AmazonServiceException UnmarshallException(
            UnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
        {
            var body = ((XmlBody)input).Read();
            return new AmazonServiceException(
                AwsErrors.Clean(Text(body, "Message")),
                (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
                Text(body, "Code") ?? "",
                Text(body, "RequestId") ?? "",
                statusCode);
        }

        protected override UnmarshallerContext ConstructUnmarshallerContext(
            Stream responseStream, bool maintainResponseBody, IWebResponseData response, bool isException) =>
            new XmlBody(responseStream, response);

        protected override UnmarshallerContext ConstructUnmarshallerContext(
            Stream responseStream,
            bool maintainResponseBody,
            IWebResponseData response,
            bool isException,
            IRequestContext requestContext) => new XmlBody(responseStream, response);

        private static string? Text(XElement? body, string name) =>
            body?.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
    }

    /// <summary>The body as one XML element; the SDK's own context walks through it token by token.</summary>
    private sealed class XmlBody : UnmarshallerContext
    {
        private readonly Stream _stream;

        public XmlBody(Stream stream, IWebResponseData response)
        {
            _stream = stream;
            WebResponseData = response;
        }

        public override string CurrentPath => "";
        public override int CurrentDepth => 0;
        public override bool IsStartElement => false;
        public override bool IsEndElement => false;
        public override bool IsStartOfDocument => true;

        public XElement? Read()
        {
            try
            {
                using var reader = XmlReader.Create(_stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
                return XElement.Load(reader);
            }
            catch (XmlException)
            {
                return null;
            }
        }
    }
}
