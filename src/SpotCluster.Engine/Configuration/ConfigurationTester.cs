using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Configuration;

/// <summary>Checks a configuration further than its text: the key files, and with a cloud what is offered there.</summary>
internal static class ConfigurationTester
{
    /// <summary>What is wrong on this machine.</summary>
    public static IReadOnlyList<SpotException> CheckFiles(SpotConfiguration configuration)
    {
        if (configuration.Settings.PublicKeyPath is not { } path)
        {
            return [];
        }

        var findings = new List<SpotException>();
        try
        {
            PublicKeyFile.Read(path);
        }
        catch (SpotException failure)
        {
            findings.Add(failure);
        }

        if (path.EndsWith(".pub", StringComparison.Ordinal) && IsOpenToOthers(path.Substring(0, path.Length - 4)) is { } open)
        {
            findings.Add(open);
        }

        return findings;
    }

    /// <summary>
    /// What is wrong in the cloud: plans a cluster of one machine in each region of the settings, which checks the
    /// account, the region, the types, the architecture, the image and the quota, and changes nothing.
    /// </summary>
    public static async Task<IReadOnlyList<SpotException>> CheckOnlineAsync(
        SpotEngine engine,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<string> regions;
        try
        {
            regions = await RegionsAsync(engine, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException failure)
        {
            return [failure];
        }

        var findings = await Task.WhenAll(regions.Select(region => PlanAsync(engine, region, host, cancellationToken))).ConfigureAwait(false);

        // One that concerns every region, a missing permission for example, is told once.
        return [.. findings.OfType<SpotException>().DistinctBy(finding => (finding.ErrorId, finding.Message))];
    }

    private static async Task<IReadOnlyList<string>> RegionsAsync(SpotEngine engine, CancellationToken cancellationToken)
    {
        var wanted = engine.Settings.Regions;
        if (!wanted.Any(Wildcard.IsPattern))
        {
            return wanted.Count > 0 ? wanted : [engine.Aws.DefaultRegion ?? "us-east-1"];
        }

        var enabled = await engine.GetEnabledRegionsAsync(cancellationToken).ConfigureAwait(false);
        var names = wanted
            .SelectMany(pattern => Wildcard.IsPattern(pattern) ? enabled.Where(region => Wildcard.IsMatch(pattern, region)) : [pattern])
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return names.Count > 0 ? names : throw new SpotException(
            SpotErrorIds.RegionUnknown,
            SpotErrorCategory.NotFound,
            $"No enabled region matches {string.Join(", ", wanted)}.")
        {
            Target = "regions",
            RecommendedAction = $"Enabled are: {string.Join(", ", enabled)}.",
        };
    }

    private static async Task<SpotException?> PlanAsync(SpotEngine engine, string region, IOperationHost host, CancellationToken cancellationToken)
    {
        // A name that nobody has, or the plan would speak of a cluster instead of the settings.
        var request = new ClusterRequest { Name = "test-" + Guid.NewGuid().ToString("N"), Regions = [region], Count = 1 };
        try
        {
            await engine.Clusters.PlanAsync(request, host, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (SpotException failure)
        {
            return failure;
        }
    }

#if NET
    private static SpotException? IsOpenToOthers(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (OperatingSystem.IsWindows() || !File.Exists(path) || (File.GetUnixFileMode(path) & Others) == 0)
        {
            return null;
        }

        return new SpotException(SpotErrorIds.KeyFileInvalid, SpotErrorCategory.InvalidArgument, $"The private key {path} is open to others than its owner.")
        {
            Target = path,
            RecommendedAction = $"Run: chmod 600 {path}",
        };
    }
#else
    // Windows only: a key in the user's profile takes its access rights from there.
    private static SpotException? IsOpenToOthers(string path) => null;
#endif
}
