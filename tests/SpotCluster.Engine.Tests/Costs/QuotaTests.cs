using SpotCluster.Engine.Aws.Services;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.CostTests;

public sealed class QuotaTests : IDisposable
{
    private const string East = "us-east-1";
    private const string Standard = "L-34B43A08";
    private const string GAndVt = "L-3819A6DF";
    private const string NewestP = "L-C4BD4855";

    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task The_machines_of_the_whole_account_use_it_and_the_rest_is_free()
    {
        var region = _lab.Cloud.Region(East);
        var ended = region.AddInstances(1);
        region.AddInstances(3); // somebody else's, two vCPUs each
        region.AddInstances(2, "m7g.large", tags: (ClusterLab.FilterKey, "bacalhau-aws-spot")); // one thread per core
        region.AddInstances(5, spot: false);
        region.AddInstances(2, "g5.xlarge");
        region.Call("TerminateInstances", ("InstanceId.1", ended[0]));
        await Task.Delay(TimeSpan.FromMinutes(2), _lab.Cloud.Clock);
        region.SetQuota(GAndVt, 6); // lowered below what runs

        var quotas = (await ListAsync(East)).ToDictionary(quota => quota.QuotaCode);

        Assert.Equal((640, 10, 630), Numbers(quotas[Standard]));
        Assert.Equal((6, 8, 0), Numbers(quotas[GAndVt]));
        Assert.Equal((0, 0, 0), Numbers(quotas[NewestP]));
        Assert.Equal("Standard (A, C, D, H, I, M, R, T, Z)", quotas[Standard].Family);
        Assert.Equal(SpotQuotaCodes.All.Select(quota => quota.Code), quotas.Keys);
        Assert.Empty(_lab.Host.Warnings);
        Assert.Single(_lab.Cloud.Calls.Of("DescribeInstances"));
    }

    [Fact]
    public async Task Regions_answer_together_and_a_raised_limit_is_seen_at_once()
    {
        using var engine = _lab.Open();
        Assert.Equal(["us-east-1", "us-east-2"], (await ListAsync(engine, "us-east-*")).Select(quota => quota.Region).Distinct().Order());
        _lab.Cloud.Region(East).SetQuota(Standard, 1000);
        Assert.Equal(1000, (await ListAsync(engine, East)).First(quota => quota.QuotaCode == Standard).VCpuLimit);
        Assert.Equal(17, (await ListAsync(engine)).Select(quota => quota.Region).Distinct().Count());
    }

    [Fact]
    public async Task What_is_denied_is_unknown_and_one_warning_names_the_permission()
    {
        _lab.Cloud.Deny("GetServiceQuota");
        _lab.Cloud.Region(East).AddInstances(1);

        var quotas = await ListAsync("us-east-*");

        Assert.All(quotas, quota => Assert.Null(quota.VCpuLimit));
        Assert.All(quotas, quota => Assert.Null(quota.VCpuFree));
        Assert.Equal(2, quotas.Single(quota => quota is { Region: East, QuotaCode: Standard }).VCpuUsed);
        Assert.Contains("servicequotas:GetServiceQuota", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
        Assert.Empty(_lab.Host.Errors);
    }

    [Fact]
    public async Task Machines_that_may_not_be_listed_leave_the_use_unknown()
    {
        _lab.Cloud.Deny("DescribeInstances");

        var quotas = await ListAsync(East);

        Assert.All(quotas, quota => Assert.Equal((null, null), (quota.VCpuUsed, quota.VCpuFree)));
        Assert.Equal(640, quotas[0].VCpuLimit);
        Assert.Contains("ec2:DescribeInstances", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_does_not_answer_is_an_error_and_the_others_are_there()
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "DescribeInstances", Region = East, Code = "InternalError" });

        var quotas = await ListAsync("us-east-*");

        Assert.Equal(["us-east-2"], quotas.Select(quota => quota.Region).Distinct());
        Assert.Equal((SpotErrorIds.RegionNotListed, East), (Assert.Single(_lab.Host.Errors).ErrorId, _lab.Host.Errors.First().Region));
    }

    [Fact]
    public async Task One_limit_that_the_service_does_not_tell_is_unknown_and_the_others_are_known()
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "GetServiceQuota", Nth = [1], Code = "NoSuchResourceException", Status = 400 });

        var quotas = await ListAsync(East);

        Assert.Equal(SpotQuotaCodes.All.Count, quotas.Count);
        Assert.Equal((null, 0, null), Numbers(Assert.Single(quotas, quota => quota.VCpuLimit is null)));
        Assert.Contains("NoSuchResourceException", Assert.Single(_lab.Host.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaving_after_the_first_leaves_no_call_behind()
    {
        using var engine = _lab.Open();
        await foreach (var quota in engine.GetQuotasAsync([], _lab.Host, CancellationToken.None))
        {
            Assert.NotEmpty(quota.Region);
            break;
        }

        var calls = _lab.Cloud.Calls.Calls.Count;
        await Task.Delay(TimeSpan.FromMinutes(5), _lab.Cloud.Clock);
        Assert.Equal(calls, _lab.Cloud.Calls.Calls.Count);
        Assert.Empty(_lab.Host.Errors);
    }

    private static (int? Limit, int? Used, int? Free) Numbers(SpotQuota quota) => (quota.VCpuLimit, quota.VCpuUsed, quota.VCpuFree);

    private async Task<List<SpotQuota>> ListAsync(params string[] regions)
    {
        using var engine = _lab.Open();
        return await ListAsync(engine, regions);
    }

    private async Task<List<SpotQuota>> ListAsync(SpotEngine engine, params string[] regions)
    {
        var quotas = new List<SpotQuota>();
        await foreach (var quota in engine.GetQuotasAsync(regions, _lab.Host, CancellationToken.None))
        {
            quotas.Add(quota);
        }

        return quotas;
    }
}
