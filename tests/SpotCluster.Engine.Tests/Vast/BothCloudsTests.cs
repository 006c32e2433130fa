using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>Machines of AWS and of Vast.ai in one list, one wait and one removal.</summary>
public sealed class BothCloudsTests : TwoCloudsTests
{
    [Fact]
    public async Task A_mixed_pipeline_lists_waits_and_removes_at_each_machines_own_cloud()
    {
        var request = new ClusterRequest { Name = "demo", Regions = ["us-east-1"], Count = 2, InstanceTypes = ["t3.micro"] };
        await Engine.Clusters.LaunchAsync(await Engine.Clusters.PlanAsync(request, Host, default), Host, default);
        var rented = Cloud.Vast.AddMachine("spotcluster/demo/gpu").ToString(CultureInfo.InvariantCulture);
        Cloud.Vast.AddMachine("a colleague's");

        Assert.Equal(2, (await ListAsync(new InstanceQuery())).Count);
        Assert.Equal(rented, Assert.Single(await ListAsync(new InstanceQuery { Ids = [rented] })).Id);
        var all = await ListAsync(new InstanceQuery { Providers = [SpotProvider.Aws, SpotProvider.Vast], ClusterNames = ["demo"] });
        Assert.Equal([SpotProvider.Aws, SpotProvider.Aws, SpotProvider.Vast], all.Select(instance => instance.Provider).Order());

        InstanceKey[] keys = [.. all.Select(instance => new InstanceKey(instance.Id, instance.Provider == SpotProvider.Aws ? instance.Region : null, instance.Provider))];
        Assert.Equal(3, await CountAsync(Engine.Clusters.WaitAsync(keys, WaitCondition.Running, TimeSpan.FromMinutes(5), Host, default)));

        var removals = new List<SpotRemoval>();
        await Engine.Removal.RemoveInstancesAsync(
            keys,
            removal =>
            {
                lock (removals)
                {
                    removals.Add(removal);
                }
            },
            Host,
            default);
        Assert.Equal(keys.Select(key => key.Id).Order(), removals.Select(removal => removal.Id).Order());
        Assert.All(removals, removal => Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome));
        Assert.Equal("a colleague's", Cloud.Vast.Machines.Single().Label);
        Assert.Empty(await ListAsync(new InstanceQuery { Providers = [SpotProvider.Aws, SpotProvider.Vast] }));
    }

    [Fact]
    public async Task One_cloud_that_fails_does_not_hide_the_other()
    {
        Cloud.Vast.AddMachine("spotcluster/demo/gpu");
        Cloud.Faults.Add(new FaultRule { Service = "ec2", Action = FaultAction.Error, Code = "UnauthorizedOperation" });
        var found = new List<SpotInstance>();
        SpotException? thrown = null;
        try
        {
            await foreach (var instance in Engine.Clusters.GetInstancesAsync(
                new InstanceQuery { Providers = [SpotProvider.Aws, SpotProvider.Vast] }, Host, default))
            {
                found.Add(instance);
            }
        }
        catch (SpotException error)
        {
            thrown = error;
        }

        Assert.Equal(SpotProvider.Vast, Assert.Single(found).Provider);
        Assert.True(thrown is not null || !Host.Errors.IsEmpty, "The failure of AWS was not told.");
    }

    [Fact]
    public async Task A_place_that_no_offer_has_is_an_error_and_one_without_instances_is_none()
    {
        Cloud.Vast.AddMachine("spotcluster/demo/gpu");
        var place = (await ListAsync(new InstanceQuery { Providers = [SpotProvider.Vast] })).Single().Region;
        Assert.Single(await ListAsync(new InstanceQuery { Providers = [SpotProvider.Vast], Regions = [place] }));
        var country = place[^2..];
        var misspelt = place.Insert(2, "x");
        Assert.Empty(await ListAsync(new InstanceQuery { Providers = [SpotProvider.Vast], Regions = [misspelt] }));
        var error = Assert.Single(Host.Errors);
        Assert.Equal((SpotErrorIds.RegionUnknown, misspelt), (error.ErrorId, error.Target));
        Assert.Contains($"'{place}'", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Single(await ListAsync(new InstanceQuery { Providers = [SpotProvider.Vast], Regions = ["*, " + country] }));
        Assert.Empty(await ListAsync(new InstanceQuery { Providers = [SpotProvider.Vast], Regions = ["*, VA"] }));
        Assert.Single(Host.Errors);
    }

    private async Task<List<SpotInstance>> ListAsync(InstanceQuery query)
    {
        var found = new List<SpotInstance>();
        await foreach (var instance in Engine.Clusters.GetInstancesAsync(query, Host, default))
        {
            found.Add(instance);
        }

        return found;
    }

    private static async Task<int> CountAsync(IAsyncEnumerable<SpotInstance> source)
    {
        var count = 0;
        await foreach (var _ in source)
        {
            count++;
        }

        return count;
    }
}
