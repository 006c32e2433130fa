using SpotCluster.Cli.Running;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Reports;

/// <summary>The console command <c>report</c>, with the real engine.</summary>
public sealed class ReportCommandTests
{
    [Fact]
    public async Task It_writes_the_page_and_tells_of_it()
    {
        using var world = new ReportWorld();
        await world.Lab.CreateAsync(ClusterLab.Request(2, "us-east-1"));
        world.Clock.Advance(TimeSpan.FromHours(3));
        var path = world.PathOf("report.html");

        var told = await RunAsync(world, $"report --html {path} --json");
        Assert.True(told.ExitCode == 0, told.Error);
        Assert.Equal(path, told.Json.GetProperty("report").GetProperty("path").GetString());
        Assert.Equal(new FileInfo(path).Length, told.Json.GetProperty("report").GetProperty("bytes").GetInt64());
        Assert.Equal(2, told.Json.GetProperty("report").GetProperty("instanceCount").GetInt32());
        Assert.Contains("2 of 2", world.Read().Root!.Value, StringComparison.Ordinal);

        var again = await RunAsync(world, $"report --html {path} --json");
        Assert.Equal([SpotErrorIds.ReportExists], again.ErrorIds);
        Assert.NotEqual(0, again.ExitCode);
        var forced = await RunAsync(world, $"report --html {path} --force --name demo --since 2026-01-01T02:00Z");
        Assert.Equal(0, forced.ExitCode);
        Assert.Contains("1 cluster, 2 instances", forced.Out + forced.Error, StringComparison.Ordinal);
        Assert.Contains("2026-01-01 02:00:00 UTC", world.Read().Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_region_makes_it_incomplete_and_a_wrong_option_bad_input()
    {
        using var world = new ReportWorld();
        world.Lab.Cloud.Faults.Add(new FaultRule { Region = "us-west-1", Code = "UnauthorizedOperation" });
        var path = world.PathOf("report.html");
        var partial = await RunAsync(world, $"report --html {path} --json");
        Assert.Equal([SpotErrorIds.RegionNotListed], partial.ErrorIds);
        Assert.Equal(3, partial.ExitCode);
        Assert.Single(partial.Json.GetProperty("report").GetProperty("unknown").EnumerateArray());
        Assert.Contains("us-west-1", world.Read().Root!.Value, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync(world, $"report --html {world.PathOf("other.html")} --since soon")).ExitCode);
        Assert.Equal(2, (await RunAsync(world, "report")).ExitCode);
    }

    /// <summary>Who has a key of Vast.ai and no credentials of AWS gets what there is, and is told what is not included, once.</summary>
    [Theory]
    [InlineData("report --html {0}")]
    [InlineData("cost")]
    [InlineData("status")]
    [InlineData("list")]
    [InlineData("nuke --what-if")]
    public async Task Without_credentials_of_AWS_it_is_about_Vast_and_says_so(string commandLine)
    {
        using var world = new ReportWorld();
        world.Lab.Cloud.Vast.AddMachine("spotcluster/train/n1");
        foreach (var service in new[] { "ec2", "sts" })
        {
            world.Lab.Cloud.Faults.Add(new FaultRule { Service = service, Code = "MissingAuthenticationToken", Status = 403 });
        }

        var result = await RunAsync(world, string.Format(System.Globalization.CultureInfo.InvariantCulture, commandLine, world.PathOf("report.html")));
        Assert.True(result.ExitCode == 0, result.Out + result.Error);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(result.Error, "AWS is not included: "));
        Assert.DoesNotContain("CredentialNotFound", result.Out + result.Error, StringComparison.Ordinal);
        if (commandLine.StartsWith("report", StringComparison.Ordinal))
        {
            Assert.Contains("1 cluster, 1 instance.", result.Out + result.Error, StringComparison.Ordinal);
            Assert.Contains("AWS is not included: ", world.Read().Root!.Value, StringComparison.Ordinal);
            Assert.Contains("train", world.Read().Root!.Value, StringComparison.Ordinal);
        }
    }

    private static Task<CliResult> RunAsync(ReportWorld world, string commandLine) => CliRunner.RunAsync(
        commandLine,
        options => new EngineSession(options with { Transport = world.Lab.Cloud.CreateHandler(), Clock = world.Lab.Cloud.Clock, Settings = world.Lab.Settings }));
}
