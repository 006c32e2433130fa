using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Rents one machine, so that it is never doubled and never forgotten: the unique label is written down before the call,
/// and whatever the answer leaves open is cleared up by looking for the label.
/// </summary>
internal sealed class VastRenter(
    VastClient client, VastDirectory directory, RentJournal journal, VastRemover remover, TimeProvider clock, Func<string> random, Func<IReadOnlyList<string>> localKeys)
{
    /// <summary>Prices are shown with four digits; less than that is rounding.</summary>
    private const decimal Rounding = 0.00005m;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    /// <summary>Rents the offer that a request names.</summary>
    public async Task<SpotInstance> RentAsync(RentRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        Check(request);
        var label = VastLabel.New(request.ClusterName, request.Name, random);
        var description = string.Join("|", [
            request.OfferId, request.Image, Text(request.DiskGB), request.Name, request.ClusterName,
            request.OnDemand ? "on-demand" : "bid", request.Bid is { } wanted ? Text(wanted) : null,
        ]);
        if (await TakeOverAsync(description, host, cancellationToken).ConfigureAwait(false) is { } existing)
        {
            host.Warning($"Instance {existing.Key} was rented by the same interrupted request; no second instance is rented.");
            return directory.ToInstance(existing);
        }

        // Three endpoints, so the three go out together.
        var offerId = OfferId(request.OfferId);
        var offers = client.SearchOffersAsync(VastOffers.QueryOne(offerId, request.DiskGB, request.OnDemand), host, cancellationToken);
        var user = directory.TryGetUserAsync(host, cancellationToken);
        var keys = EnsureKeysAsync(request.PublicKeys, host, cancellationToken);
        await Task.WhenAll(offers, user, keys).ConfigureAwait(false);
        var offer = (await offers.ConfigureAwait(false)).FirstOrDefault(row => row.Integer("id") == offerId) ?? throw Taken(request.OfferId);
        return await RentAsync(request, offer, await user.ConfigureAwait(false), label, description, host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rents an offer whose row is at hand.</summary>
    public async Task<SpotInstance> RentAsync(
        RentRequest request,
        JObject offer,
        VastUser? user,
        VastLabel label,
        string description,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var (bid, hourly) = Price(request, offer, host);
        _ = Lifetime(request).OnStart(request.OnStart, directory.Endpoint);
        CheckCredit(user, request.RequiredHours, hourly, host);
        var offerId = OfferId(request.OfferId);
        using var intent = journal.Begin(new RentEntry
        {
            Label = label.Text,
            Request = description,
            Endpoint = directory.Endpoint,
            AccountId = user?.Id,
            StartedAt = clock.GetUtcNow(),
        });
        VastCreateResult result;
        try
        {
            result = await client.CreateAsync(
                offerId, Body(request, label, bid, Lifetime(request)), () => intent.Sending(clock.GetUtcNow()), host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (intent.SentAt is null && error is SpotException or OperationCanceledException)
        {
            intent.Complete();
            throw;
        }

        var id = result.Outcome switch
        {
            VastCreateOutcome.Created => result.InstanceId!.Value,
            VastCreateOutcome.Uncertain => await FindAsync(intent, result.Error!, host, cancellationToken).ConfigureAwait(false),
            VastCreateOutcome.CreatedNotStarted => throw await UndoAsync(intent, result.InstanceId!.Value, result.Error!, host).ConfigureAwait(false),
            _ => throw Refused(intent, result.Error!),
        };
        if (cancellationToken.IsCancellationRequested)
        {
            // Nobody will be told of this machine any more.
            await UndoAsync(intent, id, null, host).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        var machine = await TryShowAsync(id, host, cancellationToken).ConfigureAwait(false);
        if (machine is not null && TooDear(machine, request.MaxHourlyPrice) is { } tooDear)
        {
            tooDear = new SpotException(tooDear.ErrorId, tooDear.Category, tooDear.Message + $" The price of offer {request.OfferId} rose during the rental; the instance was destroyed.")
            {
                Target = request.OfferId,
                RecommendedAction = tooDear.RecommendedAction,
            };
            throw await UndoAsync(intent, id, tooDear, host).ConfigureAwait(false);
        }

        if (machine?.HourlyPrice - hourly > Rounding)
        {
            host.Warning(FormattableString.Invariant($"Instance {id} costs ${machine!.HourlyPrice:0.0000} per hour; the offer was ${hourly:0.0000}."));
        }
        else if (machine?.HourlyPrice is null && request.MaxHourlyPrice is not null)
        {
            host.Warning($"The price of instance {id} is not available yet, so the limit of ${request.MaxHourlyPrice} is not verified. To see it: list the instances.");
        }

        intent.Complete();
        return machine is null ? Describe(id, label, offer, request, hourly) : directory.ToInstance(machine);
    }

    /// <summary>The machine that an interrupted run rented for the same request; null when there is none.</summary>
    public async Task<VastInstance?> TakeOverAsync(string description, IOperationHost host, CancellationToken cancellationToken)
    {
        while (true)
        {
            var intents = journal.TakeAbandoned(host);
            VastInstance? found = null;
            var awaited = false;
            try
            {
                RentIntent? same = null;
                foreach (var intent in intents)
                {
                    if (intent.Entry.Request == description
                        && intent.Entry.Launch is null
                        && await directory.IsOfThisAccountAsync(intent.Entry, host, cancellationToken).ConfigureAwait(false))
                    {
                        same = intent;
                        break;
                    }
                }

                if (same is null)
                {
                    break;
                }

                var listedAt = clock.GetUtcNow();
                found = (await directory.ListAsync(host, cancellationToken).ConfigureAwait(false)).Whole.FirstOrDefault(m => VastLabel.IsSame(m.RawLabel, same.Entry.Label));
                awaited = found is null && same.SentAt is { } sentAt && listedAt - sentAt <= VastPrices.LateWindow;
                if (!awaited)
                {
                    same.Complete();
                }
            }
            finally
            {
                foreach (var intent in intents)
                {
                    intent.Dispose();
                }
            }

            if (found is not null)
            {
                return found;
            }

            if (awaited)
            {
                host.Progress(new OperationProgress("Renting", "waiting up to a minute for an interrupted rental of the same request, which may still appear", 0, 0) { IsWait = true });
                await clock.Delay(BetweenLooks, cancellationToken).ConfigureAwait(false);
            }
        }

        return null;
    }

    /// <summary>The bid (null on demand) and USD per hour with the disk.</summary>
    public static (decimal? Bid, decimal? Hourly) Price(RentRequest request, JObject offer, IOperationHost host)
    {
        var total = offer.Number("dph_total");
        decimal? bid = null;
        if (!request.OnDemand)
        {
            var market = offer.Number("min_bid") ?? offer.Number("dph_base");
            bid = request.Bid ?? (market is { } lowest ? Math.Ceiling(lowest * 1_000_000m) / 1_000_000m : default(decimal?))
                ?? throw new SpotException(
                    SpotErrorIds.PriceInvalid, SpotErrorCategory.InvalidArgument, $"The offer {request.OfferId} has no minimum bid; specify a bid.")
                {
                    Target = request.OfferId,
                };
            if (bid < market)
            {
                throw new SpotException(
                    SpotErrorIds.SpotMaxPriceTooLow, SpotErrorCategory.InvalidArgument,
                    FormattableString.Invariant($"The bid of ${bid} for the offer {request.OfferId} is below the market's ${market:0.0000}."))
                {
                    Target = request.OfferId,
                    RecommendedAction = FormattableString.Invariant($"Bid at least {market:0.0000}, or rent on demand."),
                };
            }

            if (ListPrice(offer) is { } listed && bid > listed)
            {
                var above = FormattableString.Invariant($"A bid of ${bid:0.0000} for the offer {request.OfferId} is above its on-demand price of ${listed:0.0000} per hour");
                if (request.Bid is null)
                {
                    throw new SpotException(SpotErrorIds.HourlyCostExceeded, SpotErrorCategory.LimitsExceeded, above + ", and an instance on demand cannot be outbid.")
                    {
                        Target = request.OfferId,
                        RecommendedAction = "Rent on demand, or specify that bid explicitly.",
                    };
                }

                host.Warning(above + ".");
            }

            // The search priced it at the market's bid; the disk is what lies above that.
            total = total - (offer.Number("dph_base") ?? market) + bid;
        }

        if (request.MaxHourlyPrice is { } most && (total is null || total > most))
        {
            throw new SpotException(
                SpotErrorIds.HourlyCostExceeded, SpotErrorCategory.LimitsExceeded,
                FormattableString.Invariant($"The offer {request.OfferId} costs ${total:0.0000} per hour, more than the limit of ${most}."))
            {
                Target = request.OfferId,
            };
        }

        return (bid, total);
    }

    /// <summary>USD per hour of the GPUs of an offer on demand; null where a search by bid does not tell it.</summary>
    private static decimal? ListPrice(JObject offer) => (offer["search"] as JObject)?.Number("gpuCostPerHour");

    /// <summary>The error of an instance that costs more than its limit allows; null for one that does not.</summary>
    public static SpotException? TooDear(VastInstance machine, decimal? limit) =>
        machine.IsHalted || machine.HourlyPrice is not { } real || real - limit is not > Rounding
            ? null
            : new SpotException(
                SpotErrorIds.HourlyCostExceeded, SpotErrorCategory.LimitsExceeded,
                FormattableString.Invariant($"Instance {machine.Key} costs ${real:0.0000} per hour, more than the limit of ${limit}."))
            {
                Target = machine.Key,
                RecommendedAction = "Rent another offer, or allow a higher price.",
            };

    /// <summary>
    /// Refuses before anything is rented when the credit would be used up before the time that was asked for. Whether an
    /// account without credit may rent, the service alone says: it may have a card to charge.
    /// </summary>
    public static void CheckCredit(VastUser? user, decimal requiredHours, decimal? hourly, IOperationHost host)
    {
        if (user?.Credit is not { } credit || requiredHours <= 0)
        {
            host.Verbose("The account's credit is not checked before renting.");
        }
        else if (credit <= 0 || (user.CanPay && credit < requiredHours * hourly))
        {
            host.Warning(FormattableString.Invariant($"The Vast.ai account has a credit of ${credit:0.00}; Vast.ai decides whether the rental is allowed."));
        }
        else if (credit < requiredHours * hourly)
        {
            throw new SpotException(
                SpotErrorIds.CreditTooLow, SpotErrorCategory.LimitsExceeded,
                FormattableString.Invariant(
                    $"The credit of ${credit:0.00} does not cover {requiredHours} hours at ${hourly:0.0000} per hour. Nothing was rented."))
            {
                RecommendedAction = "Add credit, choose a cheaper offer, or require fewer hours.",
            };
        }
    }

    /// <summary>Adds public keys to the account, or says when nobody could log in.</summary>
    public async Task EnsureKeysAsync(IReadOnlyList<string> publicKeys, IOperationHost host, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> keys;
        try
        {
            keys = await client.ListSshKeysAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ErrorId == SpotErrorIds.PermissionMissing && publicKeys.Count == 0)
        {
            return;
        }

        if (publicKeys.Count == 0 && localKeys() is { Count: > 0 } own && !own.Any(one => keys.Any(key => Core(key) == Core(one))))
        {
            host.Warning($"The Vast.ai account has no SSH key of this user; {own[0].Split(' ')[^1]} is added to it.");
            publicKeys = [own[0]];
        }

        if (publicKeys.Count == 0 && keys.Count == 0)
        {
            host.Warning("The Vast.ai account has no SSH key, and an instance gets only the keys that exist when it is rented.");
        }

        foreach (var publicKey in publicKeys.Where(publicKey => !keys.Any(key => Core(key) == Core(publicKey))))
        {
            await client.AddSshKeyAsync(publicKey, host, cancellationToken).ConfigureAwait(false);
        }

        // Kind and key; the comment behind them says nothing.
        static string Core(string key) => string.Join(" ", key.Split([' '], StringSplitOptions.RemoveEmptyEntries).Take(2));
    }

    public static void Check(RentRequest request)
    {
        CheckMachine(request.Image, request.DiskGB);
        _ = OfferId(request.OfferId);
        if (request.Bid is not null && request.OnDemand)
        {
            throw Invalid("A bid is not supported on demand.", request.OfferId);
        }

        CheckLifetime(request.ExpiresIn, request.MaxIdle);
        VastPorts.Check(request.Ports);
        if (request.Bid is < VastPrices.LeastBid or > VastPrices.MostBid)
        {
            throw new SpotException(
                SpotErrorIds.PriceInvalid, SpotErrorCategory.InvalidArgument,
                FormattableString.Invariant($"The bid {request.Bid} is not valid: {VastPrices.LeastBid} to {VastPrices.MostBid} USD per hour is required."))
            {
                Target = request.OfferId,
            };
        }
    }

    // A port travels as a variable whose name is an option of docker run.
    private static KeyValuePair<string, string> PortVariable(string port)
    {
        var parts = port.Split('/');
        return new($"-p {parts[0]}:{parts[0]}{(parts is [_, "udp"] ? "/udp" : "")}", "1");
    }

    public static void CheckLifetime(TimeSpan? expiresIn, TimeSpan? maxIdle)
    {
        if (expiresIn < VastPrices.LeastLife || maxIdle < VastPrices.LeastLife)
        {
            throw new SpotException(
                SpotErrorIds.ExpiryInvalid, SpotErrorCategory.InvalidArgument,
                FormattableString.Invariant($"A time to live and an idle time at Vast.ai are at least {VastPrices.LeastLife.TotalMinutes:0} minutes."));
        }
    }

    public static void CheckMachine(string image, decimal diskGB)
    {
        if (image.Length is 0 or > 1024 || image.Any(char.IsWhiteSpace))
        {
            throw new SpotException(
                SpotErrorIds.ImageInvalid, SpotErrorCategory.InvalidArgument, $"The image '{image}' is not a valid container image name.");
        }

        if (diskGB < VastPrices.LeastDisk)
        {
            throw Invalid(FormattableString.Invariant($"The disk size of {diskGB} GB is below the minimum of {VastPrices.LeastDisk} GB at Vast.ai."), null);
        }
    }

    private static long OfferId(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id
            : throw Invalid($"'{text}' is not a valid offer id: a number is expected.", text);

    private static SpotException Invalid(string message, string? target) =>
        new(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, message) { Target = target };

    private static SpotException Taken(string offerId) =>
        new(SpotErrorIds.OfferTaken, SpotErrorCategory.Unavailable, $"The offer {offerId} is not available any more.")
        {
            Target = offerId,
            RecommendedAction = "Search again and rent another offer.",
        };

    private static SpotException Refused(RentIntent intent, SpotException error)
    {
        intent.Complete();
        return error;
    }

    /// <summary>Looks for the machine of a call whose answer was lost, until it would have appeared.</summary>
    private async Task<long> FindAsync(RentIntent intent, SpotException error, IOperationHost host, CancellationToken cancellationToken)
    {
        host.Warning($"The response to the rental of offer {error.Target} was lost; searching for its instance.");
        try
        {
            while (true)
            {
                var listedAt = clock.GetUtcNow();
                var listing = await directory.ListAsync(host, cancellationToken).ConfigureAwait(false);
                if (listing.Machines.FirstOrDefault(machine => VastLabel.IsSame(machine.RawLabel, intent.Entry.Label)) is { } found)
                {
                    return found.Id;
                }

                if (listing.Incomplete is { } incomplete)
                {
                    throw incomplete;
                }

                if (listedAt - intent.SentAt > VastPrices.LateWindow)
                {
                    intent.Complete();
                    throw error;
                }

                host.Progress(new OperationProgress("Renting", "waiting up to a minute for the instance to be listed", 0, 0) { IsWait = true });
                await clock.Delay(BetweenLooks, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (SpotException failure) when (!ReferenceEquals(failure, error))
        {
            throw new SpotException(
                SpotErrorIds.RentUncertain, SpotErrorCategory.Connection,
                $"The response to the rental of offer {error.Target} was lost, and its instance could not be searched for: {failure.Message}", failure)
            {
                Target = error.Target,
                RecommendedAction = "List the instances when Vast.ai is available again: a rented instance is found by its label.",
            };
        }
    }

    /// <summary>Destroys a machine that is of no use, even when the user has stopped waiting. The error that says so.</summary>
    private async Task<SpotException> UndoAsync(RentIntent intent, long id, SpotException? error, IOperationHost host)
    {
        try
        {
            await remover.DestroyOneAsync(id, host, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SpotException failure)
        {
            return new SpotException(
                SpotErrorIds.InstanceNotRemoved, SpotErrorCategory.InvalidOperation,
                $"Cannot destroy instance {id}, which is not usable and is billed: {failure.Message}", failure)
            {
                Target = id.ToString(CultureInfo.InvariantCulture),
                RecommendedAction = $"Destroy instance {id}.",
            };
        }

        intent.Complete();
        host.Verbose($"Instance {id} is not usable and was destroyed.");
        return error is null or { ErrorId: SpotErrorIds.RequestRefused or SpotErrorIds.ServiceFailed }
            ? new SpotException(
                SpotErrorIds.OfferTaken, SpotErrorCategory.Unavailable,
                $"The instance of offer {error?.Target} did not start and was destroyed.", error)
            {
                Target = error?.Target,
                ServiceCode = error?.ServiceCode,
                RecommendedAction = "Search again and rent another offer.",
            }
            : error;
    }

    private async Task<VastInstance?> TryShowAsync(long id, IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ShowInstanceAsync(id, host, cancellationToken).ConfigureAwait(false) is { } row ? new VastInstance(row) : null;
        }
        catch (SpotException error)
        {
            host.Verbose($"Instance {id} was rented but cannot be shown yet: {error.Message}");
            return null;
        }
    }

    private static SpotInstance Describe(long id, VastLabel label, JObject offer, RentRequest request, decimal? hourly) => new()
    {
        Id = id.ToString(CultureInfo.InvariantCulture),
        Provider = SpotProvider.Vast,
        ClusterName = label.ClusterName,
        Name = label.Node,
        Region = offer.Text("geolocation") ?? "",
        InstanceType = $"{offer.Integer("num_gpus")}x {offer.Text("gpu_name")}",
        Architecture = VastPrices.Architecture(offer.Text("cpu_arch")),
        GpuName = offer.Text("gpu_name"),
        GpuCount = (int)(offer.Integer("num_gpus") ?? 0),
        Lifecycle = request.OnDemand ? SpotLifecycle.OnDemand : SpotLifecycle.Spot,
        State = SpotInstanceState.Pending,
        HourlyPrice = hourly,
    };

    private VastLifetime Lifetime(RentRequest request) =>
        new(request.ExpiresIn is { } life ? client.Time.GetUtcNow() + life : null, request.MaxIdle);

    private JObject Body(RentRequest request, VastLabel label, decimal? bid, VastLifetime lifetime) => new()
    {
        ["client_id"] = "me",
        ["image"] = request.Image,
        ["env"] = new JObject(lifetime.Extend([.. request.Environment, .. request.Ports.Select(PortVariable)]).Select(pair => new JProperty(pair.Key, pair.Value))),
        ["price"] = bid,
        ["disk"] = request.DiskGB,
        ["label"] = label.Text,
        ["onstart"] = lifetime.OnStart(request.OnStart, directory.Endpoint),
        ["image_login"] = request.ImageLogin,
        ["template_hash_id"] = request.TemplateHash,
        ["runtype"] = "ssh_direc ssh_proxy",
        ["python_utf8"] = false,
        ["lang_utf8"] = false,
        ["use_jupyter_lab"] = false,
        ["force"] = false,

        // Without this, an offer that cannot start now becomes a parked machine whose disk is billed.
        ["cancel_unavail"] = true,
    };

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
