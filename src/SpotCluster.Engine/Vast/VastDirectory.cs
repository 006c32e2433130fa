using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Lists the account's machines, and clears up on the way what interrupted runs have left in the journal.</summary>
internal sealed class VastDirectory(VastClient client, RentJournal journal, Uri endpoint, TimeProvider clock)
{
    private string? _accountId;

    public VastTracker Tracker { get; } = new(client.Time);

    /// <summary>Time as the service has it, by the answers so far.</summary>
    public TimeProvider Time => client.Time;

    /// <summary>Base address, as it stands in the journal.</summary>
    public string Endpoint { get; } = endpoint.GetLeftPart(UriPartial.Authority);

    /// <summary>Every instance of the account, unmanaged ones too, as far as the service gave them.</summary>
    public async Task<VastListing> ListAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var (rows, incomplete) = await client.ListInstancesAsync(host, cancellationToken).ConfigureAwait(false);
        return new VastListing([.. rows.Select(row => new VastInstance(row))], incomplete);
    }

    /// <summary>As <see cref="ListAsync"/>, and tells the host of machines that an interrupted run rented.</summary>
    /// <returns>The machines, and whether a rent of an interrupted run may still appear.</returns>
    public async Task<(VastListing Listing, bool Awaited)> ListAndSettleAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var intents = journal.TakeAbandoned(host);
        try
        {
            var listedAt = clock.GetUtcNow();
            var listing = await ListAsync(host, cancellationToken).ConfigureAwait(false);
            var awaited = false;
            foreach (var intent in intents)
            {
                if (await IsOfThisAccountAsync(intent.Entry, host, cancellationToken).ConfigureAwait(false))
                {
                    awaited |= !Settle(intent, listing, listedAt, host);
                }
            }

            return (listing, awaited);
        }
        finally
        {
            foreach (var intent in intents)
            {
                intent.Dispose();
            }
        }
    }

    /// <summary>The account's id; null when it cannot be read. Asked once.</summary>
    public async Task<string?> GetAccountIdAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        if (_accountId is null && await TryGetUserAsync(host, cancellationToken).ConfigureAwait(false) is { } user)
        {
            _accountId = user.Id;
        }

        return _accountId;
    }

    /// <summary>The account; null when it cannot be read, which is no reason to fail.</summary>
    public async Task<VastUser?> TryGetUserAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            var user = new VastUser(await client.GetUserAsync(host, cancellationToken).ConfigureAwait(false));
            _accountId = user.Id;
            return user;
        }
        catch (SpotException error) when (VastAccount.IsUnreadable(error))
        {
            return null;
        }
    }

    /// <summary>True when an intent was written down for the account that this key belongs to.</summary>
    public async Task<bool> IsOfThisAccountAsync(RentEntry entry, IOperationHost host, CancellationToken cancellationToken) =>
        entry.Endpoint == Endpoint
        && (entry.AccountId is null
            || await GetAccountIdAsync(host, cancellationToken).ConfigureAwait(false) is not { } account
            || account == entry.AccountId);

    /// <summary>The machine as users see it.</summary>
    public SpotInstance ToInstance(VastInstance machine, decimal? credit = null)
    {
        var (state, reason) = Tracker.Look(machine, credit);
        return machine.ToInstance(state, reason, _accountId);
    }

    /// <summary>Clears up one intent by what a listing shows. False when it must be looked for again.</summary>
    private static bool Settle(RentIntent intent, VastListing listing, DateTimeOffset listedAt, IOperationHost host)
    {
        var entry = intent.Entry;
        var machines = listing.Machines;
        if (entry.Launch is { } cluster)
        {
            var count = machines.Count(machine => machine.Label?.ClusterName == cluster);
            if (count == 0 && listing.Incomplete is null && listedAt - entry.StartedAt > VastPrices.LateWindow)
            {
                intent.Complete();
            }
            else
            {
                host.Warning($"The launch of cluster {cluster} was interrupted: {count} of {entry.Wanted} instances exist. "
                    + "Repeat the launch to finish it, or remove the cluster.");
            }

            return true;
        }

        if (machines.FirstOrDefault(machine => VastLabel.IsSame(machine.RawLabel, entry.Label)) is { } found)
        {
            host.Warning(FormattableString.Invariant(
                $"Instance {found.Key} ({found.GpuName}, ${found.HourlyPrice:0.0000}/h) was rented by an interrupted run. It is managed and is billed."));
            intent.Complete();
            return true;
        }

        if (listing.Incomplete is not null)
        {
            // It may be on a page that could not be read.
            return false;
        }

        if (intent.SentAt is { } sentAt && listedAt - sentAt <= VastPrices.LateWindow)
        {
            host.Warning("A rental interrupted at "
                + sentAt.ToString("HH:mm:ss", CultureInfo.InvariantCulture)
                + $" UTC may still create an instance with the label {entry.Label}. List the instances again in a minute.");
            return false;
        }

        intent.Complete();
        return true;
    }
}

/// <summary>One look at the account.</summary>
/// <param name="Machines">Every instance, or those of the pages that could be read.</param>
/// <param name="Incomplete">Why it is not the whole list; null when it is.</param>
internal sealed record VastListing(IReadOnlyList<VastInstance> Machines, SpotException? Incomplete)
{
    /// <summary>The instances, where only the whole list will do. Throws <see cref="Incomplete"/> where it is not.</summary>
    public IReadOnlyList<VastInstance> Whole => Incomplete is null ? Machines : throw Incomplete;
}

/// <summary>The account of a key. Its key and its mail address are not carried along.</summary>
internal sealed class VastUser(Newtonsoft.Json.Linq.JObject row)
{
    public string? Id { get; } = row.Text("id");

    public string? Name { get; } = row.Text("username");

    /// <summary>Prepaid USD that can be spent.</summary>
    public decimal? Credit { get; } = row.Number("credit");

    public decimal? Balance { get; } = row.Number("balance");

    /// <summary>A card is on file, so that the service may charge it when the credit runs out.</summary>
    public bool CanPay { get; } = row.Text("last4") is not null;
}
