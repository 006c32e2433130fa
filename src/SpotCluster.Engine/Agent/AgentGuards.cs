using System.Globalization;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>Where and as whom the agent works, in one pass.</summary>
/// <param name="AccountId">The account of its credentials, 12 digits.</param>
/// <param name="Region">Its region.</param>
/// <param name="OwnId">The machine that it runs on; null when it runs on none.</param>
/// <param name="Standing">What the backend says about the agent and its primary.</param>
/// <param name="RequiredTags">Tags as <c>key=value</c>, each of which a machine must carry.</param>
/// <param name="AllowsUnknownPrimary">Whether somebody has said that a backend which does not tell the primary is trusted with it.</param>
internal sealed record AgentScope(
    string AccountId, string Region, string? OwnId, AgentStanding Standing, IReadOnlyList<string> RequiredTags, bool AllowsUnknownPrimary);

/// <summary>Why a machine is not terminated.</summary>
/// <param name="Code">A constant word.</param>
/// <param name="Message">One sentence.</param>
internal sealed record Refusal(string Code, string Message);

/// <summary>
/// The agent's own judgement, made of what it knows itself: a backend that is wrong, or not the one that it seems, must not be able to
/// make it terminate anything else than a marked machine of its own.
/// </summary>
internal static class AgentGuards
{
    /// <summary>A machine with this tag, whatever its value but <c>false</c>, is never terminated.</summary>
    public const string ProtectedTag = "DoNotTerminate";

    /// <summary>What the item alone tells. Null: nothing is against it.</summary>
    public static Refusal? Judge(TerminationItem item, AgentScope scope)
    {
        if (!InstanceIds.IsValid(item.InstanceId))
        {
            return new Refusal(
                "InvalidInstanceID.Malformed",
                $"'{item.InstanceId}' is a placeholder and not a valid instance id, so there is nothing to terminate");
        }

        if (item.InstanceId == scope.OwnId)
        {
            return new Refusal("OwnInstance", $"{item.InstanceId} is the instance of this agent; the agent of its successor terminates it");
        }

        if (scope.Standing.IsPrimary(item.InstanceId))
        {
            return new Refusal("PrimaryInstance", $"{item.InstanceId} is the primary of an agent");
        }

        if (!scope.Standing.KnowsPrimary && !scope.AllowsUnknownPrimary)
        {
            return new Refusal(
                "PrimaryUnknown",
                $"the backend does not report which instance is the primary, so {item.InstanceId} may be the primary; ALLOW_UNKNOWN_PRIMARY=true accepts that risk");
        }

        if (scope.Standing.ClientInstances?.Contains(item.InstanceId) == false)
        {
            return new Refusal("ForeignClient", $"{item.InstanceId} is not an instance of this agent's client");
        }

        if (item.AccountId is { } account && account != scope.AccountId)
        {
            return new Refusal("ForeignAccount", $"{item.InstanceId} is in account {account}, and this agent works in {scope.AccountId}");
        }

        if (item.Region is { } region && region != scope.Region)
        {
            return new Refusal("ForeignRegion", $"{item.InstanceId} is in {region}, and this agent works in {scope.Region}");
        }

        // The original names no region, only a zone: a letter after its region, or a local zone's longer name.
        return item.Region is null && item.Az is { Length: > 0 } zone && !zone.StartsWith(scope.Region, StringComparison.Ordinal)
            ? new Refusal("ForeignRegion", $"{item.InstanceId} is in zone {zone}, and this agent works in {scope.Region}")
            : null;
    }

    /// <summary>What the machine itself tells, as the cloud shows it.</summary>
    public static Refusal? Judge(TerminationItem item, AgentMachine machine, AgentScope scope, DateTimeOffset now)
    {
        if (machine.AccountId is { } owner && owner != scope.AccountId)
        {
            return new Refusal("ForeignAccount", $"{machine.Id} is in account {owner}, and this agent works in {scope.AccountId}");
        }

        if (item.MarkedAt is { } marked && machine.LaunchedAt is { } launched && launched > marked)
        {
            return new Refusal(
                "LaunchedAfterMarking",
                $"{machine.Id} was launched or started at {Text(launched)}, after it was marked at {Text(marked)}, so it is in use again");
        }

        foreach (var tag in scope.RequiredTags)
        {
            var (key, value) = SplitTag(tag);
            if (!machine.Tags.TryGetValue(key, out var actual) || actual != value)
            {
                return new Refusal("TagMissing", $"{machine.Id} does not have the tag {tag}");
            }
        }

        if (machine.Tags.TryGetValue(ProtectedTag, out var protection) && !protection.Equals("false", StringComparison.OrdinalIgnoreCase))
        {
            return new Refusal("TaggedProtected", $"{machine.Id} has the tag {ProtectedTag}");
        }

        // A time that cannot be read protects: whoever set the tag wanted that.
        return machine.Tags.TryGetValue(TagKeys.ProtectUntil, out var until)
            && !(DateTimeOffset.TryParse(until, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) && end <= now)
            ? new Refusal("TaggedProtected", $"{machine.Id} is protected until {until} by its tag {TagKeys.ProtectUntil}")
            : null;
    }

    /// <summary>Key and value of <c>key=value</c>; the first equals sign parts them.</summary>
    public static (string Key, string Value) SplitTag(string tag)
    {
        var sign = tag.IndexOf('=');
        return sign <= 0 ? throw new ArgumentException($"'{tag}' is not key=value.", nameof(tag)) : (tag.Substring(0, sign), tag.Substring(sign + 1));
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";
}
