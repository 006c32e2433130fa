using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>What the service has charged: its own figures, since only it knows when a machine ran, stood or was outbid.</summary>
internal sealed class VastCharges(VastClient client)
{
    private bool _isTold;

    /// <summary>USD of a span of time over all machines, also those that are gone; null when it cannot be read.</summary>
    public async Task<decimal?> SumAsync(DateTimeOffset from, IOperationHost host, CancellationToken cancellationToken) =>
        (await TryListAsync(from, host, cancellationToken).ConfigureAwait(false))?.Sum(row => row.Number("amount") ?? 0);

    /// <summary>
    /// What each machine has been charged since it was rented, by its id. Null when it cannot be told: a list of machines is
    /// worth more than its cost to date, so nothing fails for it.
    /// </summary>
    public async Task<IReadOnlyDictionary<long, VastCharge>?> ReadAsync(
        IReadOnlyCollection<VastInstance> machines, IOperationHost host, CancellationToken cancellationToken)
    {
        var known = new Dictionary<long, VastCharge>();
        if (machines.Min(machine => machine.CreatedAt) is not { } from)
        {
            return machines.Count == 0 ? known : null;
        }

        if (await TryListAsync(from, host, cancellationToken).ConfigureAwait(false) is not { } rows)
        {
            return null;
        }

        foreach (var row in rows)
        {
            if (Machine(row) is { } id)
            {
                known.TryGetValue(id, out var before);
                known[id] = new VastCharge((before?.Total ?? 0) + (row.Number("amount") ?? 0), (before?.Disk ?? 0) + Disk(row));
            }
        }

        return known;
    }

    // Reported once. A key that may not read them is made so on purpose.
    private async Task<IReadOnlyList<JObject>?> TryListAsync(DateTimeOffset from, IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ListChargesAsync(from, client.Time.GetUtcNow(), host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error)
        {
            var text = $"The charges at Vast.ai cannot be read, so the cost to date is unknown: {error.Message}";
            if (error.ErrorId == SpotErrorIds.PermissionMissing || _isTold)
            {
                host.Verbose(text);
            }
            else
            {
                _isTold = true;
                host.Warning(text);
            }

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
