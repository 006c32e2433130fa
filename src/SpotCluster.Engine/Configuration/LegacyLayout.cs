using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>
/// Reads the layouts of the programs that came before this one. What has a counterpart becomes a setting, everything else
/// a warning: it is never silently ignored, and its value is never shown, because a token may be among them.
/// </summary>
internal sealed class LegacyLayout(ConfigurationReader reader)
{
    private static readonly HashSet<string> FlatOnly = new(StringComparer.Ordinal)
    {
        "max_instances", "username", "public_ssh_key_path", "private_ssh_key_path", "token", "tls", "ssh_key_name", "compute_orchestrators", "compute_tls", "compute_auth_token",
    };

    // What a deployment manifest of the successor has, and none of its configuration files.
    private static readonly HashSet<string> OfManifests = new(StringComparer.Ordinal) { "packages", "scripts", "uploads", "services", "tarball_source" };

    private static readonly Regex PlaceholderText = new(
        @"^\$\{?\w+\}?$|<[^<>]+>|\{\{.*\}\}|\b(your|my)[-_](?!.*\.(pub|pem)$)|\b(replace|change)[-_ ]?(me|this|with)\b|\bTODO\b|\bx{3,}\b|path/to/",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture);

    private const string TokenReason =
        "it is a secret, and this file stores none: config new --from (New-SpotConfiguration -From) writes it to a separate file, which orchestratorTokenPath specifies";

