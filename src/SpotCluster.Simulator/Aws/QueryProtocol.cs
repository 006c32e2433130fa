namespace SpotCluster.Simulator.Aws;

/// <summary>The answers of services that speak AWS's query protocol (STS, IAM).</summary>
internal static class QueryProtocol
{
    public const string ContentType = "text/xml";

    public static SimulatedResponse Answer(AwsCall call, string xmlNamespace, XmlBody result) => new(
        200,
        ContentType,
        $"<{call.Operation}Response xmlns=\"{xmlNamespace}\"><{call.Operation}Result>{result}</{call.Operation}Result>"
        + $"<ResponseMetadata><RequestId>{call.RequestId}</RequestId></ResponseMetadata></{call.Operation}Response>")
    {
        Headers = IdHeader(call),
    };

    public static SimulatedResponse Refuse(AwsCall call, string xmlNamespace, ServiceFaultException fault)
    {
        var error = new XmlBody();
        error.Element("Error", () => error
            .Text("Type", fault.Status >= 500 ? "Receiver" : "Sender")
            .Text("Code", fault.Code)
            .Text("Message", fault.Message));
        error.Text("RequestId", call.RequestId);
        return new SimulatedResponse(fault.Status, ContentType, $"<ErrorResponse xmlns=\"{xmlNamespace}\">{error}</ErrorResponse>")
        {
            Headers = IdHeader(call),
        };
    }

    public static Dictionary<string, string> IdHeader(AwsCall call) =>
        new(StringComparer.Ordinal) { ["x-amzn-RequestId"] = call.RequestId };
}
