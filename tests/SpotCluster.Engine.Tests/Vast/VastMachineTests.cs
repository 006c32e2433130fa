using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, "running", "running", "running", null, SpotInstanceState.Pending)]
    [InlineData("created", "running", "running", "running", null, SpotInstanceState.Pending)]
    [InlineData("loading", "running", "stopped", "running", "Pulling", SpotInstanceState.Pending)]
    [InlineData("scheduling", "running", "stopped", "running", null, SpotInstanceState.Pending)]
    [InlineData("rebooting", "running", "running", "running", null, SpotInstanceState.Pending)]
    [InlineData("running", "running", "running", "running", "success, running x/ssh", SpotInstanceState.Running)]
    [InlineData("frozen", "running", "running", "running", null, SpotInstanceState.Running)]
    [InlineData("exited", "running", "running", "running", null, SpotInstanceState.Stuck)]
    [InlineData("offline", "running", "running", "running", null, SpotInstanceState.Stuck)]
    [InlineData("unknown", "running", "running", "running", null, SpotInstanceState.Stuck)]
    [InlineData("exited", "running", "stopped", "running", null, SpotInstanceState.Pending)]
    [InlineData("created", "running", "running", "running", "Error: OCI runtime create failed: x", SpotInstanceState.Stuck)]
    [InlineData("loading", "running", "running", "running", "pull failed", SpotInstanceState.Stuck)]
    [InlineData("exited", "stopped", "stopped", "stopped", null, SpotInstanceState.Stopped)]
    [InlineData("running", "stopped", "running", "stopped", null, SpotInstanceState.Stopping)]
    [InlineData("dancing", "running", "running", "running", null, SpotInstanceState.Unknown)]
    public void The_fields_of_a_row_make_a_state(string? actual, string intended, string cur, string next, string? said, SpotInstanceState expected)
    {
        var row = Row(actual, intended, cur, next);
        row["status_msg"] = said;
        Assert.Equal(expected, Look(row).State);
    }

    [Fact]
    public void A_machine_that_loads_for_more_than_a_quarter_of_an_hour_is_stuck()
    {
        var row = Row("loading", "running", "running", "running");
        row["start_date"] = Now.AddMinutes(-14).ToUnixTimeSeconds();
        Assert.Equal(SpotInstanceState.Pending, Look(row).State);
        row["start_date"] = Now.AddMinutes(-16).ToUnixTimeSeconds();
        Assert.Equal(SpotInstanceState.Stuck, Look(row).State);
    }

    [Fact]
    public void A_spot_machine_at_rest_below_the_market_is_outbid_unless_the_credit_is_used_up()
    {
        var row = Row("exited", "stopped", "stopped", "stopped");
        row["start_date"] = Now.AddHours(-2).ToUnixTimeSeconds();
        row["is_bid"] = true;
        row["dph_base"] = 0.2;
        row["min_bid"] = 0.25;
        Assert.Equal(SpotInstanceState.Outbid, Look(row).State);
        Assert.Equal(SpotInstanceState.Outbid, Look(row, credit: 3).State);
        var (state, reason) = Look(row, credit: 0);
        Assert.Equal(SpotInstanceState.Stopped, state);
        Assert.Contains("credit", reason, StringComparison.Ordinal);

        row["min_bid"] = 0.15;
        Assert.Equal(SpotInstanceState.Stopped, Look(row).State);
        row["is_bid"] = false;
        row["min_bid"] = 0.25;
        Assert.Equal(SpotInstanceState.Stopped, Look(row).State);
    }

    [Fact]
    public void A_fresh_machine_is_believed_to_be_stopped_only_at_the_second_look()
    {
        using var clock = new SimulatedClock(Now) { AutoAdvance = false };
        var tracker = new VastTracker(clock);
        var row = Row("exited", "stopped", "stopped", "stopped");
        row["start_date"] = Now.AddSeconds(-10).ToUnixTimeSeconds();
        Assert.Equal(SpotInstanceState.Pending, tracker.Look(new VastInstance(row), null).State);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(SpotInstanceState.Stopped, tracker.Look(new VastInstance(row), null).State);
    }

    [Fact]
    public void The_price_is_the_services_own_in_the_present_state()
    {
        var row = Row("running", "running", "running", "running");
        row["dph_base"] = 0.30;
        row["dph_total"] = 0.3125;
        row["storage_total_cost"] = 0.0125;
        row["instance"] = new JObject { ["totalHour"] = 0.3125 };
        Assert.Equal(0.3125m, new VastInstance(row).HourlyPrice);

        var stopped = Row("exited", "stopped", "stopped", "stopped");
        stopped["dph_total"] = 0.3125;
        stopped["storage_cost"] = 0.225;
        stopped["disk_space"] = 40;
        Assert.Equal(0.0125m, new VastInstance(stopped).HourlyPrice);
        stopped["instance"] = new JObject { ["totalHour"] = 0.013 };
        Assert.Equal(0.013m, new VastInstance(stopped).HourlyPrice);

        var unknown = Row("running", "running", "running", "running");
        Assert.Null(new VastInstance(unknown).HourlyPrice);
    }

    [Fact]
    public void The_shell_is_opened_directly_where_a_port_is_mapped_and_through_the_proxy_elsewhere()
    {
        var row = Row("running", "running", "running", "running");
        row["public_ipaddr"] = "203.0.113.7\n";
        row["ssh_host"] = "ssh5.vast.ai";
        row["ssh_port"] = 16358;
        row["image_runtype"] = "ssh_direc ssh_proxy";
        Assert.Equal("ssh -p 16358 root@ssh5.vast.ai", Show(row).SshCommand);
        row["image_runtype"] = "jupyter_direc ssh_direc ssh_proxy";
        Assert.Equal("ssh -p 16359 root@ssh5.vast.ai", Show(row).SshCommand);
        row["ports"] = JObject.Parse("""{"22/tcp":[{"HostIp":"0.0.0.0","HostPort":"41022"}]}""");
        Assert.Equal("ssh -p 41022 root@203.0.113.7", Show(row).SshCommand);
        Assert.Equal("203.0.113.7", Show(row).PublicIp);
    }

    [Fact]
    public void A_row_of_nulls_and_surprises_is_shown_and_breaks_nothing()
    {
        var row = JObject.Parse("""
            {"id": 7, "label": null, "actual_status": null, "gpu_name": null, "num_gpus": "2", "dph_total": "0.5", "status_msg": null,
             "start_date": "NaN", "ports": [], "public_ipaddr": 5, "instance": null, "jupyter_token": "very-secret"}
            """);
        var instance = Show(row);
        Assert.Equal("7", instance.Id);
        Assert.Equal(2, instance.GpuCount);
        Assert.Equal(0.5m, instance.HourlyPrice);
        Assert.Null(instance.LaunchedAt);
        Assert.Null(instance.SshCommand);
        Assert.DoesNotContain("very-secret", Newtonsoft.Json.JsonConvert.SerializeObject(instance), StringComparison.Ordinal);
    }

    [Fact]
    public void The_label_of_a_job_ends_in_its_lease_and_stays_that_of_one_instance()
    {
        var label = VastLabel.TryParse("spotcluster/job-1/node-2@20300101T120000Z")!;
        Assert.Equal(("job-1", "node-2", new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero)), (label.ClusterName, label.Node, label.LeaseEndsAt));
        Assert.Equal("spotcluster/job-1/node-2@20300101T121500Z", (label with { LeaseEndsAt = label.LeaseEndsAt + TimeSpan.FromMinutes(15) }).Text);
        Assert.True(VastLabel.IsSame(label.Text, "spotcluster/job-1/node-2@20300101T121500Z"));
        Assert.False(VastLabel.IsSame(label.Text, "spotcluster/job-1/node-3@20300101T120000Z"));
        Assert.False(VastLabel.IsSame("node-2@20300101T120000Z", "node-2@20300101T121500Z"));
    }

    [Theory]
    [InlineData("spotcluster/demo/node-1", "demo", "node-1")]
    [InlineData("spotcluster/-/train-1", null, "train-1")]
    [InlineData("spotcluster/demo/me@home", "demo", "me@home")]
    [InlineData("spotcluster/demo/@20300101T120000Z", "demo", "@20300101T120000Z")]
    [InlineData("spotcluster/demo/n@20301301T120000Z", "demo", "n@20301301T120000Z")]
    public void Our_labels_say_cluster_and_node(string label, string? cluster, string node)
    {
        var parsed = VastLabel.TryParse(label)!;
        Assert.Equal(cluster, parsed.ClusterName);
        Assert.Equal(node, parsed.Node);
        Assert.Equal(label, parsed.Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("spotcluster")]
    [InlineData("spotcluster/")]
    [InlineData("spotcluster/demo")]
    [InlineData("spotcluster/demo/")]
    [InlineData("spotcluster//node")]
    [InlineData("spotcluster/demo/node/more")]
    [InlineData("SpotCluster/demo/node")]
    [InlineData("my spotcluster/demo/node")]
    public void Everything_else_is_foreign(string? label)
    {
        Assert.Null(VastLabel.TryParse(label));
    }

    [Fact]
    public void Every_label_that_is_made_is_read_back_and_no_two_are_alike()
    {
        var names = new[] { "a", "demo", "Demo-2", new string('x', 63) };
        var nodes = new[] { "node", "train_1", "a.b", new string('n', 64) };
        foreach (var (cluster, node) in names.Append(null).SelectMany(name => nodes.Select(node => (name, node))))
        {
            var count = 0;
            var first = VastLabel.New(cluster, node, () => (++count).ToString(System.Globalization.CultureInfo.InvariantCulture));
            var second = VastLabel.New(cluster, node, () => (++count).ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(first, VastLabel.TryParse(first.Text));
            Assert.NotEqual(first.Text, second.Text);
            Assert.True(first.Text.Length <= 256);
        }

        Assert.Equal(SpotErrorIds.ClusterNameInvalid, Assert.Throws<SpotException>(() => VastLabel.New("a/b", null, () => "1")).ErrorId);
        Assert.Equal(SpotErrorIds.ParameterInvalid, Assert.Throws<SpotException>(() => VastLabel.New("a", "b/c", () => "1")).ErrorId);
    }

    private static (SpotInstanceState State, string? Reason) Look(JObject row, decimal? credit = null)
    {
        using var clock = new SimulatedClock(Now) { AutoAdvance = false };
        return new VastTracker(clock).Look(new VastInstance(row), credit);
    }

    private static SpotInstance Show(JObject row) => new VastInstance(row).ToInstance(SpotInstanceState.Running, null, null);

    private static JObject Row(string? actual, string intended, string cur, string next) => new()
    {
        ["id"] = 7,
        ["start_date"] = Now.AddMinutes(-10).ToUnixTimeSeconds(),
        ["actual_status"] = actual,
        ["intended_status"] = intended,
        ["cur_state"] = cur,
        ["next_state"] = next,
    };
}
