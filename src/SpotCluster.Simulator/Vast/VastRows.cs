using System.Globalization;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Vast;

/// <summary>Offers and machines as rows of the API.</summary>
internal static class VastRows
{
    /// <summary>An offer, priced for a disk and a way of buying.</summary>
    public static JObject Offer(VastOffer offer, bool free, bool byBid, decimal diskGB, DateTimeOffset now)
    {
        var minBid = offer.MinBid(now);
        var price = byBid ? minBid : offer.ListPrice;
        var disk = offer.DiskHourly(diskGB);
        var row = Hardware(offer, now);
        row["id"] = offer.Id;
        row["ask_contract_id"] = offer.Id;
        row["disk_space"] = offer.DiskGB;
        row["dph_base"] = Number(price);
        row["dph_total"] = Number(price + disk);
        row["min_bid"] = Number(minBid);
        row["storage_total_cost"] = Number(disk);
        row["is_bid"] = byBid;
        row["rentable"] = free;
        row["rented"] = !free;
        row["external"] = false;
        row["duration"] = (offer.EndDate(now) - now).TotalSeconds;
        row["search"] = Prices(offer.ListPrice, disk);
        row["instance"] = Prices(price, disk);
        return row;
    }

    /// <summary>A machine.</summary>
    public static JObject Rental(VastRental rental, DateTimeOffset now, bool looksStopped, (string Host, int Port)? ssh)
    {
        var status = rental.Status(now);
        var running = status == "running";
        var wanted = rental.WantedRunning && !looksStopped ? "running" : "stopped";
        var held = rental.HoldsGpu && !looksStopped ? "running" : "stopped";
        var row = Hardware(rental.Offer, now);
        row["id"] = rental.Id;
        row["label"] = rental.Label;
        row["actual_status"] = status;
        row["intended_status"] = wanted;
        row["cur_state"] = held;
        row["next_state"] = rental.Queued ? "running" : wanted;
        row["status_msg"] = rental.Message(now);
        row["image_uuid"] = rental.Image;
        row["image_runtype"] = rental.Runtype;
        row["image_args"] = new JArray();
        row["extra_env"] = new JArray(rental.Environment.Select(pair => new JArray(pair.Key, pair.Value)));
        row["onstart"] = rental.OnStart;
        row["template_id"] = null;
        row["start_date"] = rental.CreatedAt.ToUnixTimeMilliseconds() / 1000.0;
        row["uptime_mins"] = running ? (now - rental.StartedAt).TotalMinutes : null;
        row["is_bid"] = rental.IsBid;
        row["min_bid"] = Number(rental.Offer.MinBid(now));
        row["dph_base"] = Number(rental.GpuPrice);
        row["dph_total"] = Number(rental.GpuPrice + rental.DiskPrice);
        row["storage_total_cost"] = Number(rental.DiskPrice);
        row["disk_space"] = Number(rental.DiskGB);
        row["disk_usage"] = running ? 3.2 : -1;
        row["disk_util"] = -1;
        row["gpu_util"] = running ? 0.0 : null;
        row["gpu_temp"] = running ? 41.0 : null;
        row["ssh_host"] = "ssh" + (1 + (rental.Id % 9)).ToString(CultureInfo.InvariantCulture) + ".vast.example";
        row["ssh_port"] = 10_000 + (rental.Id % 50_000);
        row["ssh_idx"] = (1 + (rental.Id % 9)).ToString(CultureInfo.InvariantCulture);

        // Addresses really come with a line break.
        row["public_ipaddr"] = rental.Offer.Address + "\n";
        row["local_ipaddrs"] = "192.168.1.20\n";
        if (ssh is { } address)
        {
            row["ssh_host"] = address.Host;
            row["ssh_port"] = address.Port;
        }
        else if (running)
        {
            row["ports"] = new JObject(Ports(rental).Select((port, index) => new JProperty(port, new JArray(new JObject { ["HostIp"] = "0.0.0.0", ["HostPort"] = (40_000 + ((rental.Id + index) % 20_000)).ToString(CultureInfo.InvariantCulture) }))));
        }

        row["direct_port_start"] = -1;
        row["direct_port_end"] = -1;
        row["jupyter_token"] = "jupyter-secret-" + rental.Id.ToString(CultureInfo.InvariantCulture);
        row["credit_balance"] = rental.Prepaid > 0 ? Number(rental.Prepaid) : null;
        row["rentable"] = false;
        row["rented"] = true;
        row["search"] = Prices(rental.GpuPrice, rental.DiskPrice);
        row["instance"] = Prices(rental.HourlyPrice(now) - rental.DiskPrice, rental.DiskPrice);
        return row;
    }

