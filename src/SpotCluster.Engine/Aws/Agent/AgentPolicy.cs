using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Agent;

namespace SpotCluster.Engine.Aws.Agent;

/// <summary>The least rights that an agent needs, as an IAM policy.</summary>
internal static class AgentPolicy
{
    /// <summary>The policy as JSON.</summary>
    /// <param name="region">The only region that it allows; null for all.</param>
    /// <param name="accountId">The only account that it allows, 12 digits; null for any.</param>
    /// <param name="requiredTag">The tag, <c>key=value</c>, of machines that may be terminated; null for any machine.</param>
    /// <param name="cleanupTag">The tag of images and snapshots that may be deleted; null leaves these rights out.</param>
    /// <param name="launchReplicas">Whether it may launch replicas with that tag.</param>
    public static string ToJson(string? region, string? accountId, string? requiredTag, string? cleanupTag, bool launchReplicas) =>
        Build(AwsAgentCloud.Actions, region, accountId, requiredTag, cleanupTag, launchReplicas).ToString(Formatting.Indented);

    internal static JObject Build(
        IReadOnlyList<AgentAction> actions, string? region, string? accountId, string? requiredTag, string? cleanupTag, bool launchReplicas)
    {
        var place = $"arn:{Partition(region)}:ec2:{region ?? "*"}:";
        var lists = actions.Where(action => action.Changes is null && (cleanupTag is not null || IsOfMachines(action.Name)));
        var statements = new JArray
        {
            // Describe calls know no resources; the region is all that can be said.
            Statement("Look", lists.Select(action => action.Name), ["*"], Conditions(region, null)),
            Statement(
                "TerminateMarked", actions.Where(action => action.Changes == ResourceWords.Instance).Select(action => action.Name),
                [$"{place}{accountId ?? "*"}:instance/*"], Conditions(region, requiredTag)),
        };
        if (cleanupTag is not null)
        {
            // The resources of images and snapshots name no account.
            statements.Add(Statement(
                "CleanUp",
                actions.Where(action => action.Changes is ResourceWords.Image or ResourceWords.Snapshot).Select(action => action.Name),
                [$"{place}:image/*", $"{place}:snapshot/*"],
                Conditions(region, cleanupTag)));
        }

        if (launchReplicas)
        {
            statements.Add(Statement(
                "LaunchReplicas", actions.Where(action => action.Changes == AwsAgentCloud.LaunchOfReplica).Select(action => action.Name),
                [$"{place}*:*"], Conditions(region, null)));
            var tagging = Statement("TagReplicas", ["CreateTags"], [$"{place}{accountId ?? "*"}:instance/*", $"{place}{accountId ?? "*"}:volume/*"], Conditions(region, null) ?? []);
            ((JObject)tagging["Condition"]!).Merge(new JObject { ["StringEquals"] = new JObject { ["ec2:CreateAction"] = "RunInstances" } });
            statements.Add(tagging);

            // A copy of the primary has its role, and may have no other.
            statements.Add(new JObject
            {
                ["Sid"] = "PassRole",
                ["Effect"] = "Allow",
                ["Action"] = new JArray("iam:PassRole"),
                ["Resource"] = "*",
                ["Condition"] = new JObject { ["StringEquals"] = new JObject { ["iam:PassedToService"] = "ec2.amazonaws.com" } },
            });
        }

        return new JObject { ["Version"] = "2012-10-17", ["Statement"] = statements };
    }

    private static string Partition(string? region) => region switch
    {
        null => "*",
        _ when region.StartsWith("cn-", StringComparison.Ordinal) => "aws-cn",
        _ when region.StartsWith("us-gov-", StringComparison.Ordinal) => "aws-us-gov",
        _ => "aws",
    };

    private static bool IsOfMachines(string name) => name is "DescribeInstances" or "DescribeInstanceAttribute";

    private static JObject Statement(string id, IEnumerable<string> actions, string[] resources, JObject? conditions)
    {
        var statement = new JObject
        {
            ["Sid"] = id,
            ["Effect"] = "Allow",
            ["Action"] = new JArray(actions.Select(action => "ec2:" + action).OrderBy(action => action, StringComparer.Ordinal)),
            ["Resource"] = resources.Length == 1 ? resources[0] : new JArray(resources.Cast<object>().ToArray()),
        };
        if (conditions is not null)
        {
            statement["Condition"] = conditions;
        }

        return statement;
    }

    private static JObject? Conditions(string? region, string? tag)
    {
        var equals = new JObject();
        if (region is not null)
        {
            equals["ec2:Region"] = region;
        }

        if (tag is not null)
        {
            var (key, value) = AgentGuards.SplitTag(tag);
            equals["aws:ResourceTag/" + key] = value;
        }

        return equals.Count == 0 ? null : new JObject { ["StringEquals"] = equals };
    }
}
