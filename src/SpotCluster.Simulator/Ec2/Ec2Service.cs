using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Operations;

namespace SpotCluster.Simulator.Ec2;

/// <summary>Amazon EC2: what every operation shares, and the table of operations.</summary>
internal sealed class Ec2Service(AwsAccount account) : IAwsService
{
    private const string Namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
    private const string ContentType = "text/xml;charset=UTF-8";

    private static readonly Dictionary<string, Action<Ec2Call>> Operations = OperationTable.Make();

    public string SigningName => "ec2";

    public SimulatedResponse Answer(AwsCall call)
    {
        if (!Operations.ContainsKey(call.Operation))
        {
            throw new ServiceFaultException(400, "InvalidAction", $"The action {call.Operation} is not valid for this web service.");
        }

        var region = account.Region(call.Region);
        lock (region.Gate)
        {
            region.CatchUp();
            if (account.Options.Throttling
                && !region.Throttle.TryTake(call.Operation, !call.Query.Names.Any(name => name is not ("Action" or "Version")), region.Now))
            {
                throw AwsFaults.Throttled();
            }

            if (account.IsDenied(call.Operation))
            {
                throw AwsFaults.Denied("ec2:" + call.Operation, account.ArnOf(call.AccessKeyId));
            }

            if (call.Query.Flag("DryRun") == true)
            {
                // As EC2 does, after the permission and before the answer.
                if (call.Operation == "RunInstances" && call.Query.Text("ImageId") is { } image)
                {
                    Launcher.ResolveImage(region, image);
                }

                throw new ServiceFaultException(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
            }

            return new SimulatedResponse(
                200,
                ContentType,
                $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{call.Operation}Response xmlns=\"{Namespace}\"><requestId>{call.RequestId}</requestId>"
                + $"{Run(region, call.Operation, call.Query, call.Parameters, call.PageLimit)}</{call.Operation}Response>")
            {
                Headers = QueryProtocol.IdHeader(call),
            };
        }
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault)
    {
        var errors = new XmlBody();
        errors.Element("Errors", () => errors.Element("Error", () => errors.Text("Code", fault.Code).Text("Message", fault.Message)));
        return new SimulatedResponse(
            fault.Status,
            ContentType,
            $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{errors}<RequestID>{call.RequestId}</RequestID></Response>")
        {
            Headers = QueryProtocol.IdHeader(call),
        };
    }

    /// <summary>Does an operation as the owner of the account, past throttling, denials and faults. For populations.</summary>
    internal static string Run(Ec2Region region, string operation, IReadOnlyDictionary<string, string> parameters)
    {
        lock (region.Gate)
        {
            region.CatchUp();
            return Run(region, operation, QueryNode.Parse(parameters), parameters, pageLimit: null);
        }
    }

    private static string Run(
        Ec2Region region, string operation, QueryNode query, IReadOnlyDictionary<string, string> parameters, int? pageLimit)
    {
        if (!Operations.TryGetValue(operation, out var handler))
        {
            throw new ServiceFaultException(400, "InvalidAction", $"The action {operation} is not valid for this web service.");
        }

        // Only calls that create something take a token.
        var token = operation.StartsWith("Describe", StringComparison.Ordinal) ? null : query.Text("ClientToken");
        if (token is { Length: > 64 })
        {
            throw AwsFaults.Invalid("Length of clientToken must be between 1 and 64");
        }

        var asked = token is null ? "" : string.Join("&", parameters
            .Where(pair => pair.Key is not ("ClientToken" or "Version"))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => pair.Key + "=" + pair.Value));
        if (token is not null && region.Tokens.TryGetValue((operation, token), out var earlier))
        {
            return earlier.Asked == asked
                ? earlier.Answer
                : throw new ServiceFaultException(400, "IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
        }

        var call = new Ec2Call(region, operation, query) { PageLimit = pageLimit };
        handler(call);
        var answer = call.Body.ToString();
        if (token is not null)
        {
            region.Tokens[(operation, token)] = (asked, answer);
        }

        return answer;
    }
}
