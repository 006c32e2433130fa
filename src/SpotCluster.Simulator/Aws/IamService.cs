namespace SpotCluster.Simulator.Aws;

/// <summary>AWS Identity and Access Management: the alias of the account.</summary>
internal sealed class IamService(AwsAccount account) : IAwsService
{
    private const string Namespace = "https://iam.amazonaws.com/doc/2010-05-08/";

    public string SigningName => "iam";

    public SimulatedResponse Answer(AwsCall call)
    {
        if (call.Operation != "ListAccountAliases")
        {
            throw new ServiceFaultException(400, "InvalidAction", $"Could not find operation {call.Operation} for version 2010-05-08");
        }

        if (account.IsDenied(call.Operation))
        {
            throw new ServiceFaultException(
                403, "AccessDenied", $"User: {account.Arn} is not authorized to perform: iam:ListAccountAliases on resource: *");
        }

        var body = new XmlBody().Text("IsTruncated", false);
        body.Element("AccountAliases", () => body.Text("member", account.Alias));
        return QueryProtocol.Answer(call, Namespace, body);
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => QueryProtocol.Refuse(call, Namespace, fault);
}
