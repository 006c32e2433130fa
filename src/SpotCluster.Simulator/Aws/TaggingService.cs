using Newtonsoft.Json.Linq;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Aws;

/// <summary>
/// The Resource Groups Tagging API: what has a tag in every service, as ARNs. Of EC2 it shows what lives; of other services
/// what a test has put there.
/// </summary>
internal sealed class TaggingService(AwsAccount account) : IAwsService
{
    private const int MostOfPage = 100;

    public string SigningName => "tagging";

    public SimulatedResponse Answer(AwsCall call)
    {
        if (account.IsDenied("tag:" + call.Operation))
        {
            throw new ServiceFaultException(400, "AccessDeniedException", $"User: {account.ArnOf(call.AccessKeyId)} is not authorized to perform: tag:{call.Operation}");
        }

        if (call.Operation != "GetResources")
        {
            throw new ServiceFaultException(400, "UnknownOperationException", $"Unknown operation {call.Operation}");
        }

        var filters = ((JArray?)call.Json["TagFilters"] ?? []).Select(filter => (
            Key: (string?)filter["Key"] ?? "", Values: ((JArray?)filter["Values"] ?? []).Select(value => (string?)value ?? "").ToList())).ToList();
        var region = account.Region(call.Region);
        List<(string Arn, Dictionary<string, string> Tags)> found;
        lock (region.Gate)
        {
            region.CatchUp();
            found =
            [
                .. region.All.Where(item => item.IsLive && item is not SecurityGroupRule).Select(item => (
                    $"arn:aws:ec2:{region.Name}:{account.Id}:{item.Kind}/{item.Id}",
                    item.Tags.ToDictionary(tag => tag.Key, tag => tag.Value.Value, StringComparer.Ordinal))),
                .. region.TaggedElsewhere.Select(item => (item.Key, new Dictionary<string, string>(item.Value, StringComparer.Ordinal))),
            ];
        }

        var fitting = found.Where(item => item.Tags.Count > 0 && filters.TrueForAll(filter =>
            item.Tags.TryGetValue(filter.Key, out var value) && (filter.Values.Count == 0 || filter.Values.Contains(value)))).ToList();
        var first = int.TryParse((string?)call.Json["PaginationToken"], out var number) ? number : 0;
        var page = fitting.Skip(first).Take(Math.Min(call.PageLimit ?? MostOfPage, (int?)call.Json["ResourcesPerPage"] ?? MostOfPage)).ToList();
        return JsonProtocol.Answer(call, new JObject
        {
            ["PaginationToken"] = first + page.Count < fitting.Count ? (first + page.Count).ToString(System.Globalization.CultureInfo.InvariantCulture) : "",
            ["ResourceTagMappingList"] = new JArray(page.Select(item => new JObject
            {
                ["ResourceARN"] = item.Arn,
                ["Tags"] = new JArray(item.Tags.Select(tag => new JObject { ["Key"] = tag.Key, ["Value"] = tag.Value })),
            })),
        });
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => JsonProtocol.Refuse(call, fault);
}
