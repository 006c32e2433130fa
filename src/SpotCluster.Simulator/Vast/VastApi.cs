using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>The operations. Called under the lock of the account.</summary>
internal sealed class VastApi(VastAccount account, SimulatedVastOptions options, int seed, Func<VastFate> nextFate)
{
    private readonly VastRegister _register = new(account);
    private readonly VastStorage _storage = new(account);

    private const int MostPerPage = 25;

    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(8);

    private static readonly HashSet<string> FilterColumns = new(StringComparer.Ordinal) { "actual_status", "gpu_name", "verification", "id", "label" };

    /// <summary>An answer whose content type is exactly <c>application/json</c>, as the official program demands.</summary>
    public static SimulatedResponse Json(int status, JToken body) => new(status, "application/json", body.ToString(Formatting.None));

    public SimulatedResponse Answer(VastSimulatedCall call)
    {
        var answer = _register.Answer(call) ?? _storage.Answer(call) ?? AnswerRentals(call);
        _register.Audit(call);
        return answer;
    }

    private SimulatedResponse AnswerRentals(VastSimulatedCall call) => call.Operation switch
    {
        "ListOffers" => ListOffers(call),
        "ListGpuNames" => Json(200, new JObject { ["gpu_names"] = new JArray(account.Offers.Select(offer => offer.GpuName).Distinct()) }),
        "CreateInstance" => Create(call.Id, call.Body),
        "CreateInstances" => CreateMany(call),
        "LaunchInstance" => Launch(call),
        "ListInstances" => ListPage(call),
        "ListInstancesV0" when !options.OldList => throw new ServiceFaultException(410, "deprecated_endpoint", "/api/v0/instances/ is deprecated. Use /api/v1/instances/ instead."),
        "ListInstancesV0" => Json(200, new JObject { ["instances"] = new JArray(Visible().Select(Row)) }),
        "ListInstanceFilters" => Json(200, new JObject { ["filters"] = new JArray(Visible().Select(Filter)) }),
        "GetInstance" => Json(200, new JObject { ["instances"] = Visible().FirstOrDefault(rental => rental.Id == call.Id) is { } rental ? Row(rental) : null }),
        "DestroyInstance" => Destroy(call),
        "DestroyInstances" => DestroyMany(call),
        "StartInstance" or "StopInstance" => Manage(Rental(call.Id), (string?)call.Body["state"]),
        "ManageInstances" => ManageMany(call),
        "LabelInstance" => Label(call),
        "ChangeBid" => ChangeBid(call),
        "RebootInstance" => Reboot(call),
        "UpdateInstance" or "TakeSnapshot" => Touch(call),
        "PrepayInstance" => Prepay(call),
        "GetDeposit" => Json(200, new JObject { ["success"] = true, ["balance"] = (double)Rental(call.Id).Prepaid, ["discount"] = 0.0, ["deposit"] = (double)Rental(call.Id).Prepaid }),
        "ListInstanceKeys" => Json(200, new JObject { ["success"] = true, ["ssh_keys"] = new JArray(Rental(call.Id).Keys.Select(key => new JObject { ["id"] = 1, ["public_key"] = key })).ToString(Formatting.None) }),
        "AttachKey" => AttachKey(call),
        "DetachKey" => DetachKey(call),
        "ChangeSshKey" => ChangeSshKey(call),
        "ListSshKeys" => Json(200, new JArray(account.SshKeys.Select(SshKey))),
        "CreateSshKey" => CreateSshKey(call),
        "DeleteSshKey" => DeleteSshKey(call),
        "GetUser" => GetUser(),
        "ListCharges" => ListCharges(call),
        _ => throw new ServiceFaultException(404, "not_found", "No such route."),
    };

    private SimulatedResponse ListOffers(VastSimulatedCall call)
    {
        var query = call.Body["q"] as JObject ?? call.Body;
        if (call.Query.TryGetValue("q", out var text) && JToken.Parse(text) is JObject inAddress)
        {
            query = inAddress;
        }

        if (call.Query.TryGetValue("limit", out var limit))
        {
            query["limit"] = limit;
        }

        return Json(200, new JObject { ["offers"] = new JArray(VastSearch.Run(account, query)) });
    }

    private SimulatedResponse CreateMany(VastSimulatedCall call)
    {
        var answers = (call.Body["ids"] as JArray ?? []).Select(id => JObject.Parse(Create((long)id, call.Body).Body)).ToArray();
        return answers.Length > 0
            ? Json(200, new JObject { ["success"] = true, ["results"] = new JArray(answers), ["new_contracts"] = new JArray(answers.Select(answer => answer["new_contract"])) })
            : throw new ServiceFaultException(400, "invalid_args", "ids is required");
    }

