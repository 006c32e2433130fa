using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>EC2 as a source of clusters.</summary>
internal sealed class AwsClusterProvider(IAwsSession session, SpotSettings settings) : IClusterProvider
{
    private static readonly string[] TracedTypes = ["vpc", "subnet", "internet-gateway", "security-group", "launch-template", "key-pair", "fleet"];
    private const int MostTagged = 1000;
    private readonly UnavailablePools _unavailable = new(session.Clock);
    private readonly InstanceLister _lister = new(session, settings);

    /// <inheritdoc/>
    public SpotProvider Provider => SpotProvider.Aws;

    /// <inheritdoc/>
    public string? DefaultRegion => session.DefaultRegion;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken) => session.GetEnabledRegionsAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FindTypesAsync(
        IReadOnlyList<string> regions, InstanceRequirement requirement, SpotArchitecture? architecture, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(regions.Select(region =>
            Answer.Of(AttributeSelection.FindAsync(session.Ec2(region), requirement, architecture, cancellationToken)))).ConfigureAwait(false);
        string[] types = [.. found.SelectMany(answer => answer.Value ?? []).Distinct(StringComparer.Ordinal)];
        return types.Length > 0 ? types : throw found.Select(answer => answer.Failure).FirstOrDefault(failure => failure is not null)
            ?? new SpotException(SpotErrorIds.InstanceTypeNotOffered, SpotErrorCategory.NotFound, $"No instance type in {string.Join(", ", regions)} meets the instance requirements.")
            {
                Region = regions[0],
                RecommendedAction = "Specify wider ranges, or other regions. Find-SpotOffer -Provider Aws (spotcluster offers --provider aws) lists what there is.",
            };
    }

    /// <inheritdoc/>
    public Task<LaunchCheck> CheckAsync(LaunchSpec spec, IOperationHost host, CancellationToken cancellationToken) =>
        new LaunchChecks(session, spec, settings, host).RunAsync(cancellationToken);

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
                    Values = [settings.FilterTagName, TagKeys.Cluster, TagKeys.Wanted, TagKeys.WantedHere, TagKeys.ExpiresAt, TagKeys.Account, TagKeys.Run, TagKeys.Types, TagKeys.MaxPrice, TagKeys.Maintain],
                },
            ],
        };
        var tags = await session.Ec2(region).DescribeAllTagsAsync(request, cancellationToken).CollectAsync().ConfigureAwait(false);
        return
        [
            .. tags.GroupBy(tag => tag.ResourceId, StringComparer.Ordinal)
                .Select(resource => (Id: resource.Key, Type: resource.First().ResourceType, Tags: resource.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal)))
                .Where(resource => resource.Tags.TryGetValue(settings.FilterTagName, out var value) && value == settings.FilterTagValue && resource.Tags.ContainsKey(TagKeys.Cluster))

                // An instant fleet has done its work, and its tags stay for as long as its machines do.
                .Where(resource => resource.Type != "fleet" || resource.Tags.ContainsKey(TagKeys.Maintain))
                .Select(resource => new ClusterTrace
                {
                    ClusterName = resource.Tags[TagKeys.Cluster],
                    Region = region,
                    Wanted = Number(resource.Tags, TagKeys.Wanted),
                    WantedHere = Number(resource.Tags, TagKeys.WantedHere),
                    ExpiresAt = InstanceMapping.Time(Text(resource.Tags, TagKeys.ExpiresAt)),
                    AccountId = Text(resource.Tags, TagKeys.Account),
                    ResourceId = resource.Id,
                    Run = Text(resource.Tags, TagKeys.Run),
                    InstanceTypes = (Text(resource.Tags, TagKeys.Types) ?? "").Split([' '], StringSplitOptions.RemoveEmptyEntries),
                    MaxHourlyPrice = decimal.TryParse(Text(resource.Tags, TagKeys.MaxPrice), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price) ? price : null,
                    HasTemplate = resource.Type == "launch-template",
                    HasVpc = resource.Type == "vpc",
                    FleetId = resource.Type == "fleet" ? resource.Id : null,
                    IsMaintained = resource.Tags.ContainsKey(TagKeys.Maintain),
                }),
        ];
    }

    /// <inheritdoc/>
    public async Task SetWantedAsync(string region, IReadOnlyList<ClusterTrace> traces, int wanted, int wantedHere, CancellationToken cancellationToken)
    {
        var ec2 = session.Ec2(region);
        string[] ids = [.. traces.Where(trace => trace.FleetId is null).Select(trace => trace.ResourceId).OrderBy(id => id, StringComparer.Ordinal)];
        foreach (var chunk in ids.Chunk(MostTagged))
        {
            await ec2.CreateTagsAsync(
                new CreateTagsRequest
                {
                    Resources = [.. chunk],
                    Tags =
                    [
                        new Tag { Key = TagKeys.Wanted, Value = wanted.ToString(CultureInfo.InvariantCulture) },
                        new Tag { Key = TagKeys.WantedHere, Value = wantedHere.ToString(CultureInfo.InvariantCulture) },
                    ],
                },
                cancellationToken).ConfigureAwait(false);
        }

        await new MaintainedFleet(ec2, session.Clock).SetSizeAsync([.. traces.Select(trace => trace.FleetId).OfType<string>()], wantedHere, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task SetTagsAsync(string region, IReadOnlyList<string> ids, IReadOnlyDictionary<string, string> tags, IReadOnlyList<string> deleted, CancellationToken cancellationToken)
    {
        var ec2 = session.Ec2(region);
        foreach (var chunk in ids.OrderBy(id => id, StringComparer.Ordinal).Chunk(MostTagged))
        {
            if (tags.Count > 0)
            {
                await ec2.CreateTagsAsync(
                    new CreateTagsRequest { Resources = [.. chunk], Tags = [.. tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })] }, cancellationToken).ConfigureAwait(false);
            }

            if (deleted.Count > 0)
            {
                await ec2.DeleteTagsAsync(new DeleteTagsRequest { Resources = [.. chunk], Tags = [.. deleted.Select(key => new Tag { Key = key })] }, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> GetFixedExpiriesAsync(string region, string clusterName, CancellationToken cancellationToken)
    {
        var instances = await new RunResources(session.Ec2(region), TagKeys.Cluster, clusterName).InstancesAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. instances.Where(instance => instance.MetadataOptions?.InstanceMetadataTags?.Value != "enabled" && instance.Tags.Exists(tag => tag.Key == TagKeys.ExpiresAt))
                .Select(instance => instance.InstanceId),
        ];
    }

    private static string? Text(Dictionary<string, string> tags, string key) => tags.TryGetValue(key, out var value) ? value : null;

    private static int? Number(Dictionary<string, string> tags, string key) =>
        int.TryParse(Text(tags, key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
