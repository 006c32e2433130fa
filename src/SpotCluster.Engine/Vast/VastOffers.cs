using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Translates a search into the API's query and its rows into offers.</summary>
internal static class VastOffers
{
    /// <summary>Offers of one answer; the service gives no more.</summary>
    public const int PageSize = 64;

    /// <summary>Less than the least step between two prices, USD per hour.</summary>
    public const decimal PriceStep = 0.0000001m;

    /// <summary>The query of one page.</summary>
    /// <param name="query">What is wanted.</param>
    /// <param name="gpuNames">Exact names of GPUs; empty for every one.</param>
    /// <param name="fromPrice">Lowest price, to read on after a full page; null for the first.</param>
    /// <param name="afterId">Only that price, and offers with a higher id: for pages that end in the middle of one price. Null for all.</param>
    public static JObject Query(OfferQuery query, IReadOnlyCollection<string> gpuNames, decimal? fromPrice, long? afterId)
    {
        var body = new JObject
        {
            ["external"] = Is("eq", false),
            ["rentable"] = Is("eq", true),
            ["rented"] = Is("eq", false),
            ["type"] = query.OnDemand ? "on-demand" : "bid",
            ["order"] = new JArray { new JArray("dph_total", "asc"), new JArray("id", "asc") },
            ["limit"] = PageSize,
            ["allocated_storage"] = query.DiskGB,
            ["disk_space"] = Is("gte", query.DiskGB),
        };
        if (!query.IncludeUnverified)
        {
            body["verified"] = Is("eq", true);
        }

        if (gpuNames.Count > 0)
        {
            body["gpu_name"] = new JObject { ["in"] = new JArray(gpuNames) };
        }

        VastNames.RequireCountries(query.Geolocation);
        if (query.Geolocation.Count > 0)
        {
            body["geolocation"] = new JObject { ["in"] = new JArray(query.Geolocation.Select(code => code.ToUpperInvariant())) };
        }

        AddLeast(body, "gpu_ram", Larger(query.MinGpuMemory * 1000, Mebibytes(query.MinGpuMemoryGiB)));
        AddLeast(body, "cpu_ram", Mebibytes(query.MinMemoryGiB));
        AddLeast(body, "cpu_cores_effective", query.MinVCpu);
        AddLeast(body, "reliability2", query.MinReliability);
        AddLeast(body, "inet_down", query.MinDownload);
        AddLeast(body, "inet_up", query.MinUpload);
        AddLeast(body, "cuda_max_good", query.MinCuda);
        AddLeast(body, "driver_version", DriverNumber(query.MinDriver));
        AddNumbers(body, "host_id", query.HostIds, query.ExcludedHostIds);
        AddNumbers(body, "machine_id", query.MachineIds, query.ExcludedMachineIds);
        if (query.DataCenter)
        {
            body["datacenter"] = Is("eq", true);
        }

        if (query.ByPerformance)
        {
            body["order"] = new JArray { new JArray("dlperf_per_dphtotal", "desc") };
        }

        AddLeast(body, "duration", (decimal?)query.MinDuration?.TotalSeconds);
        if (query.GpuCount is { } count)
        {
            body["num_gpus"] = Is("eq", count);
        }

        if (query.MaxHourlyPrice is not null || fromPrice is not null)
        {
            var price = new JObject();
            if ((afterId is null ? query.MaxHourlyPrice : fromPrice + PriceStep) is { } most)
            {
                price["lte"] = most;
            }

            if (fromPrice is { } least)
            {
                price["gte"] = afterId is null ? least : least - PriceStep;
            }

            body["dph_total"] = price;
        }

        if (afterId is { } id)
        {
            body["id"] = Is("gt", id);
        }

        return body;
    }

    /// <summary>The query for one offer by its id.</summary>
    public static JObject QueryOne(long offerId, decimal diskGB, bool onDemand) => new()
    {
        ["id"] = Is("eq", offerId),
        ["rentable"] = Is("eq", true),
        ["type"] = onDemand ? "on-demand" : "bid",
        ["allocated_storage"] = diskGB,
        ["limit"] = 1,
    };

    /// <summary>The query for the places of a country, whether its offers can be rented now or not; of every country where the code is none.</summary>
    public static JObject QueryPlaces(string code)
    {
        var body = new JObject { ["type"] = "on-demand", ["limit"] = PageSize, ["order"] = new JArray { new JArray("id", "asc") } };
        if (code.Length == 2)
        {
            body["geolocation"] = new JObject { ["in"] = new JArray(code.ToUpperInvariant()) };
        }

        return body;
    }

