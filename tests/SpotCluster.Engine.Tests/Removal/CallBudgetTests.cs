using SpotCluster.Engine.Removal;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>
/// How many calls a nuke makes in a region, counted on a cluster that the launcher itself made. The zones' subnets and
/// seven more are changed. What is listed before the first change is what makes it safe: the tag names the ids, the
/// describes check the tags once more and show what of somebody else's lies in our VPC.
/// </summary>
public sealed class CallBudgetTests : IDisposable
{
    private const string East = "us-east-1";
    private const string West = "us-west-2";

    private static readonly string[] Looks =
    [
        "DescribeFleets", "DescribeFlowLogs", "DescribeInstances", "DescribeInternetGateways", "DescribeLaunchTemplates", "DescribeNetworkInterfaces",
        "DescribeSecurityGroups", "DescribeSnapshots", "DescribeSpotInstanceRequests", "DescribeSubnets", "DescribeTags", "DescribeVolumes", "DescribeVpcs",
    ];

    private static readonly string[] RareLooks =
    [
        "DescribeEgressOnlyInternetGateways", "DescribeNatGateways", "DescribeNetworkAcls", "DescribeRouteTables", "DescribeVpcEndpoints",
        "DescribeVpcPeeringConnections", "DescribeVpcPeeringConnections",
    ];

    // While the instances end: what else may hold a VPC without an interface in it, once.
    private static readonly string[] HolderLooks = ["DescribeCarrierGateways", "DescribeVpnGateways"];

    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Without_a_preview_thirteen_listings_and_seven_changes_and_the_zones()
    {
        await _lab.CreateAsync(ClusterLab.Request(6, East, West));
        _lab.Cloud.Calls.Clear();
        using var engine = _lab.Open();
        await NukeAsync(engine, new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete });
        foreach (var region in new[] { East, West })
        {
            var (before, changes, polls) = Split(region);
            Assert.Equal(WithCheck([.. Looks, "DescribeTags"]), before);
            Assert.Equal(Changes(region), changes);
            Assert.All(polls.Where(poll => !HolderLooks.Contains(poll)), poll => Assert.Contains(poll, Looks));
            Assert.Equal(HolderLooks, polls.Where(HolderLooks.Contains).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task The_preview_of_the_same_minute_is_not_listed_again()
    {
        await _lab.CreateAsync(ClusterLab.Request(6, East, West));
        _lab.Cloud.Calls.Clear();
        using var engine = _lab.Open();
        var scope = new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete };
        var plan = await engine.Removal.PlanAsync(scope, _lab.Host, CancellationToken.None);
        Assert.True(plan.HourlyPrice > 0);
        await NukeAsync(engine, scope with { Plan = plan });
        var (before, changes, _) = Split(West);
        // What is terminated, deleted or cancelled first was described before the question, so its tags are read again.
        Assert.Equal(
            WithCheck([.. Looks, .. RareLooks, "DescribeSpotPriceHistory", "DescribeLaunchTemplates", "DescribeSubnets", "DescribeTags"]), before);
        Assert.Equal(Changes(West), changes);
    }

    [Fact]
    public async Task An_old_preview_is_listed_again_and_what_it_does_not_name_stays()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, West));
        using var engine = _lab.Open();
        var scope = new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete };
        var plan = await engine.Removal.PlanAsync(scope, _lab.Host, CancellationToken.None);
        var late = _lab.Cloud.Region(West).AddInstances(1, tags: [("bacalhau-cluster", "bacalhau-aws-spot"), (TagKeys.Cluster, "demo")])[0];
        ((SimulatedClock)_lab.Cloud.Clock).Advance(TimeSpan.FromSeconds(31));
        _lab.Cloud.Calls.Clear();
        var proof = await engine.Removal.RemoveAsync(scope with { Plan = plan }, _ => { }, _lab.Host, CancellationToken.None);
        Assert.Equal(["DescribeTags"], Split(West).Before.Where(name => name == "DescribeTags"));
        Assert.False(proof.Proven);
        Assert.Contains(proof.Residue, resource => resource.Id == late);
        Assert.All(_lab.Cloud.Calls.Of("TerminateInstances", West), call => Assert.DoesNotContain(late, call.Values("InstanceId")));
    }

    [Fact]
    public async Task An_empty_region_takes_three_listings_and_one_for_other_filter_tags_and_two_of_each_other_service()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, West));
        _lab.Cloud.Calls.Clear();
        using var engine = _lab.Open();
        await NukeAsync(engine, new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete });

        // The look before the first change, and the two rounds for all regions together; one more looks for other filter tags.
        Assert.All(
            _lab.Cloud.Regions.Where(region => region != West),
            region => Assert.Equal(["DescribeTags", "DescribeTags", "DescribeTags", "DescribeTags"], Operations(region)));

        // Other services are asked at first and in the last round.
        Assert.All(_lab.Cloud.Regions, region => Assert.Equal(
            ["DescribeAutoScalingGroups", "DescribeAutoScalingGroups", "GetResources", "GetResources"],
            _lab.Cloud.Calls.Calls.Where(call => call.Service is "autoscaling" or "tagging" && call.Region == region).Select(call => call.Operation).Order(StringComparer.Ordinal)));
    }

    private async Task NukeAsync(SpotEngine engine, RemovalScope scope)
    {
        var account = (await engine.GetIdentityAsync(CancellationToken.None)).AccountId;
        var proof = await engine.Removal.RemoveAsync(scope with { ExpectedAccountId = account }, _ => { }, _lab.Host, CancellationToken.None);
        Assert.True(proof.Proven);
        Assert.Empty(_lab.Cloud.AllLive("bacalhau-cluster", "bacalhau-aws-spot"));
    }

    private IEnumerable<string> Operations(string region) => _lab.Cloud.Calls.Calls
        .Where(call => call.Service == "ec2" && call.Region == region && call.Operation != "DescribeRegions").Select(call => call.Operation);

    private static IEnumerable<string> WithCheck(IEnumerable<string> looks) => looks.Append("DescribeInstances").Order(StringComparer.Ordinal);

    private (List<string> Before, List<string> Changes, List<string> Polls) Split(string region)
    {
        var all = Operations(region).ToList();
        var first = all.FindIndex(name => !name.StartsWith("Describe", StringComparison.Ordinal));
        return (
            [.. all.Take(first).Order(StringComparer.Ordinal)],
            [.. all.Where(name => !name.StartsWith("Describe", StringComparison.Ordinal)).Order(StringComparer.Ordinal)],
            [.. all.Skip(first).Where(name => name.StartsWith("Describe", StringComparison.Ordinal))]);
    }

    private IEnumerable<string> Changes(string region) => new[]
    {
        "DeleteFleets", "DeleteInternetGateway", "DeleteLaunchTemplate", "DeleteSecurityGroup", "DeleteVpc", "DetachInternetGateway", "TerminateInstances",
    }.Concat(Enumerable.Repeat("DeleteSubnet", _lab.Cloud.Region(region).Zones.Count)).Order(StringComparer.Ordinal);
}
