using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2;

/// <summary>AWS's limits for tags.</summary>
internal static class TagRules
{
    private const int MostTags = 50;

    public static void Check(Ec2Resource resource, IReadOnlyDictionary<string, string> tags)
    {
        Check(tags);
        if (resource.Tags.Keys.Union(tags.Keys).Count(key => !key.StartsWith("aws:", StringComparison.Ordinal)) > MostTags)
        {
            throw new ServiceFaultException(400, "TagLimitExceeded", $"More than {MostTags} tags specified");
        }
    }

    public static void Check(IReadOnlyDictionary<string, string> tags)
    {
        foreach (var (key, value) in tags)
        {
            if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            {
                throw AwsFaults.Invalid("Tag keys starting with 'aws:' are reserved for internal use");
            }

            if (key.Length is 0 or > 128)
            {
                throw AwsFaults.Invalid("Tag key exceeds the maximum length of 128 characters");
            }

            if (value.Length > 256)
            {
                throw AwsFaults.Invalid("Tag value exceeds the maximum length of 256 characters");
            }
        }
    }
}
