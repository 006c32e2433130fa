using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Tests.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>A filter by name, tag and type narrows a removal, at both providers, and a part of it that selects nothing changes nothing.</summary>
public sealed class NukeFilterTests : TwoCloudsTests
{
    private const string East = "us-east-1";

    private readonly List<SpotRemoval> _removals = [];

    public static TheoryData<string, ResourceFilter> Nothing => new()
    {
        { "name one*", new ResourceFilter { Names = ["one*"] } },
        { "name web-*", new ResourceFilter { Names = ["*", "web-*"] } },
        { "tag stage=test", new ResourceFilter { Tags = Tag("stage", "test") } },
        { "tag stage=Prod", new ResourceFilter { Tags = Tag("stage", "Prod") } },
        { "type dhcp-options", new ResourceFilter { Types = ["instance", "dhcp-options"] } },
        { "name *-two, tag stage=prod", new ResourceFilter { Names = ["*-two"], Tags = Tag("stage", "prod") } },
    };

    [Fact]
    public async Task Instances_of_a_tag_end_with_their_disks_and_everything_else_is_retained()
    {
        var prod = await LaunchAsync("one", "prod");
        var other = await LaunchAsync("two", "other");
        var before = Live();
        var plan = await PlanAsync(new ResourceFilter { Tags = Tag("stage", "prod"), Types = ["instance"] });
        Assert.Equal("tag stage=prod, type instance", plan.ToModel().Filter);
        Assert.Equal(prod.Order(), plan.Resources.Where(resource => resource.Type == "instance").Select(resource => resource.Id).Order());
        Assert.All(plan.Resources, resource => Assert.Contains(resource.Type, (string[])["instance", "volume", "network-interface", "spot-instances-request"]));

        var proof = await RemoveAsync(new ResourceFilter { Tags = Tag("stage", "prod"), Types = ["instance"] }, plan);
        Assert.True(proof.Proven, string.Join("; ", Host.Errors.Select(error => error.Message)));
        Assert.Contains("with tag stage=prod, type instance", proof.Scope, StringComparison.Ordinal);
        Assert.Empty(proof.Residue);
        Assert.Equal(plan.Resources.Select(resource => resource.Id).Order(), _removals.Where(removal => removal.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone).Select(removal => removal.Id).Order());
        Assert.Equal(before.Except(plan.Resources.Select(resource => resource.Id)).Order(), Live().Order());
        Assert.All(other, id => Assert.Contains(id, Live()));
        Assert.Empty(Host.Errors);
    }

    [Fact]
    public async Task A_name_selects_a_whole_cluster_and_what_a_retained_resource_uses_stays()
    {
        var one = await LaunchAsync("one", "prod");
        await LaunchAsync("two", "other");
        var network = await RemoveAsync(new ResourceFilter { Types = ["vpc", "subnet"] });
        Assert.True(network.Proven);
        Assert.All(_removals.Where(removal => removal.Outcome == SpotRemovalOutcome.Removed), removal => Assert.Equal("subnet", removal.Type));
        Assert.DoesNotContain(Cloud.Calls.Calls, call => call.Operation is "DeleteVpc" or "TerminateInstances");
        Assert.All(Cloud.Region(East).LiveInstances, machine => Assert.Contains(machine.SubnetId!, Live()));

        _removals.Clear();
        Assert.True((await RemoveAsync(new ResourceFilter { Names = ["*two*", "bacalhau-vpc"] })).Proven);
        Assert.DoesNotContain(Cloud.AllLive(TagKeys.Cluster, "two"), resource => resource.Kind is "instance" or "vpc" or "subnet");
        Assert.All(one, id => Assert.Contains(id, Live()));
    }

    [Fact]
    public async Task Instances_that_a_retained_fleet_would_replace_are_retained_and_named()
    {
        await LaunchAsync("one", "prod", maintain: true);
        Assert.True((await RemoveAsync(new ResourceFilter { Types = ["instance"] })).Proven);
        Assert.DoesNotContain(Cloud.Calls.Calls, call => call.Operation == "TerminateInstances");
        Assert.Contains(_removals, removal => removal is { Type: "instance", Outcome: SpotRemovalOutcome.Skipped } && removal.Reason!.Contains("fleet-", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Nothing))]
    public async Task What_selects_nothing_is_an_error_before_any_change(string part, ResourceFilter filter)
    {
        await LaunchAsync("one", "prod");
        await LaunchAsync("two", "other");
        Cloud.Calls.Clear();
        foreach (var attempt in new[] { () => (Task)RemoveAsync(filter), () => EveryProvider.PlanAsync(Engine.Removal, Engine.Providers, new RemovalScope { Filter = filter }, [], Host, default) })
        {
            var error = await Assert.ThrowsAsync<SpotException>(attempt);
            Assert.Equal(SpotErrorIds.ResourceNotFound, error.ErrorId);
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Cloud.Calls.Calls, call => call.Changes && !call.DryRun);
        }
    }

    [Fact]
    public async Task A_part_that_one_provider_has_narrows_at_both()
    {
        var aws = await LaunchAsync("one", "prod");
        var vast = await Engine.Vast.LaunchAsync(new RentalClusterRequest { Name = "gpu", Count = 2, Image = "ubuntu:24.04", Offers = new OfferQuery { Limit = 20, MaxHourlyPrice = 5 } }, Host, default);
        var names = Cloud.Vast.Machines.Select(machine => machine.Label!.Split('/')[^1]).Order().ToList();
        var filter = new ResourceFilter { Names = [names[0]] };
        var plans = await EveryProvider.PlanAsync(Engine.Removal, Engine.Providers, new RemovalScope { Filter = filter }, [], Host, default);
        Assert.Equal([0, 1], plans.Select(one => one.Plan.Resources.Count));
        foreach (var (scope, plan) in EveryProvider.RequireFit(plans, []))
        {
            var proof = await Engine.Removal.RemoveAsync(scope with { Plan = plan }, _removals.Add, Host, default);
            Assert.True(proof.Proven);
            Assert.Contains($"with name {names[0]}", proof.Scope, StringComparison.Ordinal);
        }

        Assert.Equal([names[1]], Cloud.Vast.Machines.Select(machine => machine.Label!.Split('/')[^1]));
        Assert.All(aws, id => Assert.Contains(id, Live()));
    }

    private static Dictionary<string, string> Tag(string key, string value) => new(StringComparer.Ordinal) { [key] = value };

    private async Task<IReadOnlyList<string>> LaunchAsync(string name, string stage, bool maintain = false)
    {
        var plan = await Engine.Clusters.PlanAsync(ClusterLab.Request(2, East) with { Name = name, Tags = Tag("stage", stage), Maintain = maintain }, Host, default);
        await Engine.Clusters.LaunchAsync(plan, Host, default);
        return [.. Cloud.Region(East).LiveInstances.Where(machine => machine.Tags[TagKeys.Cluster] == name).Select(machine => machine.Id)];
    }

    private Task<RemovalPlan> PlanAsync(ResourceFilter filter) => Engine.Removal.PlanAsync(new RemovalScope { Filter = filter }, Host, default);

    private Task<SpotProof> RemoveAsync(ResourceFilter filter, RemovalPlan? plan = null) =>
        Engine.Removal.RemoveAsync(new RemovalScope { Filter = filter, Plan = plan }, _removals.Add, Host, default);

    private List<string> Live() => [.. Cloud.AllLive(ClusterLab.FilterKey).Select(resource => resource.Id)];
}
