using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Cli.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("create --name demo")]
    [InlineData("create --name demo --wait")]
    [InlineData("create --name demo --what-if")]
    [InlineData("list")]
    [InlineData("list --instance-id i-0aaa")]
    [InlineData("status")]
    [InlineData("status --name demo")]
    [InlineData("start --name demo")]
    [InlineData("start --instance-id i-0aaa --wait")]
    [InlineData("stop --instance-id i-0aaa,i-0bbb --force")]
    [InlineData("wait --name demo")]
    [InlineData("identity")]
    [InlineData("destroy --name demo --force")]
    [InlineData("destroy --all --force")]
    [InlineData("destroy --instance-id i-0aaa,i-0bbb --force")]
    [InlineData("destroy --name demo --what-if")]
    [InlineData("destroy --instance-id i-0aaa --what-if")]
    public async Task What_is_done_is_0_with_one_json_document_and_no_errors(string commandLine)
    {
        var plain = await CliRunner.RunAsync(commandLine, new FakeEngine());
        var json = await CliRunner.RunAsync(commandLine + " --json", new FakeEngine());

        Assert.Equal(0, plain.ExitCode);
        Assert.NotEqual("", plain.Out);
        Assert.Equal(0, json.ExitCode);
        Assert.Empty(json.ErrorIds);
        Assert.Equal(0, json.Json.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task A_partial_launch_is_3_and_still_shows_what_runs()
    {
        var engine = new FakeEngine { OnLaunch = (host, _) => Report(host, SpotErrorIds.ClusterPartial, SpotErrorCategory.Unavailable) };

        var result = await CliRunner.RunAsync("create --name demo --json", engine);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.ClusterPartial], result.ErrorIds);
        Assert.Equal("demo", result.Json.GetProperty("cluster").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("list")]
    [InlineData("status")]
    public async Task A_region_that_was_not_listed_is_3_and_nothing_is_claimed_about_what_is_missing(string command)
    {
        var engine = new FakeEngine
        {
            Instances = [],
            AllClusters = [],
            OnList = (host, _) => Report(host, SpotErrorIds.RegionNotListed, SpotErrorCategory.Connection),
        };

        var result = await CliRunner.RunAsync(command, engine);

        Assert.Equal(3, result.ExitCode);
        Assert.DoesNotContain("every region was listed", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_that_fails_is_3_even_if_nobody_reported_an_error()
    {
        var engine = new FakeEngine
        {
            Outcome = SpotRemovalOutcome.Blocked,
            Proof = new SpotProof { AccountId = "1", Residue = [new SpotResource { Id = "vpc-0a", Type = "vpc", Region = "us-east-1" }] },
        };

        var result = await CliRunner.RunAsync("destroy --name demo --force --json", engine);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.RemovalNotProven], result.ErrorIds);
        Assert.False(result.Json.GetProperty("proof").GetProperty("proven").GetBoolean());
        Assert.Equal("Blocked", result.Json.GetProperty("removals")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_machine_that_is_left_is_3_even_if_nobody_reported_an_error()
    {
        var engine = new FakeEngine { Outcome = SpotRemovalOutcome.Failed };

        var result = await CliRunner.RunAsync("destroy --instance-id i-0aaa,i-0bbb --force --json", engine);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.InstanceNotRemoved, SpotErrorIds.InstanceNotRemoved], result.ErrorIds);
    }

    [Theory]
    [InlineData("destroy --name nosuch --force")]
    [InlineData("destroy --name nosuch --what-if")]
    [InlineData("status --name nosuch")]
    public async Task A_cluster_that_is_not_there_is_bad_input_not_success(string commandLine)
    {
        var engine = new FakeEngine { Resources = [], Proof = new SpotProof { Proven = true } };

        var result = await CliRunner.RunAsync(commandLine + " --json", engine);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([SpotErrorIds.ClusterNotFound], result.ErrorIds);
    }

    [Theory]
    [InlineData(SpotErrorIds.ClusterNameInUse, SpotErrorCategory.AlreadyExists, 2)]
    [InlineData(SpotErrorIds.RegionUnknown, SpotErrorCategory.InvalidArgument, 2)]
    [InlineData(SpotErrorIds.QuotaExceeded, SpotErrorCategory.LimitsExceeded, 2)]
    [InlineData(SpotErrorIds.HourlyCostExceeded, SpotErrorCategory.LimitsExceeded, 2)]
    [InlineData(SpotErrorIds.RequestThrottled, SpotErrorCategory.LimitsExceeded, 1)]
    [InlineData(SpotErrorIds.CredentialNotFound, SpotErrorCategory.Authentication, 1)]
    [InlineData(SpotErrorIds.EndpointUnreachable, SpotErrorCategory.Connection, 1)]
    [InlineData(SpotErrorIds.PermissionMissing, SpotErrorCategory.PermissionDenied, 1)]
    public async Task What_ends_a_plan_is_2_when_the_input_is_at_fault_and_1_otherwise(string errorId, SpotErrorCategory category, int exitCode)
    {
        var engine = new FakeEngine
        {
            OnPlan = (_, _) => throw new SpotException(errorId, category, "It did not work.") { RecommendedAction = "Do this.", ServiceCode = "TheCode", Target = "demo" },
        };

        var plain = await CliRunner.RunAsync("create --name demo", engine);
        var json = await CliRunner.RunAsync("create --name demo --json", engine);

        Assert.Equal(exitCode, plain.ExitCode);
        Assert.Equal([$"error: It did not work. ({errorId}, TheCode)", "hint: Do this."], plain.ErrorLines);
        Assert.Equal("", plain.Out);
        var error = json.Json.GetProperty("errors")[0];
        Assert.Equal(errorId, error.GetProperty("id").GetString());
        Assert.Equal("TheCode", error.GetProperty("code").GetString());
        Assert.Equal("demo", error.GetProperty("target").GetString());
        Assert.Equal("Do this.", error.GetProperty("recommendedAction").GetString());
    }

    [Fact]
    public async Task An_input_error_after_a_change_is_1_because_2_says_that_nothing_was_changed()
    {
        var engine = new FakeEngine { OnLaunch = (_, _) => throw new SpotException(SpotErrorIds.ImageInvalid, SpotErrorCategory.InvalidArgument, "No.") };

        var result = await CliRunner.RunAsync("create --name demo", engine);

        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public async Task A_fault_of_the_program_is_1_with_a_message_and_without_a_stack_trace()
    {
        var engine = new FakeEngine { OnPlan = (_, _) => throw new InvalidOperationException("boom") };

        var result = await CliRunner.RunAsync("create --name demo --json", engine);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal([SpotErrorIds.UnexpectedFailure], result.ErrorIds);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private static Task Report(IOperationHost host, string errorId, SpotErrorCategory category)
    {
        host.Error(new SpotException(errorId, category, "Not everything."));
        return Task.CompletedTask;
    }
}
