using System.Runtime.CompilerServices;
using System.Text;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>
/// Starts, stops and restarts instances at AWS: one listing tells where they are, whose they are and whether they can be stopped at
/// all, then one call per region changes them.
/// </summary>
internal sealed class AwsPower(IAwsSession session, SpotSettings settings, Func<IClusterService> clusters) : IPowerService
{
    private const int MostIds = 1000;

    public IAsyncEnumerable<SpotInstance> StartAsync(
        IReadOnlyList<InstanceKey> instances, StartRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instances,
            state => state is SpotInstanceState.Running or SpotInstanceState.Pending,
            _ => null,
            async (region, ids) => (await session.Ec2(region).StartInstancesAsync(new StartInstancesRequest { InstanceIds = ids }, cancellationToken)
                .ConfigureAwait(false)).StartingInstances,
            host,
            cancellationToken);

    public IAsyncEnumerable<SpotInstance> StopAsync(IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instances,
            state => state is SpotInstanceState.Stopped or SpotInstanceState.Stopping,
            NotStoppable,
            async (region, ids) => (await session.Ec2(region).StopInstancesAsync(new StopInstancesRequest { InstanceIds = ids }, cancellationToken)
                .ConfigureAwait(false)).StoppingInstances,
            host,
            cancellationToken);

    public IAsyncEnumerable<SpotInstance> RestartAsync(IReadOnlyList<InstanceKey> instances, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instances,
            _ => false,
            instance => recycle ? AwsFacts.Value.Lacking(ProviderCapability.Recycle, $"{instance.Id} in {instance.Region}", instance.Id, instance.Region) : instance.State is SpotInstanceState.Running ? null : NotRestartable(instance),
            async (region, ids) =>
            {
                await session.Ec2(region).RebootInstancesAsync(new RebootInstancesRequest { InstanceIds = ids }, cancellationToken).ConfigureAwait(false);
                return [.. ids.Select(id => new InstanceStateChange { InstanceId = id, CurrentState = new InstanceState { Name = Amazon.EC2.InstanceStateName.Running } })];
            },
            host,
            cancellationToken);

