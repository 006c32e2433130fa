using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>Lists and polls machines of one region.</summary>
internal sealed class InstanceLister(IAwsSession session, SpotSettings settings)
{
    /// <summary>A filter takes 200 values.</summary>
    private const int MostValues = 200;

    /// <summary>DescribeInstanceStatus takes 100 ids.</summary>
    private const int MostStatusIds = 100;

    // Types that were seen are asked for with the first call the next time.
    private readonly ConcurrentDictionary<string, byte> _types = new(
        DefaultTypes.All.Concat(settings.InstanceTypes).Distinct(StringComparer.Ordinal).Select(type => new KeyValuePair<string, byte>(type, 0)),
        StringComparer.Ordinal);

    /// <inheritdoc cref="IClusterProvider.ListAsync"/>
    public async IAsyncEnumerable<IReadOnlyList<SpotInstance>> ListAsync(
        string region,
        ListScope scope,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ec2 = session.Ec2(region);
        var asked = _types.Keys.ToHashSet(StringComparer.Ordinal);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // In the same round trip as the first page.
        var prices = scope.IncludePrice ? PricesAsync(ec2, asked, linked.Token) : Task.FromResult<Dictionary<(string, string), decimal>>([]);
        try
        {
            await foreach (var (machines, atListPrice) in Ec2Paging.PagesAsync(
                ToRequest(scope), ec2.DescribeInstancesAsync, page => Read(page, region, scope), cancellationToken).ConfigureAwait(false))
            {
                if (scope.IncludePrice)
                {
                    await PriceAsync(ec2, machines, await prices.ConfigureAwait(false), asked, cancellationToken).ConfigureAwait(false);
                    await PriceOnDemandAsync(region, machines, atListPrice, scope, cancellationToken).ConfigureAwait(false);
                }

                if (machines.Count > 0)
                {
                    yield return machines;
                }
            }
        }
        finally
        {
            linked.Cancel();
            await prices.ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="IClusterProvider.PollAsync"/>
    public async Task<IReadOnlyList<InstanceSighting>> PollAsync(
        string region,
        IReadOnlyCollection<string> ids,
        bool withReachability,
        CancellationToken cancellationToken)
    {
        var ec2 = session.Ec2(region);

        // By filter: a single unknown id in the list of ids would fail the whole call.
        var chunks = await Task.WhenAll(ids.Chunk(MostValues).Select(chunk => ec2.DescribeAllInstancesAsync(
            new DescribeInstancesRequest { Filters = [new Filter { Name = "instance-id", Values = [.. chunk] }] },
            cancellationToken).CollectAsync())).ConfigureAwait(false);
        var machines = chunks.SelectMany(chunk => chunk)
            .SelectMany(reservation => reservation.Instances.Select(instance => instance.ToSpotInstance(region, reservation.OwnerId)))
            .ToList();
        var running = machines.Where(machine => machine.State == SpotInstanceState.Running).Select(machine => machine.Id).ToList();
        if (!withReachability || running.Count == 0)
        {
            return [.. machines.Select(machine => new InstanceSighting(machine, Reachable: false))];
        }

        var statuses = await Task.WhenAll(running.Chunk(MostStatusIds).Select(chunk => ec2.DescribeAllInstanceStatusAsync(
            new DescribeInstanceStatusRequest { InstanceIds = [.. chunk] },
            cancellationToken).CollectAsync())).ConfigureAwait(false);
        var reachable = new HashSet<string>(
            statuses.SelectMany(chunk => chunk)
                .Where(status => status.Status?.Status == "ok" && status.SystemStatus?.Status == "ok")
                .Select(status => status.InstanceId),
            StringComparer.Ordinal);
        return [.. machines.Select(machine => new InstanceSighting(machine, reachable.Contains(machine.Id)))];
    }

    private (List<SpotInstance> Machines, HashSet<string> AtListPrice) Read(DescribeInstancesResponse page, string region, ListScope scope)
    {
        var machines = new List<SpotInstance>();
        var atListPrice = new HashSet<string>(StringComparer.Ordinal);
        foreach (var reservation in page.Reservations)
        {
            machines.AddRange(reservation.Instances.Select(instance => instance.ToSpotInstance(region, reservation.OwnerId)).Where(machine => Fits(machine, scope)));
            atListPrice.UnionWith(reservation.Instances.Where(instance => instance.IsAtListPrice()).Select(instance => instance.InstanceId));
        }

        return (machines, atListPrice);
    }

    private DescribeInstancesRequest ToRequest(ListScope scope)
    {
        var filters = new List<Filter>();
        if (!scope.IncludeForeign)
        {
            filters.Add(new Filter { Name = "tag:" + settings.FilterTagName, Values = [settings.FilterTagValue] });
        }

        filters.AddRange(scope.Tags.Where(tag => !HasWildcard(tag.Value)).Select(tag => new Filter { Name = "tag:" + tag.Key, Values = [tag.Value] }));
        if (scope.Ids.Count is > 0 and <= MostValues)
        {
            filters.Add(new Filter { Name = "instance-id", Values = [.. scope.Ids] });
        }

        var states = States(scope).Select(InstanceMapping.Name).OfType<string>().ToList();
        if (states.Count > 0)
        {
            filters.Add(new Filter { Name = "instance-state-name", Values = states });
        }

        return new DescribeInstancesRequest { Filters = filters };
    }

    // To EC2 these are wildcards in a filter; the check on the answer compares the value as it is.
    private static bool HasWildcard(string value) => value.IndexOfAny(['*', '?', '\\']) >= 0;

    private static IEnumerable<SpotInstanceState> States(ListScope scope) => scope.States.Count > 0
        ? scope.States
        :
        [
            SpotInstanceState.Pending, SpotInstanceState.Running, SpotInstanceState.ShuttingDown, SpotInstanceState.Stopping, SpotInstanceState.Stopped,
        ];

    /// <summary>Checks once more what the filters were to do: nothing foreign is ever passed on by a server's mistake.</summary>
    private bool Fits(SpotInstance machine, ListScope scope) =>
        (scope.IncludeForeign || Has(machine, settings.FilterTagName, settings.FilterTagValue))
        && scope.Tags.All(tag => Has(machine, tag.Key, tag.Value))
        && (scope.Ids.Count == 0 || scope.Ids.Contains(machine.Id, StringComparer.Ordinal))
        && (scope.States.Count == 0 ? machine.State != SpotInstanceState.Terminated : scope.States.Contains(machine.State));

    private static bool Has(SpotInstance machine, string key, string value) => machine.Tags.TryGetValue(key, out var own) && own == value;

    private async Task PriceAsync(
        IEc2Client ec2,
        List<SpotInstance> machines,
        Dictionary<(string Type, string Zone), decimal> prices,
        HashSet<string> asked,
        CancellationToken cancellationToken)
    {
        var unasked = machines.Select(machine => machine.InstanceType).OfType<string>().Where(asked.Add).ToList();
        if (unasked.Count > 0)
        {
            foreach (var type in unasked)
            {
                _types.TryAdd(type, 0);
            }

            foreach (var (pool, price) in await PricesAsync(ec2, unasked, cancellationToken).ConfigureAwait(false))
            {
                prices[pool] = price;
            }
        }

        foreach (var machine in machines)
        {
            machine.HourlyPrice = machine switch
            {
                { State: SpotInstanceState.Terminated } => 0m,
                { State: SpotInstanceState.Pending or SpotInstanceState.Running, Lifecycle: SpotLifecycle.Spot, InstanceType: { } type, Zone: { } zone }
                    when prices.TryGetValue((type, zone), out var price) => price,
                _ => null,
            };
        }
    }

    /// <summary>Prices machines on demand; without any, nothing is asked.</summary>
    private async Task PriceOnDemandAsync(
        string region, List<SpotInstance> machines, HashSet<string> atListPrice, ListScope scope, CancellationToken cancellationToken)
    {
        var running = machines.Where(machine => ClusterSummary.Counts(machine) && atListPrice.Contains(machine.Id)).ToList();
        var listed = await session.ListPrices.ForInstancesAsync(region, running.Select(machine => machine.InstanceType!), cancellationToken).ConfigureAwait(false);
        foreach (var machine in running)
        {
            machine.HourlyPrice = listed.Find(machine.InstanceType);
        }

        if (listed.Refusal is { } refusal)
        {
            scope.OnUnlisted?.Invoke(refusal);
        }
    }

    /// <summary>Prices; none when they cannot be asked for: an unknown price is no reason to hide the machines.</summary>
    private async Task<Dictionary<(string Type, string Zone), decimal>> PricesAsync(IEc2Client ec2, IEnumerable<string> types, CancellationToken cancellationToken)
    {
        try
        {
            return await SpotPriceReader.ReadAsync(ec2, types.OrderBy(type => type, StringComparer.Ordinal), session.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SpotException or OperationCanceledException)
        {
            return [];
        }
    }
}
