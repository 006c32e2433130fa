using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>
/// The names and tags of everything that one run creates in one region. They depend on nothing but the run, so that a
/// repeated call is the same to the letter.
/// </summary>
internal sealed class LaunchTags(SpotSettings settings, LaunchSpec spec, JournalEntry run, string region)
{
    /// <summary>Name of things that must have one of their own: group, template, key pair.</summary>
    public string UniqueName { get; } = $"{settings.ResourcePrefix}{spec.Name}-{run.Run.Substring(0, Math.Min(8, run.Run.Length))}";

    public List<TagSpecification> For(string type, string? suffix = null) => [new TagSpecification { ResourceType = type, Tags = Tags(type, suffix) }];

    public List<LaunchTemplateTagSpecificationRequest> ForTemplate(params string[] types) =>
        [.. types.Select(type => new LaunchTemplateTagSpecificationRequest { ResourceType = type, Tags = Tags(type, null) })];

    private List<Tag> Tags(string type, string? suffix)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in spec.Tags)
        {
            tags[key] = value ?? "";
        }

        tags[settings.FilterTagName] = settings.FilterTagValue;
        if (settings.FilterTagName != new SpotSettings().FilterTagName)
        {
            tags[TagKeys.FilterTag] = settings.FilterTagName;
        }

        tags[TagKeys.CreatedBy] = settings.Creator;
        tags[TagKeys.Name] = type == "vpc" ? settings.VpcName : $"{settings.ResourcePrefix}{spec.Name}{suffix}";
        tags[TagKeys.Cluster] = spec.Name;
        tags[TagKeys.Account] = run.AccountId;
        tags[TagKeys.Run] = run.Run;
        tags[TagKeys.Wanted] = run.Wanted.ToString(CultureInfo.InvariantCulture);
        tags[TagKeys.WantedHere] = (run.Regions.FirstOrDefault(planned => planned.Region == region)?.Wanted ?? 0).ToString(CultureInfo.InvariantCulture);
        if (spec.UserName is { } user)
        {
            tags[TagKeys.User] = user;
        }

        tags[TagKeys.Types] = Types();
        if (spec.MaxHourlyPrice is { } most)
        {
            tags[TagKeys.MaxPrice] = most.ToString(CultureInfo.InvariantCulture);
        }

        if (spec.Maintain)
        {
            tags[TagKeys.Maintain] = "true";
        }

        if (spec.MaxIdle is { } idle)
        {
            tags[TagKeys.MaxIdle] = ((long)idle.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (spec.NodeVersion is { } version)
        {
            tags[TagKeys.Node] = version;
        }

        if (run.ExpiresAt is { } end)
        {
            tags[TagKeys.ExpiresAt] = ClusterChange.Format(end);
        }

        if (spec.LeaseEndsAt is { } lease)
        {
            tags[TagKeys.LeaseEndsAt] = ClusterChange.Format(lease);
        }

        return [.. tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];
    }

    // A value of a tag has 256 characters: what has no room there is not used for replacements.
    private string Types()
    {
        var types = "";
        foreach (var type in spec.InstanceTypes.Where(type => types.Length + type.Length < 256))
        {
            types += types.Length == 0 ? type : " " + type;
        }

        return types;
    }
}