    // The port of SSH, and those that -p opens, as "8080/tcp".
    private static IEnumerable<string> Ports(VastRental rental) => rental.Environment
        .Where(pair => pair.Key.StartsWith("-p ", StringComparison.Ordinal))
        .Select(pair => pair.Key.Substring(pair.Key.LastIndexOf(':') + 1).Trim())
        .Select(port => port.IndexOf('/') < 0 ? port + "/tcp" : port)
        .Prepend("22/tcp")
        .Distinct(StringComparer.Ordinal);

    private static DateTimeOffset EndDate(this VastOffer offer, DateTimeOffset now) =>
        new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(2 + (offer.Index % 6));

    private static JObject Hardware(VastOffer offer, DateTimeOffset now) => new()
    {
        ["machine_id"] = offer.MachineId,
        ["host_id"] = offer.HostId,
        ["bundle_id"] = offer.MachineId * 10,
        ["num_gpus"] = offer.GpuCount,
        ["gpu_name"] = offer.GpuName,
        ["gpu_ram"] = offer.GpuMemoryMB,
        ["gpu_total_ram"] = offer.GpuMemoryMB * offer.GpuCount,
        ["gpu_frac"] = 1.0,
        ["gpu_arch"] = "nvidia",
        ["gpu_max_power"] = offer.GpuPower,
        ["gpu_mem_bw"] = 800.0,
        ["gpu_lanes"] = 16,
        ["compute_cap"] = 890,
        ["cuda_max_good"] = 12.8,
        ["driver_version"] = "570.86.15",
        ["total_flops"] = 80.0 * offer.GpuCount,
        ["dlperf"] = 90.0 * offer.GpuCount,
        ["dlperf_per_dphtotal"] = 90.0 * offer.GpuCount / (double)offer.ListPrice,
        ["flops_per_dphtotal"] = 80.0 * offer.GpuCount / (double)offer.ListPrice,
        ["score"] = 100.0 * offer.Reliability / (double)offer.ListPrice,
        ["cpu_name"] = "AMD EPYC 7742 64-Core Processor",
        ["cpu_arch"] = "amd64",
        ["cpu_cores"] = offer.Cores,
        ["cpu_cores_effective"] = (double)offer.Cores,
        ["cpu_ghz"] = 2.25,
        ["cpu_ram"] = offer.MemoryMB,
        ["disk_bw"] = 2400.0,
        ["disk_name"] = "nvme",
        ["inet_up"] = 800.0,
        ["inet_down"] = 900.0,
        ["inet_up_cost"] = Number(offer.UploadPrice),
        ["inet_down_cost"] = Number(offer.DownloadPrice),
        ["direct_port_count"] = 64,
        ["pcie_bw"] = 24.0,
        ["pci_gen"] = 4.0,
        ["mobo_name"] = "ROMED8-2T",
        ["has_avx"] = true,
        ["gpu_display_active"] = false,
        ["gpu_max_temp"] = 90.0,
        ["bw_nvlink"] = 0.0,
        ["os_version"] = "22.04",
        ["cluster_id"] = null,
        ["nw_disk_avg_bw"] = 0.0,
        ["nw_disk_max_bw"] = 0.0,
        ["nw_disk_min_bw"] = 0.0,
        ["storage_cost"] = Number(offer.StoragePerMonth),
        ["reliability"] = offer.Reliability,
        ["reliability2"] = offer.Reliability,
        ["verification"] = offer.Verified ? "verified" : "unverified",
        ["hosting_type"] = offer.Index % 2,
        ["geolocation"] = offer.Place + ", " + offer.Country,
        ["country_code"] = offer.Country,
        ["static_ip"] = true,
        ["public_ipaddr"] = offer.Address,
        ["vms_enabled"] = false,
        ["resource_type"] = "gpu",
        ["end_date"] = offer.EndDate(now).ToUnixTimeSeconds(),
        ["start_date"] = now.AddDays(-30).ToUnixTimeSeconds(),
    };

    private static JObject Prices(decimal gpu, decimal disk) => new()
    {
        ["gpuCostPerHour"] = Number(gpu),
        ["diskHour"] = Number(disk),
        ["totalHour"] = Number(gpu + disk),
        ["discountTotalHour"] = 0.0,
        ["discountedTotalPerHour"] = Number(gpu + disk),
    };

    private static double Number(decimal value) => (double)value;
}
