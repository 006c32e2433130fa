using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// The REST API of Vast.ai, one method per operation. Rows come back as JSON objects, whole; refusals are thrown as
/// <see cref="SpotException"/>. Nothing here waits for a state or decides about ownership.
/// </summary>
internal sealed class VastClient(VastClientOptions options) : IDisposable
{
    public const string CreateOperation = "CreateInstance";

    /// <summary>Rows of one page of instances; the service gives no more.</summary>
    private const int PageSize = 25;

    /// <summary>More pages than any account has.</summary>
    private const int MostPages = 1000;

    /// <summary>Ids in one bulk call, as in the official program.</summary>
    public const int BulkSize = 64;

    private readonly VastTransport _transport = new(options);

    /// <inheritdoc cref="VastTransport.Time"/>
    public ServiceTime Time => _transport.Time;

    public void Dispose() => _transport.Dispose();

    /// <summary>Offers that match a query of the API's own form, at most 64.</summary>
    public async Task<IReadOnlyList<JObject>> SearchOffersAsync(JObject query, IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("ListOffers", HttpMethod.Post, "/api/v0/bundles/", VastEndpoint.Search) { Body = query };
        var reply = await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
        return [.. Rows(reply, "offers", call)];
    }

    /// <summary>
    /// Rents an offer. It is sent once; what cannot be told from the answer, or when there is none, comes back as
    /// <see cref="VastCreateOutcome.Uncertain"/> and is for the caller to clear up by the label.
    /// </summary>
    public async Task<VastCreateResult> CreateAsync(long offerId, JObject body, Action sending, IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall(CreateOperation, HttpMethod.Put, $"/api/v0/asks/{Text(offerId)}/", VastEndpoint.Create)
        {
            Body = body,
            Changes = true,
            Repeatable = false,
            Cancellable = false,
            Sending = sending,
            Target = Text(offerId),
        };
        VastReply reply;
        try
        {
            reply = await _transport.SendAsync(call, host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ErrorId is SpotErrorIds.EndpointUnreachable or SpotErrorIds.ServiceFailed)
        {
            return new VastCreateResult(VastCreateOutcome.Uncertain, null, error);
        }

        var contract = reply.Object.Integer("new_contract");
        if (reply.Succeeded && contract is not null)
        {
            return new VastCreateResult(VastCreateOutcome.Created, contract, null);
        }

        // A contract can come with a refusal: it exists, and its disk is billed.
        var outcome = contract is not null ? VastCreateOutcome.CreatedNotStarted
            : VastErrors.IsUncertain(reply) || reply.Succeeded ? VastCreateOutcome.Uncertain
            : VastCreateOutcome.Refused;
        return new VastCreateResult(outcome, contract, _transport.Refusal(reply, call));
    }

    /// <summary>
    /// Every instance of the account, page by page. What was read before a later page failed is not lost: it comes with the
    /// error that tells why the rest is missing. The first page failing is thrown.
    /// </summary>
    public async Task<(IReadOnlyList<JObject> Rows, SpotException? Incomplete)> ListInstancesAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var found = new Dictionary<long, JObject>();
        try
        {
            await ReadPagesAsync(
                "ListInstances",
                VastEndpoint.List,
                "instances",
                "/api/v1/instances/?select_filters=%7B%7D&order_by=" + Uri.EscapeDataString("[{\"col\":\"id\",\"dir\":\"asc\"}]") + "&limit=" + Text(PageSize),
                (row, call) =>
                {
                    // A row without an id can be neither shown nor removed, and must not pass for an empty account.
                    var id = row.Integer("id") ?? throw Unreadable(call, "an instance without an id");
                    var isNew = !found.ContainsKey(id);
                    found[id] = row;
                    return isNew;
                },
                host,
                cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (found.Count > 0)
        {
            // As a region that was not listed: what is not in the rows is then not known to be absent.
            error.Region = "vast";
            return ([.. found.Values], error);
        }

        return ([.. found.Values], null);
    }

    /// <summary>One instance; null when there is none of that id, or it is somebody else's.</summary>
    public async Task<JObject?> ShowInstanceAsync(long id, IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("GetInstance", HttpMethod.Get, $"/api/v0/instances/{Text(id)}/?owner=me", VastEndpoint.Show) { Target = Text(id) };
        VastReply reply;
        try
        {
            reply = await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ErrorId == SpotErrorIds.InstanceNotFound)
        {
            return null;
        }

        return reply.Object["instances"] switch
        {
            JObject row => row,
            JValue { Type: JTokenType.Null } => null,
            _ => throw Unreadable(call, "no instance"),
        };
    }

    /// <summary>Destroys an instance: its data is lost. False when it was gone already. An empty answer is a success.</summary>
    public async Task<bool> DestroyAsync(long id, IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("DestroyInstance", HttpMethod.Delete, $"/api/v0/instances/{Text(id)}/", VastEndpoint.Destroy)
        {
            Changes = true,
            IsRetriedByCaller = true,
            Target = Text(id),
        };
        try
        {
            await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SpotException error) when (error.ErrorId == SpotErrorIds.InstanceNotFound)
        {
            return false;
        }
    }

    /// <summary>Destroys up to <see cref="BulkSize"/> instances in one call. What became of each is for the caller to look up.</summary>
    public Task DestroyManyAsync(IReadOnlyCollection<long> ids, IOperationHost host, CancellationToken cancellationToken) =>
        _transport.RequestAsync(
            new VastCall("DestroyInstances", HttpMethod.Delete, "/api/v0/instances/", VastEndpoint.DestroyMany)
            {
                Changes = true,
                IsRetriedByCaller = true,
                Body = new JObject { ["instance_ids"] = new JArray(ids) },
            },
            host,
            cancellationToken);

    /// <summary>Starts or stops an instance. Returns the service's sentence, which tells when a start was only queued.</summary>
    public async Task<string?> SetStateAsync(long id, bool running, IOperationHost host, CancellationToken cancellationToken)
    {
        var reply = await _transport.RequestAsync(
            Manage(running ? "StartInstance" : "StopInstance", id, new JObject { ["state"] = running ? "running" : "stopped" }),
            host,
            cancellationToken).ConfigureAwait(false);
        return reply.Message;
    }

    public Task SetLabelAsync(long id, string label, IOperationHost host, CancellationToken cancellationToken) =>
        _transport.RequestAsync(Manage("LabelInstance", id, new JObject { ["label"] = label }), host, cancellationToken);

    /// <summary>Changes a bid, USD per hour of the machine; null for one that wins.</summary>
    public Task SetBidAsync(long id, decimal? price, IOperationHost host, CancellationToken cancellationToken) =>
        _transport.RequestAsync(
            new VastCall("ChangeBid", HttpMethod.Put, $"/api/v0/instances/bid_price/{Text(id)}/", VastEndpoint.Bid)
            {
                Changes = true,
                Target = Text(id),
                Body = new JObject { ["client_id"] = "me", ["price"] = price },
            },
            host,
            cancellationToken);

    /// <summary>The account: id, credit, balance.</summary>
    public async Task<JObject> GetUserAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("GetUser", HttpMethod.Get, "/api/v0/users/current/", VastEndpoint.User);
        var reply = await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
        return reply.Json as JObject ?? throw Unreadable(call, "no account");
    }

    /// <summary>The public SSH keys of the account.</summary>
    public async Task<IReadOnlyList<string>> ListSshKeysAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("ListSshKeys", HttpMethod.Get, "/api/v0/ssh/", VastEndpoint.Keys);
        var reply = await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
        return reply.Json is JArray rows
            ? [.. rows.OfType<JObject>().Where(row => row.Text("deleted_at") is null).Select(row => row.Text("key")).OfType<string>()]
            : throw Unreadable(call, "no list of keys");
    }

