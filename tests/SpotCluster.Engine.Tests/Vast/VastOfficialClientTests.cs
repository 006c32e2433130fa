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

    /// <summary>
    /// The verbs for those who rent: what is typed, and what its output must hold. A word in braces is what an earlier line printed, or an offer that is free.
    /// </summary>
    private static readonly string[] Verbs =
    [
        "search offers|num_gpus=1 gpu_name=RTX_4090 cuda_vers>=12.1 driver_version>=535.86.05 reliability>0.9 inet_down>50 verified=true datacenter=any|--type|bid => RTX_4090",
        "search offers|-n|--new|num_gpus=1 => 1x",
        "create ssh-key|ssh-ed25519 AAAA me|-y => ssh-key created.*'id': (?<key>[0-9]+)",
        "show ssh-keys => ssh-ed25519 AAAA me",
        "update ssh-key|{key}|ssh-ed25519 BBBB me => 'success': True",
        "create template|--name|t|--image|a/b|--image_tag|1|--env|-p 8080:8080 -e A=b|--disk_space|20|--ssh|--search_params|num_gpus=1 => 'id': (?<templateid>[0-9]+)",
        "search templates|name=t|--raw => \"hash_id\": \"(?<template>[^\"]+)\"",
        "create instance|{offer}|--image|a/b:1|--disk|20|--ssh|--direct|--label|x|--env|-p 8080:8080 -e A=b => 'new_contract': (?<instance>[0-9]+)",
        "create instance|{offer}|--template_hash|{template}|--disk|20 => 'new_contract': (?<other>[0-9]+)",
        "create instance|{offer}|--image|a/b:1|--disk|20|--ssh|--bid_price|9.5 => 'new_contract': (?<bid>[0-9]+)",
        "create instances|{offer}|--image|a/b:1|--disk|20|--ssh => 'new_contract': [0-9]+",
        "launch instance|-g|RTX_4090|-n|1|-i|a/b:1|-d|20 => 'new_contract': [0-9]+",
        "show instances|--raw => {instance}",
        "show instance|{instance} => {instance}",
        "ssh-url|{running} => ssh://root@203[.]0[.]113[.][0-9]+:[0-9]+",
        "scp-url|{running} => scp://root@203[.]0[.]113[.][0-9]+:[0-9]+",
        "logs|{running}|--tail|10 => sshd",
        "logs|{running}|--daemon-logs => pulling",
        "scp-url|{instance} => scp://root@",
        "label instance|{instance}|y => label for {instance} set to y",
        "stop instance|{instance} => stopping instance {instance}",
        "start instance|{instance} => starting instance {instance}",
        "stop instances|{instance}|{other} => stopping instance",
        "start instances|{instance}|{other} => starting instance",
        "reboot instance|{instance} => Rebooting instance {instance}",
        "recycle instance|{instance} => Recycling instance {instance}",
        "update instance|{instance}|--image|a/b:2 => Instance {instance} updated",
        "prepay instance|{instance}|1 => prepaid",
        "show deposit|{instance} => balance",
        "change bid|{bid}|--price|0.9 => Per gpu bid price changed",
        "attach ssh|{instance}|ssh-ed25519 CCCC me => 'success': True",
        "detach ssh|{instance}|1 => 'success': True",
        "take snapshot|{instance}|--repo|r|--docker_login_user|u|--docker_login_pass|p => Snapshot request sent successfully",
        "show user => Credit",
        "set user|--file|{file} => .",
        "show audit-logs => api_route|/api/",
        "create env-var|A|b => Environment variable created successfully|ok",
        "update env-var|A|c => Environment variable updated successfully|ok",
        "show env-vars => A",
        "delete env-var|A => Environment variable deleted successfully",
        "show invoices => .",
        "show invoices-v1|-i => .",
        "show invoices-v1|-c => .",
        "show invoices-v1|-c|-f|tree|-v => .",
        "search invoices|amount_cents>3000 => .",
        "create subaccount|--email|a@example.com|--username|u|--password|p|--type|client => .",
        "show subaccounts => .",
        "show ipaddrs => .",
        "transfer credit|a@example.com|1|--skip => .",
        "reboot instance|{instance}|--schedule|DAILY|--day|*|--hour|5|--end_date|2099-01-01 00:00:00 AM => add_scheduled_job insert: success",
        "show scheduled-jobs|--raw => \"id\": (?<job>[0-9]+)",
        "delete scheduled-job|{job} => .",
        "create api-key|--name|k|--permission_file|{permissions} => 'id': (?<apikey>[0-9]+)",
        "show api-keys => k",
        "show api-key|{apikey} => {apikey}",
        "delete api-key|{apikey} => .",
        "search benchmarks|gpu_name=RTX_4090 => .",
        "search volumes|disk_space>=1 => .",
        "search network-volumes|-n|disk_space>=1 => .",
        "create volume|{offer}|-s|15|-n|v => .",
        "show volumes|--raw => \"id\": (?<volume>[0-9]+)",
        "clone volume|{volume}|{offer} => .",
        "delete volume|{volume} => .",
        "copy|C.{instance}:/a|C.{other}:/b => .",
        "cancel copy|{other} => .",
        "show connections => .",
        "cloud copy|--src|/a|--dst|/b|--instance|{instance}|--connection|1|--transfer|Instance To Cloud => .",
        "cancel sync|{instance} => .",
        "show pending-price-increases => .",
        "accept price-increase|{instance}|-y => Stale 1",
        "reject price-increase|{instance}|-y => Stale 1",
        "reports|4000 => .",
        "update template|{template}|--name|t2|--image|a/b|--image_tag|2 => .",
        "delete template|--template-id|{templateid} => .",
        "delete ssh-key|{key} => .",
        "destroy instance|{instance}|-y => destroying instance {instance}",
        "destroy instances|{other}|{bid}|-y => destroying instance",
        "reset api-key => .",
    ];

    [Fact]
    public async Task Every_verb_for_those_who_rent_is_answered()
    {
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, CancellationToken.None);
        var program = await FindAsync(host);
        var known = new Dictionary<string, string>(StringComparer.Ordinal) { ["file"] = Write("user.json", "{\"fullname\":\"x\"}"), ["permissions"] = Write("permissions.json", "{\"api\":{}}") };
        known["running"] = _cloud.Vast.AddMachine("old").ToString(System.Globalization.CultureInfo.InvariantCulture);
        var failures = new List<string>();
        foreach (var line in Verbs)
        {
            known["offer"] = _cloud.Vast.FreeOffers[0].ToString(System.Globalization.CultureInfo.InvariantCulture);
            var (typed, expected) = (Fill(line.Split(" => ")[0], known), Fill(line.Split(" => ")[1], known));
            var words = typed.Split('|');
            var result = await RunAsync(program, host, [.. words[0].Split(' '), .. words[1..]]);
            var match = Regex.Match(result.Out, expected, RegexOptions.Singleline);
            // Where no price is about to rise, an answer to a rise is out of date: 2.
            if (result.ExitCode != (expected == "Stale 1" ? 2 : 0) || !match.Success || Regex.IsMatch(result.Out + result.Error, "Traceback|[Ff]ailed with error|Error:|[Ee]rror occurred"))
            {
                failures.Add($"{typed}: {result.ExitCode} {result.Out} {result.Error}");
            }

            foreach (Group found in match.Groups.Values.Skip(1))
            {
                known[found.Name] = found.Value;
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {Verbs.Length}\n{string.Join("\n\n", failures)}");
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_home, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Fill(string text, Dictionary<string, string> known) => known.Aggregate(text, (filled, pair) => filled.Replace("{" + pair.Key + "}", pair.Value, StringComparison.Ordinal));

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
