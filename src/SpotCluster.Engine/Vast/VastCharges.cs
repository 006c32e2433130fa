using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>What the service has charged: its own figures, since only it knows when a machine ran, stood or was outbid.</summary>
internal sealed class VastCharges(VastClient client)
{
    /// <summary>USD of a span of time over all machines, also those that are gone; null when the key may not read it.</summary>
    public async Task<decimal?> SumAsync(DateTimeOffset from, IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await client.ListChargesAsync(from, client.Time.GetUtcNow(), host, cancellationToken).ConfigureAwait(false);
            return rows.Sum(row => row.Number("amount") ?? 0);
        }
        catch (SpotException error) when (error.ErrorId == SpotErrorIds.PermissionMissing)
        {
            return null;
        }
    }

    /// <summary>
    /// What each machine has been charged since it was rented, by its id. Null when it cannot be told: a list of machines is
    /// worth more than its cost to date, so nothing fails for it.
    /// </summary>
    public async Task<IReadOnlyDictionary<long, VastCharge>?> ReadAsync(
        IReadOnlyCollection<VastMachine> machines, IOperationHost host, CancellationToken cancellationToken)
    {
        var known = new Dictionary<long, VastCharge>();
        if (machines.Min(machine => machine.CreatedAt) is not { } from)
        {
            return machines.Count == 0 ? known : null;
        }

        try
        {
            foreach (var row in await client.ListChargesAsync(from, client.Time.GetUtcNow(), host, cancellationToken).ConfigureAwait(false))
            {
                if (Machine(row) is { } id)
                {
                    known.TryGetValue(id, out var before);
                    known[id] = new VastCharge((before?.Total ?? 0) + (row.Number("amount") ?? 0), (before?.Disk ?? 0) + Disk(row));
                }
            }

            return known;
        }
        catch (SpotException error)
        {
            host.Verbose($"The cost to date of the instances at Vast.ai is unknown: {error.Message}");
            return null;
        }
    }

    private static long? Machine(JObject row) =>
        row.Text("source")?.Split('-') is ["instance", var number]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;

    private static decimal Disk(JObject row) =>
        (row["items"] as JArray)?.OfType<JObject>().Where(item => item.Text("type") == "disk").Sum(item => item.Number("amount") ?? 0) ?? 0;
}

/// <summary>What one machine has been charged.</summary>
/// <param name="Total">USD in all: GPU, disk and traffic.</param>
/// <param name="Disk">USD of its disk.</param>
internal sealed record VastCharge(decimal Total, decimal Disk);
