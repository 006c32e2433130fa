using System.Text.Json;
using SpotCluster.Cli.Running;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary><c>cost</c>, <c>offers</c> and <c>prices</c> on the command line, with the real engine.</summary>
public sealed class CostCommandTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_exit_code_tells_whether_the_budget_is_kept_spent_or_not_known()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, "us-east-1"));
        await Task.Delay(TimeSpan.FromHours(10), _lab.Cloud.Clock);

        var kept = await RunAsync("cost --budget 1000 --json");
        Assert.Equal(0, kept.ExitCode);
        var total = kept.Json.GetProperty("total");
        Assert.Equal(2, total.GetProperty("instanceCount").GetInt32());
        Assert.Equal(total.GetProperty("costToDate").GetDecimal(), kept.Json.GetProperty("clusters")[0].GetProperty("costToDate").GetDecimal());
        Assert.Equal("Instance", kept.Json.GetProperty("instances")[0].GetProperty("scope").GetString());

        var spent = await RunAsync("cost --budget 0.01 --json");
        Assert.Equal(1, spent.ExitCode);
        Assert.Equal([SpotErrorIds.BudgetExceeded], spent.ErrorIds);
        Assert.Equal(2, spent.Json.GetProperty("total").GetProperty("instanceCount").GetInt32());

        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeSpotPriceHistory", Code = "UnauthorizedOperation" });
        var unknown = await RunAsync("cost --budget 1000 --json");
        Assert.Equal(3, unknown.ExitCode);
        Assert.Equal([SpotErrorIds.BudgetNotProven], unknown.ErrorIds);
        Assert.Equal(JsonValueKind.Null, unknown.Json.GetProperty("total").GetProperty("costToDate").ValueKind);
        Assert.Contains("at least $", (await RunAsync("cost --scope instance")).Out, StringComparison.Ordinal);

        var missing = await RunAsync("cost --name nobody --json");
        Assert.Equal(3, missing.ExitCode);
        Assert.Equal([SpotErrorIds.ClusterNotFound], missing.ErrorIds);
        Assert.Equal(2, (await RunAsync("cost --budget much")).ExitCode);
        Assert.Equal(2, (await RunAsync("cost --scope moon")).ExitCode);
    }

    [Fact]
    public async Task Offers_of_aws_are_found_where_aws_is_meant()
    {
        var named = await RunAsync("offers --provider aws --region us-east-1 --gpu-name A10G --limit 2 --json");
        var meant = await RunAsync("offers --instance-type t3.* --region us-east-1 --json");
        var none = await RunAsync("offers --region us-east-1 --min-v-cpu 4000");
        var wrong = await RunAsync("offers --region us-east-1 --instance-type t9.huge --json");

        Assert.Equal(0, named.ExitCode);
        Assert.Equal(2, named.Json.GetProperty("offers").GetArrayLength());
        Assert.True(named.Json.GetProperty("found").GetInt32() > 2);
        Assert.All(named.Json.GetProperty("offers").EnumerateArray(), offer => Assert.Equal("A10G", offer.GetProperty("gpuName").GetString()));
        Assert.All(meant.Json.GetProperty("offers").EnumerateArray(), offer => Assert.Equal("us-east-1", offer.GetProperty("region").GetString()));
        Assert.Equal(0, none.ExitCode);
        Assert.Contains("every region was listed", none.Error, StringComparison.Ordinal);
        Assert.Equal(3, wrong.ExitCode);
        Assert.Equal([SpotErrorIds.InstanceTypeNotOffered], wrong.ErrorIds);
        Assert.Contains("--region is not supported", (await RunAsync("offers --provider vast --region us-east-1")).Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("offers --region us-east-1 --disk 50")).ExitCode);
    }

    [Fact]
    public async Task Prices_are_shown_of_now_and_over_a_time()
    {
        var now = (await RunAsync("prices --region us-east-1 --zone us-east-1a --instance-type t3.micro --json")).Json.GetProperty("prices");
        var week = (await RunAsync("prices --region us-east-1 --zone us-east-1a --instance-type t3.micro --last 7d --json")).Json.GetProperty("prices");

        Assert.Equal(_lab.Cloud.Region("us-east-1").SpotPrice("us-east-1a", "t3.micro"), Assert.Single(now.EnumerateArray()).GetProperty("hourlyPrice").GetDecimal());
        Assert.True(week.GetArrayLength() > 10);
        Assert.Contains("$0.0", (await RunAsync("prices --region us-east-1 --instance-type t3.micro")).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("prices --last soon")).ExitCode);
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
