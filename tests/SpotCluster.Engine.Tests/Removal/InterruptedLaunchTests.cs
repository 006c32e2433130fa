using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>A launch that dies between any two calls, and the removal by the next process: nothing is left.</summary>
public sealed class InterruptedLaunchTests
{
    private static readonly ClusterRequest Request = new() { Name = "demo", Regions = ["us-west-2"], Count = 2, InstanceTypes = ["t3.micro"] };

    [Fact]
    public async Task A_launch_that_ends_well_is_removed_without_a_trace()
    {
        using var account = new SimulatedAccount();
        await LaunchAsync(account.Engine, Request with { Regions = ["us-west-2", "eu-west-1"], Count = 5 }, account.Host);
        Assert.Equal(5, account.Cloud.Regions.Sum(region => account.Cloud.Region(region).LiveInstances.Count));
        account.DemandGone(await account.RemoveAsync());
        Assert.Empty(account.Cloud.AllLive().Select(resource => $"{resource.Kind} {resource.Id}"));
    }

    [Fact]
    public async Task A_launch_into_the_default_vpc_leaves_nothing_and_takes_nothing_of_it()
    {
        using var account = new SimulatedAccount();
        var before = account.Cloud.Region("us-west-2").Resources.Count;
        await LaunchAsync(account.Engine, Request with { UseDefaultVpc = true }, account.Host);
        account.DemandGone(await account.RemoveAsync());
        Assert.Empty(account.Cloud.AllLive().Select(resource => $"{resource.Kind} {resource.Id}"));
        Assert.True(before <= account.Cloud.Region("us-west-2").Resources.Count);
        Assert.DoesNotContain(account.Changes, call => call.Operation is "DeleteVpc" or "DeleteSubnet" or "DetachInternetGateway");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_between_any_two_calls_it_is_removed_whole(bool useDefaultVpc)
    {
        var cut = 1;
        for (; cut < 200; cut++)
        {
            using var account = new SimulatedAccount(new SimulatorOptions { Seed = cut });
            if (await LaunchUntilAsync(account, Request with { UseDefaultVpc = useDefaultVpc }, cut))
            {
                break;
            }

            var proof = await account.RemoveAsync(with: scope => scope with { Regions = ["us-west-2"] });
            Assert.True(proof.Proven, $"after {cut} calls: {string.Join("; ", account.Host.Errors.Select(error => error.Message))}");
            Assert.Empty(account.Cloud.AllLive().Select(resource => $"after {cut} calls: {resource.Kind} {resource.Id}"));
        }

        Assert.InRange(cut, 10, 199);
    }

    [Fact]
    public async Task A_removal_killed_between_any_two_calls_is_finished_by_the_next()
    {
        var cut = 1;
        for (; cut < 200; cut++)
        {
            using var account = new SimulatedAccount(new SimulatorOptions { Seed = cut });
            account.AddCluster("us-west-2", 3);
            var calls = 0;
            var limit = cut;
            using var killed = new CancellationTokenSource();
            void Count(LoggedCall call)
            {
                if (Interlocked.Increment(ref calls) >= limit)
                {
                    killed.Cancel();
                }
            }

            account.Cloud.Receiving += Count;
            var ended = true;
            try
            {
                await account.RemoveAsync(with: scope => scope with { Regions = ["us-west-2"] }, cancellationToken: killed.Token);
            }
            catch (OperationCanceledException)
            {
                ended = false;
            }

            account.Cloud.Receiving -= Count;
            if (ended)
            {
                break;
            }

            account.Removals.Clear();
            account.Host.Errors.Clear();
            using var next = account.NewEngine();
            var proof = await next.Removal.RemoveAsync(
                new RemovalScope { ClusterName = "demo", Regions = ["us-west-2"] }, account.Removals.Add, account.Host, CancellationToken.None);
            account.DemandGone(proof);
        }

        Assert.InRange(cut, 20, 199);
    }

    private static async Task LaunchAsync(SpotEngine engine, ClusterRequest request, IOperationHost host)
    {
        var plan = await engine.Clusters.PlanAsync(request, host, CancellationToken.None);
        await engine.Clusters.LaunchAsync(plan, host, CancellationToken.None);
    }

    /// <summary>True when the launch ended before that many calls.</summary>
    private static async Task<bool> LaunchUntilAsync(SimulatedAccount account, ClusterRequest request, int cut)
    {
        using var death = new CancellationTokenSource();
        var calls = 0;
        void Count(LoggedCall call)
        {
            // Dead men send nothing: this call and every later one does not arrive.
            if (Interlocked.Increment(ref calls) > cut)
            {
                death.Cancel();
                throw new OperationCanceledException(death.Token);
            }
        }

        account.Cloud.Receiving += Count;
        try
        {
            using var engine = account.NewEngine();
            var plan = await engine.Clusters.PlanAsync(request, account.Host, death.Token);
            await engine.Clusters.LaunchAsync(plan, account.Host, death.Token);
            return calls <= cut;
        }
        catch (Exception error) when (error is OperationCanceledException or SpotException)
        {
            Assert.True(death.IsCancellationRequested, error.ToString());
            return false;
        }
        finally
        {
            account.Cloud.Receiving -= Count;
            account.Host.Errors.Clear();
        }
    }
}
