using System.Collections.Concurrent;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Providers;

/// <summary>What every provider does alike, through an engine that has three of them.</summary>
public abstract class ProviderContract : IDisposable
{
    private readonly SimulatedClock _clock = new();

    private protected ProviderContract()
    {
        Cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock, Vast = new SimulatedVastOptions { TakenShare = 0 } });
        Fake = new FakeProvider(_clock);
        Engine = new SpotEngine(new EngineOptions { Transport = Cloud.CreateHandler(), Clock = _clock, Settings = new() }, [Fake]);
    }

    private protected SimulatedCloud Cloud { get; }

    private protected FakeProvider Fake { get; }

    private protected SpotEngine Engine { get; }

    private protected RecordingHost Host { get; } = new();

    /// <summary>The provider that is tested.</summary>
    protected abstract SpotProvider Provider { get; }

    /// <summary>A region of it in which nothing is.</summary>
    protected abstract string EmptyRegion { get; }

    private protected virtual ClusterRequest Request(string name, int count) => new() { Provider = Provider, Name = name, Count = count };

    private protected virtual OfferQuery Offers => new() { Provider = Provider };

    /// <summary>Adds an instance that SpotCluster does not manage, and gives its id.</summary>
    private protected abstract Task<string> AddUnmanagedAsync();

    private protected abstract bool Exists(string id);

    public void Dispose()
    {
        Engine.Dispose();
        Cloud.Dispose();
        _clock.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_plan_changes_nothing_and_its_launch_gives_the_cluster()
    {
        var plan = await Engine.Clusters.PlanAsync(Request("demo", 2), Host, default);
        Assert.Equal((Provider, "demo", 2), (plan.Summary.Provider, plan.Summary.Name, plan.Summary.Count));
        Assert.True(plan.Summary.HourlyCost > 0);
        Assert.Empty(await ListAsync());

        var cluster = await Engine.Clusters.LaunchAsync(plan, Host, default);
        Assert.Equal((Provider, "demo", 2), (cluster.Provider, cluster.Name, cluster.Running));
        var instances = await ListAsync();
        Assert.All(instances, instance => Assert.Equal((Provider, "demo"), (instance.Provider, instance.ClusterName)));
        Assert.Equal(2, instances.Count);
        Assert.Equal("demo", Assert.Single(await Engine.Clusters.GetClustersAsync(new ClusterQuery { EveryCloud = true }, Host, default).CollectAsync()).Name);
    }

    [Fact]
    public async Task An_id_finds_its_provider_which_no_other_takes_for_its_own()
    {
        var instance = (await LaunchAsync("demo", 1)).Single();
        Assert.Equal(Provider, Assert.Single(Engine.Providers, provider => provider.Facts.IsInstanceId(instance.Id)).Facts.Provider);
        Assert.Equal(Provider, Assert.Single(await Engine.Clusters.GetInstancesAsync(new InstanceQuery { Ids = [instance.Id] }, Host, default).CollectAsync()).Provider);
        Assert.Equal(instance.Id, Assert.Single(await Engine.Clusters.WaitAsync([Key(instance)], WaitCondition.Running, TimeSpan.FromMinutes(15), Host, default).CollectAsync()).Id);
        Assert.Equal(instance.Id, Assert.Single((await Engine.Costs.MeasureAsync(new CostQuery { Ids = [instance.Id], EveryCloud = true }, Host, default)).Instances).Name);
    }

    [Fact]
    public async Task A_list_shows_unmanaged_instances_only_where_they_are_wanted_and_keeps_to_regions()
    {
        var other = await AddUnmanagedAsync();
        var own = await LaunchAsync("demo", 1);
        Assert.DoesNotContain(await ListAsync(), instance => instance.Id == other);
        Assert.Single(await ListAsync(new InstanceQuery { Regions = [own[0].Region] }));
        Assert.Empty(await ListAsync(new InstanceQuery { Regions = [EmptyRegion] }));
    }

    [Fact]
    public async Task A_removal_keeps_to_its_cluster_and_its_proof_says_so()
    {
        var other = await AddUnmanagedAsync();
        var gone = await LaunchAsync("demo", 2);
        var kept = await LaunchAsync("kept", 1);
        var scope = new RemovalScope { Provider = Provider, ClusterName = "demo" };
        Assert.All(gone, instance => Assert.Contains(instance.Id, ListedBy(scope)));

        var (proof, removals) = await RemoveAsync(scope);
        Assert.True(proof.Proven, proof.ToString());
        Assert.Equal((Provider, "demo"), (proof.Provider, proof.ClusterName));
        Assert.Equal((await Engine.GetIdentityAsync(Provider, default)).AccountId, proof.AccountId);
        Assert.True(proof.Listings >= 2 && proof.FirstEmptyAt is not null);
        Assert.Empty(proof.Residue);
        Assert.All(gone, instance => Assert.Equal(SpotRemovalOutcome.Removed, removals.Single(removal => removal.Id == instance.Id).Outcome));
        Assert.All(gone, instance => Assert.False(Exists(instance.Id)));
        Assert.All([.. kept.Select(instance => instance.Id), other], id => Assert.True(Exists(id)));
    }

    [Fact]
    public async Task A_removal_keeps_to_its_regions_ages_and_retained_clusters()
    {
        var ids = (await LaunchAsync("demo", 1)).Concat(await LaunchAsync("kept", 1)).Select(instance => instance.Id).ToArray();
        Assert.Empty((await PlanAsync(new RemovalScope { Regions = [EmptyRegion] })).Resources);
        Assert.Empty((await PlanAsync(new RemovalScope { OlderThan = TimeSpan.FromDays(1) })).Resources);
        Assert.Equal(ids.Order(), (await PlanAsync(new RemovalScope())).Resources.Where(resource => resource.Type == "instance").Select(resource => resource.Id).Order());

        var (proof, _) = await RemoveAsync(new RemovalScope { Provider = Provider, KeepClusters = ["kept"] });
        Assert.True(proof.Proven, proof.ToString());
        Assert.Equal([false, true], ids.Select(Exists));
    }

    [Fact]
    public async Task A_removal_of_another_account_plan_or_size_than_confirmed_is_refused_before_any_change()
    {
        var instances = await LaunchAsync("demo", 2);
        var scope = new RemovalScope { Provider = Provider };
        foreach (var (unconfirmed, error) in new[]
        {
            (scope with { ExpectedAccountId = "another" }, SpotErrorIds.AccountChanged),
            (scope with { ApprovedHash = new string('0', 64) }, SpotErrorIds.PlanChanged),
            (scope with { MaxDelete = 1 }, SpotErrorIds.MaxDeleteExceeded),
        })
        {
            Assert.Equal(error, (await Assert.ThrowsAsync<SpotException>(() => RemoveAsync(unconfirmed))).ErrorId);
            Assert.All(instances, instance => Assert.True(Exists(instance.Id)));
        }

        var plan = await PlanAsync(scope);
        var (proof, _) = await RemoveAsync(scope with { ApprovedHash = plan.Hash, ExpectedAccountId = plan.AccountId, MaxDelete = plan.Resources.Count });
        Assert.True(proof.Proven, proof.ToString());
    }

    [Fact]
    public async Task What_appears_after_the_confirmed_plan_remains_and_the_proof_names_it()
    {
        var planned = await LaunchAsync("demo", 1);
        var plan = await PlanAsync(new RemovalScope());
        var late = await LaunchAsync("late", 1);
        var (proof, _) = await RemoveAsync(new RemovalScope { Provider = Provider, Plan = plan, ExpectedAccountId = plan.AccountId });
        Assert.Equal((false, true), (Exists(planned[0].Id), Exists(late[0].Id)));
        Assert.False(proof.Proven);
        Assert.Contains(proof.Residue, resource => resource.Id == late[0].Id);
    }

    [Fact]
    public async Task An_unmanaged_instance_is_not_removed_by_its_id()
    {
        var other = await AddUnmanagedAsync();
        var own = (await LaunchAsync("demo", 1)).Single();
        var removals = new ConcurrentQueue<SpotRemoval>();
        await Engine.Removal.RemoveInstancesAsync([Key(own), new InstanceKey(other, null, Provider)], removals.Enqueue, Host, default);
        Assert.Equal(SpotRemovalOutcome.Removed, removals.Single(removal => removal.Id == own.Id).Outcome);
        Assert.DoesNotContain(removals, removal => removal.Id == other && removal.Outcome == SpotRemovalOutcome.Removed);
        Assert.Equal((false, true), (Exists(own.Id), Exists(other)));
    }

    [Fact]
    public async Task A_removal_over_every_provider_has_a_plan_of_this_one()
    {
        var own = (await LaunchAsync("demo", 1)).Single();
        Fake.Add("elsewhere");
        var plans = await EveryProvider.PlanAsync(Engine.Removal, Engine.Providers, new RemovalScope(), [], Host, default);
        Assert.Equal([SpotProvider.Aws, SpotProvider.Vast, FakeProvider.Provider], plans.Select(one => one.Plan.Provider));
        Assert.Contains(plans.Single(one => one.Plan.Provider == Provider).Plan.Resources, resource => resource.Id == own.Id);
        Assert.Equal(plans.Single(one => one.Plan.Provider == Provider).Plan.AccountId, (await Engine.GetIdentityAsync(Provider, default)).AccountId);
    }

    [Fact]
    public async Task Costs_and_offers_have_prices()
    {
        await LaunchAsync("demo", 2);
        var report = await Engine.Costs.MeasureAsync(new CostQuery { Providers = [Provider] }, Host, default);
        Assert.Equal(2, report.Total.InstanceCount);
        Assert.True(report.Total.HourlyCost > 0);
        Assert.Equal("demo", Assert.Single(report.Clusters).Name);
        Assert.Equal(2, (await Engine.Costs.MeasureAsync(new CostQuery { EveryCloud = true }, Host, default)).Total.InstanceCount);

        var offers = await Engine.Costs.FindOffersAsync(Offers, Host, default);
        Assert.NotEmpty(offers);
        Assert.All(offers, offer => Assert.Equal(Provider, offer.Provider));
        Assert.True(offers[0].HourlyPrice > 0);
    }

    [Fact]
    public async Task An_instance_restarts()
    {
        var own = (await LaunchAsync("demo", 1)).Single();
        Assert.Equal(own.Id, Assert.Single(await Engine.Power.RestartAsync([Key(own)], recycle: false, Host, default).CollectAsync()).Id);
        Assert.Empty(Host.Errors);
    }

    [Fact]
    public async Task What_the_provider_declares_to_lack_is_one_error_and_the_rest_works()
    {
        var own = (await LaunchAsync("demo", 1)).Single();
        var facts = Engine.Providers.Of(Provider).Facts;
        var everything = await PlanAsync(new RemovalScope { ClusterName = "demo" });
        foreach (var (capability, target, use) in new (ProviderCapability, string, Func<Task>)[]
        {
            (ProviderCapability.Resize, "demo", () => Engine.Clusters.PlanResizeAsync(new ResizeRequest { Provider = Provider, Name = "demo", Count = 1 }, Host, default)),
            (ProviderCapability.ChangeCluster, "demo", () => Engine.Clusters.SetAsync(
                new ClusterChange { Name = "demo", ExpiresAt = _clock.GetUtcNow() + TimeSpan.FromHours(8) }, everything, Host, default)),
            (ProviderCapability.ConsoleOutput, own.Id, () => Engine.Power.GetConsoleOutputAsync(Key(own), latest: false, Host, default)),
        })
        {
            if (facts.Lacking(capability, target) is not { } missing)
            {
                await use();
                continue;
            }

            var error = await Assert.ThrowsAsync<SpotException>(use);
            Assert.Equal((missing.ErrorId, missing.Message), (error.ErrorId, error.Message));
            Assert.Contains(target, error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Host.Errors);
    }

    private static InstanceKey Key(SpotInstance instance) => new(instance.Id, instance.Provider == SpotProvider.Aws ? instance.Region : null, instance.Provider);

    private async Task<List<SpotInstance>> LaunchAsync(string name, int count)
    {
        await Engine.Clusters.LaunchAsync(await Engine.Clusters.PlanAsync(Request(name, count), Host, default), Host, default);
        var instances = await ListAsync(new InstanceQuery { ClusterNames = [name] });
        return await Engine.Clusters.WaitAsync([.. instances.Select(Key)], WaitCondition.Running, TimeSpan.FromMinutes(15), Host, default).CollectAsync();
    }

    private Task<List<SpotInstance>> ListAsync(InstanceQuery? query = null) =>
        Engine.Clusters.GetInstancesAsync((query ?? new()) with { Providers = [Provider] }, Host, default).CollectAsync();

    private Task<RemovalPlan> PlanAsync(RemovalScope scope) => Engine.Removal.PlanAsync(scope with { Provider = Provider }, Host, default);

    private IEnumerable<string> ListedBy(RemovalScope scope) =>
        Engine.Removal.GetResourcesAsync(scope, Host, default).ToBlockingEnumerable().Select(resource => resource.Id);

    private async Task<(SpotProof Proof, IReadOnlyCollection<SpotRemoval> Removals)> RemoveAsync(RemovalScope scope)
    {
        var removals = new ConcurrentQueue<SpotRemoval>();
        return (await Engine.Removal.RemoveAsync(scope, removals.Enqueue, Host, default), removals);
    }
}
