using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Aws;

/// <summary>Service Quotas: what the account may run.</summary>
internal sealed class ServiceQuotasService(AwsAccount account) : IAwsService
{
    public string SigningName => "servicequotas";

    public SimulatedResponse Answer(AwsCall call)
    {
        if (account.IsDenied(call.Operation))
        {
            throw new ServiceFaultException(400, "AccessDeniedException", $"User: {account.Arn} is not authorized to perform: servicequotas:{call.Operation}");
        }

        var service = (string?)call.Json["ServiceCode"] ?? "";
        return call.Operation switch
        {
            "GetServiceQuota" => JsonProtocol.Answer(call, new JObject { ["Quota"] = Quota(call.Region, Find(service, (string?)call.Json["QuotaCode"] ?? "")) }),
            "ListServiceQuotas" => JsonProtocol.Answer(call, new JObject
            {
                ["Quotas"] = new JArray(Ec2.Quotas.All.Where(quota => quota.ServiceCode == service).Select(quota => Quota(call.Region, quota))),
            }),
            _ => throw new ServiceFaultException(400, "UnknownOperationException", $"Unknown operation {call.Operation}"),
        };
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => JsonProtocol.Refuse(call, fault);

    private static Ec2.Quota Find(string service, string code) =>
        Ec2.Quotas.All.FirstOrDefault(quota => quota.ServiceCode == service && quota.Code == code)
        ?? throw new ServiceFaultException(400, "NoSuchResourceException", "The request failed because the specified service quota does not exist.");

    private JObject Quota(string region, Ec2.Quota quota) => new()
    {
        ["ServiceCode"] = quota.ServiceCode,
        ["ServiceName"] = quota.ServiceCode == "vpc" ? "Amazon Virtual Private Cloud (Amazon VPC)" : "Amazon Elastic Compute Cloud (Amazon EC2)",
        ["QuotaArn"] = $"arn:aws:servicequotas:{region}:{account.Id}:{quota.ServiceCode}/{quota.Code}",
        ["QuotaCode"] = quota.Code,
        ["QuotaName"] = quota.Name,
        ["Value"] = account.QuotaOf(region, quota.Code),
        ["Unit"] = "None",
        ["Adjustable"] = true,
        ["GlobalQuota"] = false,
    };
}
