using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Cli.Tests;

public sealed class ConsentTests
{
    public static TheoryData<string> Scopes => ["--name demo", "--all", "--instance-id i-0aaa"];

    [Theory]
    [MemberData(nameof(Scopes))]
    public async Task Without_a_terminal_and_without_force_nothing_is_destroyed(string scope)
    {
        var engine = new FakeEngine();

        var result = await CliRunner.RunAsync($"destroy {scope} --json", engine);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal([SpotErrorIds.ConsentMissing], result.ErrorIds);
        Assert.Empty(engine.Changes);
    }

    [Theory]
    [MemberData(nameof(Scopes))]
    public async Task Force_asks_nothing(string scope)
    {
        var engine = new FakeEngine();
        var console = new TestConsole { CanAsk = true, Answer = "n" };

        var result = await CliRunner.RunAsync($"destroy {scope} --force", engine, console);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(0, console.Questions);
        Assert.Single(engine.Changes);
    }

    [Theory]
    [MemberData(nameof(Scopes))]
    public async Task What_if_wins_over_force_and_over_the_terminal(string scope)
    {
        var engine = new FakeEngine();
        var console = new TestConsole { CanAsk = true, Answer = "y" };

        var result = await CliRunner.RunAsync($"destroy {scope} --force --what-if", engine, console);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(0, console.Questions);
        Assert.Empty(engine.Changes);
        Assert.Contains("nothing was changed", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData(" YES ", true)]
    [InlineData("n", false)]
    [InlineData("", false)]
    [InlineData("yep", false)]
    [InlineData(null, false)]
    public async Task At_a_terminal_only_yes_is_yes(string? answer, bool destroyed)
    {
        foreach (var scope in new[] { "--name demo", "--instance-id i-0aaa" })
        {
            var engine = new FakeEngine();
            var console = new TestConsole { CanAsk = true, Answer = answer };

            var result = await CliRunner.RunAsync($"destroy {scope}", engine, console);

            Assert.Equal(1, console.Questions);
            Assert.Equal(destroyed ? 0 : 2, result.ExitCode);
            Assert.Equal(destroyed ? 1 : 0, engine.Changes.Count);
            Assert.Contains("per hour?", result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("y", false)]
    [InlineData("yes", false)]
    [InlineData("12345678901", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData(" ACCOUNT ", true)]
    public async Task Everything_is_destroyed_only_for_the_account_typed_out(string? answer, bool destroyed)
    {
        var engine = new FakeEngine();
        var account = (await engine.GetIdentityAsync(CancellationToken.None)).AccountId;
        var console = new TestConsole { CanAsk = true, Answer = answer?.Replace("ACCOUNT", account, StringComparison.Ordinal) };

        var result = await CliRunner.RunAsync("destroy --all", engine, console);

        Assert.Equal(1, console.Questions);
        Assert.Equal(destroyed ? 0 : 2, result.ExitCode);
        Assert.Equal(destroyed ? 1 : 0, engine.Changes.Count);
        Assert.Equal(destroyed ? account : null, engine.Scope?.ExpectedAccountId);
    }

    [Fact]
    public async Task The_answer_covers_only_the_machines_that_were_shown()
    {
        var engine = new FakeEngine();
        var console = new TestConsole { CanAsk = true, Answer = "y" };

        var result = await CliRunner.RunAsync("destroy --instance-id i-0aaa,i-0later --json", engine, console);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal([SpotErrorIds.InstanceNotFound], result.ErrorIds);
        Assert.Equal("i-0aaa", Assert.Single(engine.RemovedKeys).Id);
    }

    [Fact]
    public async Task The_scope_and_the_deadline_reach_the_engine()
    {
        var engine = new FakeEngine();

        await CliRunner.RunAsync("destroy --name demo --region us-east-1,us-west-2 --timeout 3m --force", engine);

        Assert.Equal("demo", engine.Scope!.ClusterName);
        Assert.Equal(["us-east-1", "us-west-2"], engine.Scope.Regions);
        Assert.Equal(TimeSpan.FromMinutes(3), engine.Scope.Timeout);
    }
}
