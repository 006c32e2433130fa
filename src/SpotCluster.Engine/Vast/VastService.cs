using System.Globalization;
using System.Runtime.CompilerServices;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Vast;

/// <summary>Puts the parts of Vast.ai together behind <see cref="IVastService"/>.</summary>
internal sealed class VastService : IVastService, IDisposable
{
    /// <summary>The service's word for a start that waits for its GPU.</summary>
    private const string QueuedText = "state change queued";

    private readonly VastKeyStore _keys;
    private readonly Func<VastKey?> _findKey;
    private readonly VastClient _client;
    private readonly VastDirectory _directory;
    private readonly VastRemover _remover;
    private readonly VastRenter _renter;
    private readonly VastOfferSearch _search;
    private readonly VastLauncher _launcher;
    private readonly VastWaiter _waiter;
    private readonly VastCreditGuard _credit;
    private readonly VastCharges _charges;
    private readonly VastVolumes _volumes;
    private readonly TimeProvider _clock;
    private readonly string? _passingJournal;
    private readonly Func<string> _random;

    public VastService(VastServiceOptions options)
    {
        _keys = options.Keys;
        _findKey = options.Client.Key;
        _clock = options.Client.Clock;
        _random = options.Random;
        _passingJournal = options.JournalPasses ? options.JournalFolder : null;
        var journal = new RentJournal(options.JournalFolder);
        _client = new VastClient(options.Client);
        _directory = new VastDirectory(_client, journal, options.Client.BaseAddress, _clock);
        _remover = new VastRemover(_client, _directory, _clock);
        _renter = new VastRenter(_client, _directory, journal, _remover, _clock, options.Random, options.LocalKeys);
        _search = new VastOfferSearch(_client);
        _launcher = new VastLauncher(_search, _directory, journal, _renter, _remover, _clock, options.Random);
        _waiter = new VastWaiter(_directory, _clock, options.Probe);
        _charges = new VastCharges(_client);
        _volumes = new VastVolumes(_client, _clock);
        _credit = new VastCreditGuard(_client, _directory, _remover, options.CreditPolicy);
    }

