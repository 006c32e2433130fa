using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotPrice = SpotCluster.Model.SpotPrice;

namespace SpotCluster.Engine.Aws.Costs;

/// <summary>
/// What one region holds of ours and what it costs: machines and disks in one round trip; then, where there are any, the
/// price history of exactly their pools over exactly their lives, the list prices of exactly their types, and disks that
/// carry no tag.
/// </summary>
internal sealed class UsageReader(IEc2Client ec2, ListPrices listPrices, string region, SpotSettings settings, CostQuery query, IReadOnlyList<RemainingResource> left, DateTimeOffset now)
{
    // EC2 writes "User initiated (2026-01-31 12:00:00 GMT)", and no time where it was not the user.
    private static readonly Regex EndTime = new(@"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) GMT\)\s*$", RegexOptions.CultureInvariant);

    // From launch to the attachment of the root disk it takes seconds; a disk that is older was there before a stop.
    private static readonly TimeSpan LaunchTime = TimeSpan.FromMinutes(5);

    public async Task<RegionUsage> ReadAsync(CancellationToken cancellationToken)
    {
        var described = MachinesAsync(cancellationToken);
        var tagged = ec2.DescribeAllVolumesAsync(new DescribeVolumesRequest { Filters = [OurTag] }, cancellationToken).CollectAsync();
        var addressed = query.Ids.Count > 0
            ? Task.FromResult(new DescribeAddressesResponse())
            : ec2.DescribeAddressesAsync(new DescribeAddressesRequest { Filters = [OurTag] }, cancellationToken);
        var recorded = LeftAddressesAsync(cancellationToken);
        await Task.WhenAll(described, tagged, addressed, recorded).ConfigureAwait(false);

        var ours = await described.ConfigureAwait(false);
        var live = ours.Where(machine => !machine.Usage.IsGone).ToList();
        var billed = query.IncludeEnded ? ours : live;
        var machines = billed.Select(machine => machine.Usage).ToList();
        var ids = live.Select(machine => machine.Usage.Id).ToHashSet(StringComparer.Ordinal);
        var volumes = (await tagged.ConfigureAwait(false)).Where(volume => Has(volume.Tags, settings.FilterTagName, settings.FilterTagValue)).ToList();

        var prices = Answer.Of(PricesAsync(machines, cancellationToken));
        var untagged = UntaggedAsync(live, volumes, cancellationToken);
        var listing = listPrices.ForInstancesAsync(
            region, billed.Where(machine => machine.IsAtListPrice).Select(machine => machine.Usage.InstanceType!), cancellationToken);
        await Task.WhenAll(prices, untagged, listing, RatesAsync(volumes, ids, cancellationToken)).ConfigureAwait(false);

        // One call more only for a disk without a tag of a type that no other has.
        volumes.AddRange(await untagged.ConfigureAwait(false));
        var rates = await RatesAsync(volumes, ids, cancellationToken).ConfigureAwait(false);
        var listed = await listing.ConfigureAwait(false);
        var priced = await prices.ConfigureAwait(false);
        var free = (await recorded.ConfigureAwait(false)).Where(address => address.AssociationId is null && !Has(address.Tags, settings.FilterTagName, settings.FilterTagValue)).ToList();
        return new RegionUsage(
            [.. billed.Select(machine => machine.Usage with { ListHourlyPrice = machine.IsAtListPrice ? listed.Find(machine.Usage.InstanceType) : null })],
            [.. volumes.Where(volume => IsWanted(volume, ids)).Select(volume => ToDisk(volume, rates))],
            priced.Value ?? [],
            query.IncludeEnded ? 0 : ours.Count - live.Count,
            priced.Failure)
        {
            ListPriceRefusal = listed.Refusal ?? rates.Refusal,
            Addresses =
            [
                .. (await addressed.ConfigureAwait(false)).Addresses.Where(address => IsIdle(address, ids)).Select(ToAddress),
                .. free.Select(address => ToAddress(address) with { ClusterName = ClusterOf(address.AllocationId) }),
            ],
            Left = [.. volumes.Where(IsLeft).Select(volume => volume.VolumeId).Concat(free.Select(address => address.AllocationId)).Select(id => left.First(record => record.Id == id)).Select(ToText)],
        };
    }

