using SpotCluster.Cli.Rehearsal;
using SpotCluster.Cli.Running;
using Xunit;

namespace SpotCluster.Cli.Tests;

public sealed class RehearseTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public async Task The_whole_life_ends_proven_and_the_cloud_itself_holds_only_what_is_not_ours(int seed)
    {
        var result = await CliRunner.RunAsync($"rehearse --json --seed {seed}", options => new EngineSession(options));

        Assert.True(result.ExitCode == 0, result.Error);
        var json = result.Json;
        Assert.True(json.GetProperty("proof").GetProperty("proven").GetBoolean());
        Assert.All(json.GetProperty("claims").EnumerateArray(), claim => Assert.True(claim.GetProperty("seen").GetBoolean(), claim.ToString()));

        // What survives is the neighbor's alone; the guest held our VPC, and was named.
        var foreign = json.GetProperty("foreign");
        Assert.Contains(foreign.GetProperty("neighbor").GetString(), json.GetProperty("heldByCloud").EnumerateArray().Select(id => id.GetString()));
        Assert.False(json.GetProperty("blockedProof").GetProperty("proven").GetBoolean());
        var blocked = Assert.Single(
            json.GetProperty("blockedRemovals").EnumerateArray(),
            removal => removal.GetProperty("type").GetString() == "vpc" && removal.GetProperty("outcome").GetString() == "Blocked");
        Assert.Contains(foreign.GetProperty("guest").GetString()!, blocked.ToString(), StringComparison.Ordinal);
        Assert.Equal(6, json.GetProperty("instances").GetArrayLength());
        Assert.Equal(3, json.GetProperty("plan").GetProperty("regions").GetArrayLength());
        Assert.True(json.GetProperty("plan").GetProperty("hourlyCost").GetDecimal() > 0);
        Assert.Equal(4, json.GetProperty("clusterAfterInterruption")[0].GetProperty("running").GetInt32());
        Assert.Equal(6, json.GetProperty("clusterAfterRepair")[0].GetProperty("healthy").GetInt32());
        Assert.Equal(0, json.GetProperty("ghosts").GetArrayLength());
        Assert.Equal(
            RehearsalScript.Steps.Select(step => step.Name),
            json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString()!));
        Assert.All(json.GetProperty("steps").EnumerateArray(), step => Assert.True(step.GetProperty("calls").GetInt32() > 0, step.ToString()));
    }

    [Fact]
    public async Task The_story_shows_what_the_engine_did_and_nothing_else()
    {
        var story = await CliRunner.RunAsync("rehearse", options => new EngineSession(options));
        var json = (await CliRunner.RunAsync("rehearse --json", options => new EngineSession(options))).Json;

        Assert.Equal(0, story.ExitCode);
        Assert.Equal("", story.Error);

        // The same seed tells the same story, so every machine of the one run is in the other.
        Assert.All(
            json.GetProperty("instances").EnumerateArray().Select(instance => instance.GetProperty("id").GetString()!),
            id => Assert.Contains(id, story.Out, StringComparison.Ordinal));
        Assert.Contains("Verified empty: every managed resource at AWS in all", story.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_seed_is_another_cloud()
    {
        var first = await IdsAsync(1);
        var second = await IdsAsync(2);

        Assert.Empty(first.Intersect(second, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_rehearsal_that_is_stopped_leaves_nothing_and_says_so()
    {
        using var interruption = new CancellationTokenSource();
        var result = await CliRunner.RunAsync(
            "rehearse",
            options =>
            {
                interruption.Cancel();
                return new EngineSession(options);
            },
            cancellationToken: interruption.Token);

        Assert.Equal(130, result.ExitCode);
        Assert.Contains("nothing remains", result.Error, StringComparison.Ordinal);
    }

    private static async Task<List<string>> IdsAsync(int seed)
    {
        var result = await CliRunner.RunAsync($"rehearse --json --seed {seed}", options => new EngineSession(options));
        return [.. result.Json.GetProperty("instances").EnumerateArray().Select(instance => instance.GetProperty("id").GetString()!)];
    }
}