    public async Task<string> GetConsoleOutputAsync(InstanceKey instance, bool latest, IOperationHost host, CancellationToken cancellationToken)
    {
        var region = instance.Region;
        if (region is null)
        {
            region = (await FindAsync([instance], host, cancellationToken).ConfigureAwait(false)).TryGetValue(instance.Id, out var found) ? found.Region : throw NotFound(instance.Id);
        }

        var request = new GetConsoleOutputRequest { InstanceId = instance.Id, Latest = latest ? true : null };
        var answer = await session.Ec2(region).GetConsoleOutputAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(answer.Output ?? ""));
        }
        catch (FormatException unreadable)
        {
            throw new SpotException(
                SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"The console output of {instance.Id} in {region} cannot be parsed: it is not base64.", unreadable)
            {
                Target = instance.Id,
                Region = region,
            };
        }
    }

    private static SpotException NotFound(string id) =>
        new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No instance '{id}' exists in the regions that were listed.") { Target = id };

    private async IAsyncEnumerable<SpotInstance> ChangeAsync(
        IReadOnlyList<InstanceKey> instances,
        Func<SpotInstanceState, bool> isDone,
        Func<SpotInstance, SpotException?> refusal,
        Func<string, List<string>, Task<List<InstanceStateChange>>> change,
        IOperationHost host,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AccountGuard.Check(settings, (await session.GetIdentityAsync(cancellationToken).ConfigureAwait(false)).AccountId);
        var found = await FindAsync(instances, host, cancellationToken).ConfigureAwait(false);
        var wanted = new List<SpotInstance>();
        foreach (var id in instances.Select(key => key.Id).Distinct(StringComparer.Ordinal))
        {
            if (!found.TryGetValue(id, out var instance))
            {
                host.Error(NotFound(id));
            }
            else if (isDone(instance.State))
            {
                yield return instance;
            }
            else if ((IsManaged(instance) ? refusal(instance) : Unmanaged(instance)) is { } reason)
            {
                host.Error(reason);
            }
            else
            {
                wanted.Add(instance);
            }
        }

        foreach (var region in wanted.GroupBy(instance => instance.Region, StringComparer.Ordinal).OrderBy(region => region.Key, StringComparer.Ordinal))
        {
            foreach (var chunk in region.Chunk(MostIds))
            {
                foreach (var instance in await ApplyAsync(chunk, change, host).ConfigureAwait(false))
                {
                    yield return instance;
                }
            }
        }
    }

    private async Task<Dictionary<string, SpotInstance>> FindAsync(
        IReadOnlyList<InstanceKey> instances, IOperationHost host, CancellationToken cancellationToken)
    {
        var query = new InstanceQuery
        {
            Ids = [.. instances.Select(key => key.Id).Distinct(StringComparer.Ordinal)],
            Regions = instances.All(key => key.Region is not null)
                ? [.. instances.Select(key => key.Region!).Distinct(StringComparer.OrdinalIgnoreCase)]
                : [],
            Providers = [SpotProvider.Aws],
            IncludeForeign = true,
            IncludePrice = false,
        };
        var found = new Dictionary<string, SpotInstance>(StringComparer.Ordinal);
        await foreach (var instance in clusters().GetInstancesAsync(query, host, cancellationToken).ConfigureAwait(false))
        {
            found[instance.Id] = instance;
        }

        return found;
    }

    // A call for many is refused as a whole for the sake of one: then each is asked for by itself.
    private static async Task<IReadOnlyList<SpotInstance>> ApplyAsync(
        SpotInstance[] instances, Func<string, List<string>, Task<List<InstanceStateChange>>> change, IOperationHost host)
    {
        try
        {
            var changes = (await change(instances[0].Region, [.. instances.Select(instance => instance.Id)]).ConfigureAwait(false))
                .ToDictionary(each => each.InstanceId, StringComparer.Ordinal);
            foreach (var instance in instances)
            {
                instance.State = changes.TryGetValue(instance.Id, out var now) ? InstanceMapping.State(now.CurrentState?.Name) : SpotInstanceState.Unknown;
                instance.StateReason = null;
            }

            return instances;
        }
        catch (SpotException) when (instances.Length > 1)
        {
            var done = new List<SpotInstance>();
            foreach (var instance in instances)
            {
                done.AddRange(await ApplyAsync([instance], change, host).ConfigureAwait(false));
            }

            return done;
        }
        catch (SpotException error)
        {
            error.Target ??= instances[0].Id;
            host.Error(error);
            return [];
        }
    }

    private bool IsManaged(SpotInstance instance) =>
        instance.Tags.TryGetValue(settings.FilterTagName, out var value) && value == settings.FilterTagValue;

    private SpotException Unmanaged(SpotInstance instance) =>
        new(
            SpotErrorIds.InstanceForeign, SpotErrorCategory.Refused,
            $"Cannot change {instance.Id}: it does not have the tag {settings.FilterTagName}={settings.FilterTagValue}, so it is unmanaged.")
        {
            Target = instance.Id,
            Region = instance.Region,
        };

    private static SpotException NotRestartable(SpotInstance instance) =>
        NotChangeable(instance, $"Cannot restart {instance.Id} in {instance.Region}: it is {instance.State}, not running.", "Start it: Start-SpotInstance, spotcluster start.");

    private static SpotException NotChangeable(SpotInstance instance, string message, string advice) => new(SpotErrorIds.InstanceNotChangeable, SpotErrorCategory.InvalidOperation, message)
    {
        Target = instance.Id,
        Region = instance.Region,
        RecommendedAction = advice,
    };

    private static SpotException? NotStoppable(SpotInstance instance) => instance.Lifecycle != SpotLifecycle.Spot ? null : new SpotException(
        SpotErrorIds.InstanceNotStoppable, SpotErrorCategory.InvalidOperation,
        $"Cannot stop {instance.Id}: AWS does not support stopping a one-time spot instance.")
    {
        Target = instance.Id,
        Region = instance.Region,
        ServiceCode = "UnsupportedOperation",
        RecommendedAction = "Remove it (Remove-SpotInstance, spotcluster destroy), and launch a new cluster when required.",
    };
}