    public bool HasKey
    {
        get
        {
            try
            {
                return _findKey() is not null;
            }
            catch (SpotException)
            {
                // There is one, and using it will say what is wrong with it.
                return true;
            }
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        if (_passingJournal is { } folder && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public async IAsyncEnumerable<SpotOffer> FindOffersAsync(
        OfferQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var shown = 0;
        await foreach (var row in _search.FindAsync(query, host, cancellationToken).ConfigureAwait(false))
        {
            yield return VastOffers.ToOffer(row, query.OnDemand);
            if (++shown >= query.Limit)
            {
                yield break;
            }
        }
    }

    public Task<SpotInstance> RentAsync(RentRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        _credit.RunAsync(() => _renter.RentAsync(request, host, cancellationToken), request.OnInsufficientCredit, host, cancellationToken);

    public Task<Cluster> LaunchAsync(RentalClusterRequest request, IOperationHost host, CancellationToken cancellationToken) =>
        _credit.RunAsync(() => _launcher.LaunchAsync(request, host, cancellationToken), request.OnInsufficientCredit, host, cancellationToken);

    public async Task<SpotPlan> PlanAsync(RentalClusterRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        var offers = await FindOffersAsync(request.Offers with { Limit = request.Count }, host, cancellationToken).CollectAsync().ConfigureAwait(false);
        if (offers.Count < request.Count)
        {
            host.Warning($"{offers.Count} offers match; {request.Count} wanted.");
        }

        return new SpotPlan
        {
            Name = request.Name,
            Provider = SpotProvider.Vast,
            Count = offers.Count,
            HourlyCost = Sum(offers, offer => offer.HourlyPrice),
            MaxHourlyCost = request.Count * request.Offers.MaxHourlyPrice,
            Regions = [.. offers.GroupBy(offer => offer.Region, StringComparer.Ordinal).OrderBy(place => place.Key, StringComparer.Ordinal).Select(place => new SpotPlanRegion
            {
                Region = place.Key,
                Count = place.Count(),
                InstanceTypes = [.. place.Select(offer => offer.InstanceType).Distinct(StringComparer.Ordinal)],
                LowestPrice = place.Min(offer => offer.HourlyPrice),
                HighestPrice = place.Max(offer => offer.HourlyPrice),
                HourlyCost = Sum(place, offer => offer.HourlyPrice),
            })],
        };
    }

    public async IAsyncEnumerable<SpotInstance> GetInstancesAsync(
        InstanceQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (listing, _) = await _directory.ListAndSettleAsync(host, cancellationToken).ConfigureAwait(false);
        var machines = listing.Machines;

        // An account without credit explains a machine at rest as well as a higher bid does; asked only when it matters.
        var credit = machines.Any(machine => machine.IsHalted && machine.IsBid)
            ? (await _directory.TryGetUserAsync(host, cancellationToken).ConfigureAwait(false))?.Credit
            : null;
        var shown = machines
            .Where(machine => machine.IsManaged || query.IncludeForeign)
            .OrderBy(machine => machine.Id)
            .Select(machine => (Machine: machine, Instance: _directory.ToInstance(machine, credit)))
            .Where(pair => Fits(pair.Instance, query))
            .ToArray();
        var charges = query.IncludePrice
            ? await _charges.ReadAsync([.. shown.Select(pair => pair.Machine)], host, cancellationToken).ConfigureAwait(false)
            : null;
        foreach (var (machine, instance) in shown)
        {
            instance.CostToDate = charges is null ? null : charges.TryGetValue(machine.Id, out var charge) ? charge.Total : 0;
            yield return instance;
        }

        if (!query.IncludeForeign && query.Ids.Count == 0 && UnmanagedOf(machines) is { } others)
        {
            query.OnUnmanaged?.Invoke(others);
        }

        if (listing.Incomplete is null && await MisspeltPlaceAsync(query.RegionsAtVast, machines, host, cancellationToken).ConfigureAwait(false) is { } misspelt)
        {
            host.Error(misspelt);
        }

        if (listing.Incomplete is { } incomplete)
        {
            host.Error(incomplete);
        }
    }

    public async IAsyncEnumerable<Cluster> GetClustersAsync(
        ClusterQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var instances = new List<SpotInstance>();
        await foreach (var instance in GetInstancesAsync(new InstanceQuery { Regions = query.RegionsAtVast, ClusterNames = query.Names, OnUnmanaged = query.OnUnmanaged }, host, cancellationToken).ConfigureAwait(false))
        {
            instances.Add(instance);
        }

        foreach (var cluster in ClusterSummary.Build(
            SpotProvider.Vast, [.. instances.Where(instance => Wildcard.IsAnyMatch([.. query.Names], instance.ClusterName))], [], complete: true, NodeView.NotConfigured))
        {
            yield return cluster;
        }
    }

    /// <inheritdoc/>
    public TimeProvider Time => _client.Time;

    public Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken) =>
        _remover.RemoveAsync(instances, onRemoval, host, cancellationToken);

    public Task<IReadOnlyList<SpotInstance>> PlanRemovalAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(_clock, scope.Timeout, scope.Spent, _ => ListForRemovalAsync(scope, host, cancellationToken));

    private async Task<IReadOnlyList<SpotInstance>> ListForRemovalAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken)
    {
        var (listing, _) = await _directory.ListAndSettleAsync(host, cancellationToken).ConfigureAwait(false);
        if (listing.Incomplete is { } incomplete)
        {
            // What is known is acted on, and the removal lists again until it has seen the rest.
            host.Warning($"The list of instances at Vast.ai is incomplete ({listing.Machines.Count} so far): {incomplete.Message}");
        }
        else if (await MisspeltPlaceAsync(scope.Regions, listing.Machines, host, cancellationToken).ConfigureAwait(false) is { } misspelt)
        {
            throw misspelt;
        }

        if (!scope.IncludeForeign && UnmanagedOf(listing.Machines) is { } others)
        {
            scope.OnUnmanaged?.Invoke(others);
        }

        return [.. _remover.Select(listing.Machines, scope).Select(machine => _directory.ToInstance(machine))];
    }

    public Task<SpotProof> RemoveAllAsync(
        RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        _remover.RemoveAllAsync(scope, onRemoval, host, cancellationToken);

    public Task<SpotInstance> RestartAsync(InstanceKey instance, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instance,
            machine => machine.Intended != "stopped"
                ? _client.RestartAsync(machine.Id, recycle, host, cancellationToken)
                : throw new SpotException(SpotErrorIds.InstanceNotChangeable, SpotErrorCategory.InvalidOperation, $"Cannot {(recycle ? "recycle" : "restart")} instance {machine.Key}: it is stopped.")
                {
                    Target = machine.Key,
                    RecommendedAction = "Start it: Start-SpotInstance, spotcluster start.",
                },
            host,
            cancellationToken);

    public async Task<string> GetLogAsync(InstanceKey instance, int lines, bool daemon, IOperationHost host, CancellationToken cancellationToken)
    {
        var id = IdOf(instance);
        if (await _client.ShowInstanceAsync(id, host, cancellationToken).ConfigureAwait(false) is null)
        {
            throw NotFound(instance.Id);
        }

        return await _client.GetLogAsync(id, lines, daemon, host, cancellationToken).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<SpotResource>> GetVolumesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        _volumes.ListAsync(scope, host, cancellationToken);

    public Task<IReadOnlyList<SpotResource>> RemoveVolumesAsync(
        IReadOnlyList<SpotResource> volumes,
        TimeSpan timeout,
        Action<SpotRemoval> onRemoval,
        IOperationHost host,
        CancellationToken cancellationToken) =>
        _volumes.RemoveAsync(volumes, timeout, onRemoval, host, cancellationToken);

    public Task<SpotInstance> StartAsync(
        InstanceKey instance, bool mayQueue, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instance,
            async machine =>
            {
                var said = await _client.SetStateAsync(machine.Id, running: true, host, cancellationToken).ConfigureAwait(false);
                if (said?.Contains(QueuedText, StringComparison.OrdinalIgnoreCase) != true)
                {
                    return;
                }

                if (!mayQueue)
                {
                    // Left queued, it would start, and be billed, whenever its GPU gets free.
                    await _client.SetStateAsync(machine.Id, running: false, host, CancellationToken.None).ConfigureAwait(false);
                }

                var error = new SpotException(
                    SpotErrorIds.StartQueued, SpotErrorCategory.Unavailable,
                    mayQueue
                        ? $"Instance {machine.Key} starts when its GPU is free, and is billed from then on."
                        : $"Cannot start instance {machine.Key}: its GPU is in use. The start was canceled.")
                {
                    Target = machine.Key,
                    RecommendedAction = mayQueue ? $"Stop instance {machine.Key} to cancel the start." : "Try again later, or rent another offer.",
                };
                if (!mayQueue)
                {
                    throw error;
                }

                host.Warning(error.Message);
            },
            host,
            cancellationToken);

    public Task<SpotInstance> StopAsync(InstanceKey instance, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instance,
            async machine =>
            {
                await _client.SetStateAsync(machine.Id, running: false, host, cancellationToken).ConfigureAwait(false);
                _directory.Tracker.Stopped(machine.Id);
            },
            host,
            cancellationToken);

    public Task<SpotInstance> SetNameAsync(InstanceKey instance, string name, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instance,
            machine => _client.SetLabelAsync(machine.Id, machine.Label!.Renamed(name).Text, host, cancellationToken),
            host,
            cancellationToken);

    public async Task RenewLeaseAsync(string clusterName, TimeSpan length, IOperationHost host, CancellationToken cancellationToken)
    {
        var machines = (await _directory.ListAsync(host, cancellationToken).ConfigureAwait(false)).Whole;
        foreach (var machine in machines.Where(machine => machine.Label is { LeaseEndsAt: not null } label && label.ClusterName == clusterName))
        {
            await _client.SetLabelAsync(machine.Id, (machine.Label! with { LeaseEndsAt = Time.GetUtcNow() + length }).Text, host, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<SpotInstance> AdoptAsync(InstanceKey instance, string? clusterName, string? name, IOperationHost host, CancellationToken cancellationToken)
    {
        // Names of clusters are compared without regard to case, so one that exists is meant by any spelling of its name.
        clusterName = clusterName is null ? null : (await _directory.ListAsync(host, cancellationToken).ConfigureAwait(false)).Whole
            .Select(machine => machine.Label?.ClusterName)
            .FirstOrDefault(known => string.Equals(known, clusterName, StringComparison.OrdinalIgnoreCase)) ?? clusterName;
        return await ChangeAsync(
            instance with { IncludeForeign = true },
            machine => _client.SetLabelAsync(
                machine.Id,
                machine.Label is { } label && label.ClusterName == clusterName && name is null
                    ? label.Text
                    : VastLabel.New(clusterName, name ?? machine.Label?.Node ?? VastLabel.ToNode(machine.RawLabel), _random).Text,
                host,
                cancellationToken),
            host,
            cancellationToken).ConfigureAwait(false);
    }

    public Task<SpotInstance> SetBidAsync(InstanceKey instance, decimal? price, IOperationHost host, CancellationToken cancellationToken) =>
        ChangeAsync(
            instance,
            machine => machine.IsBid
                ? _client.SetBidAsync(machine.Id, price, host, cancellationToken)
                : throw new SpotException(
                    SpotErrorIds.InstanceNotChangeable, SpotErrorCategory.InvalidOperation,
                    $"Instance {machine.Key} was rented on demand and has no bid.")
                {
                    Target = machine.Key,
                },
            host,
            cancellationToken);

    public IAsyncEnumerable<SpotInstance> WaitAsync(
        IReadOnlyList<InstanceKey> instances,
        WaitCondition condition,
        TimeSpan timeout,
        IOperationHost host,
        CancellationToken cancellationToken) =>
        _waiter.WaitAsync(instances, condition, timeout, host, cancellationToken);

    public async Task<SpotAccount> GetAccountAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var listing = _directory.ListAndSettleAsync(host, cancellationToken);
        var asking = _directory.TryGetUserAsync(host, cancellationToken);
        var charging = _charges.SumAsync(_client.Time.GetUtcNow() - TimeSpan.FromHours(24), host, cancellationToken);
        var storing = _volumes.TryMeasureAsync(host, cancellationToken);
        await Task.WhenAll(listing, asking, charging, storing).ConfigureAwait(false);
        var (volumes, storage) = await storing.ConfigureAwait(false);
        var machines = (await listing.ConfigureAwait(false)).Listing.Whole;
        var user = await asking.ConfigureAwait(false);
        var own = machines.Where(machine => machine.IsManaged).ToArray();
        var burn = Sum(machines, machine => machine.HourlyPrice) + (volumes == 0 ? 0 : storage);
        return new SpotAccount
        {
            Provider = SpotProvider.Vast,
            AccountId = user?.Id ?? "",
            Credit = user?.Credit,
            Balance = user?.Balance,
            HourlyCost = burn,
            OwnHourlyCost = Sum(own, machine => machine.HourlyPrice),
            StoppedStorageHourlyPrice = Sum(machines.Where(machine => machine.IsHalted), machine => machine.HourlyPrice),
            HoursLeft = burn > 0 && user?.Credit is { } credit ? Math.Round(Math.Max(0, credit) / burn.Value, 2) : null,
            Projected24Hours = burn * 24,
            InstanceCount = machines.Count,
            VolumeCount = volumes,
            VolumeHourlyPrice = volumes is null ? null : storage,
            OwnInstanceCount = own.Length,
            ChargedLast24Hours = await charging.ConfigureAwait(false),
            UploadPricePerGB = own.Max(machine => machine.UploadPrice),
            DownloadPricePerGB = own.Max(machine => machine.DownloadPrice),
        };
    }

    public async Task<IReadOnlyList<ChargedInstance>> GetChargedAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        var scope = new InstanceQuery { Ids = query.Ids, ClusterNames = query.ClusterNames, Regions = query.RegionsAtVast };
        var (all, _) = await _directory.ListAndSettleAsync(host, cancellationToken).ConfigureAwait(false);
        VastInstance[] machines = [.. all.Whole.Where(machine => machine.IsManaged && Fits(_directory.ToInstance(machine), scope)).OrderBy(machine => machine.Id)];
        var charges = await _charges.ReadAsync(machines, host, cancellationToken).ConfigureAwait(false);
        return [.. machines.Select(machine =>
        {
            var spent = charges is null ? null : charges.TryGetValue(machine.Id, out var charge) ? charge : new VastCharge(0, 0);
            return new ChargedInstance(
                machine.Key, machine.Label!.ClusterName, machine.Place,
                machine.HourlyPrice - machine.DiskPrice, spent?.Total - spent?.Disk, machine.DiskPrice, spent?.Disk);
        })];
    }

    public async Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken)
    {
        var user = new VastUser(await _client.GetUserAsync(SilentHost.Instance, cancellationToken).ConfigureAwait(false));
        return new SpotIdentity
        {
            Provider = SpotProvider.Vast,
            AccountId = user.Id ?? "",
            AccountAlias = user.Name,
            Source = _findKey()?.Source,
        };
    }

    public StoredKey SaveKey(string? key)
    {
        if (string.IsNullOrWhiteSpace(key))
        {
            throw new SpotException(SpotErrorIds.VastKeyMissing, SpotErrorCategory.Authentication, "The API key is empty; nothing was stored.")
            {
                RecommendedAction = "Copy it from the Keys page of the Vast.ai console, and run the command again.",
            };
        }

        _keys.Save(key);
        return new StoredKey(_keys.KeyPath);
    }

    // The error of a place that no instance and no offer has. A place without instances is none.
    private async Task<SpotException?> MisspeltPlaceAsync(IReadOnlyList<string> places, IReadOnlyList<VastInstance> machines, IOperationHost host, CancellationToken cancellationToken)
    {
        foreach (var place in places.Where(place => !Wildcard.IsPattern(place) && !RegionNames.IsAwsForm(place) && !machines.Any(machine => Wildcard.IsMatch(place, machine.Place))))
        {
            var known = await _search.PlacesAsync(place, host, cancellationToken).ConfigureAwait(false);
            if (known.Count > 0 && !known.Any(one => Wildcard.IsMatch(place, one)))
            {
                return VastNames.UnknownPlace(place, [.. known.Concat(machines.Select(machine => machine.Place)).Distinct(StringComparer.Ordinal)]);
            }
        }

        return null;
    }

    private async Task<SpotInstance> ChangeAsync(
        InstanceKey instance, Func<VastInstance, Task> change, IOperationHost host, CancellationToken cancellationToken)
    {
        var id = IdOf(instance);
        var row = await _client.ShowInstanceAsync(id, host, cancellationToken).ConfigureAwait(false) ?? throw NotFound(instance.Id);
        var machine = new VastInstance(row);
        if (machine.RefusalToChange(instance) is { } refusal)
        {
            throw refusal;
        }

        await change(machine).ConfigureAwait(false);
        var after = await _client.ShowInstanceAsync(id, host, cancellationToken).ConfigureAwait(false) ?? throw NotFound(instance.Id);
        host.Debug($"Instance {machine.Key} was changed.");
        return _directory.ToInstance(new VastInstance(after));
    }

    /// <summary>What the account has beside the managed instances; null for nothing.</summary>
    private static UnmanagedInstances? UnmanagedOf(IEnumerable<VastInstance> machines)
    {
        VastInstance[] others = [.. machines.Where(machine => !machine.IsManaged)];
        return others.Length == 0 ? null : new UnmanagedInstances(others.Length, Sum(others, machine => machine.HourlyPrice));
    }

    private static decimal? Sum<T>(IEnumerable<T> items, Func<T, decimal?> price)
    {
        var prices = items.Select(price).ToArray();
        return prices.All(value => value is not null) ? prices.Sum() : null;
    }

    private static bool Fits(SpotInstance instance, InstanceQuery query) =>
        (query.Ids.Count == 0 || query.Ids.Contains(instance.Id, StringComparer.Ordinal))
        && Wildcard.IsAnyMatch([.. query.Names], instance.Name)
        && Wildcard.IsAnyMatch([.. query.ClusterNames], instance.ClusterName)
        && Wildcard.IsAnyMatch([.. query.RegionsAtVast], instance.Region)
        && (query.States.Count == 0 || query.States.Contains(instance.State))
        && query.Tags.All(tag => instance.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);

    private static long IdOf(InstanceKey instance) =>
        long.TryParse(instance.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new SpotException(
            SpotErrorIds.InstanceIdInvalid, SpotErrorCategory.InvalidArgument, $"'{instance.Id}' is not a valid Vast.ai instance id: a number is expected.")
        {
            Target = instance.Id,
        };

    private static SpotException NotFound(string id) =>
        new(SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No Vast.ai instance '{id}' exists.") { Target = id };
}

/// <summary>What the service is put together from.</summary>
internal sealed record VastServiceOptions
{
    public required VastClientOptions Client { get; init; }

    public required VastKeyStore Keys { get; init; }

    public required string JournalFolder { get; init; }

    /// <summary>The journal is deleted with the service: that of a simulator of this process.</summary>
    public bool JournalPasses { get; init; }

    /// <summary>Eight characters that no other label has.</summary>
    public Func<string> Random { get; init; } = () => Guid.NewGuid().ToString("N").Substring(0, 8);

    /// <summary>What to do when the credit is used up and a request does not say it.</summary>
    public Func<SpotCreditPolicy> CreditPolicy { get; init; } = () => SpotCreditPolicy.DestroyMine;

    /// <summary>The OpenSSH public keys of this user; none where nothing of this computer is to be read.</summary>
    public Func<IReadOnlyList<string>> LocalKeys { get; init; } = () => [];

    /// <summary>Reports whether something accepts a connection.</summary>
    public Func<string, int, CancellationToken, Task<bool>> Probe { get; init; } = VastWaiter.ConnectAsync;

    /// <summary>
    /// Options of an engine. With a transport of its own (the simulator of this process) the key is the simulator's, so
    /// that no real one goes there, and a machine that runs counts as reachable.
    /// </summary>
    public static VastServiceOptions From(EngineOptions options)
    {
        var keys = new VastKeyStore(Environment.GetEnvironmentVariable);
        var simulated = options.Transport is not null;
        var service = new VastServiceOptions
        {
            Keys = keys,
            JournalFolder = Path.Combine(
                options.JournalDirectory ?? (simulated ? Path.GetTempPath() : Journal.JournalFolder.Default()),
                simulated && options.JournalDirectory is null ? "spotcluster-vast-" + Guid.NewGuid().ToString("N") : "vast"),
            JournalPasses = simulated && options.JournalDirectory is null,
            Client = new VastClientOptions
            {
                BaseAddress = simulated ? new Uri("https://console.vast.ai") : keys.BaseAddress,
                Key = simulated ? () => new VastKey("simulated", "simulator") : keys.Find,
                Transport = options.Transport,
                AnswerLimit = simulated ? null : VastTransport.UsualAnswerLimit,
                Clock = options.Clock,
                Observer = options.CallObserver,
            },
        };
        service = simulated ? service : service with { LocalKeys = Core.PublicKeyFile.OfThisUser };
        return simulated ? service with { Probe = (_, _, _) => Task.FromResult(true) } : service;
    }
}
