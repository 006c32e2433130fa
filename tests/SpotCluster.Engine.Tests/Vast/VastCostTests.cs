using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>What machines at Vast.ai have cost, beside those of AWS.</summary>
public sealed class VastCostTests() : TwoCloudsTests(credit: 100)
{
    [Fact]
    public async Task A_machine_has_cost_what_the_service_has_charged_for_it()
    {
        var first = Text(Cloud.Vast.AddMachine("spotcluster/demo/a"));
        var second = Text(Cloud.Vast.AddMachine("spotcluster/demo/b"));
        Cloud.Vast.AddMachine("a colleague's");
        Clock.Advance(TimeSpan.FromHours(30));
        await Engine.Vast.StopAsync(new InstanceKey(second), Host, default);
        Clock.Advance(TimeSpan.FromHours(10));

        var machines = await ListAsync();
        var running = machines.Single(machine => machine.Id == first);
        Assert.Equal(running.HourlyPrice!.Value * 40, running.CostToDate!.Value, 2);
        var stopped = machines.Single(machine => machine.Id == second);
        Assert.True(stopped.CostToDate < stopped.HourlyPrice * 10 + (running.HourlyPrice * 40), "A machine that stood was charged as if it had run.");
        Assert.True(stopped.CostToDate > stopped.HourlyPrice * 40, "Its hours of running are missing.");

        var report = await Engine.Costs.MeasureAsync(new CostQuery { EveryCloud = true }, Host, default);
        Assert.Equal(2, report.Instances.Count);
        Assert.All(report.Instances, row =>
        {
            var machine = machines.Single(each => each.Id == row.Name);
            Assert.Equal(machine.HourlyPrice!.Value, row.HourlyCost!.Value, 5);
            Assert.Equal(machine.CostToDate!.Value, row.CostToDate!.Value, 2);
            Assert.True(row.StorageHourlyPrice > 0 && row.StorageCost > 0);
        });
        Assert.Equal(report.Total.CostToDate!.Value, Assert.Single(report.Clusters).CostToDate!.Value, 5);
        Assert.Equal(0, report.Total.UnknownCount);
        Assert.Equal(3, report.Account!.InstanceCount);
        Assert.Equal(2, report.Account.OwnInstanceCount);
        Assert.Equal(stopped.HourlyPrice, report.Account.StoppedStorageHourlyPrice);
    }

    [Fact]
    public async Task Charges_that_may_not_be_read_are_unknown_and_the_list_is_there()
    {
        Cloud.Vast.AddMachine("spotcluster/demo/a");
        Cloud.Faults.Add(new FaultRule { Service = "vast", Operation = "ListCharges", Action = FaultAction.Error, Code = "server_error" });
        Assert.Null(Assert.Single(await ListAsync()).CostToDate);
        Assert.Empty(Host.Errors);
        var machines = await Engine.Vast.GetChargedAsync(new CostQuery(), Host, default);
        Assert.Null(Assert.Single(machines).ComputeCost);
        Assert.NotNull(machines[0].ComputeHourlyPrice);
    }

    [Fact]
    public async Task A_cloud_that_cannot_be_measured_makes_the_total_unknown_and_hides_nothing()
    {
        var request = new ClusterRequest { Name = "demo", Regions = ["us-east-1"], InstanceTypes = ["t3.micro"] };
        await Engine.Clusters.LaunchAsync(await Engine.Clusters.PlanAsync(request, Host, default), Host, default);
        Cloud.Faults.Add(new FaultRule { Service = "vast", Operation = "ListInstances", Action = FaultAction.Error, Code = "server_error" });
        var report = await Engine.Costs.MeasureAsync(new CostQuery { EveryCloud = true }, Host, default);
        Assert.Null(report.Total.HourlyCost);
        Assert.True(report.Total.KnownHourlyCost > 0);
        Assert.Single(report.Instances);
        Assert.NotEmpty(Host.Errors);
    }

    [Theory]
    [InlineData("us-east-1", false)]
    [InlineData("Sweden, SE", true)]
    [InlineData("*", true)]
    public async Task A_region_that_is_named_belongs_to_one_cloud(string region, bool isVast)
    {
        Cloud.Vast.AddMachine("spotcluster/demo/a");
        await Engine.Costs.MeasureAsync(new CostQuery { EveryCloud = true, Regions = [region] }, Host, default);
        Assert.Equal(isVast, Cloud.Calls.Calls.Any(call => call.Operation == "ListInstances"));
        Assert.Equal(region != "Sweden, SE", Cloud.Calls.Calls.Any(call => call.Service == "ec2"));
        Assert.Empty(Host.Errors);
    }

    private async Task<List<SpotInstance>> ListAsync()
    {
        var found = new List<SpotInstance>();
        await foreach (var instance in Engine.Clusters.GetInstancesAsync(new InstanceQuery { Providers = [SpotProvider.Vast] }, Host, default))
        {
            found.Add(instance);
        }

        return found;
    }

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
