using System.Globalization;
using SpotCluster.Cli;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>Every instance has an end: a budget, a time to live, an idle limit, or the end of its job.</summary>
public sealed class EndOfInstancesTests : TwoCloudsTests
{
    [Fact]
    public async Task A_cluster_expires_when_its_last_instance_does_and_stopped_disks_are_in_its_price()
    {
        var rented = await RunAsync("auto --name demo --count 2 --max-hourly-price 0.5 --expires-in 5h --force --json");
        Assert.True(rented.ExitCode == 0, rented.Error);
        var instances = Cloud.Vast.Machines;
        Assert.Equal(0, (await RunAsync($"stop --instance-id {instances[0].Id}")).ExitCode);
        Clock.Advance(TimeSpan.FromMinutes(5));
        var cluster = await Engine.Clusters.GetClustersAsync(new ClusterQuery { Names = ["demo"], Providers = [SpotProvider.Vast] }, Host, CancellationToken.None).SingleAsync();
        var listed = await Engine.Clusters.GetInstancesAsync(new InstanceQuery { Providers = [SpotProvider.Vast], IncludePrice = true }, Host, CancellationToken.None).ToListAsync();
        Assert.Equal(listed.Max(instance => instance.ExpiresAt), cluster.ExpiresAt);
        Assert.NotNull(cluster.ExpiresAt);
        Assert.Equal(SpotClusterState.Partial, cluster.State);
        Assert.Equal(listed.Sum(instance => instance.HourlyPrice), cluster.HourlyPrice);
        Assert.Contains(listed, instance => instance is { State: SpotInstanceState.Stopped, HourlyPrice: > 0 });
    }

    [Theory]
    [InlineData("100", 100.0, SpotBudgetPeriod.Total)]
    [InlineData("2.50/h", 2.5, SpotBudgetPeriod.Hour)]
    [InlineData(" 40 / Day ", 40.0, SpotBudgetPeriod.Day)]
    [InlineData("0", null, SpotBudgetPeriod.Total)]
    [InlineData("0.0/h", null, SpotBudgetPeriod.Total)]
    [InlineData("-1/h", null, SpotBudgetPeriod.Total)]
    [InlineData("1,5/h", null, SpotBudgetPeriod.Total)]
    [InlineData("5/week", null, SpotBudgetPeriod.Total)]
    [InlineData("", null, SpotBudgetPeriod.Total)]
    public void A_budget_is_read_with_its_period(string text, double? amount, SpotBudgetPeriod period) =>
        Assert.Equal(amount is null ? null : new SpotBudget((decimal)amount, period), SpotBudget.Read(text));

