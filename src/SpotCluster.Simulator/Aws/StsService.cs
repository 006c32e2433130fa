namespace SpotCluster.Simulator.Aws;

/// <summary>AWS Security Token Service: who am I.</summary>
internal sealed class StsService(AwsAccount account) : IAwsService
{
    private const string Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

    public string SigningName => "sts";

    public SimulatedResponse Answer(AwsCall call) => call.Operation switch
    {
        // AWS grants this one to everybody, whatever the policies say.
        "GetCallerIdentity" => QueryProtocol.Answer(
            call,
            Namespace,
            new XmlBody().Text("Arn", account.Arn).Text("UserId", AwsAccount.UserId).Text("Account", account.Id)),
        _ => throw new ServiceFaultException(400, "InvalidAction", $"Could not find operation {call.Operation} for version 2011-06-15"),
    };

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => QueryProtocol.Refuse(call, Namespace, fault);
}
