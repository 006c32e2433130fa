using System.Collections;
using SpotCluster.Engine;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Completion;

/// <summary>Names of the clusters that exist.</summary>
internal sealed class ClusterNameCompleter : LiveCompleter
{
    private protected override async Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var cluster in engine.Clusters.GetClustersAsync(new() { EveryCloud = true }, SilentHost.Instance, cancellationToken).ConfigureAwait(false))
        {
            names.Add(cluster.Name);
        }

        return names;
    }
}

/// <summary>Ids of the machines that exist.</summary>
internal class InstanceIdCompleter : LiveCompleter
{
    private protected virtual IEnumerable<string?> Of(SpotInstance instance) => [instance.Id];

    private protected override async Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var query = new InstanceQuery { IncludePrice = false, EveryCloud = true };
        await foreach (var instance in engine.Clusters.GetInstancesAsync(query, SilentHost.Instance, cancellationToken).ConfigureAwait(false))
        {
            ids.AddRange(Of(instance).OfType<string>().Where(value => value.Length > 0));
        }

        return ids;
    }
}

/// <summary>Ids and names of the machines that exist.</summary>
internal sealed class InstanceNameCompleter : InstanceIdCompleter
{
    private protected override IEnumerable<string?> Of(SpotInstance instance) => [instance.Id, instance.Name];
}

/// <summary>Names of the managed resources at AWS.</summary>
internal sealed class ResourceNameCompleter : LiveCompleter
{
    private protected override async Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var scope = new Engine.Removal.RemovalScope { Provider = SpotProvider.Aws };
        await foreach (var resource in engine.Removal.GetResourcesAsync(scope, SilentHost.Instance, cancellationToken).ConfigureAwait(false))
        {
            names.AddRange(resource.Name is { Length: > 0 } name ? [name] : []);
        }

        return names;
    }
}

/// <summary>Regions that are enabled for the account.</summary>
internal sealed class RegionCompleter : LiveCompleter
{
    private protected override Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken) =>
        engine.GetEnabledRegionsAsync(cancellationToken);
}

/// <summary>Zones of the regions that were named, or of all that are enabled.</summary>
internal sealed class ZoneCompleter : LiveCompleter
{
    private protected override Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken) =>
        engine.GetZonesAsync(SilentHost.Instance, cancellationToken);

    private protected override IEnumerable<string> Fitting(IReadOnlyList<string> values, IDictionary boundParameters)
    {
        string[] regions = [.. Words(boundParameters["Region"])];
        return values.Where(zone => regions.Length == 0 || Array.Exists(regions, region => zone.StartsWith(region, StringComparison.OrdinalIgnoreCase)));
    }
}

/// <summary>Names of the GPUs that can be had at the provider.</summary>
internal sealed class GpuNameCompleter : OfferCompleter
{
    private protected override string? Of(SpotOffer offer) => offer.GpuName;

    private protected override IReadOnlyList<string> AtAws => ["A10G", "A100", "H100", "H200", "K80", "L4", "L40S", "M60", "T4", "T4g", "V100", "Radeon Pro V520"];
}

/// <summary>Ids of offers of Vast.ai.</summary>
internal sealed class OfferIdCompleter : OfferCompleter
{
    private protected override string? Of(SpotOffer offer) => offer.OfferId;
}

/// <summary>What the offers of Vast.ai have.</summary>
internal abstract class OfferCompleter : LiveCompleter
{
    private protected abstract string? Of(SpotOffer offer);

    /// <summary>What AWS has, where the provider is not Vast.ai.</summary>
    private protected virtual IReadOnlyList<string> AtAws => [];

    private protected override async Task<IReadOnlyList<string>> AskAsync(SpotEngine engine, CancellationToken cancellationToken)
    {
        var values = new List<string>();
        var query = new OfferQuery { Provider = SpotProvider.Vast, Limit = 1000 };
        await foreach (var offer in engine.Vast.FindOffersAsync(query, SilentHost.Instance, cancellationToken).ConfigureAwait(false))
        {
            if (Of(offer) is { Length: > 0 } value)
            {
                values.Add(value);
            }
        }

        return values;
    }

    private protected override IEnumerable<string> Fitting(IReadOnlyList<string> values, IDictionary boundParameters) =>
        string.Equals(boundParameters["Provider"]?.ToString(), "Vast", StringComparison.OrdinalIgnoreCase) || AtAws.Count == 0 ? values : AtAws.Concat(values);
}