    [Theory]
    [InlineData("stop-mine", "--force", true)]
    [InlineData("destroy-mine", "--force", true)]
    [InlineData("destroy-mine", "", false)]
    [InlineData("none", "", false)]
    public async Task Above_the_budget_managed_instances_are_stopped_or_destroyed_after_confirmation_only(string policy, string force, bool acts)
    {
        var own = Cloud.Vast.AddMachine("spotcluster/demo/a");
        var prepaid = Cloud.Vast.AddMachine("spotcluster/demo/b", prepaid: 12);
        var other = Cloud.Vast.AddMachine("a colleague's");
        var result = await RunAsync($"cost --provider vast --budget 0.01/h --on-budget-exceeded {policy} {force}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("above the budget of 0.01 USD per hour", result.Error, StringComparison.Ordinal);
        var machines = Cloud.Vast.Machines.ToDictionary(machine => machine.Id);
        Assert.False(machines[prepaid].Stopped);
        Assert.False(machines[other].Stopped);
        Assert.Equal(!(acts && policy == "destroy-mine"), machines.ContainsKey(own));
        Assert.Equal(acts && policy == "stop-mine", machines.TryGetValue(own, out var left) && left.Stopped);
        Assert.Equal(acts ? 1 : 0, result.Error.Split("✓ ").Length - 1);
        if (policy != "none" && !acts)
        {
            Assert.Contains("ConsentMissing", result.Error, StringComparison.Ordinal);
            Assert.Contains("To do it without a prompt: --force", result.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("cost --budget 1000/d --on-budget-exceeded destroy-mine --force", 0)]
    [InlineData("cost --budget 5/week", 2)]
    [InlineData("cost --budget 0/h", 2)]
    [InlineData("cost --force", 2)]
    [InlineData("cost --budget 1/h --force", 2)]
    [InlineData("cost --on-budget-exceeded stop-mine", 2)]
    [InlineData("cost --budget 1/h --on-budget-exceeded destroy-all", 2)]
    public async Task A_budget_that_is_kept_or_not_valid_changes_nothing(string command, int exitCode)
    {
        Cloud.Vast.AddMachine("spotcluster/demo/a");
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == exitCode, result.Error);
        Assert.False(Assert.Single(Cloud.Vast.Machines).Stopped);
    }

    [Fact]
    public async Task A_watch_removes_what_expires_and_not_what_does_not()
    {
        var offers = Cloud.Vast.FreeOffers;
        await Engine.Vast.RentAsync(Request(offers[0]) with { ExpiresIn = TimeSpan.FromMinutes(10) }, Host, default);
        var keeps = await Engine.Vast.RentAsync(Request(offers[1]), Host, default);
        var lease = SimulatedClock.DefaultStart + TimeSpan.FromMinutes(15);
        Cloud.Vast.AddMachine($"spotcluster/job-1/node@{lease:yyyyMMdd'T'HHmmss'Z'}");
        var aws = new ClusterRequest { Name = "demo", Regions = ["us-east-1"], Count = 1, InstanceTypes = ["t3.micro"], ExpiresIn = TimeSpan.FromMinutes(20) };
        await Engine.Clusters.LaunchAsync(await Engine.Clusters.PlanAsync(aws, Host, default), Host, default);
        var result = await WatchAsync("status --watch --interval 30s --json", () => Cloud.Vast.Machines.Count == 1 && Clock.GetUtcNow() - SimulatedClock.DefaultStart > TimeSpan.FromMinutes(30));
        Assert.Equal(keeps.Id, Assert.Single(Cloud.Vast.Machines).Id.ToString(CultureInfo.InvariantCulture));
        Assert.Matches("(is expired and is|are expired and are) removed", result.Error);
        Assert.Empty(await Collect(Engine.Clusters.GetInstancesAsync(new InstanceQuery { ClusterNames = ["demo"] }, Host, default)));
    }

    [Fact]
    public async Task An_instance_that_is_idle_for_its_limit_is_destroyed_and_one_that_works_is_not()
    {
        var removed = new List<string>();
        var clock = Engine.Options.Clock;
        var keeper = new ClusterKeeper(Engine.Costs, new RemovalRecorder(removed), new BudgetGuard(Engine.Clusters, Engine.Power, Engine.Removal), clock) { Scope = new ClusterQuery() };
        var start = clock.GetUtcNow();
        for (var minute = 0; minute <= 12; minute++)
        {
            await keeper.KeepAsync(
                [Idle("1", 0, 10), Idle("2", minute == 5 ? 80 : 0, 10), Idle("3", 0, null), Idle("4", null, 10), Idle("5", 0, 10, SpotInstanceState.Stopped)], Host, default);
            Assert.Equal(minute >= 10 ? ["1"] : [], removed.Distinct());
            Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(TimeSpan.FromMinutes(13), clock.GetUtcNow() - start);
    }

    [Theory]
    [InlineData("auto --max-hourly-price 0.5 --force -- hostname", 0)]
    [InlineData("auto --max-hourly-price 0.5 --force -- exit 7", 7)]
    [InlineData("auto --provider aws --region us-east-1 --instance-type t3.* --max-hourly-price 0.05 -- exit 7", 7)]
    [InlineData("auto --provider aws --region us-east-1 --max-hourly-price 0.05 -- hostname", 0)]
    [InlineData("auto --max-hourly-price 0.5 --force --upload x.py -- hostname", 1)]
    public async Task A_job_ends_with_the_exit_code_of_its_command_and_leaves_nothing(string command, int exitCode)
    {
        Cloud.Vast.AddMachine("spotcluster/demo/a");
        var result = await RunAsync(command);
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        Assert.Equal("spotcluster/demo/a", Assert.Single(Cloud.Vast.Machines).Label);
        Assert.DoesNotContain((await RunAsync("resources --json")).Json.GetProperty("resources").EnumerateArray(), row => row.GetProperty("clusterName").GetString()?.StartsWith("job-", StringComparison.Ordinal) == true);
        Assert.Equal(exitCode == 0, result.Out.Trim().Length > 0);
    }

    [Theory]
    [InlineData("auto --provider aws --max-hourly-price 0.05")]
    [InlineData("auto --provider aws --on-start date --max-hourly-price 0.05 -- hostname")]
    [InlineData("auto --region us-east-1 --max-hourly-price 0.5 -- hostname")]
    [InlineData("auto --max-hourly-price 0.5 --count 2 -- hostname")]
    [InlineData("auto --max-hourly-price 0.5 --json -- hostname")]
    [InlineData("auto --max-hourly-price 0.5 --upload x")]
    [InlineData("auto -- hostname")]
    public async Task An_option_that_a_job_does_not_take_is_refused_before_anything_is_rented(string command)
    {
        Assert.Equal(2, (await RunAsync(command)).ExitCode);
        Assert.Empty(Cloud.Vast.Machines);
    }

    [Fact]
    public async Task What_an_earlier_job_left_is_removed_by_the_next_one()
    {
        await Engine.Vast.LaunchAsync(
            new RentalClusterRequest { Name = SpotJob.Prefix + "0123abcd", Image = "a:b", Offers = new OfferQuery { MaxHourlyPrice = 0.5m }, ExpiresIn = TimeSpan.FromHours(1) }, Host, default);
        Assert.Equal(0, (await RunAsync("auto --max-hourly-price 0.5 --force -- hostname")).ExitCode);
        Assert.Single(Cloud.Vast.Machines);
        Clock.Advance(TimeSpan.FromHours(2));
        var next = await RunAsync("auto --max-hourly-price 0.5 --force -- hostname");
        Assert.Equal(0, next.ExitCode);
        Assert.Contains("1 resource of earlier jobs expired and is being removed", next.Error, StringComparison.Ordinal);
        Assert.Empty(Cloud.Vast.Machines);
    }

    [Fact]
    public async Task A_job_whose_rent_fails_leaves_nothing_and_says_why()
    {
        Cloud.Vast.SetFates([.. Enumerable.Repeat(VastFate.OfferGone, 40)]);
        var result = await RunAsync("auto --max-hourly-price 0.5 --force -- hostname");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("ClusterNotLaunched", result.Error, StringComparison.Ordinal);
        Assert.Empty(Cloud.Vast.Machines);
    }

    [Fact]
    public async Task Running_instances_restart_at_both_providers_and_stopped_ones_are_refused()
    {
        var id = Cloud.Vast.AddMachine("spotcluster/demo/a").ToString(CultureInfo.InvariantCulture);
        var request = new ClusterRequest { Name = "demo", Regions = ["us-east-1"], Count = 1, InstanceTypes = ["t3.micro"] };
        await Engine.Clusters.LaunchAsync(await Engine.Clusters.PlanAsync(request, Host, default), Host, default);
        var aws = Assert.Single(await Collect(Engine.Clusters.GetInstancesAsync(new InstanceQuery(), Host, default))).Id;
        Assert.Equal(0, (await RunAsync($"wait --instance-id {aws}")).ExitCode);
        Assert.Equal(0, (await RunAsync($"reboot --instance-id {id},{aws}")).ExitCode);
        var recycled = await RunAsync($"recycle --instance-id {aws} --force");
        Assert.NotEqual(0, recycled.ExitCode);
        Assert.Contains("InstanceNotChangeable", recycled.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync($"stop --instance-id {id}")).ExitCode);
        var stopped = await RunAsync($"reboot --instance-id {id}");
        Assert.NotEqual(0, stopped.ExitCode);
        Assert.Contains("it is stopped", stopped.Error, StringComparison.Ordinal);
    }

    private static RentRequest Request(long offer) => new() { OfferId = offer.ToString(CultureInfo.InvariantCulture), Image = "a:b" };

    private static SpotInstance Idle(string id, decimal? load, int? limit, SpotInstanceState state = SpotInstanceState.Running) => new()
    {
        Id = id,
        Provider = SpotProvider.Vast,
        State = state,
        GpuLoad = load,
        MaxIdle = limit is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
    };

    private static async Task<List<SpotInstance>> Collect(IAsyncEnumerable<SpotInstance> instances) => await instances.ToListAsync();

    private EngineSession Open(EngineOptions options) => new(options with { Transport = Cloud.CreateHandler(), Clock = Clock, Settings = new() });

    private Task<CliResult> RunAsync(string command) => CliRunner.RunAsync(command, Open);

    private async Task<CliResult> WatchAsync(string command, Func<bool> isDone)
    {
        using var stop = new CancellationTokenSource();
        using var timer = Clock.CreateTimer(
            _ =>
            {
                if (isDone())
                {
                    stop.Cancel();
                }
            },
            null,
            TimeSpan.FromMinutes(1),
            TimeSpan.FromMinutes(1));
        var console = new TestConsole();
        var environment = new CliEnvironment { Console = console, OpenEngine = Open, StopGrace = TimeSpan.Zero, Clock = Clock };
        var exitCode = await CliApplication.RunAsync(command.Split(' '), environment, stop.Token);
        return new CliResult(exitCode, console.OutText, console.ErrorText);
    }

    private sealed class RemovalRecorder(List<string> removed) : IRemovalService
    {
        public Task RemoveInstancesAsync(IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
        {
            removed.AddRange(instances.Select(key => key.Id));
            return Task.CompletedTask;
        }

        public IAsyncEnumerable<SpotResource> GetResourcesAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
