using System.Globalization;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>Volumes, copies, and pages with logs and the output of commands. Called under the lock of the account.</summary>
internal sealed class VastStorage(VastAccount account)
{
    private static readonly TimeSpan Writing = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, (string Text, DateTimeOffset ReadyAt)> _pages = new(StringComparer.Ordinal);
    private readonly HashSet<string> _copies = new(StringComparer.Ordinal);
    private long _nextId = 70_000;

    /// <summary>The answer; null for an operation of somebody else.</summary>
    public SimulatedResponse? Answer(VastSimulatedCall call) => call.Operation switch
    {
        "ListVolumes" => Ok("volumes", new JArray(account.Volumes.Values.Select(Row))),
        "SearchVolumes" => VastApi.Json(200, new JObject { ["offers"] = new JArray(VastSearch.Run(account, call.Body).Select(VolumeOffer)) }),
        "SearchNetworkVolumes" => VastApi.Json(200, new JObject { ["offers"] = new JArray() }),
        "CreateVolume" => CreateVolume(call),
        "DeleteVolume" => account.Volumes.Remove(IdOf(call)) ? Ok() : throw new ServiceFaultException(404, "no_such_volume", "Volume not found."),
        "CopyVolume" => CopyVolume(call),
        "StartCopy" => StartCopy(call),
        "CancelCopy" => _copies.Remove(EndOf((string?)call.Body["dst_id"])) ? Ok() : throw new ServiceFaultException(400, "invalid_args", "No copy is in progress."),
        "RequestLogs" => RequestLogs(call),
        "RunCommand" => RunCommand(call),
        "ReadPage" => ReadPage(call),
        _ => null,
    };

    private static SimulatedResponse Ok() => VastApi.Json(200, new JObject { ["success"] = true });

    private static SimulatedResponse Ok(string name, JToken rows) => VastApi.Json(200, new JObject { ["success"] = true, [name] = rows });

