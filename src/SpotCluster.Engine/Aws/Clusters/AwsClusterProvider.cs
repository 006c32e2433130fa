using System.Globalization;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Clusters.Journal;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>EC2 as a source of clusters.</summary>
internal sealed class AwsClusterProvider(IAwsSession session, SpotSettings settings) : IClusterProvider
{
    private static readonly string[] TracedTypes = ["vpc", "subnet", "internet-gateway", "security-group", "launch-template", "key-pair"];
    private readonly UnavailablePools _unavailable = new(session.Clock);
    private readonly InstanceLister _lister = new(session, settings);

    /// <inheritdoc/>
    public SpotProvider Provider => SpotProvider.Aws;

    /// <inheritdoc/>
    public string? DefaultRegion => session.DefaultRegion;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) => session.GetEnabledRegionsAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<LaunchCheck> CheckAsync(LaunchSpec spec, IOperationHost host, CancellationToken cancellationToken) =>
        new LaunchChecks(session, spec, host).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SpotResource>> GetLiveResourcesAsync(string region, string clusterName, CancellationToken cancellationToken) =>
        new RunResources(session.Ec2(region), TagKeys.Cluster, clusterName).AllAsync(settings.FilterTagName, settings.FilterTagValue, cancellationToken);

    /// <inheritdoc/>
    public IClusterLaunch BeginLaunch(LaunchSpec spec, LaunchCheck check, IJournalRun run, IOperationHost host) =>
        new AwsLaunch(session, settings, spec, check, run, _unavailable, host);

    /// <inheritdoc/>
    public IAsyncEnumerable<IReadOnlyList<SpotInstance>> ListAsync(string region, ListScope scope, CancellationToken cancellationToken) =>
        _lister.ListAsync(region, scope, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceSighting>> PollAsync(
        string region,
        IReadOnlyCollection<string> ids,
        bool withReachability,
        CancellationToken cancellationToken) =>
        _lister.PollAsync(region, ids, withReachability, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ClusterTrace>> GetTracesAsync(string region, CancellationToken cancellationToken)
    {
        var request = new DescribeTagsRequest
        {
            Filters =
            [
                new Filter { Name = "resource-type", Values = [.. TracedTypes] },
                new Filter
                {
                    Name = "key",
                    Values = [settings.FilterTagName, TagKeys.Cluster, TagKeys.Wanted, TagKeys.WantedHere, TagKeys.ExpiresAt, TagKeys.Account],
                },
            ],
        };
        var tags = await session.Ec2(region).DescribeAllTagsAsync(request, cancellationToken).ToListAsync().ConfigureAwait(false);
        return
        [
            .. tags.GroupBy(tag => tag.ResourceId, StringComparer.Ordinal)
                .Select(resource => resource.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal))
                .Where(resource => resource.TryGetValue(settings.FilterTagName, out var value) && value == settings.FilterTagValue && resource.ContainsKey(TagKeys.Cluster))
                .Select(resource => new ClusterTrace
                {
                    ClusterName = resource[TagKeys.Cluster],
                    Region = region,
                    Wanted = Number(resource, TagKeys.Wanted),
                    WantedHere = Number(resource, TagKeys.WantedHere),
                    ExpiresAt = InstanceMapping.Time(Text(resource, TagKeys.ExpiresAt)),
                    AccountId = Text(resource, TagKeys.Account),
                }),
        ];
    }

    private static string? Text(Dictionary<string, string> tags, string key) => tags.TryGetValue(key, out var value) ? value : null;

    private static int? Number(Dictionary<string, string> tags, string key) =>
        int.TryParse(Text(tags, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