/// <summary>Names of the profiles in the files of AWS.</summary>
internal sealed class ProfileCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters)
    {
        try
        {
            return SpotEngine.GetProfileNames();
        }
        catch (Model.SpotException)
        {
            // A key press must never fail; the command itself says what is wrong with the files.
            return [];
        }
    }
}

/// <summary>Names of the settings.</summary>
internal sealed class SettingCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) => Engine.Configuration.SettingTable.All.Select(setting => setting.Name);
}

/// <summary>Ids of the agents.</summary>
internal class AgentIdCompleter : BackendCompleter
{
    private protected virtual string Of(SpotAgent agent) => agent.AgentId;

    private protected override async Task<IReadOnlyList<string>> AskAsync(BackendAdmin backend, CancellationToken cancellationToken) =>
        [.. (await backend.GetAgentsAsync(cancellationToken).ConfigureAwait(false)).Select(Of)];
}

/// <summary>Names of these agents.</summary>
internal sealed class AgentNameCompleter : AgentIdCompleter
{
    private protected override string Of(SpotAgent agent) => agent.Name;
}

/// <summary>Ids of the instances whose termination was given up.</summary>
internal sealed class DeadLetterCompleter : BackendCompleter
{
    private protected override async Task<IReadOnlyList<string>> AskAsync(BackendAdmin backend, CancellationToken cancellationToken) =>
        [.. (await backend.GetTerminationsAsync("dead_letter", null, 200, cancellationToken).ConfigureAwait(false)).Select(item => item.InstanceId)];
}

/// <summary>Types of the events of the backend.</summary>
internal sealed class EventTypeCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) =>
        typeof(AgentEventTypes).GetFields().Select(field => (string)field.GetRawConstantValue()!);
}

/// <summary>What the backend knows that the environment or a parameter names.</summary>
internal abstract class BackendCompleter : Completer
{
    private protected abstract Task<IReadOnlyList<string>> AskAsync(BackendAdmin backend, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters)
    {
        var url = Uri.TryCreate(boundParameters["BackendUrl"]?.ToString(), UriKind.Absolute, out var address) ? address : null;
        var file = boundParameters["TokenPath"]?.ToString();
        return Common.SpotSession.Current.Completions.Get((GetType(), url, file), async token =>
        {
            using var backend = BackendAdmin.Open(url, file, _ => { });
            return await AskAsync(backend, token).ConfigureAwait(false);
        });
    }
}

/// <summary>Products of EC2 that have a spot price.</summary>
internal sealed class ProductCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) => Engine.Costs.PriceQuery.Products;
}

/// <summary>Countries of the offers of Vast.ai.</summary>
internal sealed class CountryCompleter : OfferCompleter
{
    private protected override string? Of(SpotOffer offer) => offer.Region.Split(',')[^1].Trim();
}

/// <summary>Kinds of resources.</summary>
internal sealed class ResourceKindCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) => Engine.Removal.ResourceKinds.All;
}

/// <summary>What an instance type can be required to have, up to the value.</summary>
internal sealed class InstanceRequirementCompleter : Completer
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) =>
        ["vcpu=", "memory=", "gpu=", "gpu-memory=", "gpu-name=", "gpu-manufacturer="];
}

/// <summary>Instance types that small clusters are made of. Any other type may be typed too.</summary>
internal sealed class InstanceTypeCompleter : Completer
{
    private static readonly string[] Sizes = ["medium", "large", "xlarge", "2xlarge", "4xlarge"];

    private static readonly string[] Types =
    [
        .. new[] { "t3", "t3a", "t4g" }.SelectMany(_ => new[] { "micro", "small", "medium", "large", "xlarge", "2xlarge" }, Join),
        .. new[] { "m6g", "m7g", "c6g", "c7g", "r6g", "r7g" }.SelectMany(_ => Sizes, Join),
        .. new[] { "m5", "m6i", "m6a", "m7i", "m7a", "c5", "c6i", "c6a", "c7i", "c7a", "r5", "r6i", "r7i" }.SelectMany(_ => Sizes.Skip(1), Join),
        "g4dn.xlarge", "g5.xlarge", "g5.2xlarge", "g6.xlarge", "p3.2xlarge",
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary boundParameters) => Types;

    private static string Join(string family, string size) => $"{family}.{size}";
}