    private static long IdOf(VastSimulatedCall call) =>
        call.Query.TryGetValue("id", out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new ServiceFaultException(400, "invalid_args", "id is required");

    private static JObject VolumeOffer(JObject offer)
    {
        offer["disk_space"] = Math.Min(500, (int)offer["disk_space"]!);
        return offer;
    }

    private static JObject Row(VastDisk disk) => new()
    {
        ["id"] = disk.Id,
        ["label"] = disk.Name,
        ["disk_space"] = (double)disk.SizeGB,
        ["storage_cost"] = (double)disk.Offer.StoragePerMonth,
        ["storage_total_cost"] = (double)disk.HourlyPrice,
        ["machine_id"] = disk.Offer.MachineId,
        ["host_id"] = disk.Offer.HostId,
        ["geolocation"] = disk.Offer.Place + ", " + disk.Offer.Country,
        ["status"] = "active",
        ["start_date"] = disk.CreatedAt.ToUnixTimeSeconds(),
        ["instances"] = new JArray(),
        ["driver_version"] = "570.86.15",
        ["verification"] = disk.Offer.Verified ? "verified" : "unverified",
        ["reliability2"] = disk.Offer.Reliability,
        ["cpu_arch"] = "amd64",
        ["disk_bw"] = 2400.0,
        ["inet_up"] = 800.0,
        ["inet_down"] = 900.0,
    };

    private SimulatedResponse CreateVolume(VastSimulatedCall call)
    {
        var offer = account.Offers.FirstOrDefault(one => one.Id == (long?)call.Body["id"]) ?? throw new ServiceFaultException(404, "no_such_ask", "The volume offer is not available.");
        var size = (decimal?)call.Body["size"] ?? 15;
        if (size < 1 || size > offer.DiskGB)
        {
            throw new ServiceFaultException(400, "invalid_args", "size is out of range");
        }

        var disk = new VastDisk(++_nextId, offer, size, (string?)call.Body["name"] ?? "V." + _nextId.ToString(CultureInfo.InvariantCulture), account.Now);
        account.Volumes[disk.Id] = disk;
        return VastApi.Json(200, new JObject { ["success"] = true, ["id"] = disk.Id, ["volume_name"] = disk.Name });
    }

    private SimulatedResponse CopyVolume(VastSimulatedCall call)
    {
        if (!account.Volumes.TryGetValue((long?)call.Body["src_id"] ?? 0, out _))
        {
            throw new ServiceFaultException(404, "no_such_volume", "Volume not found.");
        }

        return VastApi.Json(200, new JObject { ["success"] = true, ["msg"] = "Volume copy started." });
    }

    private SimulatedResponse StartCopy(VastSimulatedCall call)
    {
        foreach (var name in new[] { "src_id", "dst_id", "instance_id" })
        {
            if (long.TryParse(EndOf((string?)call.Body[name]), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && !account.Rentals.ContainsKey(id))
            {
                throw new ServiceFaultException(404, "no_such_instance", $"Instance {id} not found.");
            }
        }

        _copies.Add(EndOf((string?)call.Body["dst_id"] ?? (string?)call.Body["instance_id"]));
        return VastApi.Json(200, new JObject { ["success"] = true, ["msg"] = "Copy initiated - check instance status bar for progress updates (~30 seconds delayed)." });
    }

    // An instance is C.ID or its ID alone.
    private static string EndOf(string? name) => name is null ? "" : name.StartsWith("C.", StringComparison.Ordinal) ? name[2..] : name;

    private SimulatedResponse RequestLogs(VastSimulatedCall call)
    {
        var rental = Rental(call);
        var isDaemon = (string?)call.Body["daemon_logs"] == "true";
        var lines = Log(rental, isDaemon).Where(line => (string?)call.Body["filter"] is not { Length: > 0 } filter || line.Contains(filter)).ToArray();
        var tail = int.TryParse((string?)call.Body["tail"], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 1000;
        return Page(call, string.Concat(lines.Skip(lines.Length - tail).Select(line => line + "\n")));
    }

    private IEnumerable<string> Log(VastRental rental, bool isDaemon)
    {
        var start = rental.StartedAt;
        string Line(double seconds, string text) => (start + TimeSpan.FromSeconds(seconds)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) + " " + text;
        var status = rental.Status(account.Now);
        if (isDaemon)
        {
            yield return Line(0, $"daemon: creating container C.{rental.Id}");
            yield return Line(5, "daemon: pulling " + rental.Image);
            if (rental.Message(account.Now) is { } said)
            {
                yield return Line(6, "daemon: " + said.Trim());
            }

            yield break;
        }

        if (status is "running" or "exited")
        {
            yield return Line(6, "Start OK");
            yield return Line(7, rental.OnStart is null ? "no onstart script" : "running onstart script");
            yield return Line(8, "sshd: Server listening on 0.0.0.0 port 22.");
        }

        if (status == "exited" && rental.Fate == VastFate.Exits)
        {
            yield return Line(9, "container exited with code 1");
        }
    }

    private SimulatedResponse RunCommand(VastSimulatedCall call)
    {
        var rental = Rental(call);
        var words = ((string?)call.Body["command"] ?? "").Split([' '], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0] is not ("ls" or "rm" or "du") || ((string?)call.Body["command"])!.Length > 512)
        {
            throw new ServiceFaultException(400, "invalid_args", "Invalid command given: only ls, rm and du are supported.");
        }

        var answer = Page(call, words[0] switch { "ls" => "onstart.sh\nworkspace\n", "du" => "12K\t.\n", _ => "" });
        var body = JObject.Parse(answer.Body);
        body["writeable_path"] = $"/var/lib/vastai_kaalia/data/instance_extra_files/C.{rental.Id}/";
        return VastApi.Json(200, body);
    }

    private SimulatedResponse Page(VastSimulatedCall call, string text)
    {
        var name = (++_nextId).ToString("x8", CultureInfo.InvariantCulture);
        _pages[name] = (text, account.Now + Writing);
        return VastApi.Json(200, new JObject { ["success"] = true, ["result_url"] = new Uri(call.Request.Uri, "/api/v0/results/" + name).AbsoluteUri, ["msg"] = "Logs requested." });
    }

    // It lies with a storage provider, which answers in its own words until it is there.
    private SimulatedResponse ReadPage(VastSimulatedCall call) =>
        _pages.TryGetValue(call.Name, out var page) && page.ReadyAt <= account.Now
            ? new SimulatedResponse(200, "text/plain", page.Text)
            : new SimulatedResponse(404, "application/xml", "<Error><Code>NoSuchKey</Code></Error>");

    private VastRental Rental(VastSimulatedCall call) =>
        account.Rentals.TryGetValue(call.Id, out var rental) ? rental : throw new ServiceFaultException(404, "invalid_id", $"Instance {call.Id} not found.");
}

/// <summary>A volume: a disk that outlives instances.</summary>
internal sealed record VastDisk(long Id, VastOffer Offer, decimal SizeGB, string Name, DateTimeOffset CreatedAt)
{
    public decimal HourlyPrice => Offer.DiskHourly(SizeGB);
}
