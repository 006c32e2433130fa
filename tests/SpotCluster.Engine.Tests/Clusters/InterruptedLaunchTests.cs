using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>A launch that dies at any point is finished by the next one, or removed.</summary>
public sealed class InterruptedLaunchTests
{
    private static readonly ClusterRequest Request = ClusterLab.Request(3, "us-east-1", "us-west-2");

    /// <summary>Each cut point, before the call is sent and after it took effect.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_call_the_same_command_completes_it_and_nothing_is_doubled(bool afterwards)
    {
        var cuts = await CountChangesAsync();
        Assert.True(cuts > 20);
        for (var cut = 1; cut <= cuts; cut++)
        {
            using var lab = new ClusterLab();
            await KillAsync(lab, cut, afterwards);

            var cluster = await lab.CreateAsync(Request);
            Assert.True(cluster.Running == 3, $"cut {cut}: {cluster.Running} run");
            Assert.True(lab.Machines().Count == 3, $"cut {cut}: {lab.Machines().Count} machines");
            foreach (var (kind, most) in new[] { ("vpc", 1), ("internet-gateway", 1), ("security-group", 1), ("launch-template", 1) })
            {
                var twice = lab.Cloud.AllLive(ClusterLab.FilterKey).Where(item => item.Kind == kind).GroupBy(item => item.Region).FirstOrDefault(group => group.Count() > most);
                Assert.True(twice is null, $"cut {cut}: {twice?.Count()} {kind} in {twice?.Key}");
            }

            Assert.Empty(lab.Journaled);
        }
    }

    [Fact]
    public async Task Killed_at_any_call_the_removal_leaves_nothing()
    {
        var cuts = await CountChangesAsync();
        for (var cut = 1; cut <= cuts; cut++)
        {
            using var lab = new ClusterLab();
            await KillAsync(lab, cut, afterwards: cut % 2 == 0);
            Assert.True((await lab.RemoveAsync()).Proven, $"cut {cut}");
            Assert.Empty(lab.Cloud.AllLive(ClusterLab.FilterKey));
            Assert.Empty(lab.Journaled);
        }
    }

    [Fact]
    public async Task Another_request_of_that_name_is_refused_until_it_is_finished_or_removed()
    {
        using var lab = new ClusterLab();
        await KillAsync(lab, 10, afterwards: true);
        var error = await Assert.ThrowsAsync<SpotException>(() => lab.CreateAsync(Request with { Count = 9 }));
        Assert.Equal(SpotErrorIds.ClusterNameInUse, error.ErrorId);
        Assert.Contains("interrupted", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CreateVpc", FaultAction.ResetAfter)]
    [InlineData("CreateVpc", FaultAction.ResetBefore)]
    [InlineData("CreateSubnet", FaultAction.ResetAfter)]
    [InlineData("CreateInternetGateway", FaultAction.ResetAfter)]
    [InlineData("CreateSecurityGroup", FaultAction.ResetAfter)]
    [InlineData("AttachInternetGateway", FaultAction.ResetAfter)]
    [InlineData("CreateRoute", FaultAction.ResetAfter)]
    [InlineData("AuthorizeSecurityGroupIngress", FaultAction.ResetAfter)]
    [InlineData("CreateLaunchTemplate", FaultAction.ResetAfter)]
    [InlineData("ImportKeyPair", FaultAction.ResetAfter)]
    [InlineData("CreateFleet", FaultAction.ResetAfter)]
    [InlineData("CreateFleet", FaultAction.Stall)]
    public async Task A_call_whose_answer_is_lost_is_not_done_twice(string operation, FaultAction action)
    {
        using var lab = new ClusterLab(new SimulatorOptions { ConsistencyWindow = TimeSpan.FromSeconds(1) });
        lab.Cloud.Faults.Add(new FaultRule { Operation = operation, Action = action, Nth = [1], Seconds = 90 });
        var cluster = await lab.CreateAsync(Request with { PublicKeyPath = KeyFile.Write() });
        Assert.Equal(3, cluster.Running);
        Assert.Equal(3, lab.Machines().Count);
        Assert.Empty(lab.Host.Errors);
        foreach (var region in Request.Regions)
        {
            var kinds = lab.Cloud.Region(region).Live.Where(item => item.Tags.ContainsKey(ClusterLab.FilterKey)).ToLookup(item => item.Kind);
            foreach (var kind in new[] { "vpc", "internet-gateway", "security-group", "launch-template", "key-pair" })
            {
                Assert.True(kinds[kind].Count() == 1, $"{kinds[kind].Count()} {kind} in {region}");
            }

            Assert.Equal(lab.Cloud.Region(region).Zones.Count, kinds["subnet"].Count());
        }
    }

    private static async Task<int> CountChangesAsync()
    {
        using var lab = new ClusterLab();
        var counter = new Killer(int.MaxValue, false);
        await lab.CreateAsync(Request, counter);
        return counter.Seen;
    }

    private static async Task KillAsync(ClusterLab lab, int cut, bool afterwards) =>
        await Assert.ThrowsAsync<KilledException>(() => lab.CreateAsync(Request, new Killer(cut, afterwards)));

    private sealed class KilledException : Exception;

    /// <summary>From the n-th changing call on nothing gets through any more: neither calls nor answers.</summary>
    private sealed class Killer(int cut, bool afterwards) : ICallObserver
    {
        private int _seen;
        private volatile bool _dead;

        public int Seen => Volatile.Read(ref _seen);

        public void Sending(CallRecord call)
        {
            var number = call.Changes ? Interlocked.Increment(ref _seen) : 0;
            if (_dead || (!afterwards && number >= cut))
            {
                _dead = true;
                throw new KilledException();
            }
        }

        public void Answered(CallRecord call)
        {
            if (_dead || (afterwards && call.Changes && Seen >= cut))
            {
                _dead = true;
                throw new KilledException();
            }
        }
    }
}