    /// <summary>Adds a public SSH key to the account; machines that are rented from then on accept it.</summary>
    public Task AddSshKeyAsync(string publicKey, IOperationHost host, CancellationToken cancellationToken) =>
        _transport.RequestAsync(
            new VastCall("CreateSshKey", HttpMethod.Post, "/api/v0/ssh/", VastEndpoint.KeyCreate)
            {
                Changes = true,
                Repeatable = false,
                Body = new JObject { ["ssh_key"] = publicKey },
            },
            host,
            cancellationToken);

    /// <summary>Charges of a span of time, one row per machine, all pages.</summary>
    public async Task<IReadOnlyList<JObject>> ListChargesAsync(DateTimeOffset from, DateTimeOffset to, IOperationHost host, CancellationToken cancellationToken)
    {
        var found = new List<JObject>();
        var filter = new JObject { ["day"] = new JObject { ["gte"] = from.ToUnixTimeSeconds(), ["lte"] = to.ToUnixTimeSeconds() } };
        await ReadPagesAsync(
            "ListCharges",
            VastEndpoint.Charges,
            "results",
            "/api/v0/charges/?select_filters=" + Uri.EscapeDataString(filter.ToString(Formatting.None)) + "&format=table&limit=100",
            (row, _) =>
            {
                found.Add(row);
                return true;
            },
            host,
            cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>Names of the GPUs that are on offer; null where the service does not say.</summary>
    public async Task<IReadOnlyList<string>?> ListGpuNamesAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("ListGpuNames", HttpMethod.Get, "/api/v0/gpu_names/unique/", VastEndpoint.GpuNames);
        try
        {
            var reply = await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
            return reply.Object["gpu_names"] is JArray { Count: > 0 } names ? [.. names.Values<string?>().OfType<string>()] : null;
        }
        catch (SpotException error) when (error.Category is not SpotErrorCategory.Authentication and not SpotErrorCategory.Connection)
        {
            host.Verbose($"Cannot list the names of the GPUs: {error.Message}");
            return null;
        }
    }

    /// <summary>Restarts the container of an instance; recycled, it is made anew from its image.</summary>
    public Task RestartAsync(long id, bool recycle, IOperationHost host, CancellationToken cancellationToken) =>
        _transport.RequestAsync(
            new VastCall(recycle ? "RecycleInstance" : "RebootInstance", HttpMethod.Put, $"/api/v0/instances/{(recycle ? "recycle" : "reboot")}/{Text(id)}/", VastEndpoint.Restart)
            {
                Changes = true,
                Repeatable = false,
                Target = Text(id),
            },
            host,
            cancellationToken);

    /// <summary>The last lines of a log. The service writes them to a page of its own, which is there a moment later.</summary>
    public async Task<string> GetLogAsync(long id, int lines, bool daemon, IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("RequestLogs", HttpMethod.Put, $"/api/v0/instances/request_logs/{Text(id)}/", VastEndpoint.Logs)
        {
            Target = Text(id),
            Body = daemon ? new JObject { ["tail"] = Text(lines), ["daemon_logs"] = "true" } : new JObject { ["tail"] = Text(lines) },
        };
        var reply = await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
        return Uri.TryCreate(reply.Object.Text("result_url"), UriKind.Absolute, out var page)
            ? await _transport.ReadPageAsync(page, call, host, cancellationToken).ConfigureAwait(false)
            : throw Unreadable(call, "no page with the log");
    }

    /// <summary>The volumes of the account, which are billed whether an instance uses them or not; none where the service has no volumes.</summary>
    public async Task<IReadOnlyList<VastVolume>> ListVolumesAsync(IOperationHost host, CancellationToken cancellationToken)
    {
        var call = new VastCall("ListVolumes", HttpMethod.Get, "/api/v0/volumes/?owner=me&type=all_volume", VastEndpoint.Volumes);
        var reply = await _transport.SendAsync(call, host, cancellationToken).ConfigureAwait(false);
        if (reply is { Status: 404, Code: "not_found" })
        {
            host.Verbose("The service does not support volumes.");
            return [];
        }

        return !reply.Succeeded ? throw _transport.Refusal(reply, call)
            : [.. Rows(reply, "volumes", call).Select(row => new VastVolume(row, row.Integer("id") ?? throw Unreadable(call, "a volume without an id"))).DistinctBy(volume => volume.Id)];
    }

    /// <summary>Deletes a volume: its data is lost.</summary>
    public Task DeleteVolumeAsync(long id, IOperationHost host, CancellationToken cancellationToken) =>
        _transport.RequestAsync(
            new VastCall("DeleteVolume", HttpMethod.Delete, "/api/v0/volumes/?id=" + Text(id), VastEndpoint.VolumeDelete) { Changes = true, Target = Text(id) },
            host,
            cancellationToken);

    /// <summary>Reads page after page until the service names no next one; what never comes to an end is an error.</summary>
    private async Task ReadPagesAsync(
        string operation,
        VastEndpoint endpoint,
        string rows,
        string path,
        Func<JObject, VastCall, bool> take,
        IOperationHost host,
        CancellationToken cancellationToken)
    {
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        string? token = null;
        do
        {
            var call = new VastCall(operation, HttpMethod.Get, token is null ? path : path + "&after_token=" + Uri.EscapeDataString(token), endpoint);
            var reply = await _transport.RequestAsync(call, host, cancellationToken).ConfigureAwait(false);
            var hasNew = false;
            foreach (var row in Rows(reply, rows, call))
            {
                hasNew |= take(row, call);
            }

            // Only a text or a number names a page: "next_token": false is the end like null.
            token = reply.Object["next_token"] switch
            {
                null or JValue { Value: null or false } => null,
                JValue { Type: JTokenType.String or JTokenType.Integer } => reply.Object.Text("next_token"),
                _ => throw Unreadable(call, "a token of the next page that is not valid"),
            };
            if (token is not null && (!hasNew || !tokens.Add(token) || tokens.Count >= MostPages))
            {
                throw Unreadable(call, "page after page without an end");
            }
        }
        while (token is not null);
    }

    private static VastCall Manage(string operation, long id, JObject body) =>
        new(operation, HttpMethod.Put, $"/api/v0/instances/{Text(id)}/", VastEndpoint.Manage) { Changes = true, Target = Text(id), Body = body };

    // Row by row, so that those before one that cannot be read are known.
    private static IEnumerable<JObject> Rows(VastReply reply, string name, VastCall call) =>
        (reply.Object[name] as JArray ?? throw Unreadable(call, $"no {name}")).Select(row => row as JObject ?? throw Unreadable(call, $"{name} that cannot be read"));

    private static SpotException Unreadable(VastCall call, string what) =>
        new(SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"Vast.ai answered {call.Operation} with {what}.") { Target = call.Target };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What became of a request to rent.</summary>
internal enum VastCreateOutcome
{
    /// <summary>The machine exists and starts.</summary>
    Created,

    /// <summary>A machine exists that does not start; its disk is billed.</summary>
    CreatedNotStarted,

    /// <summary>Nothing was rented.</summary>
    Refused,

    /// <summary>Nobody can tell.</summary>
    Uncertain,
}

/// <summary>The answer to a request to rent.</summary>
internal sealed record VastCreateResult(VastCreateOutcome Outcome, long? InstanceId, SpotException? Error);
