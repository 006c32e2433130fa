using System.Globalization;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>The attacks on plans, ages and proofs, at Vast.ai.</summary>
public sealed class VastAttacks : VastStubTest
{
    private readonly VastService _service;
    private readonly RecordingHost _host = new();
    private readonly List<SpotRemoval> _removals = [];

    public VastAttacks() => _service = Open(change: options => options with { Probe = (_, _, _) => Task.FromResult(true) });

    public override void Dispose()
    {
        _service.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task A_cluster_to_retain_that_does_not_exist_is_an_error_before_any_change()
    {
        Stub.Add(1, 2);
        var error = await Assert.ThrowsAsync<SpotException>(() => RemoveAsync(new RemovalScope { Provider = SpotProvider.Vast, KeepClusters = ["dmeo"] }));
        Assert.Equal(SpotErrorIds.ClusterNotFound, error.ErrorId);
        Assert.Equal([1, 2], Stub.Instances.Keys);

        Assert.True((await RemoveAsync(new RemovalScope { Provider = SpotProvider.Vast, KeepClusters = ["demo"] })).Proven);
        Assert.Equal([1, 2], Stub.Instances.Keys);
    }

    [Fact]
    public async Task What_has_no_age_is_retained()
    {
        Stub.Add(1, 2);
        Stub.Instances[1]["start_date"] = null;
        Stub.Instances[2]["start_date"] = Clock.GetUtcNow().ToUnixTimeSeconds() - 200_000;
        await RemoveAsync(new RemovalScope { Provider = SpotProvider.Vast, OlderThan = TimeSpan.FromHours(24) });
        Assert.Equal([1], Stub.Instances.Keys);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_instance_that_appears_after_the_plan_is_left_and_named(bool hasLimit)
    {
        Stub.Add(1, 2);
        var scope = new RemovalScope { Provider = SpotProvider.Vast, MaxDelete = hasLimit ? 10 : null };
        var plan = await Service.PlanAsync(scope, _host, CancellationToken.None);
        Stub.Add(3);
        var proof = await RemoveAsync(scope with { Plan = plan });
        Assert.False(proof.Proven);
        Assert.Equal([3], Stub.Instances.Keys);
        Assert.Equal(["3"], proof.Residue.Select(resource => resource.Id));
        Assert.True((await RemoveAsync(scope)).Proven);
        Assert.Empty(Stub.Instances);
    }

    [Fact]
    public async Task What_is_beyond_the_limit_is_left_and_named()
    {
        Stub.Add(1, 2, 3);
        var proof = await _service.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast, MaxDelete = 2 }, _removals.Add, _host, CancellationToken.None);
        Assert.False(proof.Proven);
        var left = Assert.Single(Stub.Instances.Keys).ToString(CultureInfo.InvariantCulture);
        Assert.Equal([left], proof.Residue.Select(resource => resource.Id));
        Assert.Equal(SpotErrorIds.MaxDeleteExceeded, Assert.Single(_removals, removal => removal.Id == left).Code);
    }

    [Fact]
    public async Task An_instance_whose_label_was_changed_at_the_prompt_stays()
    {
        Stub.Add(1, 2);
        var scope = new RemovalScope { Provider = SpotProvider.Vast };
        var plan = await Service.PlanAsync(scope, _host, CancellationToken.None);
        Stub.Instances[2]["label"] = "mine";
        await RemoveAsync(scope with { Plan = plan });
        Assert.Equal([2], Stub.Instances.Keys);
    }

    private VastRemovalService Service => new(_service);

    private Task<SpotProof> RemoveAsync(RemovalScope scope) => Service.RemoveAsync(scope, _removals.Add, _host, CancellationToken.None);
}
