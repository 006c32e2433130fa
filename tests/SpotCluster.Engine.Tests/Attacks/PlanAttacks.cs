using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Tests.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>Attempts to have more removed than was planned and confirmed.</summary>
public sealed class PlanAttacks : IDisposable
{
    private const string East = "us-east-1";
    private const string West = "us-west-2";

    private readonly SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    [Fact]
    public async Task A_cluster_to_retain_that_does_not_exist_is_an_error_before_any_change()
    {
        _account.AddCluster(East, 1, "prod");
        _account.AddCluster(East, 1, "demo", "10.88");
        _account.Cloud.Calls.Clear();
        var scope = new RemovalScope { KeepClusters = ["prod", "demmo"] };
        var removed = await Assert.ThrowsAsync<SpotException>(() => _account.RemoveAsync(cluster: null, with: _ => scope));
        var planned = await Assert.ThrowsAsync<SpotException>(() => _account.Engine.Removal.PlanAsync(scope, _account.Host, CancellationToken.None));
        Assert.All([removed, planned], error =>
        {
            Assert.Equal(SpotErrorIds.ClusterNotFound, error.ErrorId);
            Assert.Equal("demmo", error.Target);
            Assert.Contains("demo, prod", error.RecommendedAction, StringComparison.Ordinal);
        });
        Assert.Empty(_account.Changes);
        Assert.Equal(2, _account.Cloud.Region(East).LiveInstances.Count);
    }

