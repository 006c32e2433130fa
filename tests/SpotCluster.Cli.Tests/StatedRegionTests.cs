using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary>An account in which a policy denies most regions, with and without a statement of those that it may use.</summary>
public sealed class StatedRegionTests : IDisposable
{
    private const string Denial = "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/dev/me is not authorized "
        + "to perform: ec2:DescribeInstances with an explicit deny in a service control policy. Encoded authorization failure message: 3vJ0aaaaaaaaaaaaaaaaaaaa";

    private static readonly SpotSettings Stated = new() { Regions = ["us-*"], RegionsSource = "SPOTCLUSTER_REGIONS" };

    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());
    private readonly List<CallRecord> _calls = [];
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-test-");

    public void Dispose()
    {
        _cloud.Dispose();
        _journal.Delete(recursive: true);
    }

    [Theory]
    [InlineData("list --provider aws")]
    [InlineData("status --provider aws")]
    [InlineData("resources --provider aws")]
    [InlineData("cost --provider aws")]
    [InlineData("nuke --provider aws --force")]
    [InlineData("destroy --name demo --force")]
    public async Task With_a_statement_every_command_asks_those_regions_alone_and_names_it(string line)
    {
        Deny("eu-*", "ap-*", "ca-*", "sa-*");
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --count 1 --wait", Stated)).ExitCode);
        _calls.Clear();

        var result = await RunAsync(line, Stated);

        Assert.True(result.ExitCode == 0, result.Error + result.Out);
        Assert.All(_calls.Where(call => call.Service == "ec2"), call => Assert.StartsWith("us-", call.Region, StringComparison.Ordinal));
        Assert.Contains("13 enabled regions are not included: the regions of the account are us-* (SPOTCLUSTER_REGIONS).", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_says_which_regions_it_covers_by_which_statement()
    {
        Deny("eu-*", "ap-*", "ca-*", "sa-*");
        var result = await RunAsync("nuke --provider aws --force", Stated);

        var proof = result.Json.GetProperty("proofs")[0];
        Assert.True(proof.GetProperty("proven").GetBoolean(), result.Error);
        Assert.Contains("only in the regions of SPOTCLUSTER_REGIONS (us-east-1, us-east-2, us-west-1, us-west-2) of account", proof.GetProperty("scope").GetString()!, StringComparison.Ordinal);
        Assert.Contains("13 enabled regions are not included", proof.GetProperty("hidden")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(4, proof.GetProperty("regions").GetArrayLength());
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_is_said_to_be_missing_in_the_stated_regions()
    {
        var result = await RunAsync("destroy --name nobody --force", Stated);
        Assert.Contains("no resource in any region of SPOTCLUSTER_REGIONS is tagged with its name", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_is_named_is_asked_wherever_it_is()
    {
        await RunAsync("list --provider aws --region eu-west-1", Stated);
        Assert.Contains(_calls, call => call is { Operation: "DescribeInstances", Region: "eu-west-1" });
    }

    [Fact]
    public async Task Nothing_is_launched_outside_of_the_statement()
    {
        var result = await RunAsync("create --name demo --region us-east-1,eu-west-1 --count 2", Stated);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([SpotErrorIds.RegionNotStated], result.ErrorIds);
        Assert.DoesNotContain(_calls, call => call.Changes);
    }

    [Fact]
    public async Task A_statement_that_fits_nothing_is_refused_and_a_stated_region_that_is_not_enabled_is_named()
    {
        var nothing = await RunAsync("list --provider aws", Stated with { Regions = ["mars-*"] });
        Assert.Equal([SpotErrorIds.RegionUnknown], nothing.ErrorIds);

        var closed = await RunAsync("list --provider aws", Stated with { Regions = ["us-east-1", "af-south-1"] });
        Assert.Equal(0, closed.ExitCode);
        Assert.Contains("16 enabled regions and af-south-1, which is configured but not enabled, are not included", closed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list --provider aws")]
    [InlineData("status --provider aws")]
    [InlineData("resources --provider aws")]
    [InlineData("nuke --provider aws --force")]
    public async Task Without_a_statement_denied_regions_are_one_error_that_gives_it(string line)
    {
        Deny("eu-*", "ap-*", "ca-*", "sa-*");

        var result = await RunAsync(line, new SpotSettings());

        Assert.NotEqual(0, result.ExitCode);
        var error = Assert.Single(result.Json.GetProperty("errors").EnumerateArray(), error => error.GetProperty("id").GetString() == SpotErrorIds.RegionNotListed);
        Assert.StartsWith("Cannot list 13 regions", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("service control policy", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("SPOTCLUSTER_REGIONS=us-east-1,us-east-2,us-west-1,us-west-2,", error.GetProperty("recommendedAction").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_regions_may_not_be_listed_the_statement_stands_for_them_or_AWS_REGION_is_asked_for()
    {
        _cloud.Faults.Add(new FaultRule { Service = "ec2", Operation = "DescribeRegions", Code = "UnauthorizedOperation", Message = Denial });

        var stated = await RunAsync("list --provider aws", Stated with { Regions = ["eu-west-1", "us-west-2"] });
        Assert.True(stated.ExitCode == 0, stated.Error);
        Assert.Contains(_calls, call => call is { Operation: "DescribeRegions", Region: "eu-west-1" });
        Assert.Contains("ec2:DescribeRegions is denied", stated.Error, StringComparison.Ordinal);

        var open = await RunAsync("list --provider aws", new SpotSettings());
        Assert.NotEqual(0, open.ExitCode);
        Assert.Contains("SPOTCLUSTER_REGIONS", open.Error + open.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removal_names_denied_regions_in_one_line()
    {
        Deny("eu-*", "ap-*", "ca-*", "sa-*");
        var result = await RunTextAsync("nuke --provider aws --force", new SpotSettings());
        var line = Assert.Single(result.Out.ReplaceLineEndings(" ").Split("  unknown: ").Skip(1));
        Assert.Contains("ca-central-1", line, StringComparison.Ordinal);
        Assert.Contains("sa-east-1", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Regions_to_launch_in_that_are_not_enabled_are_named_at_once()
    {
        _cloud.EnableRegion("eu-south-1", enabled: false);
        var result = await RunAsync("create --name demo --region us-east-1,af-south-1,eu-south-1 --count 3", new SpotSettings());
        Assert.Equal([SpotErrorIds.RegionNotEnabled], result.ErrorIds);
        Assert.Contains("af-south-1, eu-south-1", result.Json.GetProperty("errors")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_calls, call => call.Changes);
    }

    [Fact]
    public async Task The_proof_names_clusters_with_other_filter_tags_once()
    {
        Assert.Equal(0, (await RunAsync("create --name demo --region us-east-1 --count 1 --wait", new SpotSettings { FilterTagValue = "team-a" })).ExitCode);
        var result = await RunTextAsync("nuke --provider aws --force", new SpotSettings());
        Assert.Equal(2, result.Out.ReplaceLineEndings(" ").Split("1 instance of SpotCluster with the filter tag bacalhau-cluster=team-a").Length);
    }

    private void Deny(params string[] regions)
    {
        foreach (var region in regions)
        {
            _cloud.Faults.Add(new FaultRule { Region = region, Service = "ec2", Code = "UnauthorizedOperation", Status = 403, Message = Denial });
        }
    }

    private Task<CliResult> RunAsync(string commandLine, SpotSettings settings) => RunTextAsync(commandLine + " --json", settings);

    private Task<CliResult> RunTextAsync(string commandLine, SpotSettings settings) => CliRunner.RunAsync(
        commandLine,
        options => new EngineSession(options with
        {
            Transport = _cloud.CreateHandler(),
            Clock = _cloud.Clock,
            Settings = settings,
            JournalDirectory = _journal.FullName,
            CallObserver = new CallList(_calls, options.CallObserver!),
        }));
}