    private SimulatedResponse Launch(VastSimulatedCall call)
    {
        var found = VastSearch.Run(account, (JObject)(call.Body["q"] as JObject ?? []).DeepClone());
        return found.Count > 0 ? Create((long)found[0]["id"]!, call.Body) : throw new ServiceFaultException(404, "no_such_ask", "No offer matches the query.");
    }

    private SimulatedResponse Create(long offerId, JObject body)
    {
        body = (JObject)body.DeepClone();
        if ((string?)body["template_hash_id"] is { Length: > 0 } hash)
        {
            Fill(body, _register.Template(hash));
        }

        var image = (string?)body["image"];
        var label = (string?)body["label"];
        var disk = body["disk"] is { Type: not JTokenType.Null } size ? (decimal)size : 10;
        var bid = body["price"] is { Type: not JTokenType.Null } price ? (decimal)price : (decimal?)null;
        if (string.IsNullOrEmpty(image) || image!.Length > 1024 || disk < 8)
        {
            throw new ServiceFaultException(400, "invalid_args", "image and disk are required; disk is at least 8 GB");
        }

        if (label?.Length > 256)
        {
            throw new ServiceFaultException(400, "label_too_long", "label is longer than 256 characters");
        }

        if (bid is < 0.001m or > 128m)
        {
            throw new ServiceFaultException(400, "invalid_price", "price must be from 0.001 to 128");
        }

        if (body["env"] is { Type: not (JTokenType.Object or JTokenType.Null) })
        {
            throw new ServiceFaultException(400, "invalid_args", "env must be an object");
        }

        var offer = account.Offers.FirstOrDefault(o => o.Id == offerId)
            ?? throw new ServiceFaultException(404, "invalid_args", $"error 404/3603: no_such_ask Instance type by id {offerId} is not available.");
        if (account.Credit <= 0)
        {
            return Json(400, new JObject
            {
                ["success"] = false,
                ["error"] = "insufficient_credit",
                ["msg"] = "Your account lacks credit; see the billing page.",
                ["ask_id"] = offerId,
            });
        }

        if (account.BurnRate + (bid ?? offer.ListPrice) > options.SpendRateLimit)
        {
            throw new ServiceFaultException(400, "spend_rate_limit", "Your account is new; its spend rate is limited for now.");
        }

        var fate = nextFate();
        if (fate == VastFate.OfferGone)
        {
            offer.TakenForGood = true;
        }

        // With cancel_unavail a machine that cannot start is not made; without, it is parked and its disk is billed.
        var startable = account.IsFree(offer) && (bid is null || bid >= offer.MinBid(account.Now));
        if (!startable && (bool?)body["cancel_unavail"] == true)
        {
            throw new ServiceFaultException(410, "no_such_ask", $"error 410/3907: no_such_ask Instance type {offerId} is no longer available.");
        }

        var rental = new VastRental
        {
            Id = account.NewId(),
            Offer = offer,
            Label = label,
            Image = image,
            Runtype = (string?)body["runtype"] ?? "ssh_proxy",
            OnStart = (string?)body["onstart"],
            Environment = body["env"] is JObject env
                ? [.. env.Properties().Select(pair => new KeyValuePair<string, string>(pair.Name, pair.Value.ToString()))]
                : [],
            DiskGB = disk,
            Bid = bid,
            CreatedAt = account.Now,
            StartedAt = account.Now,
            LoadingTime = Loading(offer),
            Fate = fate,
        };
        account.Rentals[rental.Id] = rental;
        var parked = !startable || fate == VastFate.Parked;
        if (parked)
        {
            rental.Stop();
        }

        var answer = new JObject
        {
            ["success"] = !parked,
            ["new_contract"] = rental.Id,
            ["instance_api_key"] = "instance-secret-" + rental.Id.ToString(CultureInfo.InvariantCulture),
            ["ask_id"] = offerId,
        };
        if (parked)
        {
            answer["msg"] = "The instance could not be started; it was created stopped.";
        }

        return Json(200, answer);
    }

    private SimulatedResponse ListPage(VastSimulatedCall call)
    {
        var rentals = Visible().ToList();
        if (call.Query.TryGetValue("select_filters", out var text) && JToken.Parse(text) is JObject filters)
        {
            foreach (var filter in filters.Properties())
            {
                if (!FilterColumns.Contains(filter.Name))
                {
                    throw new ServiceFaultException(400, "invalid_request", $"{filter.Name} is not a valid search key");
                }

                rentals.RemoveAll(rental => !Matches(Row(rental)[filter.Name], filter.Value));
            }
        }

        var from = 0L;
        if (call.Query.TryGetValue("after_token", out var token) && !long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out from))
        {
            throw new ServiceFaultException(400, "invalid_token", "after_token is not valid");
        }

