using System.Net;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// Refuses what the SDK would take for an empty answer: the page of a captive portal, the document of another operation,
/// an error document with status 200, a list that is missing, a thing without its id, a value that cannot be parsed, half
/// of a document, and one that is nested without end. Each becomes an <see cref="UnreadableAnswerException"/>, inside the
/// retries.
/// </summary>
/// <param name="inner">The SDK's own reader of the operation.</param>
/// <param name="operation">AWS's name of the operation.</param>
internal sealed class Ec2AnswerGuard(ResponseUnmarshaller inner, string operation) : EC2ResponseUnmarshaller
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        CloseInput = false,
    };

    /// <inheritdoc/>
    public override AmazonWebServiceResponse Unmarshall(UnmarshallerContext input)
    {
        var answer = (Answer)input;
        try
        {
            var response = inner.Unmarshall(answer);
            answer.RequireComplete();
            if (string.IsNullOrEmpty(response.ResponseMetadata?.RequestId))
            {
                throw new FormatException("The answer has no request id.");
            }

            return response;
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException or ArgumentException or AmazonUnmarshallingException)
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
            using var reader = XmlReader.Create(((XmlUnmarshallerContext)input).Stream, Settings);
            var root = XElement.Load(reader);
            var error = Child(root, "Errors") is { } errors ? Child(errors, "Error") : Child(root, "Error");
            if (error is not null && Child(error, "Code")?.Value is { Length: > 0 } code)
            {
                var said = Child(error, "Message")?.Value;
                var refusal = new AmazonServiceException(
                    AwsErrors.Clean(said),
                    (int)statusCode >= 500 ? ErrorType.Receiver : ErrorType.Sender,
                    code,
                    (Child(root, "RequestID") ?? Child(root, "RequestId"))?.Value ?? HeaderRequestId(input),
                    statusCode);
                AwsDoctor.KeepEncoded(refusal, said);
                return refusal;
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

    /// <inheritdoc/>
    protected override UnmarshallerContext ConstructUnmarshallerContext(
        Stream responseStream, bool maintainResponseBody, IWebResponseData response, bool isException) =>
        new Answer(operation, responseStream, maintainResponseBody, response, isException, null);

    /// <inheritdoc/>
    protected override UnmarshallerContext ConstructUnmarshallerContext(
        Stream responseStream, bool maintainResponseBody, IWebResponseData response, bool isException, IRequestContext requestContext) =>
        new Answer(operation, responseStream, maintainResponseBody, response, isException, requestContext);

    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    private static string? HeaderRequestId(UnmarshallerContext context) =>
        context.ResponseData?.IsHeaderPresent("x-amzn-RequestId") == true ? context.ResponseData.GetHeaderValue("x-amzn-RequestId") : null;

    private static UnreadableAnswerException Unreadable(UnmarshallerContext context, HttpStatusCode statusCode)
    {
        var type = context.ResponseData?.ContentType;
        var kind = string.IsNullOrEmpty(type) ? "without a type" : type.Split(';')[0];
        return new UnreadableAnswerException(
            $"The response is not XML of EC2 (HTTP {(int)statusCode}, {kind}).", HeaderRequestId(context), statusCode);
    }

    /// <summary>The document, looked at while the SDK reads it.</summary>
    private sealed class Answer(
        string operation, Stream stream, bool maintainBody, IWebResponseData response, bool isException, IRequestContext? request)
        : EC2UnmarshallerContext(stream, maintainBody, response, isException, request)
    {
        /// <summary>Most levels of elements; the deepest answer of EC2 has about twelve.</summary>
        private const int Deepest = 64;

        private readonly bool _isChecked = !isException;
        private readonly Ec2Members _members = Ec2Members.Of(operation);
        private bool _hasRoot;
        private bool _hasList;
        private bool _hasId;
        private bool _hasItem;
        private int _matched;

        /// <inheritdoc/>
        public override bool Read()
        {
            var more = base.Read();
            if (_isChecked)
            {
                if (IsStartElement)
                {
                    Start();
                }
                else if (IsEndElement && CurrentDepth == _matched && _matched > 0)
                {
                    End();
                }
            }

            return more;
        }

        /// <summary>Throws when something is missing that every answer of the operation has.</summary>
        public void RequireComplete()
        {
            if (!_hasRoot || (_members.Path.Length > 0 && !_hasList) || (_members.NotEmpty && !_hasItem))
            {
                throw new FormatException($"{operation} was answered without {string.Join('/', _members.Path)}.");
            }
        }

        private void Start()
        {
            var depth = CurrentDepth;
            if (depth > Deepest)
            {
                throw new FormatException($"The answer has more than {Deepest} levels.");
            }

            if (depth == 1)
            {
                _hasRoot = CurrentElementName == operation + "Response"
                    ? true
                    : throw new FormatException($"{operation} was answered with a {CurrentElementName}.");
            }
            else if (depth == _matched + 2 && _matched < _members.Path.Length && CurrentElementName == _members.Path[_matched])
            {
                _matched++;
                _hasList = true;
                if (_matched == _members.Path.Length)
                {
                    _hasItem |= _hasId = ReadText().Length > 0;
                }
                else
                {
                    _hasId = false;
                }
            }
        }

        private void End()
        {
            // The element that closes is the deepest one of the path that was open.
            if (_members.Holds(_matched) && !_hasId)
            {
                throw new FormatException($"{operation} was answered with an item without {_members.Path[_matched]}.");
            }

            _matched--;
        }
    }
}
