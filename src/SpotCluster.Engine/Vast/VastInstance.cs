using System.Globalization;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>One row of the list of instances, read once. Secrets of the row (Jupyter's token) are not carried along.</summary>
internal sealed class VastInstance
{
    /// <summary>A failure in the words of Docker and of the service: a word of its own, not a part of the name of an image or file.</summary>
    private static readonly Regex Failure = new(
        @"(?<![\w./:@-])(errors?|failed|failure|exception|traceback|oci runtime|permission denied|no space left)(?![\w/@-])",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    /// <summary>How messages of progress begin; the rest of these is the name of an image.</summary>
    private static readonly string[] ProgressWords =
        ["pulling", "downloading", "downloaded", "extracting", "verifying", "waiting", "status: ", "successfully loaded", "success, ", "digest: "];

    private readonly JObject _row;

    public VastInstance(JObject row)
    {
        _row = row;
        Id = row.Integer("id") ?? 0;
        Label = VastLabel.TryParse(row.Text("label"));
    }

    public long Id { get; }

    public string Key => Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The label as far as it is ours; null for a foreign machine.</summary>
    public VastLabel? Label { get; }

    public bool IsManaged => Label is not null;

    public string? RawLabel => _row.Text("label");

    public string Place => _row.Text("geolocation") ?? _row.Text("country_code") ?? "";

    public string? GpuName => _row.Text("gpu_name");

    public int GpuCount => (int)(_row.Integer("num_gpus") ?? 0);

    public long? HostMachine => _row.Integer("machine_id");

    public bool IsBid => _row.Flag("is_bid") == true;

    /// <summary>What is paid for the GPU, USD per hour: the bid of a spot machine.</summary>
    public decimal? GpuPrice => _row.Number("dph_base");

    /// <summary>The lowest bid that wins at the moment.</summary>
    public decimal? MarketBid => _row.Number("min_bid");

    /// <summary>True for a prepaid (reserved) machine: giving it back early costs money.</summary>
    public bool IsPrepaid => _row.Number("credit_balance") > 0;

    /// <summary>The end that it was rented with.</summary>
    public VastLifetime Lifetime => VastLifetime.Of(_row);

    /// <summary>When its time to live is over; null when it was rented without one.</summary>
    public DateTimeOffset? ExpiresAt => Lifetime.ExpiresAt;

    public DateTimeOffset? CreatedAt => _row.Instant("start_date");

    public decimal? UploadPrice => _row.Number("inet_up_cost");

    public decimal? DownloadPrice => _row.Number("inet_down_cost");

    /// <summary>Running or stopped: what its owner wants.</summary>
    public string? Intended => _row.Text("intended_status");

    /// <summary>All three states agree that it is stopped.</summary>
    public bool IsHalted => Intended == "stopped" && _row.Text("cur_state") == "stopped" && _row.Text("next_state") is "stopped" or null;

    /// <summary>
    /// A spot machine at rest whose bid is below the market. The API has no field for being outbid; a machine that its
    /// owner stopped and that could not start at its bid looks, and is, the same.
    /// </summary>
    public bool IsBelowMarket => IsHalted && IsBid && GpuPrice is { } bid && MarketBid is { } market && market > bid;

    /// <summary>USD per hour of the disk: the row's number, or the documented formula where the row has none.</summary>
    public decimal? DiskPrice =>
        _row.Number("storage_total_cost")
        ?? (_row.Number("storage_cost") is { } perMonth && _row.Number("disk_space") is { } size ? VastPrices.DiskHourly(perMonth, size) : null);

    /// <summary>USD per hour in the state that it is in now: the service's own number.</summary>
    public decimal? HourlyPrice =>
        IsHalted ? (_row["instance"] as JObject)?.Number("totalHour") ?? DiskPrice : _row.Number("dph_total");

    /// <summary>Why this instance must not be changed by a request for it; null when it may be.</summary>
    public SpotException? RefusalToChange(InstanceKey request)
    {
        if (!IsManaged && !request.IncludeForeign)
        {
            return new SpotException(
                SpotErrorIds.InstanceNotOurs, SpotErrorCategory.Refused,
                $"Instance {Key} is not managed by SpotCluster (its label is '{RawLabel}') and was not changed.")
            {
                Target = Key,
                RecommendedAction = "Use -IncludeForeign (--include-foreign) to change it, or adopt it into a cluster: Set-SpotInstance -Adopt.",
            };
        }

        return string.IsNullOrEmpty(request.Region) || string.Equals(request.Region, Place, StringComparison.OrdinalIgnoreCase) || Wildcard.IsMatch(request.Region, Place)
            ? null
            : new SpotException(
                SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"Instance {Key} is in '{Place}', not in '{request.Region}', and was not changed.")
            {
                Target = Key,
                RecommendedAction = "Omit the region: the id identifies an instance at Vast.ai.",
            };
    }

    /// <summary>The machine as users see it.</summary>
    /// <param name="state">What the tracker makes of its state.</param>
    /// <param name="reason">Why.</param>
    /// <param name="accountId">The account; null when it was not asked for.</param>
    public SpotInstance ToInstance(SpotInstanceState state, string? reason, string? accountId)
    {
        var (host, port) = SshAddress();
        return new SpotInstance
        {
            Id = Key,
            Provider = SpotProvider.Vast,
            ClusterName = Label?.ClusterName,
            Name = Label?.Node ?? RawLabel,
            Region = Place,
            InstanceType = GpuName is null ? null : $"{GpuCount}x {GpuName}",
            Architecture = VastPrices.Architecture(_row.Text("cpu_arch")),
            GpuName = GpuName,
            GpuCount = GpuCount,
            GpuLoad = _row.Number("gpu_util"),
            MaxIdle = Lifetime.MaxIdle,
            Lifecycle = IsBid ? SpotLifecycle.Spot : SpotLifecycle.OnDemand,
            State = state,
            StateReason = reason,
            PublicIp = _row.Text("public_ipaddr"),
            SshCommand = host is null || port is null ? null : FormattableString.Invariant($"ssh -p {port} root@{host}"),
            Ports = [.. PortMappings()],
            LaunchedAt = CreatedAt,
            ExpiresAt = ExpiresAt,
            LeaseEndsAt = Label?.LeaseEndsAt,
            ContractEndsAt = _row.Instant("end_date"),
            HourlyPrice = HourlyPrice,
            AccountId = accountId,
            Tags = Tags(),
        };
    }

    /// <summary>What the row alone says of the state; what needs two looks is the tracker's business.</summary>
    public (SpotInstanceState State, string? Reason) State(DateTimeOffset now)
    {
        var actual = _row.Text("actual_status");
        var said = _row.Text("status_msg");
        if (Intended == "stopped")
        {
            return IsHalted ? (SpotInstanceState.Stopped, null)
                : _row.Text("cur_state") == "running" ? (SpotInstanceState.Stopping, said)
                : (SpotInstanceState.Stopped, said);
        }

        switch (actual)
        {
            case "running":
                return (SpotInstanceState.Running, null);
            case "frozen":
                return (SpotInstanceState.Running, "frozen: paused by its host, and billed");
            case "exited" or "offline" or "unknown" or "stopped":
                // A machine that waits for its start also shows the container of its last run.
                return _row.Text("cur_state") == "stopped" && _row.Text("next_state") == "running"
                    ? (SpotInstanceState.Pending, "waiting for its GPU")
                    : (SpotInstanceState.Stuck, actual + (said is null ? "" : ": " + said));
            case null or "created" or "loading" or "scheduling" or "rebooting":
                if (said is not null && ReportsFailure(said))
                {
                    return (SpotInstanceState.Stuck, said);
                }

                return actual is not "rebooting" and not "scheduling" && now - CreatedAt > VastPrices.LoadingLimit
                    ? (SpotInstanceState.Stuck, $"{actual ?? "not started"} for more than {VastPrices.LoadingLimit.TotalMinutes:0} minutes")
                    : (SpotInstanceState.Pending, said ?? actual);
            default:
                return (SpotInstanceState.Unknown, actual);
        }
    }

    private bool ReportsFailure(string said)
    {
        if (ProgressWords.Any(word => said.StartsWith(word, StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        var image = _row.Text("image_uuid");
        return Failure.IsMatch(image is null ? said : said.Replace(image, "", StringComparison.OrdinalIgnoreCase));
    }

    private IEnumerable<string> PortMappings()
    {
        var address = _row.Text("public_ipaddr");
        foreach (var port in (_row["ports"] as JObject)?.Properties() ?? [])
        {
            if (address is not null && port.Value is JArray { Count: > 0 } mapped && (mapped[0] as JObject)?.Text("HostPort") is { } outside)
            {
                yield return $"{port.Name}={address}:{outside}";
            }
        }
    }

    private (string? Host, string? Port) SshAddress()
    {
        if (_row.Text("public_ipaddr") is { } address
            && _row["ports"] is JObject ports
            && ports["22/tcp"] is JArray { Count: > 0 } mapped
            && (mapped[0] as JObject)?.Text("HostPort") is { } direct)
        {
            return (address, direct);
        }

        // Jupyter images put their own server on the proxy's first port.
        return _row.Text("ssh_host") is { } proxy && _row.Integer("ssh_port") is { } port
            ? (proxy, (port + (_row.Text("image_runtype")?.Contains("jupyter", StringComparison.Ordinal) == true ? 1 : 0)).ToString(CultureInfo.InvariantCulture))
            : (null, null);
    }

    private Dictionary<string, string> Tags()
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, field) in new[]
        {
            ("label", "label"), ("image", "image_uuid"), ("machine", "machine_id"), ("disk-gb", "disk_space"), ("verification", "verification"),
        })
        {
            if (_row.Text(field) is { } value)
            {
                tags[key] = value;
            }
        }

        if (IsPrepaid)
        {
            tags[SpotInstance.PrepaidTag] = _row.Number("credit_balance")!.Value.ToString(CultureInfo.InvariantCulture);
        }

        if (IsBid && GpuPrice is { } bid)
        {
            tags["bid"] = bid.ToString(CultureInfo.InvariantCulture);
        }

        return tags;
    }
}
