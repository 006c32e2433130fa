using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>What can be said about a request without asking anybody.</summary>
internal static class RequestRules
{
    private const int MostTags = 30;

    private static readonly HashSet<string> OwnKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        TagKeys.Cluster, TagKeys.Account, TagKeys.ExpiresAt, TagKeys.Wanted, TagKeys.WantedHere, TagKeys.Run, TagKeys.User, TagKeys.Node, TagKeys.Types, TagKeys.MaxPrice,
        TagKeys.Maintain, TagKeys.MaxIdle, TagKeys.LeaseEndsAt, TagKeys.CreatedBy, TagKeys.Name,
    };

    /// <summary>Throws for the first thing that is wrong.</summary>
    public static void Check(ClusterRequest request, string filterTagName)
    {
        CheckName(request.Name);
        if (request.Count < 1)
        {
            throw Invalid(SpotErrorIds.CountInvalid, request.Count, $"The count is {Text(request.Count)}; at least 1 instance is required.", "Specify a count of 1 or more.");
        }

        CheckPrice(request.MaxHourlyPrice, "maximum price per instance");
        CheckPrice(request.MaxHourlyCost, "limit on the hourly cost");
        if (request.ExpiresIn is { } life && (life < TimeSpan.FromMinutes(1) || life > TimeSpan.FromDays(366)))
        {
            throw Invalid(SpotErrorIds.ExpiryInvalid, life, $"The time to live {life} is not between one minute and 366 days.", "Specify a duration such as 08:00:00.");
        }

        if (request.MaxIdle is { } idle && (idle < TimeSpan.FromMinutes(5) || idle > TimeSpan.FromDays(366)))
        {
            throw Invalid(SpotErrorIds.ExpiryInvalid, idle, $"The idle time {idle} is not between 5 minutes and 366 days.", "Specify a duration such as 00:30:00.");
        }

        if (request is { MaxIdle: not null, Maintain: true })
        {
            throw Invalid(
                SpotErrorIds.ParameterInvalid,
                request.MaxIdle,
                "An idle time is not supported for a cluster whose number of instances AWS maintains: it would replace each instance that ends.",
                "Omit -MaxIdle (--max-idle), or -Maintain (--maintain).");
        }

        if (request.Architecture == SpotArchitecture.Unknown)
        {
            throw Invalid(SpotErrorIds.ParameterInvalid, request.Architecture, "The architecture Unknown is not supported.", "Specify X64 or Arm64, or omit it.");
        }

        if (request.InstanceTypes.Count > 0 && request.InstanceRequirements.Count > 0)
        {
            throw Invalid(
                SpotErrorIds.ParameterInvalid,
                request.InstanceTypes[0],
                "Instance types and instance requirements are both specified.",
                "Specify either the types or what they must have.");
        }

        foreach (var region in request.Regions.Where(string.IsNullOrWhiteSpace))
        {
            throw Invalid(SpotErrorIds.RegionUnknown, region, "A region is empty.", "Specify each region, for example us-east-1.");
        }

        CheckTags(request.Tags, filterTagName);
    }

    /// <summary>A hash of everything that a repeated request must have in common with the first one.</summary>
    public static string Fingerprint(ClusterRequest request, LaunchSpec spec, NodeSetup node)
    {
        var text = new StringBuilder();
        Add(request.Name);
        Add(Text(request.Count));
        Add(string.Join(",", spec.Regions.OrderBy(region => region, StringComparer.Ordinal)));
        if (spec.Zones.Count > 0)
        {
            Add(string.Join(",", spec.Zones.OrderBy(zone => zone, StringComparer.Ordinal)));
        }

        Add(string.Join(",", (spec.Requirement is null ? spec.InstanceTypes : request.InstanceRequirements).OrderBy(type => type, StringComparer.Ordinal)));
        Add(spec.Architecture?.ToString());
        Add(request.Image);
        Add(request.MaxHourlyPrice?.ToString(CultureInfo.InvariantCulture));
        Add(request.MaxHourlyCost?.ToString(CultureInfo.InvariantCulture));
        Add(request.ExpiresIn?.ToString());
        if (request.MaxIdle is { } idle)
        {
            Add("idle " + idle);
        }

        Add(request.Fallback.ToString());
        Add(request.UseDefaultVpc ? "default" : "own");
        Add(request.Maintain ? "maintain" : null);
        Add(spec.PublicKey);
        if (spec.InstanceProfile is { } profile)
        {
            Add(profile);
        }

        Add(request.UserData ?? CloudConfig.Write(node with { ExpiresAt = null }));
        foreach (var tag in request.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            Add(tag.Key);
            Add(tag.Value);
        }

        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return string.Concat(bytes.Take(16).Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));

        void Add(string? part) => text.Append(part?.Length.ToString(CultureInfo.InvariantCulture) ?? "-").Append(':').Append(part).Append('\n');
    }


    private static void CheckName(string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw Invalid(SpotErrorIds.ClusterNameInvalid, name, "A cluster name is required.", NameAdvice);
        }

        if (name!.Length > 63 || !IsLetter(name[0]) || !name.All(c => IsLetter(c) || c is (>= '0' and <= '9') or '-'))
        {
            throw Invalid(SpotErrorIds.ClusterNameInvalid, name, $"'{name}' is not a valid cluster name.", NameAdvice);
        }
    }

    private const string NameAdvice = "Use 1 to 63 letters, digits and dashes, starting with a letter.";

    private static bool IsLetter(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');

    private static void CheckPrice(decimal? price, string what)
    {
        if (price is { } value && value <= 0)
        {
            throw Invalid(SpotErrorIds.PriceInvalid, value, $"The {what} is {Text(value)}; it must be above 0.", "Specify USD per hour, for example 0.05.");
        }
    }

    /// <summary>Throws for the first tag that cannot be set, or that we set ourselves.</summary>
    public static void CheckTags(IReadOnlyDictionary<string, string> tags, string filterTagName)
    {
        if (tags.Count > MostTags)
        {
            throw Invalid(SpotErrorIds.ParameterInvalid, tags.Count, $"{Text(tags.Count)} tags are specified; {Text(MostTags)} are allowed besides those of SpotCluster.", "Specify fewer tags.");
        }

        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > 128 || (value ?? "").Length > 256 || key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)
                || (key + value).Any(VisibleText.IsHidden))
            {
                throw Invalid(
                    SpotErrorIds.ParameterInvalid,
                    key,
                    $"The tag '{VisibleText.Clean(key)}' is not valid.",
                    "A key has 1 to 128 characters and does not start with aws:, a value at most 256; control and invisible characters are not allowed.");
            }

            if (OwnKeys.Contains(key) || key == filterTagName)
            {
                throw Invalid(SpotErrorIds.ParameterInvalid, key, $"The tag '{key}' is reserved by SpotCluster.", "Choose another key.");
            }
        }
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static SpotException Invalid(string errorId, object? target, string message, string advice) =>
        new(errorId, SpotErrorCategory.InvalidArgument, message) { Target = target, RecommendedAction = advice };
}