    /// <summary>What the server was asked for is checked again: a filter that it did not know would otherwise let anything through.</summary>
    public static bool Fits(JObject row, OfferQuery query) =>
        row.Integer("id") is not null
        && row.Flag("rentable") != false
        && row.Flag("rented") != true
        && (query.GpuNames.Count == 0
            || (row.Text("gpu_name") is { } name && query.GpuNames.Any(pattern => Wildcard.IsMatch(pattern.Replace('_', ' '), name))))
        && (query.GpuCount is null || row.Integer("num_gpus") == query.GpuCount)
        && AtLeast(row, "gpu_ram", query.MinGpuMemory * 1000)
        && (query.MinGpuMemoryGiB is not { } perGpu || Gibibytes(row.Number("gpu_ram")) >= perGpu)
        && (query.MinMemoryGiB is not { } main || Gibibytes(row.Number("cpu_ram")) >= main)
        && (query.MaxHourlyPrice is null || row.Number("dph_total") <= query.MaxHourlyPrice)
        && AtLeast(row, "inet_down", query.MinDownload)
        && AtLeast(row, "inet_up", query.MinUpload)
        && AtLeast(row, "cuda_max_good", query.MinCuda)
        && (!query.DataCenter || row.Integer("hosting_type") is null or 1)
        && IsAllowed(row.Integer("host_id"), query.HostIds, query.ExcludedHostIds)
        && IsAllowed(row.Integer("machine_id"), query.MachineIds, query.ExcludedMachineIds)
        && (query.MinReliability is null || (row.Number("reliability2") ?? row.Number("reliability")) >= query.MinReliability)
        && (query.Geolocation.Count == 0 || query.Geolocation.Any(code => IsIn(row.Text("geolocation"), code)));

    /// <summary>An offer as users see it.</summary>
    public static SpotOffer ToOffer(JObject row, bool onDemand)
    {
        var price = row.Number("dph_total");

        // In a search by bid, the list price is beside the bid's; where the two are the same nothing is known about it.
        var listed = onDemand ? price : (row["search"] as JObject)?.Number("totalHour");
        var known = listed is not null && (onDemand || listed > price) ? listed : null;
        var count = (int)(row.Integer("num_gpus") ?? 0);
        return new SpotOffer
        {
            Provider = SpotProvider.Vast,
            OfferId = row.Text("id"),
            Region = row.Text("geolocation") ?? "",
            InstanceType = $"{count}x {row.Text("gpu_name")}",
            VCpu = row.Number("cpu_cores_effective") ?? row.Number("cpu_cores"),
            MemoryGiB = Gibibytes(row.Number("cpu_ram")),
            Architecture = VastPrices.Architecture(row.Text("cpu_arch")),
            GpuName = row.Text("gpu_name"),
            GpuCount = count,
            GpuMemoryGiB = Gibibytes(row.Number("gpu_ram")),
            HourlyPrice = price,
            OnDemandHourlyPrice = known,
            Savings = onDemand ? null : PriceRules.Savings(price, known),
            Reliability = row.Number("reliability2") ?? row.Number("reliability"),
        };
    }

    // The rows have what nvidia-smi and the kernel report: MiB, which the documentation of the service calls MB.
    private static decimal? Gibibytes(decimal? mebibytes) => mebibytes is { } value ? Math.Round(value / 1024m, 1) : null;

    /// <summary>The number that stands for a driver version in searches: two digits for each part but the first.</summary>
    public static decimal? DriverNumber(string? version)
    {
        if (version is null)
        {
            return null;
        }

        var parts = version.Split('.');
        if (parts.Length is < 1 or > 3 || !parts.All(part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit)))
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The driver version '{version}' is not valid: a version such as 550.90.07 is expected.")
            {
                Target = version,
            };
        }

        return parts.Concat(["0", "0"]).Take(3).Aggregate(0m, (sum, part) => (sum * 1000) + int.Parse(part, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static bool IsAllowed(long? number, IReadOnlyList<long> only, IReadOnlyList<long> excluded) =>
        (only.Count == 0 || (number is { } given && only.Contains(given))) && !(number is { } other && excluded.Contains(other));

    private static void AddNumbers(JObject body, string field, IReadOnlyList<long> only, IReadOnlyList<long> excluded)
    {
        if (only.Count > 0 || excluded.Count > 0)
        {
            var filter = new JObject();
            if (only.Count > 0)
            {
                filter["in"] = new JArray(only);
            }

            if (excluded.Count > 0)
            {
                filter["notin"] = new JArray(excluded);
            }

            body[field] = filter;
        }
    }

    // What rounds up to the tenth that is shown counts.
    private static decimal? Mebibytes(decimal? gibibytes) => gibibytes is { } value ? Math.Max(0, (value - 0.05m) * 1024m) : null;

    private static decimal? Larger(decimal? one, decimal? other) => one is null ? other : other is null ? one : Math.Max(one.Value, other.Value);

    private static bool AtLeast(JObject row, string field, decimal? least) => least is null || row.Number(field) >= least;

    // "Stockholm, SE": the code is what follows the last comma.
    private static bool IsIn(string? place, string code) =>
        place is not null && string.Equals(place.Substring(place.LastIndexOf(',') + 1).Trim(), code, StringComparison.OrdinalIgnoreCase);

    private static JObject Is(string operation, JToken value) => new() { [operation] = value };

    private static void AddLeast(JObject body, string field, decimal? least)
    {
        if (least is { } value)
        {
            body[field] = Is("gte", value);
        }
    }
}