    [Fact]
    public async Task A_region_that_answers_only_after_the_plan_adds_nothing_to_it()
    {
        _account.AddCluster(East, 1);
        var hidden = _account.Cloud.Region(West).AddInstances(30, tags: _account.Tags());
        var rule = new FaultRule { Operation = "DescribeTags", Region = West, Code = "UnauthorizedOperation" };
        _account.Cloud.Faults.Add(rule);
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == "TerminateInstances" && call.Region == East)
            {
                _account.Cloud.Faults.Remove(rule);
            }
        };
        var plan = await PlanAsync(new RemovalScope { MaxDelete = 20 });
        var proof = await _account.RemoveAsync(cluster: null, with: _ => plan.Scope! with { Plan = plan });
        Assert.False(proof.Proven);
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);
        _account.DemandUntouched([.. hidden]);
    }

    [Fact]
    public async Task A_launcher_that_replaces_what_is_terminated_does_not_get_its_instances_removed_one_after_the_other()
    {
        _account.AddCluster(East, 4);
        var target = _account.Cloud.Region(East);
        _account.Cloud.Answered += call =>
        {
            // As an Auto Scaling group does it whose tags propagate.
            if (call.Operation == "TerminateInstances")
            {
                target.AddInstances(call.Values("InstanceId").Count, tags: _account.Tags());
            }
        };
        var plan = await PlanAsync(new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete });
        var proof = await _account.RemoveAsync(cluster: null, with: _ => plan.Scope! with { Plan = plan });
        Assert.False(proof.Proven);
        Assert.Equal(4, _account.Changes.Where(call => call.Operation == "TerminateInstances").SelectMany(call => call.Values("InstanceId")).Distinct().Count());
        Assert.Equal(4, _account.Removals.Count(removal => removal is { Type: ResourceTypes.Instance, Code: "NotPlanned" }));
        Assert.Equal(4, target.LiveInstances.Count);
    }

    [Fact]
    public async Task Without_a_question_the_first_listing_is_the_plan()
    {
        _account.AddCluster(East, 2);
        string? late = null;
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == "TerminateInstances" && late is null)
            {
                late = "";
                late = _account.Cloud.Region(East).AddInstances(1, tags: _account.Tags())[0];
            }
        };
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        _account.DemandUntouched(late!);
        Assert.Equal("NotPlanned", Assert.Single(_account.Removals, removal => removal.Id == late).Code);
        Assert.Contains(_account.Host.Errors, error => Equals(error.Target, late) && error.RecommendedAction!.Contains("launches", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Parts_that_come_to_light_late_count_against_the_limit()
    {
        var (vpcId, _) = _account.AddCluster(East, 1);
        var plan = await PlanAsync(new RemovalScope { IncludeForeign = true });
        var scope = new RemovalScope { IncludeForeign = true, MaxDelete = plan.Resources.Count };
        plan = await PlanAsync(scope);
        var target = _account.Cloud.Region(East);
        var table = target.Call("CreateRouteTable", ("VpcId", vpcId)).Descendants("routeTableId").First().Value;
        var proof = await _account.RemoveAsync(cluster: null, with: _ => scope with { Plan = plan });
        Assert.False(proof.Proven);
        Assert.NotNull(target.Find(table));
        Assert.Equal("MaxDeleteExceeded", Assert.Single(_account.Removals, removal => removal.Id == table).Code);
        Assert.Contains(_account.Removals, removal => removal.Id == vpcId && removal.BlockedBy == table);

        _account.Removals.Clear();
        _account.Host.Errors.Clear();
        _account.DemandGone(await _account.RemoveAsync(cluster: null, with: _ => new RemovalScope { IncludeForeign = true }), cluster: null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_instance_whose_tags_were_changed_at_the_prompt_stays(bool protects)
    {
        var (_, machines) = _account.AddCluster(East, 3);
        var plan = await PlanAsync(new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete });
        if (protects)
        {
            Tag(machines[1], TagKeys.ProtectUntil, "2099-01-01T00:00:00Z");
        }
        else
        {
            Tag(machines[1], "bacalhau-cluster", "somebody-else");
        }

        await _account.RemoveAsync(cluster: null, with: _ => plan.Scope! with { Plan = plan });
        Assert.Equal([machines[1]], _account.Cloud.Region(East).LiveInstances.Select(machine => machine.Id));
        Assert.Equal(
            (SpotRemovalOutcome.Skipped, protects ? "ProtectUntil" : "TagsChanged"),
            _account.Removals.Where(removal => removal.Id == machines[1]).Select(removal => (removal.Outcome, removal.Code)).Single());
        Assert.All(_account.Changes.Where(call => call.Operation == "TerminateInstances"), call => Assert.DoesNotContain(machines[1], call.Values("InstanceId")));
    }

    [Fact]
    public async Task A_disk_whose_tags_were_changed_at_the_prompt_stays()
    {
        var target = _account.Cloud.Region(East);
        var volume = target.Call("CreateVolume", [("AvailabilityZone", target.Zones[0]), ("Size", "8"), .. _account.Specification("volume", "demo")]).Descendants("volumeId").First().Value;
        var plan = await PlanAsync(new RemovalScope { MaxDelete = RemovalScope.UsualMaxDelete });
        Tag(volume, "bacalhau-cluster", "somebody-else");
        var proof = await _account.RemoveAsync(cluster: null, with: _ => plan.Scope! with { Plan = plan });
        Assert.True(proof.Proven);
        Assert.NotNull(target.Find(volume));
        Assert.Equal("TagsChanged", Assert.Single(_account.Removals, removal => removal.Id == volume).Code);
    }

    [Fact]
    public async Task An_instance_whose_tags_are_changed_between_the_listing_and_the_call_stays()
    {
        var (_, machines) = _account.AddCluster(East, 3);
        var changed = false;
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == "DescribeInstances" && call.Region == East && !changed)
            {
                changed = true;
                Tag(machines[0], "bacalhau-cluster", "somebody-else");
            }
        };
        await _account.RemoveAsync();
        Assert.Equal([machines[0]], _account.Cloud.Region(East).LiveInstances.Select(machine => machine.Id));
    }

    private Task<RemovalPlan> PlanAsync(RemovalScope scope) => _account.Engine.Removal.PlanAsync(scope, _account.Host, CancellationToken.None);

    private void Tag(string id, string key, string value) =>
        _account.Cloud.Region(East).Call("CreateTags", ("ResourceId.1", id), ("Tag.1.Key", key), ("Tag.1.Value", value));
}
