using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotPrice = SpotCluster.Model.SpotPrice;

namespace SpotCluster.Engine.Aws.Costs;

/// <summary>
/// What one region holds of ours and what it costs: machines and disks in one round trip; then, where there are any, the
/// price history of exactly their pools over exactly their lives, the list prices of exactly their types, and disks that
/// carry no tag.
/// </summary>
internal sealed class UsageReader(IEc2Client ec2, ListPrices listPrices, string region, SpotSettings settings, CostQuery query, DateTimeOffset now)
{
    // EC2 writes "User initiated (2026-01-31 12:00:00 GMT)", and no time where it was not the user.
    private static readonly Regex EndTime = new(@"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) GMT\)\s*$", RegexOptions.CultureInvariant);

    // From launch to the attachment of the root disk it takes seconds; a disk that is older was there before a stop.
    private static readonly TimeSpan LaunchTime = TimeSpan.FromMinutes(5);

    public async Task<RegionUsage> ReadAsync(CancellationToken cancellationToken)
    {
        var described = ec2.DescribeAllInstancesAsync(new DescribeInstancesRequest { Filters = [OurTag] }, cancellationToken).CollectAsync();
        var tagged = ec2.DescribeAllVolumesAsync(new DescribeVolumesRequest { Filters = [OurTag] }, cancellationToken).CollectAsync();
        var addressed = query.Ids.Count > 0
            ? Task.FromResult(new DescribeAddressesResponse())
            : ec2.DescribeAddressesAsync(new DescribeAddressesRequest { Filters = [OurTag] }, cancellationToken);
        await Task.WhenAll(described, tagged, addressed).ConfigureAwait(false);

        var ours = (await described.ConfigureAwait(false)).SelectMany(reservation => reservation.Instances).Where(IsWanted).ToList();
        var live = ours.Where(instance => instance.State?.Name != "terminated").ToList();
        var billed = query.IncludeEnded ? ours : live;
        var machines = billed.Select(ToMachine).ToList();
        var ids = live.Select(instance => instance.InstanceId).ToHashSet(StringComparer.Ordinal);
        var volumes = (await tagged.ConfigureAwait(false)).Where(volume => Has(volume.Tags, settings.FilterTagName, settings.FilterTagValue)).ToList();

        var prices = Answer.Of(PricesAsync(machines, cancellationToken));
        var untagged = UntaggedAsync(live, volumes, cancellationToken);
        var listing = listPrices.ForInstancesAsync(
            region, billed.Where(instance => instance.IsAtListPrice()).Select(instance => instance.InstanceType.Value), cancellationToken);
        await Task.WhenAll(prices, untagged, listing, RatesAsync(volumes, ids, cancellationToken)).ConfigureAwait(false);

        // One call more only for a disk without a tag of a type that no other has.
        volumes.AddRange(await untagged.ConfigureAwait(false));
        var rates = await RatesAsync(volumes, ids, cancellationToken).ConfigureAwait(false);
        var listed = await listing.ConfigureAwait(false);
        var priced = await prices.ConfigureAwait(false);
        return new RegionUsage(
            [.. machines.Zip(billed, (machine, instance) => machine with { ListHourlyPrice = instance.IsAtListPrice() ? listed.Find(instance.InstanceType) : null })],
            [.. volumes.Where(volume => IsWanted(volume, ids)).Select(volume => ToDisk(volume, rates))],
            priced.Value ?? [],
            query.IncludeEnded ? 0 : ours.Count - live.Count,
            priced.Failure)
        {
            ListPriceRefusal = listed.Refusal ?? rates.Refusal,
            Addresses = [.. (await addressed.ConfigureAwait(false)).Addresses.Where(address => IsIdle(address, ids)).Select(ToAddress)],
        };
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
        || (query.Ids.Count == 0 && Wildcard.IsAnyMatch(query.ClusterNames, Text(volume.Tags, TagKeys.Cluster)));

    // One that a machine of ours uses is counted with the machine.
    private bool IsIdle(Address address, HashSet<string> machines) =>
        Has(address.Tags, settings.FilterTagName, settings.FilterTagValue)
        && Wildcard.IsAnyMatch(query.ClusterNames, Text(address.Tags, TagKeys.Cluster))
        && !(address.InstanceId is { } machine && machines.Contains(machine));

    private static AddressUsage ToAddress(Address address) =>
        new(address.AllocationId ?? address.PublicIp ?? "", Text(address.Tags, TagKeys.Cluster), AwsPriceList.PublicIpPerHour);

    private MachineUsage ToMachine(Instance instance)
    {
        var isBilled = instance.State?.Name?.Value is "pending" or "running";
        return new MachineUsage
        {
            Id = instance.InstanceId,
            ClusterName = Text(instance.Tags, TagKeys.Cluster),
            Zone = instance.Placement?.AvailabilityZone,
            InstanceType = instance.InstanceType,
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
        Text(volume.Tags, TagKeys.Cluster),
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

    /// <summary>Disks of our machines that carry no tag of ours: somebody attached them, and they cost all the same.</summary>
    private async Task<IReadOnlyList<Volume>> UntaggedAsync(List<Instance> machines, List<Volume> known, CancellationToken cancellationToken)
    {
        var seen = known.Select(volume => volume.VolumeId).ToHashSet(StringComparer.Ordinal);
        var missing = machines
            .SelectMany(machine => machine.BlockDeviceMappings)
            .Select(disk => disk.Ebs?.VolumeId)
            .OfType<string>()
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
}