    // Page by page: what an instance costs follows from little of what EC2 tells of it.
    private async Task<List<Machine>> MachinesAsync(CancellationToken cancellationToken)
    {
        var machines = new List<Machine>();
        await foreach (var reservation in ec2.DescribeAllInstancesAsync(new DescribeInstancesRequest { Filters = [OurTag] }, cancellationToken).ConfigureAwait(false))
        {
            machines.AddRange(reservation.Instances.Where(IsWanted).Select(instance => new Machine(
                ToMachine(instance),
                instance.IsAtListPrice(),
                [.. instance.BlockDeviceMappings.Select(disk => disk.Ebs?.VolumeId).OfType<string>()])));
        }

        return machines;
    }

    private Filter OurTag => new() { Name = "tag:" + settings.FilterTagName, Values = [settings.FilterTagValue] };

    // Checks once more what the filter was to do.
    private bool IsWanted(Instance instance) =>
        Has(instance.Tags, settings.FilterTagName, settings.FilterTagValue)
        && Wildcard.IsAnyMatch(query.ClusterNames, Text(instance.Tags, TagKeys.Cluster))
        && (query.Ids.Count == 0 || query.Ids.Contains(instance.InstanceId, StringComparer.Ordinal));

    // A disk of a machine that was chosen, or one of ours of a cluster that was: a disk without a machine costs as well.
    private bool IsWanted(Volume volume, HashSet<string> machines) =>
        (MachineOf(volume) is { } machine && machines.Contains(machine))
        || IsLeft(volume)
        || (query.Ids.Count == 0 && Wildcard.IsAnyMatch(query.ClusterNames, Text(volume.Tags, TagKeys.Cluster)) && left.All(record => record.Id != volume.VolumeId));

    // What somebody uses now is theirs again.
    private bool IsLeft(Volume volume) => volume.Attachments.Count == 0 && !Has(volume.Tags, settings.FilterTagName, settings.FilterTagValue)
        && left.Any(record => record.Type == ResourceTypes.Volume && record.Id == volume.VolumeId);

    private string? ClusterOf(string id) => left.FirstOrDefault(record => record.Id == id)?.ClusterName;

    private static string ToText(RemainingResource record) =>
        $"{record.Type} {record.Id} in {record.Region} (left by the removal of {(record.ClusterName is { } name ? $"cluster '{name}'" : "instances")} at {record.RemovedAt:u})";

    private async Task<IReadOnlyList<Address>> LeftAddressesAsync(CancellationToken cancellationToken)
    {
        string[] ids = [.. left.Where(record => record.Type == ResourceTypes.Address).Select(record => record.Id)];
        var parts = await Task.WhenAll(ids.Chunk(AwsCostProvider.MostFilterValues).Select(some => ec2.DescribeAddressesAsync(
            new DescribeAddressesRequest { Filters = [new Filter { Name = "allocation-id", Values = [.. some] }] }, cancellationToken))).ConfigureAwait(false);
        return [.. parts.SelectMany(part => part.Addresses)];
    }

    // One that a machine of ours uses is counted with the machine.
    private bool IsIdle(Address address, HashSet<string> machines) =>
        Has(address.Tags, settings.FilterTagName, settings.FilterTagValue)
        && Wildcard.IsAnyMatch(query.ClusterNames, Text(address.Tags, TagKeys.Cluster))
        && !(address.InstanceId is { } machine && machines.Contains(machine));

    private static AddressUsage ToAddress(Address address) =>
        new(address.AllocationId ?? address.PublicIp ?? "", Text(address.Tags, TagKeys.Cluster), AwsPriceList.PublicIpPerHour);

    private static MachineUsage ToMachine(Instance instance)
    {
        var isBilled = instance.State?.Name?.Value is "pending" or "running";
        return new MachineUsage
        {
            Id = instance.InstanceId,
            ClusterName = SharedText.OrNull(Text(instance.Tags, TagKeys.Cluster)),
            Zone = SharedText.OrNull(instance.Placement?.AvailabilityZone),
            InstanceType = SharedText.OrNull(instance.InstanceType?.Value),
            ProductDescription = SpotPriceHistory.Product(instance.PlatformDetails),
            Lifecycle = instance.InstanceLifecycle?.Value switch
            {
                "spot" => SpotLifecycle.Spot,
                null or "" => SpotLifecycle.OnDemand,
                _ => SpotLifecycle.Unknown,
            },
            StartedAt = instance.LaunchTime,
            IsBilled = isBilled,
            IsGone = instance.State?.Name == "terminated",
            EndedAt = isBilled ? null : EndOf(instance),
            HasEarlierRuns = instance.BlockDeviceMappings.Any(disk => disk.Ebs?.AttachTime < instance.LaunchTime - LaunchTime),
            PublicIpHourlyPrice = instance.PublicIpAddress is { Length: > 0 } ? AwsPriceList.PublicIpPerHour : 0,
        };
    }

