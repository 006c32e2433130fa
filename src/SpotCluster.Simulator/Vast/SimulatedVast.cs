using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>
/// Vast.ai in memory: API v0 and v1 of one account, with a market whose prices follow from the seed and the clock. It is
/// awkward where the real service is: errors under unlike statuses, plain text, refusals that leave a machine behind.
/// All members are safe to use from several threads.
/// </summary>
public sealed class SimulatedVast : ISimulatedService
{
    /// <summary>The API key that an engine uses with a simulator of its own process.</summary>
    public const string DefaultKey = "simulated";

    private readonly object _gate = new();
    private readonly TimeProvider _clock;
    private readonly VastAccount _account;
    private readonly VastApi _api;
    private readonly VastLimits _limits = new();
    private readonly Dictionary<string, VastKeyRights> _keys = new(StringComparer.Ordinal);
    private readonly Queue<VastFate> _fates = new();

    /// <summary>Makes an account with a market and no machine.</summary>
    public SimulatedVast(int seed, TimeProvider clock, SimulatedVastOptions? options = null)
    {
        _clock = clock ?? throw new ArgumentNullException(nameof(clock));
        Options = options ?? new SimulatedVastOptions();
        _account = new VastAccount(seed, Options, clock.GetUtcNow());
        _api = new VastApi(_account, Options, seed, () => _fates.Count > 0 ? _fates.Dequeue() : VastFate.Runs);
        _keys[DefaultKey] = VastKeyRights.Full;
    }

    /// <summary>What it was made with.</summary>
    public SimulatedVastOptions Options { get; }

    /// <summary>Prepaid USD that are left.</summary>
    public decimal Credit
    {
        get => Locked(() => _account.Credit);
        set => Locked(() => _account.Credit = value);
    }

    /// <summary>From now on every instance says that SSH answers there, where a server of the caller's own does; before, it has an address for documentation.</summary>
    public void AnswerSshAt(string host, int port) => Locked(() => _account.SshAddress = (host, port));

    /// <summary>Every machine of the account, by id.</summary>
    public IReadOnlyList<SimulatedVastInstance> Machines => Locked<IReadOnlyList<SimulatedVastInstance>>(() =>
        [.. _account.Rentals.Values.Select(rental => new SimulatedVastInstance(
            rental.Id,
            rental.Offer.Id,
            rental.Label ?? "",
            rental.IsBid,
            rental.Status(_account.Now) ?? "",
            rental.IsStopped,
            rental.HourlyPrice(_account.Now)))]);

    /// <summary>Ids of the offers that nobody holds, by list price.</summary>
    public IReadOnlyList<long> FreeOffers => Locked<IReadOnlyList<long>>(() =>
        [.. _account.Offers.Where(_account.IsFree).OrderBy(offer => offer.ListPrice).ThenBy(offer => offer.Id).Select(offer => offer.Id)]);

    /// <summary>USD charged so far, over all machines.</summary>
    public decimal Charged => Locked(() => _account.Charges.Values.Sum(charge => charge.Amount));

    /// <summary>Adds an API key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="rights">What it may do: <c>misc</c>, <c>user_read</c>, <c>instance_read</c>, <c>instance_write</c>, <c>billing_read</c>; none for everything.</param>
    public void AddKey(string key, params string[] rights) => Locked(() => _keys[key] = rights.Length == 0
        ? VastKeyRights.Full
        : new VastKeyRights(rights, Expired: false));

    /// <summary>Adds a two-factor key whose session has expired.</summary>
    public void AddExpiredKey(string key) => Locked(() => _keys[key] = new VastKeyRights([], Expired: true));

    /// <summary>Says what becomes of the machines that are rented next, in that order.</summary>
    public void SetFates(params VastFate[] fates) => Locked(() =>
    {
        foreach (var fate in fates)
        {
            _fates.Enqueue(fate);
        }

        return fates.Length;
    });

    /// <summary>The volumes of the account: names by id.</summary>
    public IReadOnlyDictionary<long, string> Volumes => Locked<IReadOnlyDictionary<long, string>>(() => _account.Volumes.Values.ToDictionary(disk => disk.Id, disk => disk.Name));

    /// <summary>Makes a volume past the API. Returns its id.</summary>
    public long AddVolume(string name) => Locked(() =>
    {
        var disk = new VastDisk(_account.NewId(), _account.Offers[0], 10, name, _account.Now);
        _account.Volumes[disk.Id] = disk;
        return disk.Id;
    });

