using System.Text.RegularExpressions;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Composition;

/// <summary>Checks a configuration further than its text: the key files, and with a cloud what is offered there.</summary>
internal static class ConfigurationTester
{
    /// <summary>What is wrong on this machine.</summary>
    public static IReadOnlyList<SpotException> CheckFiles(SpotConfiguration configuration)
    {
        var settings = configuration.Settings;
        var checks = new List<Action>();
        var keys = new List<string>();
        foreach (var path in settings.PublicKeyPaths)
        {
            checks.Add(() => keys.Add(PublicKeyFile.Read(path)));
            if (path.EndsWith(".pub", StringComparison.Ordinal) && path.Substring(0, path.Length - 4) is var own && own != settings.PrivateKeyPath)
            {
                checks.Add(() => PrivateKeyFile.CheckMode(own));
            }
        }

        if (settings.PrivateKeyPath is { } key)
        {
            checks.Add(() => PrivateKeyFile.Check(key));
        }

        // What a launch would read and put together, and what a question to the orchestrator would read.
        checks.Add(() =>
        {
            var request = new ClusterRequest { Name = "test" };
            var expiresAt = settings.ExpiresIn is null ? (DateTimeOffset?)null : DateTimeOffset.MaxValue;
            NodeUserData.Compose(request, NodeInput.Read(request.Node, request.Name, keys, expiresAt, settings));
        });
        checks.Add(() => OrchestratorSecrets.Read(settings));
        checks.AddRange(settings.Orchestrators.Select(address => (Action)(() => CheckNetwork(address))));
        return [.. checks.Select(Failure).OfType<SpotException>()];
    }

    private static void CheckNetwork(string orchestrator)
    {
        var host = Regex.Replace(orchestrator, @"^[a-z]+://|:[0-9]+$", "", RegexOptions.CultureInvariant);
        if (ClusterNetwork.Contains(host))
        {
            throw new SpotException(
                SpotErrorIds.NetworkOverlap,
                SpotErrorCategory.InvalidData,
                $"The orchestrator {orchestrator} is in {ClusterNetwork.Cidr}, the network of each new VPC, so instances there cannot reach it.")
            {
                Target = "orchestrators",
                RecommendedAction = "Specify the public address of the orchestrator, or launch into the default VPC (-UseDefaultVpc, --use-default-vpc).",
            };
        }
    }

    private static SpotException? Failure(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (SpotException failure)
        {
            return failure;
        }
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
        return [.. enabled.Concat(wanted.Where(name => !Wildcard.IsPattern(name))).Distinct(StringComparer.Ordinal)];
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
}
