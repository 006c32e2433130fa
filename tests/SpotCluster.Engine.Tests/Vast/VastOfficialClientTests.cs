using System.Text.Json;
using System.Text.RegularExpressions;
using SpotCluster.Cli.Hosting;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>
/// Vast.ai's own command line program judges the simulator. It is found through <c>SPOTCLUSTER_VAST_CLI</c> or on PATH.
/// </summary>
public sealed class VastOfficialClientTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("spotcluster-vastai-").FullName;
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions
    {
        Clock = TimeProvider.System,
        Vast = new SimulatedVastOptions { TakenShare = 0, LimitRate = false, LoadingTime = (TimeSpan.Zero, TimeSpan.Zero) },
    });

    public void Dispose()
    {
        _cloud.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task It_searches_rents_shows_labels_stops_starts_and_destroys()
    {
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, CancellationToken.None);
        var program = await FindAsync(host);

        // It sends numbers as text, and demands an exact content type.
        var offers = await JsonAsync(program, host, "search", "offers", "num_gpus=1 gpu_name=RTX_4090 dph<0.9 reliability>0.9", "-o", "dph", "--raw");
        Assert.True(offers.GetArrayLength() > 0);
        Assert.All(offers.EnumerateArray(), offer => Assert.Equal("RTX 4090", offer.GetProperty("gpu_name").GetString()));
        var offerId = offers[0].GetProperty("id").GetInt64().ToString(System.Globalization.CultureInfo.InvariantCulture);

        var created = await RunAsync(
            program, host, "create", "instance", offerId, "--image", "a/b:1", "--disk", "20", "--ssh", "--direct", "--label", "spotcluster/-/cli", "--env", "-p 8080:8080 -e A=b");
        Assert.Contains("new_contract", created.Out, StringComparison.Ordinal);
        var machine = Assert.Single(_cloud.Vast.Machines);
        Assert.Equal("spotcluster/-/cli", machine.Label);
        Assert.False(machine.IsBid);
        var id = machine.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var shown = await JsonAsync(program, host, "show", "instance", id, "--raw");
        Assert.Equal(machine.Id, shown.GetProperty("id").GetInt64());
        Assert.Contains("spotcluster/-/cli", (await RunAsync(program, host, "show", "instances", "--raw")).Out, StringComparison.Ordinal);

        await RunAsync(program, host, "label", "instance", id, "renamed");
        Assert.Equal("renamed", _cloud.Vast.Machines[0].Label);
        await RunAsync(program, host, "stop", "instance", id);
        Assert.True(_cloud.Vast.Machines[0].Stopped);
        await RunAsync(program, host, "start", "instance", id);
        Assert.False(_cloud.Vast.Machines[0].Stopped);
        Assert.Equal(25, (await JsonAsync(program, host, "show", "user", "--raw")).GetProperty("credit").GetDouble(), 0.01);

        await RunAsync(program, host, "destroy", "instance", id, "-y");
        Assert.Empty(_cloud.Vast.Machines);
    }

    [Fact]
    public async Task It_reads_all_pages_bids_and_understands_a_gone_offer()
    {
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, CancellationToken.None);
        var program = await FindAsync(host);
        for (var i = 0; i < 30; i++)
        {
            _cloud.Vast.AddMachine($"many-{i}");
        }

        Assert.Equal(30, Regex.Count((await RunAsync(program, host, "show", "instances", "--raw")).Out, "\"many-[0-9]+\""));

        var offer = _cloud.Vast.FreeOffers[0].ToString(System.Globalization.CultureInfo.InvariantCulture);
        await RunAsync(program, host, "create", "instance", offer, "--image", "a/b:1", "--disk", "20", "--ssh", "--bid_price", "9.5");
        Assert.Equal(31, _cloud.Vast.Machines.Count);
        Assert.True(_cloud.Vast.Machines[^1].IsBid);
        var gone = await RunAsync(program, host, "create", "instance", offer, "--image", "a/b:1", "--disk", "20", "--ssh", "--cancel-unavail");
        Assert.Contains("no longer available", gone.Out + gone.Error, StringComparison.Ordinal);
        Assert.Equal(31, _cloud.Vast.Machines.Count);

        var ids = _cloud.Vast.Machines.Take(3).Select(machine => machine.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await RunAsync(program, host, ["destroy", "instances", .. ids, "-y"]);
        Assert.Equal(28, _cloud.Vast.Machines.Count);
    }

    private async Task<string> FindAsync(SimulatorHost host)
    {
        var program = Environment.GetEnvironmentVariable("SPOTCLUSTER_VAST_CLI") is { Length: > 0 } path ? path
            : Tool.IsOnPath("vastai") ? "vastai"
            : null;
        Assert.SkipWhen(program is null, "Vast.ai's command line program is neither on PATH (vastai) nor named by SPOTCLUSTER_VAST_CLI.");
        // It asks for the names of GPUs before it does anything.
        var help = await RunAsync(program!, host, "--help");
        Assert.SkipWhen(help.ExitCode != 0, $"{program} does not start, perhaps for want of a Python package: {help.Error.Split('\n').LastOrDefault(line => line.Length > 0)}");
        return program!;
    }

    private async Task<JsonElement> JsonAsync(string program, SimulatorHost host, params string[] args)
    {
        var result = await RunAsync(program, host, args);
        return JsonDocument.Parse(result.Out).RootElement;
    }

    private Task<ToolResult> RunAsync(string program, SimulatorHost host, params string[] args) =>
        Tool.RunAsync(program, Variables(host.Address.GetLeftPart(UriPartial.Authority)), args);

    private Dictionary<string, string> Variables(string address) => new(StringComparer.Ordinal)
    {
        ["HOME"] = _home,
        ["XDG_CONFIG_HOME"] = _home,
        ["XDG_CACHE_HOME"] = _home,
        ["VAST_URL"] = address,
        ["VAST_API_KEY"] = SimulatedVast.DefaultKey,
    };
}
