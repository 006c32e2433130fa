using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Policy;

/// <summary>The least rights of somebody who uses SpotCluster, as an IAM policy.</summary>
internal static class UserPolicy
{
    /// <param name="settings">Whose filter tag and regions it is about.</param>
    /// <param name="tasks">What is allowed.</param>
    /// <param name="regions">The only regions, with wildcards; empty for those that the settings state, or all.</param>
    /// <param name="includeForeign">Also on instances without the filter tag.</param>
    public static string ToJson(SpotSettings settings, SpotTask tasks, IReadOnlyList<string> regions, bool includeForeign) =>
        Build(AwsActions.All.Where(action => (action.Tasks & tasks) != 0), settings, regions.Count > 0 ? regions : settings.Regions, includeForeign).ToString(Formatting.Indented);

    /// <summary>One statement, in one line.</summary>
    public static string Statement(IEnumerable<string> actions) => new JObject
    {
        ["Effect"] = "Allow",
        ["Action"] = new JArray(actions.Cast<object>().ToArray()),
        ["Resource"] = "*",
    }.ToString(Formatting.None);

    private static JObject Build(IEnumerable<AwsAction> actions, SpotSettings settings, IReadOnlyList<string> regions, bool includeForeign)
    {
        var all = actions.ToList();
        var statements = new JArray();
        Add("Look", action => action.Scope == ActionScope.Region && IsReading(action), "*", InRegions());
        Add("LookAnywhere", action => action.Scope == ActionScope.Anywhere, "*");
        Add("Work", action => action.Scope == ActionScope.Region && !IsReading(action), "*", InRegions());
        Add("ManagedInstances", action => action.Scope == ActionScope.TaggedInstance, "arn:*:ec2:*:*:instance/*", [.. InRegions(), .. OfTag()]);
        Add("PublicImages", action => action.Scope == ActionScope.Parameter, "arn:*:ssm:*::parameter/aws/service/*", InRegions());
        Add(
            "SpotRoles",
            action => action.Scope == ActionScope.LinkedRole,
            "arn:*:iam::*:role/aws-service-role/*",
            [new JProperty("StringEquals", new JObject { ["iam:AWSServiceName"] = new JArray("spot.amazonaws.com", "ec2fleet.amazonaws.com") })]);
        if (settings.InstanceProfile is { } profile)
        {
            // A profile has the name of its role, unless somebody made them one by one.
            Add(
                "NodeRole",
                action => action.Scope == ActionScope.NodeRole,
                $"arn:*:iam::*:role/{profile.Split('/').Last()}",
                [new JProperty("StringEquals", new JObject { ["iam:PassedToService"] = "ec2.amazonaws.com" })]);
        }

        return new JObject { ["Version"] = "2012-10-17", ["Statement"] = statements };

        void Add(string id, Func<AwsAction, bool> isWanted, string resource, JProperty[]? conditions = null)
        {
            var names = all.Where(isWanted).Select(action => action.Name).OrderBy(name => name, StringComparer.Ordinal).ToArray();
            if (names.Length > 0)
            {
                var statement = new JObject { ["Sid"] = id, ["Effect"] = "Allow", ["Action"] = new JArray(names.Cast<object>().ToArray()), ["Resource"] = resource };
                if (conditions is { Length: > 0 })
                {
                    statement["Condition"] = new JObject(conditions.Cast<object>().ToArray());
                }

                statements.Add(statement);
            }
        }

        JProperty[] InRegions() => regions.Count == 0 ? []
            : [new JProperty("StringLike", new JObject { ["aws:RequestedRegion"] = new JArray(regions.Cast<object>().ToArray()) })];

        JProperty[] OfTag() => includeForeign ? []
            : [new JProperty("StringEquals", new JObject { ["aws:ResourceTag/" + settings.FilterTagName] = settings.FilterTagValue })];
    }

    private static bool IsReading(AwsAction action) =>
        action.Operation.StartsWith("Describe", StringComparison.Ordinal) || action.Operation.StartsWith("Get", StringComparison.Ordinal);
}
