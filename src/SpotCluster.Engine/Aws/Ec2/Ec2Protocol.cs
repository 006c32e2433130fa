using System.Net;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>What the pipeline carries: the SDK makes it itself, so it may have no required members.</summary>
internal sealed class Ec2Answer : AmazonWebServiceResponse
{
    public Ec2Response? Body { get; set; }
}

/// <summary>Writes a request as the form that EC2 takes.</summary>
internal sealed class Ec2Marshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public static readonly Ec2Marshaller Instance = new();

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = new DefaultRequest(input, "AmazonEC2") { HttpMethod = "POST", ResourcePath = "/" };
        request.Headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8";
        ((Ec2Request)input).Marshal(new QueryWriter(request.Parameters));
        return request;
    }
}

/// <summary>
/// Reads an answer or an error. A body that is not EC2's XML (HTML of a proxy, nothing, half a document) becomes an
/// <see cref="UnreadableAnswerException"/> with the status.
/// </summary>
internal sealed class Ec2Unmarshaller(Func<XElement, Ec2Response> read) : EC2ResponseUnmarshaller
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreWhitespace = true,
        IgnoreComments = true,
        CloseInput = false,
    };

    /// <inheritdoc/>
    public override AmazonWebServiceResponse Unmarshall(UnmarshallerContext input)
    {
        try
        {
            var root = Load((XmlUnmarshallerContext)input);
            if (!root.Name.LocalName.EndsWith("Response", StringComparison.Ordinal))
            {
                throw new FormatException($"The document is a {root.Name.LocalName}.");
            }

            var body = read(root);
            body.RequestId = root.Text("requestId") ?? HeaderRequestId(input);
            return new Ec2Answer { Body = body, ResponseMetadata = new ResponseMetadata { RequestId = body.RequestId } };
        }
        catch (Exception e) when (e is XmlException or FormatException)
        {
            throw Unreadable(input, input.ResponseData.StatusCode);
        }
    }

    /// <inheritdoc/>
    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input) => Unmarshall((UnmarshallerContext)input);

    /// <inheritdoc/>
    public override AmazonServiceException UnmarshallException(
        UnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        try
        {
            var root = Load((XmlUnmarshallerContext)input);
            var error = root.Child("Errors")?.Child("Error") ?? root.Child("Error");
            if (error?.Text("Code") is { Length: > 0 } code)
            {
                return new AmazonServiceException(
                    AwsErrors.Clean(error.Text("Message")),
                    (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
                    code,
                    root.Text("RequestID") ?? root.Text("RequestId") ?? HeaderRequestId(input),
                    statusCode);
            }
        }
        catch (XmlException)
        {
            // Told below, with the status.
        }

        return Unreadable(input, statusCode);
    }

    /// <inheritdoc/>
    public override AmazonServiceException UnmarshallException(
        XmlUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode) =>
        UnmarshallException((UnmarshallerContext)input, innerException, statusCode);

    private static XElement Load(XmlUnmarshallerContext context)
    {
        using var reader = XmlReader.Create(context.Stream, Settings);
        return XElement.Load(reader);
    }

    private static string? HeaderRequestId(UnmarshallerContext context) =>
        context.ResponseData?.IsHeaderPresent("x-amzn-RequestId") == true
            ? context.ResponseData.GetHeaderValue("x-amzn-RequestId")
            : null;

    private static UnreadableAnswerException Unreadable(UnmarshallerContext context, HttpStatusCode statusCode)
    {
        var type = context.ResponseData?.ContentType;
        var kind = string.IsNullOrEmpty(type) ? "without a type" : type!.Split(';')[0];
        return new UnreadableAnswerException(
            $"The answer is no XML of EC2 (HTTP {(int)statusCode}, {kind}).", HeaderRequestId(context), statusCode);
    }
}