        var limit = call.Query.TryGetValue("limit", out var asked) && int.TryParse(asked, NumberStyles.Integer, CultureInfo.InvariantCulture, out var wanted)
            ? Math.Min(MostPerPage, wanted <= 0 ? 5 : wanted)
            : MostPerPage;
        limit = Math.Min(limit, call.PageLimit ?? limit);
        var page = rentals.Where(rental => rental.Id > from).Take(limit).ToArray();
        var more = page.Length > 0 && rentals.Any(rental => rental.Id > page[page.Length - 1].Id);
        return Json(200, new JObject
        {
            ["success"] = true,
            ["instances_found"] = rentals.Count,
            ["total_instances"] = Visible().Count(),
            ["label_counts"] = new JObject(Visible().GroupBy(rental => rental.Label ?? "").Select(group => new JProperty(group.Key, group.Count()))),
            ["next_token"] = more ? page[page.Length - 1].Id.ToString(CultureInfo.InvariantCulture) : null,
            ["instances"] = new JArray(page.Select(Row)),
        });
    }

    private SimulatedResponse Destroy(VastSimulatedCall call)
    {
        var rental = Rental(call.Id);
        account.Rentals.Remove(rental.Id);
        return options.EmptyDeleteBody ? new SimulatedResponse(204, "", "") : Done();
    }

    private SimulatedResponse DestroyMany(VastSimulatedCall call)
    {
        var ids = (call.Body["instance_ids"] as JArray ?? []).Select(id => (long)id).ToArray();
        if (ids.Length == 0)
        {
            throw new ServiceFaultException(400, "invalid_args", "instance_ids is required");
        }

        foreach (var id in options.BulkSkips ? ids.Take(1) : ids)
        {
            account.Rentals.Remove(id);
        }

        return options.EmptyDeleteBody ? new SimulatedResponse(204, "", "") : Done();
    }

    private SimulatedResponse ManageMany(VastSimulatedCall call)
    {
        foreach (var id in (call.Body["ids"] as JArray ?? []).Select(id => (long)id))
        {
            Manage(Rental(id), (string?)call.Body["state"]);
        }

        return Done();
    }

    private SimulatedResponse Manage(VastRental rental, string? state)
    {
        switch (state)
        {
            case "stopped":
                rental.Stop();
                return Done();
            case "running" when rental.HoldsGpu:
                return Done();
            case "running" when account.Credit <= 0:
                throw new ServiceFaultException(400, "insufficient_credit", "Your account lacks credit; see the billing page.");
            case "running":
                rental.WantedRunning = true;
                if (account.IsFree(rental.Offer) && (rental.Bid is null || rental.Bid >= rental.Offer.MinBid(account.Now)))
                {
                    account.Start(rental);
                    return Done();
                }

                rental.Queued = true;
                return Json(200, new JObject { ["success"] = true, ["msg"] = "Required resources are currently unavailable, state change queued." });
            default:
                throw new ServiceFaultException(400, "invalid_args", "state must be running or stopped");
        }
    }

    private SimulatedResponse Label(VastSimulatedCall call)
    {
        var label = (string?)call.Body["label"];
        if (label?.Length > 1024)
        {
            throw new ServiceFaultException(400, "label_too_long", "label is longer than 1024 characters");
        }

        Rental(call.Id).Label = label;
        return Done();
    }

    private SimulatedResponse ChangeBid(VastSimulatedCall call)
    {
        var rental = Rental(call.Id);
        if (!rental.IsBid)
        {
            throw new ServiceFaultException(400, "invalid_args", "The instance was not rented by a bid.");
        }

        // No price asks for one that wins.
        var price = call.Body["price"] is { Type: not JTokenType.Null } given ? (decimal)given : rental.Offer.MinBid(account.Now);
        if (price < 0.001m || price > 32 * rental.Offer.GpuCount)
        {
            throw new ServiceFaultException(400, "invalid_price", "price is out of range");
        }

        rental.Bid = price;
        return Done();
    }

    private SimulatedResponse Reboot(VastSimulatedCall call)
    {
        var rental = Rental(call.Id);
        if (rental.HoldsGpu)
        {
            rental.StartedAt = account.Now;
        }

        return Done();
    }

    private SimulatedResponse Touch(VastSimulatedCall call)
    {
        _ = Rental(call.Id);
        return Json(200, new JObject { ["success"] = true, ["msg"] = "ok", ["updated_instance"] = new JObject { ["id"] = call.Id } });
    }

    private SimulatedResponse Prepay(VastSimulatedCall call)
    {
        var rental = Rental(call.Id);
        var amount = (decimal?)call.Body["amount"] ?? 0;
        if (amount <= 0 || amount > account.Credit)
        {
            throw new ServiceFaultException(411, "", "Insufficient credit");
        }

        account.Credit -= amount;
        rental.Prepaid += amount;
        return Json(200, new JObject { ["success"] = true, ["timescale"] = 1.0, ["discount_rate"] = 0.1 });
    }

    private SimulatedResponse AttachKey(VastSimulatedCall call)
    {
        var key = (string?)call.Body["ssh_key"];
        if (string.IsNullOrEmpty(key))
        {
            throw new ServiceFaultException(400, "no_ssh_key", "ssh_key is required");
        }

        Rental(call.Id).Keys.Add(key!);
        return Json(200, new JObject { ["success"] = true, ["msg"] = "SSH key added to instance." });
    }

    private SimulatedResponse DetachKey(VastSimulatedCall call)
    {
        var keys = Rental(call.Id).Keys;
        if (keys.Count == 0)
        {
            throw new ServiceFaultException(404, "no_such_ssh_key", "No such key.");
        }

        keys.RemoveAt(0);
        return Done();
    }

    private SimulatedResponse ChangeSshKey(VastSimulatedCall call)
    {
        var index = account.SshKeys.FindIndex(key => key.Id == call.Id);
        if (index < 0)
        {
            throw new ServiceFaultException(404, "no_such_ssh_key", "No such key.");
        }

        account.SshKeys[index] = (call.Id, (string?)call.Body["ssh_key"] ?? "", account.SshKeys[index].CreatedAt);
        return Done();
    }

    // What a template leaves open, the request says, and the other way round; a template writes its environment as docker does.
    private static void Fill(JObject body, JObject template)
    {
        if (string.IsNullOrEmpty((string?)body["image"]))
        {
            body["image"] = (string?)template["tag"] is { Length: > 0 } tag ? $"{template["image"]}:{tag}" : template["image"];
        }

        if (string.IsNullOrEmpty((string?)body["onstart"]))
        {
            body["onstart"] = template["onstart"];
        }

        if (body["disk"] is null or { Type: JTokenType.Null } && template["recommended_disk_space"] is { Type: not JTokenType.Null } disk)
        {
            body["disk"] = disk;
        }

        var environment = body["env"] as JObject ?? [];
        var words = ((string?)template["env"] ?? "").Split([' '], StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i + 1 < words.Length; i += 2)
        {
            var parts = words[i + 1].Split(['='], 2);
            var (name, value) = words[i] == "-e" ? (parts[0], parts.Length > 1 ? parts[1] : "") : (words[i] + " " + words[i + 1], "1");
            environment[name] ??= value;
        }

        body["env"] = environment;
    }

    private SimulatedResponse CreateSshKey(VastSimulatedCall call)
    {
        var key = ((string?)call.Body["ssh_key"])?.Trim();
        if (string.IsNullOrEmpty(key))
        {
            throw new ServiceFaultException(400, "no_ssh_key", "ssh_key is required");
        }

        var id = 500 + account.SshKeys.Count;
        account.SshKeys.Add((id, key!, account.Now));
        return Json(200, new JObject { ["success"] = true, ["key"] = new JObject { ["id"] = id, ["public_key"] = key } });
    }

    private SimulatedResponse DeleteSshKey(VastSimulatedCall call) =>
        account.SshKeys.RemoveAll(key => key.Id == call.Id) > 0 ? Done() : throw new ServiceFaultException(404, "no_such_ssh_key", "No such key.");

    private SimulatedResponse GetUser() => Json(200, new JObject
    {
        ["id"] = account.UserId,
        ["username"] = "simulated",
        ["email"] = "simulated@example.com",
        ["credit"] = (double)Math.Max(0, Math.Round(account.Credit, 6)),
        ["balance"] = (double)Math.Min(0, Math.Round(account.Credit, 6)),
        ["balance_threshold"] = -0.01,
        ["balance_threshold_enabled"] = false,
        ["can_pay"] = true,
        ["has_billing"] = false,
        ["ssh_key"] = account.SshKeys.Count > 0 ? account.SshKeys[0].Key : null,
        ["api_key"] = "secret-of-the-account",
    });

    private SimulatedResponse ListCharges(VastSimulatedCall call)
    {
        var first = long.MinValue;
        var last = long.MaxValue;
        if (call.Query.TryGetValue("select_filters", out var text) && JToken.Parse(text) is JObject filters && filters["day"] is JObject day)
        {
            first = ((long?)day["gte"] ?? 0) / 86_400;
            last = ((long?)day["lte"] ?? long.MaxValue) / 86_400;
        }

        var rows = account.Charges
            .Where(charge => charge.Key.Day >= first && charge.Key.Day <= last)
            .GroupBy(charge => charge.Key.Id)
            .OrderBy(machine => machine.Key)
            .Select(machine => new JObject
            {
                ["type"] = machine.First().Key.Kind == "volume" ? "volume" : "instance",
                ["source"] = (machine.First().Key.Kind == "volume" ? "volume-" : "instance-") + machine.Key.ToString(CultureInfo.InvariantCulture),
                ["description"] = $"{(machine.First().Key.Kind == "volume" ? "Volume" : "Instance")} {machine.Key} Charges",
                ["start"] = machine.Min(charge => charge.Key.Day) * 86_400,
                ["end"] = (machine.Max(charge => charge.Key.Day) + 1) * 86_400,
                ["amount"] = (double)machine.Sum(charge => charge.Value.Amount),
                ["metadata"] = new JObject { ["label"] = machine.Last().Value.Label },
                ["items"] = new JArray(machine.GroupBy(charge => charge.Key.Kind).Select(kind => new JObject
                {
                    ["type"] = kind.Key,
                    ["source"] = null,
                    ["description"] = $"{kind.Key} of {machine.Key}",
                    ["start"] = kind.Min(charge => charge.Key.Day) * 86_400,
                    ["end"] = (kind.Max(charge => charge.Key.Day) + 1) * 86_400,
                    ["amount"] = (double)kind.Sum(charge => charge.Value.Amount),
                    ["metadata"] = new JObject(),
                    ["items"] = new JArray(),
                })),
            })
            .ToArray();
        var skip = call.Query.TryGetValue("after_token", out var token) ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        var limit = call.Query.TryGetValue("limit", out var asked) ? Math.Min(100, int.Parse(asked, CultureInfo.InvariantCulture)) : 20;
        return Json(200, new JObject
        {
            ["success"] = true,
            ["count"] = Math.Min(limit, Math.Max(0, rows.Length - skip)),
            ["total"] = rows.Length,
            ["next_token"] = skip + limit < rows.Length ? (skip + limit).ToString(CultureInfo.InvariantCulture) : null,
            ["results"] = new JArray(rows.Skip(skip).Take(limit)),
        });
    }

    private IEnumerable<VastRental> Visible() => account.Rentals.Values.Where(rental => rental.CreatedAt + options.ListingDelay <= account.Now);

    private JObject Row(VastRental rental) =>
        VastRows.Rental(rental, account.Now, options.FreshLooksStopped && account.Now - rental.CreatedAt < FreshFor, account.SshAddress);

    private JObject Filter(VastRental rental)
    {
        var row = Row(rental);
        return new JObject { ["actual_status"] = row["actual_status"], ["verification"] = row["verification"], ["gpu_name"] = row["gpu_name"] };
    }

    private VastRental Rental(long id) =>
        account.Rentals.TryGetValue(id, out var rental) ? rental : throw new ServiceFaultException(404, "no_such_instance", $"Instance {id} not found.");

    private TimeSpan Loading(VastOffer offer)
    {
        var (least, most) = options.LoadingTime;
        return least + TimeSpan.FromTicks((long)((most - least).Ticks * Chance.Unit(seed, $"vast/loading/{offer.Index}/{account.Rentals.Count}")));
    }

    private static bool Matches(JToken? actual, JToken wanted) => wanted switch
    {
        JObject { Count: 1 } one when one["eq"] is { } value => JToken.DeepEquals(actual, value),
        JObject { Count: 1 } one when one["in"] is JArray values => values.Any(value => JToken.DeepEquals(actual, value)
            || (value.Type == JTokenType.Null && actual is null or { Type: JTokenType.Null })),
        JObject => throw new ServiceFaultException(400, "invalid_request", "unknown operator"),
        _ => JToken.DeepEquals(actual, wanted),
    };

    private static JObject SshKey((long Id, string Key, DateTimeOffset CreatedAt) key) => new()
    {
        ["id"] = key.Id,
        ["key"] = key.Key,
        ["created_at"] = key.CreatedAt.ToString("O", CultureInfo.InvariantCulture),
        ["deleted_at"] = null,
    };

    private static SimulatedResponse Done() => Json(200, new JObject { ["success"] = true });
}