    /// <summary>Rents a machine past the API, as another program would. Returns its id.</summary>
    public long AddMachine(string? label, bool byBid = false, decimal prepaid = 0) => Locked(() =>
    {
        var offer = _account.Offers.First(_account.IsFree);
        var rental = new VastRental
        {
            Id = _account.NewId(),
            Offer = offer,
            Label = label,
            Image = "vastai/base-image:cuda-12.8",
            Runtype = "ssh_direc ssh_proxy",
            Environment = [],
            DiskGB = 20,
            Bid = byBid ? offer.MinBid(_account.Now) : null,
            CreatedAt = _account.Now.AddHours(-1),
            StartedAt = _account.Now.AddHours(-1),
            LoadingTime = TimeSpan.FromSeconds(30),
            Prepaid = prepaid,
        };
        _account.Rentals[rental.Id] = rental;
        return rental.Id;
    });

    /// <summary>Somebody else takes an offer, for good.</summary>
    public void TakeOffer(long offerId) => Locked(() => Offer(offerId).TakenForGood = true);

    /// <summary>Somebody bids more for a machine than it does; it stops at once.</summary>
    public void Outbid(long instanceId) => Locked(() =>
    {
        var rental = _account.Rentals[instanceId];
        rental.Offer.FixedBid = (rental.Bid ?? 0) * 1.5m;
        _account.Refresh();
        return 0;
    });

    /// <inheritdoc/>
    public SimulatedCall? Recognize(SimulatedRequest request) => VastRoute.Recognize(request);

    /// <inheritdoc/>
    public SimulatedResponse Answer(SimulatedCall call)
    {
        var vast = (VastSimulatedCall)call;
        lock (_gate)
        {
            _account.Settle(_clock.GetUtcNow());
            var key = vast.Right.Length == 0 ? "" : Authorize(vast);
            if (Options.LimitRate && _limits.Check(key, vast.LimitedAs, _account.Now) is { } threshold)
            {
                return TooFast(vast, threshold);
            }

            try
            {
                return vast.IsMalformed ? throw new JsonReaderException("The body is not a JSON object.") : _api.Answer(vast);
            }
            catch (Exception error) when (error is JsonException or FormatException or InvalidCastException or OverflowException or ArgumentException)
            {
                // A value of a type that the operation cannot read.
                throw new ServiceFaultException(400, "invalid_args", $"The request is not valid: {error.Message}");
            }
        }
    }

    /// <inheritdoc/>
    public SimulatedResponse Refuse(SimulatedCall call, ServiceFaultException fault)
    {
        if (fault.Code is "RequestLimitExceeded" or "Throttling" || fault.Status == 429)
        {
            return TooFast((VastSimulatedCall)call, 3);
        }

        var body = new JObject { ["success"] = false, ["error"] = fault.Code, ["msg"] = fault.Message };
        if (fault.Code.Length == 0)
        {
            // Refusals for want of a right have no code.
            body.Remove("error");
        }

        return VastApi.Json(fault.Status, body);
    }

    // Plain text for v0; the newer API says it in JSON.
    private static SimulatedResponse TooFast(VastSimulatedCall call, double threshold)
    {
        var text = "API requests too frequent: endpoint threshold=" + threshold.ToString("0.0", CultureInfo.InvariantCulture);
        return call.Request.Uri.AbsolutePath.StartsWith("/api/v1/", StringComparison.Ordinal)
            ? new SimulatedResponse(429, "application/json", new JObject { ["detail"] = text }.ToString(Formatting.None))
            : new SimulatedResponse(429, "text/plain", text);
    }

    private string Authorize(VastSimulatedCall call)
    {
        var header = call.Request.Header("Authorization") ?? "";
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || header.Length <= "Bearer ".Length)
        {
            throw new ServiceFaultException(403, "auth_error", "This action requires login.");
        }

        var key = header.Substring("Bearer ".Length).Trim();
        if (!_keys.TryGetValue(key, out var rights))
        {
            throw new ServiceFaultException(404, "auth_error", "Invalid user key");
        }

        if (rights.Expired)
        {
            throw new ServiceFaultException(404, "auth_error", "Session expired. Please log in again.");
        }

        if (rights.Names.Count > 0 && !rights.Names.Contains(call.Right))
        {
            throw new ServiceFaultException(401, "", $"This API key lacks the api.{call.Operation} route access");
        }

        return key;
    }

    private VastOffer Offer(long id) => _account.Offers.First(offer => offer.Id == id);

    private T Locked<T>(Func<T> action)
    {
        lock (_gate)
        {
            _account.Settle(_clock.GetUtcNow());
            return action();
        }
    }
}

/// <summary>What a key may do.</summary>
/// <param name="Names">Categories; none for everything.</param>
/// <param name="Expired">Its two-factor session has ended.</param>
internal sealed record VastKeyRights(IReadOnlyCollection<string> Names, bool Expired)
{
    public static readonly VastKeyRights Full = new([], Expired: false);
}
