using System.Text.Json;
using SpotCluster.Cli.Running;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>quota</c> on the command line, with the real engine.</summary>
public sealed class QuotaCommandTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Limit_use_and_rest_are_shown_by_region()
    {
        _lab.Cloud.Region("us-west-2").AddInstances(3);

        var json = (await RunAsync("quota --region us-west-2,us-east-1 --json")).Json.GetProperty("quotas");
        var text = await RunAsync("quota --region us-west-2");

        Assert.Equal(["us-east-1", "us-west-2"], json.EnumerateArray().Select(quota => quota.GetProperty("region").GetString()).Distinct());
        var standard = json.EnumerateArray().Single(quota => quota.GetProperty("region").GetString() == "us-west-2" && quota.GetProperty("quotaCode").GetString() == "L-34B43A08");
        Assert.Equal([640, 6, 634], new[] { "vCpuLimit", "vCpuUsed", "vCpuFree" }.Select(name => standard.GetProperty(name).GetInt32()));
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("Standard (A, C, D, H, I, M, R, T, Z)", text.Out, StringComparison.Ordinal);
        Assert.Contains("634", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_is_said_and_is_null()
    {
        _lab.Cloud.Deny("GetServiceQuota");

        var json = await RunAsync("quota --region us-east-1 --json");
        var text = await RunAsync("quota --region us-east-1");

        Assert.Equal(0, json.ExitCode);
        Assert.All(json.Json.GetProperty("quotas").EnumerateArray(), quota => Assert.Equal(JsonValueKind.Null, quota.GetProperty("vCpuLimit").ValueKind));
        Assert.Contains("unknown", text.Out, StringComparison.Ordinal);
        Assert.Contains("servicequotas:GetServiceQuota", text.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_does_not_answer_or_exist_is_in_the_exit_code()
    {
        Assert.Equal(2, (await RunAsync("quota --region mars-*")).ExitCode);
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeInstances", Region = "us-east-1", Code = "InternalError" });
        var partial = await RunAsync("quota --region us-east-* --json");
        Assert.Equal(3, partial.ExitCode);
        Assert.Equal([SpotErrorIds.RegionNotListed], partial.ErrorIds);
        Assert.Equal(["us-east-2"], partial.Json.GetProperty("quotas").EnumerateArray().Select(quota => quota.GetProperty("region").GetString()).Distinct());
    }

    private Task<CliResult> RunAsync(string commandLine) => CliRunner.RunAsync(
        commandLine,
        options => new EngineSession(options with
        {
            Transport = _lab.Cloud.CreateHandler(),
            Clock = _lab.Cloud.Clock,
            Settings = _lab.Settings,
            JournalDirectory = _lab.JournalFolder,
        }));
}