    private Task<ListedPrices> RatesAsync(List<Volume> volumes, HashSet<string> machines, CancellationToken cancellationToken) => listPrices.ForVolumesAsync(
        region, volumes.Where(volume => IsWanted(volume, machines)).Select(volume => volume.VolumeType?.Value).OfType<string>(), cancellationToken);

    private DiskUsage ToDisk(Volume volume, ListedPrices rates) => new(
        volume.VolumeId,
        MachineOf(volume),
        Text(volume.Tags, TagKeys.Cluster) ?? (IsLeft(volume) ? ClusterOf(volume.VolumeId) : null),
        volume.CreateTime,
        VolumeRates.PerHour(volume, rates)
            ?? (rates.Refusal is null ? null : AwsPriceList.VolumePerHour(region, volume.VolumeType, volume.Size, volume.Iops, volume.Throughput)));

    private static DateTimeOffset? EndOf(Instance instance) =>
        EndTime.Match(instance.StateTransitionReason ?? "") is { Success: true } match
        && DateTimeOffset.TryParseExact(
            match.Groups[1].Value, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
            ? end
            : null;

    private async Task<IReadOnlyList<SpotPrice>> PricesAsync(List<MachineUsage> machines, CancellationToken cancellationToken)
    {
        var spot = machines.Where(machine => machine is { Lifecycle: SpotLifecycle.Spot, StartedAt: not null, InstanceType: not null, Zone: not null }).ToList();
        if (spot.Count == 0)
        {
            return [];
        }

        var zones = Distinct(spot.Select(machine => machine.Zone!));
        var oldest = spot.Min(machine => machine.StartedAt!.Value);
        return await SpotPriceHistory.ReadAsync(
            ec2,
            region,
            new DescribeSpotPriceHistoryRequest
            {
                InstanceTypes = Distinct(spot.Select(machine => machine.InstanceType!)),
                ProductDescriptions = Distinct(spot.Select(machine => machine.ProductDescription)),
                StartTime = (oldest > now - SpotPriceHistory.Retained ? oldest : now - SpotPriceHistory.Retained).UtcDateTime,
                Filters = [new Filter { Name = "availability-zone", Values = zones }],
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Disks of our machines that carry no tag of ours, and those that a removal left: somebody attached them, and they cost all the same.</summary>
    private async Task<IReadOnlyList<Volume>> UntaggedAsync(List<Machine> machines, List<Volume> known, CancellationToken cancellationToken)
    {
        var seen = known.Select(volume => volume.VolumeId).ToHashSet(StringComparer.Ordinal);
        var missing = machines
            .SelectMany(machine => machine.Volumes)
            .Concat(left.Where(record => record.Type == ResourceTypes.Volume).Select(record => record.Id))
            .Where(seen.Add)
            .ToList();
        var pages = await Task.WhenAll(missing.Chunk(AwsCostProvider.MostFilterValues).Select(ids => ec2.DescribeAllVolumesAsync(
            new DescribeVolumesRequest { Filters = [new Filter { Name = "volume-id", Values = [.. ids] }] }, cancellationToken).CollectAsync())).ConfigureAwait(false);
        return [.. pages.SelectMany(page => page)];
    }

    private static string? MachineOf(Volume volume) => volume.Attachments.Select(attachment => attachment.InstanceId).FirstOrDefault(id => id is { Length: > 0 });

    private static List<string> Distinct(IEnumerable<string> values) => [.. values.Distinct(StringComparer.Ordinal).OrderBy(value => value, StringComparer.Ordinal)];

    private static bool Has(List<Tag> tags, string key, string value) => Text(tags, key) == value;

    private static string? Text(List<Tag> tags, string key) => tags.Find(tag => tag.Key == key)?.Value;

    /// <summary>An instance as far as it concerns costs.</summary>
    /// <param name="Usage">What it uses.</param>
    /// <param name="IsAtListPrice">Its list price is what it costs.</param>
    /// <param name="Volumes">Ids of its volumes.</param>
    private sealed record Machine(MachineUsage Usage, bool IsAtListPrice, IReadOnlyList<string> Volumes);
}
