using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Tests.ClusterTests;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>The commands work by the file: on the simulated cloud, from create to proof.</summary>
public sealed class EngineTests : IDisposable
{
    private const string Unmanaged = "999999999999";

    private readonly ConfigurationFolder _folder = new();
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());
    private readonly RecordingHost _host = new();
    private readonly List<SpotEngine> _engines = [];

    public void Dispose()
    {
        _engines.ForEach(engine => engine.Dispose());
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Create_list_and_remove_use_the_tag_of_the_file()
    {
        var engine = Open("""
            filterTagName: team
            filterTagValue: blue
            creator: ops
            resourcePrefix: ops-
            vpcName: ops-vpc
            regions: [eu-west-1]
            instanceTypes: [t3.medium, t3.large]
            expiresIn: 8h
            tags: { stage: test, owner: file }
            """);
        var plan = await engine.Clusters.PlanAsync(Request() with { Tags = new Dictionary<string, string> { ["owner"] = "command" } }, _host, default);
        await engine.Clusters.LaunchAsync(plan, _host, default);

        var ours = _cloud.AllLive("team", "blue");
        Assert.NotEmpty(ours);
        Assert.Empty(_cloud.AllLive("bacalhau-cluster"));
        var vpc = Assert.Single(ours, resource => resource.Kind == "vpc");
        Assert.Equal(("ops-vpc", "ops", "test", "command"), (vpc.Tags["Name"], vpc.Tags["CreatedBy"], vpc.Tags["stage"], vpc.Tags["owner"]));
        Assert.Contains(TagKeys.ExpiresAt, vpc.Tags.Keys);
        var instance = Assert.Single(await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _host, default).ToListAsync());
        Assert.Equal("eu-west-1", instance.Region);
        Assert.StartsWith("t3.", instance.InstanceType, StringComparison.Ordinal);

        // Without the file the machines are somebody else's: seen by nobody, touched by nobody.
        var stranger = Open("");
        Assert.Empty(await stranger.Clusters.GetInstancesAsync(new InstanceQuery(), _host, default).ToListAsync());
        await stranger.Removal.RemoveAsync(new RemovalScope { ClusterName = "demo" }, _ => { }, _host, default);
        Assert.Equal(ours.Count, _cloud.AllLive("team", "blue").Count);

        var proof = await engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "demo" }, _ => { }, _host, default);
        Assert.True(proof.Proven);
        Assert.Empty(_cloud.AllLive("team"));
    }

    [Fact]
    public async Task What_a_command_says_wins_over_the_file()
    {
        var engine = Open("regions: [eu-west-1, us-east-1]\ninstanceTypes: [t3.medium]\narchitecture: x64\nmaxHourlyPrice: 0.00001\n");
        var plan = await engine.Clusters.PlanAsync(
            Request() with { Regions = ["us-east-1"], InstanceTypes = ["t4g.medium"], MaxHourlyPrice = 1 }, _host, default);

        var region = Assert.Single(plan.Summary.Regions);
        Assert.Equal("us-east-1", region.Region);
        Assert.Equal(["t4g.medium"], region.InstanceTypes);
        var refusal = await Assert.ThrowsAsync<SpotException>(() => engine.Clusters.PlanAsync(Request(), _host, default));
        Assert.Equal(SpotErrorIds.SpotMaxPriceTooLow, refusal.ErrorId);
    }

    [Fact]
    public async Task An_account_that_is_not_allowed_is_refused_before_any_change()
    {
        var machine = await LaunchAsync();
        var before = Changes();
        var engine = Open($"allowedAccounts: ['{Unmanaged}']\nregions: [us-east-1]\n");
        var scope = new RemovalScope { ClusterName = "demo" };
        Func<Task>[] commands =
        [
            () => engine.Clusters.PlanAsync(Request() with { Name = "other" }, _host, default),
            () => engine.Removal.PlanAsync(scope, _host, default),
            () => engine.Removal.RemoveAsync(scope, _ => { }, _host, default),
            () => engine.Removal.RemoveAsync(new RemovalScope(), _ => { }, _host, default),
            () => engine.Removal.RemoveInstancesAsync([new InstanceKey(machine.Id, machine.Region)], _ => { }, _host, default),
        ];
        foreach (var command in commands)
        {
            Assert.Equal(SpotErrorIds.AccountNotAllowed, (await Assert.ThrowsAsync<SpotException>(command)).ErrorId);
        }

        Assert.Equal(before, Changes());

        // Looking is allowed everywhere.
        Assert.NotEmpty(await engine.Removal.GetResourcesAsync(scope, _host, default).ToListAsync());
        Assert.NotEmpty(await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _host, default).ToListAsync());
    }

    [Fact]
    public async Task A_cluster_that_another_account_made_is_refused_before_any_change()
    {
        var machine = await LaunchAsync();
        foreach (var resource in _cloud.AllLive("bacalhau-cluster"))
        {
            _cloud.Region(machine.Region).Call("CreateTags", [("ResourceId.1", resource.Id), ("Tag.1.Key", TagKeys.Account), ("Tag.1.Value", Unmanaged)]);
        }

        var before = Changes();
        var engine = Open("");
        var scope = new RemovalScope { ClusterName = "demo" };

        var refusal = await Assert.ThrowsAsync<SpotException>(() => engine.Removal.PlanAsync(scope, _host, default));
        Assert.Equal(SpotErrorIds.AccountNotAllowed, refusal.ErrorId);
        Assert.Contains(Unmanaged, refusal.Message, StringComparison.Ordinal);
        var proof = await engine.Removal.RemoveAsync(scope, _ => { }, _host, default);
        Assert.False(proof.Proven);
        await engine.Removal.RemoveInstancesAsync([new InstanceKey(machine.Id, machine.Region)], _ => { }, _host, default);

        Assert.Equal(2, _host.Errors.Count(error => error.ErrorId == SpotErrorIds.AccountNotAllowed));
        Assert.Equal(before, Changes());
    }

    [Fact]
    public async Task A_wrong_file_stops_every_command_before_its_first_call()
    {
        var engine = Open("region: [us-east-1]\n");
        Func<Task>[] commands =
        [
            () => engine.Clusters.PlanAsync(Request(), _host, default),
            async () => await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _host, default).ToListAsync(),
            () => engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "demo" }, _ => { }, _host, default),
        ];
        foreach (var command in commands)
        {
            Assert.Equal(SpotErrorIds.ConfigurationInvalid, (await Assert.ThrowsAsync<SpotException>(command)).ErrorId);
        }

        Assert.Empty(_cloud.Calls.Calls);
    }

    [Fact]
    public async Task What_an_old_file_says_in_vain_is_told_before_a_launch()
    {
        var engine = Open("max_instances: 5\nregions:\n  - us-east-1: { machine_type: t3.medium }\n");
        await engine.Clusters.PlanAsync(Request(), _host, default);
        Assert.Contains("max_instances", Assert.Single(_host.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("regions: [us-east-1, eu-west-1]\ninstanceTypes: [t3.medium]\n", null)]
    [InlineData("regions: [us-east-1, mars-north-1]\n", SpotErrorIds.RegionUnknown)]
    [InlineData("regions: [us-east-1]\ninstanceTypes: [t9.gigantic]\n", SpotErrorIds.InstanceTypeUnknown)]
    [InlineData("regions: [us-east-1]\narchitecture: arm64\ninstanceTypes: [t3.medium]\n", null)]
    [InlineData("regions: [us-east-1]\nallowedAccounts: ['999999999999']\n", SpotErrorIds.AccountNotAllowed)]
    [InlineData("publicKeyPath: none.pub\n", SpotErrorIds.KeyFileInvalid)]
    [InlineData("region: []\n", SpotErrorIds.ConfigurationInvalid)]
    public async Task The_test_finds_what_would_fail_later_and_changes_nothing(string text, string? errorId)
    {
        var findings = await Open(text).TestConfigurationAsync(isOnline: true, _host, default);
        if (text.Contains("arm64", StringComparison.Ordinal))
        {
            Assert.NotEmpty(findings);
        }
        else
        {
            Assert.Equal(errorId is null ? [] : [errorId], findings.Select(finding => finding.ErrorId));
        }

        Assert.Empty(Changes());
    }

    [Fact]
    public async Task The_test_finds_a_private_key_that_others_may_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows knows no file modes.");
        File.Move(KeyFile.Write(), Path.Combine(_folder.Path, "id.pub"));
        var key = Path.Combine(_folder.Path, "id");
        File.WriteAllText(key, "not looked into");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            var finding = Assert.Single(await Open("publicKeyPath: id.pub\n").TestConfigurationAsync(isOnline: false, _host, default));
            Assert.Equal($"Run: chmod 600 {key}", finding.RecommendedAction);
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Assert.Empty(await Open("publicKeyPath: id.pub\n").TestConfigurationAsync(isOnline: false, _host, default));
        Assert.Empty(_cloud.Calls.Calls);
    }

    [Theory]
    [InlineData("nats://10.0.3.4:4222", true)]
    [InlineData("10.0.3.4", true)]
    [InlineData("nats://10.1.3.4:4222", false)]
    [InlineData("nats://orchestrator.example.com:4222", false)]
    public async Task The_test_finds_an_orchestrator_inside_the_network_of_the_machines(string address, bool isInside)
    {
        var findings = await Open($"orchestrators: ['{address}']\n").TestConfigurationAsync(isOnline: false, _host, default);
        Assert.Equal(isInside ? [SpotErrorIds.NetworkOverlap] : [], findings.Select(finding => finding.ErrorId));
        Assert.All(findings, finding => Assert.Contains("10.0.0.0/16", finding.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_test_finds_user_data_that_ec2_does_not_take()
    {
        var noise = new byte[40_000];
        new Random(1).NextBytes(noise);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "setup.sh"), "#!/bin/sh\n# " + Convert.ToBase64String(noise));
        var finding = Assert.Single(await Open("nodeScriptPath: setup.sh\n").TestConfigurationAsync(isOnline: false, _host, default));
        Assert.Equal(SpotErrorIds.UserDataTooLarge, finding.ErrorId);
    }

    [Fact]
    public async Task Each_finding_is_told_and_none_hides_another()
    {
        var findings = await Open("""
            publicKeyPath: gone.pub
            privateKeyPath: gone
            orchestrators: [nats://10.0.0.9:4222]
            orchestratorTokenPath: gone-token
            orchestratorKeyPath: gone-key
            """).TestConfigurationAsync(isOnline: false, _host, default);
        Assert.Equal(
            [SpotErrorIds.KeyFileInvalid, SpotErrorIds.KeyFileInvalid, SpotErrorIds.SecretFileInvalid, SpotErrorIds.SecretFileInvalid, SpotErrorIds.NetworkOverlap],
            findings.Select(finding => finding.ErrorId));
        Assert.Empty(_cloud.Calls.Calls);
    }

    [Fact]
    public async Task The_test_finds_a_quota_that_has_no_room()
    {
        _cloud.Region("us-east-1").SetQuota("L-34B43A08", 0);
        var finding = Assert.Single(await Open("regions: [us-east-1]\ninstanceTypes: [t3.medium]\n").TestConfigurationAsync(isOnline: true, _host, default));
        Assert.Equal(SpotErrorIds.QuotaExceeded, finding.ErrorId);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://localhost:1/")]
    public async Task The_alias_is_asked_for_beside_the_identity_and_only_where_it_is_shown(string? endpoint)
    {
        _cloud.AccountAlias = "team-blue";
        var identity = await Open("", endpoint).GetIdentityAsync(default);
        Assert.Equal(("team-blue", "123456789012"), (identity.AccountAlias, identity.AccountId));
        Assert.Equal(["GetCallerIdentity", "ListAccountAliases"], _cloud.Calls.Calls.Select(call => call.Operation).Order(StringComparer.Ordinal));

        await Open("").Clusters.PlanAsync(Request() with { Regions = ["us-east-1"] }, _host, default);
        Assert.Single(_cloud.Calls.Calls, call => call.Operation == "ListAccountAliases");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_an_alias_or_the_right_to_read_it_the_identity_is_told_all_the_same(bool isDenied)
    {
        _cloud.AccountAlias = isDenied ? "secret" : null;
        _cloud.Deny("ListAccountAliases", isDenied);
        var identity = await Open("").GetIdentityAsync(default);
        Assert.Null(identity.AccountAlias);
        Assert.Equal("123456789012", identity.AccountId);
    }

    private static ClusterRequest Request() => new() { Name = "demo" };

    private SpotEngine Open(string text, string? endpoint = null)
    {
        var path = Path.Combine(_folder.Path, $"{_engines.Count}.yaml");
        File.WriteAllText(path, text);
        var engine = new SpotEngine(new EngineOptions
        {
            Transport = _cloud.CreateHandler(),
            Clock = _cloud.Clock,
            ConfigurationPath = path,
            EndpointUrl = endpoint is null ? null : new Uri(endpoint),
            JournalDirectory = Path.Combine(_folder.Path, "journal"),
        });
        _engines.Add(engine);
        return engine;
    }

    private async Task<SpotInstance> LaunchAsync()
    {
        var engine = Open("regions: [us-east-1]\n");
        await engine.Clusters.LaunchAsync(await engine.Clusters.PlanAsync(Request(), _host, default), _host, default);
        return Assert.Single(await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _host, default).ToListAsync());
    }

    private List<string> Changes() => [.. _cloud.Calls.Calls.Where(call => call.Changes).Select(call => call.Operation)];
}
