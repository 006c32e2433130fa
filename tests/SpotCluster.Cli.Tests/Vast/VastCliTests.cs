using System.Text.Json;
using SpotCluster.Cli.Running;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Cli.Tests.Vast;

/// <summary>The console program on the simulated Vast.ai, with the real engine in between.</summary>
public sealed class VastCliTests : IDisposable
{
    private readonly SimulatedClock _clock = new();
    private readonly SimulatedCloud _cloud;
    private readonly string _journal = Directory.CreateTempSubdirectory("spotcluster-vast-cli-").FullName;

    public VastCliTests() => _cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock, Vast = new SimulatedVastOptions { TakenShare = 0, Volatility = 0 } });

    public void Dispose()
    {
        _cloud.Dispose();
        _clock.Dispose();
        Directory.Delete(_journal, recursive: true);
    }

    [Fact]
    public async Task Checking_costs_and_destroying_one_machine_goes_as_in_the_first_example()
    {
        var rented = await RunAsync($"reserve --offer-id {_cloud.Vast.FreeOffers[0]} --wait --json");
        Assert.Equal(0, rented.ExitCode);
        var id = rented.Json.GetProperty("instance").GetProperty("id").GetString()!;

        var listed = await RunAsync("instances");
        Assert.Equal(0, listed.ExitCode);
        Assert.Contains("Instance ID", listed.Out, StringComparison.Ordinal);
        Assert.Matches($@"{id} .*running +\$0\.[0-9]{{4}} +root@203\.0\.113\.[0-9]+:[0-9]+", listed.Out);
        Assert.Equal(listed.Out, (await RunAsync("list --provider vast")).Out);

        var destroyed = await RunAsync($"destroy --instance-id {id} --force");
        Assert.Equal(0, destroyed.ExitCode);
        Assert.Contains($"Successfully destroyed instance {id}", destroyed.Out, StringComparison.Ordinal);
        Assert.Empty(_cloud.Vast.Machines);
        Assert.Contains("No active instances.", (await RunAsync("instances")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Destroying_all_tells_each_machine_and_leaves_foreign_ones()
    {
        _cloud.Vast.AddMachine("spotcluster/-/a");
        _cloud.Vast.AddMachine("spotcluster/demo/b");
        _cloud.Vast.AddMachine("a colleague's");
        Assert.Equal(2, (await RunAsync("destroy-all")).ExitCode);
        Assert.Equal(0, (await RunAsync("destroy-all --what-if --force")).ExitCode);
        Assert.Equal(3, _cloud.Vast.Machines.Count);

        var result = await RunAsync("destroy --all --provider vast --force");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Found 2 active instance(s). Destroying all...", result.Out, StringComparison.Ordinal);
        Assert.Equal(2, result.Out.Split("✓ Destroyed instance ").Length - 1);
        Assert.Contains("Destroyed 2/2 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.Equal("a colleague's", _cloud.Vast.Machines.Single().Label);

        var foreign = await RunAsync($"destroy --instance-id {_cloud.Vast.Machines[0].Id} --force --json");
        Assert.Equal(3, foreign.ExitCode);
        Assert.Equal(["InstanceNotOurs"], foreign.ErrorIds);
        Assert.Equal(0, (await RunAsync("destroy-all --include-foreign --force")).ExitCode);
        Assert.Empty(_cloud.Vast.Machines);
    }

    [Fact]
    public async Task A_machine_that_is_left_is_never_counted_as_destroyed()
    {
        _cloud.Vast.AddMachine("spotcluster/-/a");
        _cloud.Faults.Add(new FaultRule { Service = "vast", Operation = "DestroyInstance", Action = FaultAction.Error, Code = "server_error", Status = 500 });
        var result = await RunAsync("destroy-all --force");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("✗ Failed to destroy instance", result.Out, StringComparison.Ordinal);
        Assert.Contains("Destroyed 0/1 instance(s)", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Verified empty", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Used_up_credit_destroys_with_force_asks_at_a_terminal_and_only_reports_elsewhere()
    {
        Assert.Equal(0, (await RunAsync("auto --max-hourly-price 0.5 --count 2 --name work")).ExitCode);
        _cloud.Vast.AddMachine("a colleague's");
        _cloud.Vast.Credit = 0;

        var reported = await RunAsync("auto --max-hourly-price 0.20");
        Assert.Equal(1, reported.ExitCode);
        Assert.Contains("spotcluster destroy --provider vast --all --force", reported.Error, StringComparison.Ordinal);
        Assert.Contains("insufficient_credit", reported.Error, StringComparison.Ordinal);
        Assert.Equal(3, _cloud.Vast.Machines.Count);

        var declined = new TestConsole { CanAsk = true, Answer = "n" };
        Assert.Equal(1, (await RunAsync("auto --max-hourly-price 0.20", declined)).ExitCode);
        Assert.Equal(1, declined.Questions);
        Assert.Equal(3, _cloud.Vast.Machines.Count);

        var none = new TestConsole { CanAsk = true, Answer = "y" };
        Assert.Equal(1, (await RunAsync("auto --max-hourly-price 0.20 --on-insufficient-credit none", none)).ExitCode);
        Assert.Equal(0, none.Questions);

        var forced = await RunAsync("auto --max-hourly-price 0.20 --force");
        Assert.Equal(1, forced.ExitCode);
        Assert.Contains("Insufficient credit error detected.", forced.Error, StringComparison.Ordinal);
        Assert.Equal(2, forced.Error.Split("✓ Destroyed instance ").Length - 1);
        Assert.Contains("All instances destroyed to prevent further costs.", forced.Error, StringComparison.Ordinal);
        Assert.True(
            forced.Error.IndexOf("All instances destroyed", StringComparison.Ordinal) < forced.Error.IndexOf("error: ", StringComparison.Ordinal),
            "The original error comes last.");
        Assert.Equal("a colleague's", _cloud.Vast.Machines.Single().Label);
    }

    [Fact]
    public async Task Offers_are_found_and_one_is_rented_by_bid()
    {
        var found = await RunAsync("offers --gpu-name RTX_4090 --gpu-count 1 --min-gpu-memory 24 --max-hourly-price 0.60 --json");
        Assert.Equal(0, found.ExitCode);
        var offer = found.Json.GetProperty("offers")[0];
        Assert.Equal("RTX 4090", offer.GetProperty("gpuName").GetString());
        Assert.Equal(JsonValueKind.String, offer.GetProperty("offerId").ValueKind);
        var rented = await RunAsync($"rent --offer-id {offer.GetProperty("offerId").GetString()} --image a/b:1 --disk 40 --label train");
        Assert.Equal(0, rented.ExitCode);
        Assert.Contains("Rented instance", rented.Error, StringComparison.Ordinal);
        Assert.StartsWith("spotcluster/-/train-", Assert.Single(_cloud.Vast.Machines).Label, StringComparison.Ordinal);
        Assert.True(_cloud.Vast.Machines[0].IsBid);
        Assert.Equal(0, (await RunAsync("offers")).ExitCode);
    }

    [Fact]
    public async Task What_auto_would_rent_is_shown_with_its_price_and_nothing_is_rented()
    {
        var plain = await RunAsync("auto --max-hourly-price 0.5 --count 2 --what-if --force");
        Assert.Equal(0, plain.ExitCode);
        Assert.Contains("Offer ID", plain.Out, StringComparison.Ordinal);
        Assert.Matches(@"2 of 2 instances would be rented, \$0\.[0-9]{4} per hour; nothing was changed", plain.Error);

        var json = await RunAsync("auto --max-hourly-price 0.5 --count 2 --what-if --json");
        Assert.True(json.Json.GetProperty("whatIf").GetBoolean());
        Assert.All(json.Json.GetProperty("offers").EnumerateArray(), offer => Assert.True(offer.GetProperty("hourlyPrice").GetDecimal() <= 0.5m));
        Assert.Empty(_cloud.Vast.Machines);
    }

    [Fact]
    public async Task The_environment_and_the_script_reach_the_machine_and_offers_can_be_asked_for_long()
    {
        var all = (await RunAsync("offers --limit 1000 --json")).Json.GetProperty("offers").GetArrayLength();
        var longer = await RunAsync("offers --limit 1000 --min-duration 100d --json");
        Assert.Equal(0, longer.ExitCode);
        Assert.InRange(longer.Json.GetProperty("offers").GetArrayLength(), 1, all - 1);

        var rent = await RunAsync($"rent --offer-id {_cloud.Vast.FreeOffers[0]} --environment MODE=fast --environment DEBUG=1 --on-start date --json");
        Assert.True(rent.ExitCode == 0, rent.Error);

        // The service wants a pause between two looks at a machine.
        _clock.Advance(TimeSpan.FromSeconds(10));
        using var client = new HttpClient(_cloud.CreateHandler());
        client.DefaultRequestHeaders.Authorization = new("Bearer", SimulatedVast.DefaultKey);
        var row = await client.GetStringAsync(new Uri($"https://console.vast.ai/api/v0/instances/{Assert.Single(_cloud.Vast.Machines).Id}/"));
        var machine = JsonDocument.Parse(row).RootElement.GetProperty("instances");
        Assert.Equal("date", machine.GetProperty("onstart").GetString());
        Assert.Equal([("DEBUG", "1"), ("MODE", "fast")], machine.GetProperty("extra_env").EnumerateArray().Select(pair => (pair[0].GetString()!, pair[1].GetString()!)).Order());
    }

    [Fact]
    public async Task Wrong_input_changes_nothing()
    {
        Assert.Equal(2, (await RunAsync("rent --image a:b")).ExitCode);
        Assert.Equal(2, (await RunAsync("rent --offer-id x --image a:b")).ExitCode);
        Assert.Equal(2, (await RunAsync("auto")).ExitCode);
        Assert.Equal(2, (await RunAsync("offers --provider azure")).ExitCode);
        Assert.Equal(2, (await RunAsync("rent --offer-id 1 --on-insufficient-credit everything")).ExitCode);
        Assert.Equal(2, (await RunAsync("list --provider azure")).ExitCode);
        Assert.Equal(2, (await RunAsync("offers --min-duration long")).ExitCode);
        Assert.Equal(2, (await RunAsync("rent --offer-id 1 --environment MODE")).ExitCode);
        Assert.Equal(0, _cloud.Calls.Count);
    }

    [Fact]
    public async Task A_list_without_a_cloud_takes_in_both_and_the_cost_tells_how_long_the_credit_lasts()
    {
        var id = _cloud.Vast.AddMachine("spotcluster/-/a").ToString(System.Globalization.CultureInfo.InvariantCulture);
        var list = await RunAsync("list");
        Assert.Equal(0, list.ExitCode);
        Assert.Contains(id, list.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(id, (await RunAsync("list --provider aws")).Out, StringComparison.Ordinal);

        var cost = await RunAsync("cost");
        Assert.Equal(0, cost.ExitCode);
        Assert.Contains("1 instance, 1 disk", cost.Out, StringComparison.Ordinal);
        Assert.Matches(@"Vast\.ai: credit \$\d+\.\d+, \$0\.\d{4} per hour .* hours remaining", cost.Out);
        Assert.Contains("Traffic at Vast.ai is extra", cost.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Vast.ai", (await RunAsync("cost --provider aws")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rehearsal_tells_the_story_to_its_proven_end()
    {
        var result = await CliRunner.RunAsync("rehearse --provider vast", options => new EngineSession(options));
        Assert.True(result.ExitCode == 0, result.Error);
        foreach (var word in new[] { "Offer ID", "outbid", "found by its label", "Insufficient credit", "✓ Destroyed instance", "Verified empty", "training of a colleague" })
        {
            Assert.Contains(word, result.Out, StringComparison.Ordinal);
        }
    }

    private Task<CliResult> RunAsync(string commandLine, TestConsole? console = null) => CliRunner.RunAsync(
        commandLine,
        options => new EngineSession(options with { Transport = _cloud.CreateHandler(), Clock = _clock, JournalDirectory = _journal }),
        console);
}
