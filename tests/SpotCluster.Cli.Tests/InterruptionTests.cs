using Xunit;

namespace SpotCluster.Cli.Tests;

public sealed class InterruptionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_interrupted_launch_is_130_and_says_what_exists_and_how_to_remove_it(bool obedient)
    {
        using var interruption = new CancellationTokenSource();
        var engine = new FakeEngine
        {
            OnLaunch = (_, token) =>
            {
                interruption.Cancel();

                // The disobedient one never ends: the user gets the terminal back all the same.
                return obedient ? Task.FromCanceled(token) : new TaskCompletionSource().Task;
            },
        };

        var result = await CliRunner.RunAsync("create --name demo --json", engine, cancellationToken: interruption.Token);

        Assert.Equal(130, result.ExitCode);
        Assert.Contains("us-east-1", result.Error, StringComparison.Ordinal);
        Assert.Contains("spotcluster destroy --name demo", result.Error, StringComparison.Ordinal);
        Assert.Contains("destroy --name demo", result.Json.GetProperty("interrupted").GetString(), StringComparison.Ordinal);
        Assert.Equal(130, result.Json.GetProperty("exitCode").GetInt32());
        Assert.Empty(result.ErrorIds);
    }

    [Fact]
    public async Task An_interrupted_plan_has_changed_nothing_and_says_so()
    {
        using var interruption = new CancellationTokenSource();
        var engine = new FakeEngine
        {
            OnPlan = (_, token) =>
            {
                interruption.Cancel();
                return Task.FromCanceled(token);
            },
        };

        var result = await CliRunner.RunAsync("create --name demo", engine, cancellationToken: interruption.Token);

        Assert.Equal(130, result.ExitCode);
        Assert.Equal(["Interrupted. Nothing was changed."], result.ErrorLines);
        Assert.Empty(engine.Changes);
    }

    [Theory]
    [InlineData("--name demo", "spotcluster destroy --name demo")]
    [InlineData("--all", "spotcluster destroy --all")]
    [InlineData("--instance-id i-0aaa", "spotcluster list --instance-id i-0aaa")]
    public async Task An_interrupted_removal_says_how_to_go_on(string scope, string advice)
    {
        using var interruption = new CancellationTokenSource();
        var engine = new FakeEngine
        {
            OnRemove = (_, token) =>
            {
                interruption.Cancel();
                return Task.FromCanceled(token);
            },
        };

        var result = await CliRunner.RunAsync($"destroy {scope} --force", engine, cancellationToken: interruption.Token);

        Assert.Equal(130, result.ExitCode);
        Assert.Contains(advice, result.Error, StringComparison.Ordinal);
    }
}