    // Why a key has no counterpart, where more can be said than that it has none.
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["max_instances"] = "specify the number of instances with -Count (--count)",
        ["total_instances"] = "specify the number of instances with -Count (--count)",
        ["node_count"] = "instances are distributed over the regions; specify their number with -Count (--count)",
        ["ssh_key_name"] = "the key pair is created from publicKeyPath",
        ["security_group_name"] = "each cluster has a group of its own, named with resourcePrefix",
        ["instance_storage_gb"] = "the size of the disk is that of the image",
        ["token"] = TokenReason,
        ["compute_auth_token"] = TokenReason,
        ["use_dedicated_vpc"] = "use -UseDefaultVpc (--use-default-vpc) to use the default VPC of each region",
        ["ensure_default_vpc"] = "use -UseDefaultVpc (--use-default-vpc) to use the default VPC of each region",
    };

    private readonly List<(string Type, YamlNode Node)> _types = [];
    private readonly List<(string Image, YamlNode Node)> _images = [];
    private readonly List<(SpotArchitecture Architecture, YamlNode Node)> _architectures = [];
    private readonly List<YamlNode> _orchestrators = [];
    private bool _isTls;

    /// <summary>What is wrong with a file that is no configuration of any of these programs; null for one that may be.</summary>
    public static string? WhyNone(YamlNode root)
    {
        var entries = (root.Find("deployment") ?? root).Entries;
        return root.Find("regions") is null && root.Find("aws") is null && entries?.Any(entry => OfManifests.Contains(entry.Key.Text!)) == true
            ? "this is a deployment manifest (packages, scripts, uploads for instances) and not a configuration: specify the config.yaml beside it; files and user data are options of a launch"
            : null;
    }

    /// <summary>The layout of a document.</summary>
    public static ConfigurationLayout Recognize(YamlNode root)
    {
        if (root.Find("aws")?.Entries is not null || root.Find("bacalhau")?.Entries is not null)
        {
            return ConfigurationLayout.Nested;
        }

        var isFlat = root.Entries?.Any(entry => FlatOnly.Contains(entry.Key.Text!)) == true
            || root.Find("regions")?.Items?.Any(item => item.Entries is not null) == true;
        return isFlat ? ConfigurationLayout.Flat : ConfigurationLayout.SpotCluster;
    }

    /// <summary>Reads a document of an old layout.</summary>
    public void Read(YamlNode root, ConfigurationLayout layout)
    {
        foreach (var (key, value) in root.Entries!)
        {
            if (layout == ConfigurationLayout.Nested && key.Text is "aws" or "bacalhau" && value.Entries is { } table)
            {
                foreach (var (inner, innerValue) in table)
                {
                    ReadKey($"{key.Text}.{inner.Text}", inner, innerValue);
                }
            }
            else
            {
                ReadKey(key.Text!, key, value);
            }
        }

        SetOrchestrators();
        SetTypes();
        SetOne("image", _images, "an image belongs to one region; specify -Image (--image) for each cluster");
        SetOne("architecture", _architectures, "the regions differ in it; it follows from the types");
    }

    private void ReadKey(string path, YamlNode key, YamlNode value)
    {
        // The successor writes "" for what is not set.
        if (value.IsNothing || value.Text is "")
        {
            return;
        }

        switch (key.Text)
        {
            case "regions":
                ReadRegions(value);
                break;
            case "public_ssh_key_path":
                Set("publicKeyPath", value);
                break;
            case "private_ssh_key_path":
                Set("privateKeyPath", value);
                break;
            case "username":
                Set("userName", value);
                break;
            case "orchestrators" or "compute_orchestrators":
                ReadOrchestrators(key.Text!, value);
                break;
            case "tls" or "compute_tls":
                ReadTls(key.Text!, value);
                break;
            case "token" or "compute_auth_token" when reader.KeepsToken:
                ReadToken(key.Text!, value);
                break;
            case "spot_price_limit":
                Set("maxHourlyPrice", value);
                break;
            case "vpc_tag_name":
                Set("vpcName", value);
                break;
            case "tags":
                Set("tags", value);
                break;
            default:
                Lose(path, key);
                break;
        }
    }

    private void ReadOrchestrators(string key, YamlNode value)
    {
        if (value.Items is null && value.Text is null)
        {
            reader.Error($"'{key}' must be a list of addresses", value.Place, key);
            return;
        }

        foreach (var item in value.Items ?? [value])
        {
            if (!IsPlaceholder("orchestrators", key, item) && (item.IsNothing || item.Text is not ""))
            {
                _orchestrators.Add(item);
            }
        }
    }

    private void ReadTls(string key, YamlNode value)
    {
        switch (value.Text?.ToLowerInvariant())
        {
            case "true" or "yes" or "on":
                _isTls = true;
                break;
            case "false" or "no" or "off":
                break;
            default:
                reader.Error($"'{key}' must be true or false", value.Place, key);
                break;
        }
    }

    private void ReadToken(string key, YamlNode value)
    {
        if (!IsPlaceholder("orchestratorTokenPath", key, value))
        {
            SecretText.Hide(value.Text);
            reader.Token = value.Text;
        }
    }

    // TLS is a part of the address here. The old programs took the same address twice.
    private void SetOrchestrators()
    {
        if (_orchestrators.Count > 0)
        {
            var items = _orchestrators.Select(item => item with { Text = _isTls && item.Text is { } text ? Regex.Replace(text, "^(nats://)?(?!tls://)", "tls://", RegexOptions.CultureInvariant) : item.Text });
            Set("orchestrators", new YamlNode(_orchestrators[0].Place) { Items = [.. items.DistinctBy(item => item.Text)] });
        }
    }

    private void ReadRegions(YamlNode node)
    {
        if (node.Items is null)
        {
            reader.Error("'regions' must be a list", node.Place, "regions");
            return;
        }

        var names = new List<YamlNode>();
        foreach (var item in node.Items)
        {
            if (item.Text is { } name)
            {
                if (PlaceholderText.IsMatch(name))
                {
                    reader.Placeholder("regions", "regions", item);
                    continue;
                }

                names.Add(item);
                continue;
            }

            foreach (var (region, details) in item.Entries ?? [])
            {
                if (PlaceholderText.IsMatch(region.Text!))
                {
                    reader.Placeholder("regions", "regions", region);
                }
                else
                {
                    names.Add(region);
                }

                foreach (var (key, value) in details.Entries ?? [])
                {
                    ReadRegionKey(region.Text!, key, value);
                }
            }
        }

        if (names.Count > 0)
        {
            reader.ReadValue(SettingTable.Get("regions"), new YamlNode(node.Place) { Items = [.. names.DistinctBy(name => name.Text)] });
        }
    }

    private void ReadRegionKey(string region, YamlNode key, YamlNode value)
    {
        var isAuto = value.IsNothing || value.Text == "auto";
        switch (key.Text)
        {
            case "machine_type" or "instance_type":
                if (value.Text is { Length: > 0 } type && !isAuto && !IsPlaceholder("instanceTypes", key.Text!, value))
                {
                    _types.Add((type, value));
                }

                break;
            case "image" or "ami_id":
                if (value.Text is { Length: > 0 } image && !isAuto && !IsPlaceholder("image", key.Text!, value))
                {
                    _images.Add((image, value));
                }

                break;
            case "architecture":
                if (SettingText.ReadArchitecture(value.Text ?? "") is { } architecture)
                {
                    _architectures.Add((architecture, value));
                }
                else
                {
                    reader.Error($"the architecture of {region} is neither x64 nor arm64", value.Place, "architecture");
                }

                break;
            default:
                if (key.Text != "node_count" || !isAuto)
                {
                    Lose($"regions.{region}.{key.Text}", key);
                }

                break;
        }
    }

    private bool IsPlaceholder(string setting, string key, YamlNode value)
    {
        if (value.Text is not { } text || !PlaceholderText.IsMatch(text))
        {
            return false;
        }

        reader.Placeholder(setting, key, value);
        return true;
    }

    private void SetTypes()
    {
        var types = _types.DistinctBy(pair => pair.Type).ToList();
        if (types.Count == 0)
        {
            return;
        }

        reader.ReadValue(SettingTable.Get("instanceTypes"), new YamlNode(types[0].Node.Place) { Items = [.. types.Select(pair => pair.Node)] });
        if (types.Count > 1)
        {
            reader.Warn(
                "The regions specify different types; all of them may be used in each region, and the cheapest pools are used",
                types[1].Node.Place,
                "machine_type");
        }
    }

    private void SetOne<T>(string setting, List<(T Value, YamlNode Node)> found, string reason)
    {
        if (found.Select(pair => pair.Value).Distinct().Count() == 1)
        {
            Set(setting, found[0].Node);
        }
        else if (found.Count > 1)
        {
            reader.Warn($"'{setting}' is not imported: {reason}", found[0].Node.Place, setting);
        }
    }

    private void Set(string setting, YamlNode value)
    {
        if (!IsPlaceholder(setting, setting, value))
        {
            reader.ReadValue(SettingTable.Get(setting), value);
        }
    }

    private void Lose(string path, YamlNode key)
    {
        var reason = Reasons.TryGetValue(key.Text!, out var known) ? known : "this setting is not supported";
        reader.Warn($"'{path}' is not imported: {reason}", key.Place, path);
    }
}
