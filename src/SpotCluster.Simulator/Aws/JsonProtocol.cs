using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Aws;

/// <summary>The answers of services that speak AWS's JSON protocol (Service Quotas, Price List).</summary>
internal static class JsonProtocol
{
    private const string ContentType = "application/x-amz-json-1.1";

    public static SimulatedResponse Answer(AwsCall call, JObject body) =>
        new(200, ContentType, body.ToString(Formatting.None)) { Headers = QueryProtocol.IdHeader(call) };

    public static SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => new(
        fault.Status,
        ContentType,
        new JObject { ["__type"] = fault.Code, ["Message"] = fault.Message }.ToString(Formatting.None))
    {
        Headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["x-amzn-RequestId"] = call.RequestId,
            ["x-amzn-ErrorType"] = fault.Code,
        },
    };
}
