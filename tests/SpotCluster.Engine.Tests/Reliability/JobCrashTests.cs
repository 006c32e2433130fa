using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>A job that is killed just before or just after any of its calls, at both providers: what ends the bill then.</summary>
public sealed class JobCrashTests
{
    /// <summary>
    /// Kills a job at every one of its changing calls: the next job on the same computer, or a removal of what is expired, in turns,
    /// leaves nothing, and waits for no end of a time to live or a lease. Where the computer and its records are lost, a removal on
    /// another one does the same when the lease has ended.
    /// </summary>
    [Theory]
    [InlineData(SpotProvider.Vast, false, false)]
    [InlineData(SpotProvider.Vast, true, false)]
    [InlineData(SpotProvider.Aws, false, false)]
    [InlineData(SpotProvider.Aws, true, false)]
    [InlineData(SpotProvider.Vast, true, true)]
    [InlineData(SpotProvider.Aws, true, true)]
    public async Task Killed_at_any_call_nothing_is_billed_after_the_next_command(SpotProvider provider, bool afterwards, bool isElsewhere)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The journal of a killed process is copied with cp.");
        int calls;
        await using (var whole = new ReliabilityWorld(seed: 1))
        {
            using var counting = new WatchedTransport(whole);
            using var engine = whole.Open(counting);
            Assert.Equal(7, await RunAsync(provider, engine));
            Assert.Empty(Left(whole));
            Assert.Empty(Records(whole));
            calls = counting.Counted;
        }

        // Virtual time runs on when a world is idle, so several of them fill the time that each waits for that.
        var billed = 0;
        await Parallel.ForAsync(1, calls + 1, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            await using var world = new ReliabilityWorld(number);
            var transport = new WatchedTransport(world) { At = number, Kills = afterwards ? Cut.After : Cut.Before };
            var job = RunAsync(provider, world.Open(transport));
            if (await Task.WhenAny(job, transport.Death) == job)
            {
                // A renewal of the lease more or less moves the last calls.
                Assert.True(number > calls - 3, $"call {number} of {calls} was not made");
                return;
            }

            Interlocked.Add(ref billed, world.Machines.Count + world.Rented.Count);
            world.Wait(isElsewhere ? JobLease.Length + JobLease.Every : TimeSpan.FromSeconds(1));
            using var engine = isElsewhere ? world.OpenElsewhere() : world.Open();
            Assert.True(
                !isElsewhere && (number % 2 == 0) == afterwards
                    ? await RunAsync(provider, engine) == 7
                    : (await engine.Removal.RemoveAsync(Expired(provider), _ => { }, SilentHost.Instance, CancellationToken.None)).Proven,
                $"killed at call {number}");
            Assert.True(!Left(world).Any(), $"killed at call {number}: {string.Join(", ", Left(world))}");
            Assert.True(isElsewhere || Records(world).Length == 0, $"killed at call {number}: the record of the job is left");
            Assert.Empty(world.Trespasses());
        });
        Assert.InRange(calls, provider == SpotProvider.Vast ? 2 : 10, 100);
        Assert.True(billed > 0, "No kill left an instance.");
    }

    /// <summary>Another job removes what the killed one left at the other provider too.</summary>
    [Fact]
    public async Task The_next_job_removes_what_was_left_at_the_other_provider()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The journal of a killed process is copied with cp.");
        await using var world = new ReliabilityWorld(seed: 3);
        var transport = new WatchedTransport(world) { At = 1, Kills = Cut.After };
        Assert.NotSame(transport.Death, RunAsync(SpotProvider.Vast, world.Open(transport)));
        await transport.Death;
        Assert.Single(world.Rented);
        world.Wait();
        var host = new RecordingHost();
        using var engine = world.Open();
        Assert.Equal(7, await RunAsync(SpotProvider.Aws, engine, host));
        Assert.Empty(Left(world));
        Assert.Contains(host.Warnings, warning => warning.Contains("was interrupted; what remains of it is removed", StringComparison.Ordinal));
    }

    /// <summary>
    /// A job that runs renews its lease, so that no removal takes its instance. Without a network for longer than its lease it is
    /// still safe on its own computer.
    /// </summary>
    [Theory]
    [InlineData(SpotProvider.Vast)]
    [InlineData(SpotProvider.Aws)]
    public async Task A_running_job_keeps_its_instance(SpotProvider provider)
    {
        await using var world = new ReliabilityWorld(seed: 5);
        using var transport = new WatchedTransport(world);
        using var engine = world.Open(transport);
        using var here = world.Open();
        using var elsewhere = world.OpenElsewhere();
        using var mayEnd = new ManualResetEventSlim();
        var isThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var job = Task.Run(() => RunAsync(provider, engine, onLine: () =>
        {
            isThere.TrySetResult();
            mayEnd.Wait();
        }, life: TimeSpan.FromDays(30)));
        try
        {
            Assert.Same(isThere.Task, await Task.WhenAny(isThere.Task, job));
            for (var round = 0; round < 4; round++)
            {
                var before = await LeaseAsync(provider, here);
                for (var minute = 0; minute < 60 && await LeaseAsync(provider, here) == before; minute++)
                {
                    // The renewal runs on another thread: it is given real time to follow each minute.
                    world.Wait(TimeSpan.FromMinutes(1));
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                }

                Assert.True(await LeaseAsync(provider, here) > before, $"round {round}: the lease was not renewed");
                await RemoveExpiredAsync(provider, elsewhere);
                await RemoveExpiredAsync(provider, here);
                Assert.Equal(1, world.Machines.Count + world.Rented.Count);
            }

            // From now on no renewal goes through.
            world.Cloud.Faults.AddJson("""{ "rules": [{ "operation": "CreateTags", "action": "resetBefore" }, { "operation": "LabelInstance", "action": "resetBefore" }] }""");
            world.Wait(JobLease.Length);
            await RemoveExpiredAsync(provider, here);
            Assert.Equal(1, world.Machines.Count + world.Rented.Count);
            await RemoveExpiredAsync(provider, elsewhere);
            Assert.Equal(0, world.Machines.Count + world.Rented.Count);
        }
        finally
        {
            mayEnd.Set();
            await Task.WhenAny(job);
        }
    }

    /// <summary>The record alone decides on its own computer, whatever the lease in the label says.</summary>
    [Fact]
    public async Task A_killed_job_is_expired_at_once_and_one_that_runs_is_not_expired_by_its_lease()
    {
        await using var world = new ReliabilityWorld(seed: 8);
        world.Cloud.Vast.AddMachine("spotcluster/job-00000001/killed@29990101T000000Z");
        world.Cloud.Vast.AddMachine("spotcluster/job-00000002/runs@20000101T000000Z");
        world.Cloud.Vast.AddMachine("spotcluster/job-00000003/elsewhere@29990101T000000Z");
        world.Cloud.Vast.AddMachine("spotcluster/job-00000004/killed-elsewhere@20000101T000000Z");
        var records = new JobRecords(Path.Combine(world.Journal, "jobs"));
        var entry = new JobEntry { Cluster = "job-00000001", Provider = SpotProvider.Vast, Computer = Environment.MachineName, ExpiresAt = world.Cloud.Clock.GetUtcNow().AddDays(1) };
        records.Begin(entry).Dispose();
        using var running = records.Begin(entry with { Cluster = "job-00000002" });
        using var engine = world.Open();
        var plan = await engine.Removal.PlanAsync(Expired(SpotProvider.Vast), SilentHost.Instance, CancellationToken.None);
        Assert.Equal(["job-00000001", "job-00000004"], plan.Resources.Select(resource => resource.ClusterName).Order());
        Assert.Equal(2, Records(world).Length);
        Assert.True((await RemoveExpiredAsync(SpotProvider.Vast, engine)).Proven);
        Assert.Equal(["job-00000002", "job-00000003"], world.Rented.Select(machine => machine.Label.Split('/')[1]).Order());
        Assert.Equal(["job-00000002.vast.json"], Records(world));
    }

    /// <summary>A record is that of an account: the same name in another one is nobody's business, and is told.</summary>
    [Fact]
    public async Task A_job_of_another_account_is_told_and_left()
    {
        await using var world = new ReliabilityWorld(seed: 6);
        var folder = Path.Combine(world.Journal, "jobs");
        var entry = new JobEntry
        {
            Cluster = "job-00000000",
            Provider = SpotProvider.Aws,
            AccountId = "999999999999",
            Computer = Environment.MachineName,
            ExpiresAt = world.Cloud.Clock.GetUtcNow().AddHours(1),
        };
        new JobRecords(folder).Begin(entry).Dispose();
        new JobRecords(folder).Begin(entry with { Cluster = "job-00000001", Computer = "another" }).Dispose();
        using var engine = world.Open();
        var host = new RecordingHost();
        await engine.Removal.PlanAsync(Expired(SpotProvider.Aws), host, CancellationToken.None);
        Assert.Contains(host.Warnings, warning => warning.Contains("Job job-00000000 at AWS was interrupted in account 999999999999", StringComparison.Ordinal));
        Assert.Single(host.Warnings, warning => warning.Contains("was interrupted in account", StringComparison.Ordinal));
        world.Wait(TimeSpan.FromHours(2));
        await RemoveExpiredAsync(SpotProvider.Aws, engine);
        Assert.Equal(["job-00000001.aws.json"], Records(world));
    }

    [Fact]
    public async Task A_record_that_is_held_is_that_of_a_running_job()
    {
        await using var world = new ReliabilityWorld(seed: 7);
        var records = new JobRecords(Path.Combine(world.Journal, "jobs"));
        var entry = new JobEntry { Cluster = "job-00000000", Provider = SpotProvider.Vast, Computer = Environment.MachineName, ExpiresAt = DateTimeOffset.MaxValue };
        var record = records.Begin(entry);
        Assert.Equal(["job-00000000"], records.Running(SpotProvider.Vast));
        Assert.Empty(records.Running(SpotProvider.Aws));
        Assert.Empty(records.TakeEnded(SpotProvider.Vast));
        record.Add("us-east-1");
        record.Dispose();
        Assert.Empty(records.Running(SpotProvider.Vast));
        var taken = Assert.Single(records.TakeEnded(SpotProvider.Vast));
        Assert.Equal(entry, taken.Entry);
        Assert.Equal(["us-east-1"], taken.Regions);
        Assert.Empty(records.TakeEnded(SpotProvider.Vast));
        taken.Complete();
        Assert.Empty(Records(world));
    }

    private static string[] Records(ReliabilityWorld world) =>
        Directory.Exists(Path.Combine(world.Journal, "jobs")) ? [.. Directory.GetFiles(Path.Combine(world.Journal, "jobs")).Select(path => Path.GetFileName(path)!)] : [];

    private static RemovalScope Expired(SpotProvider provider) => new() { Provider = provider, Expired = true };

    private static Task<SpotProof> RemoveExpiredAsync(SpotProvider provider, SpotEngine engine) =>
        engine.Removal.RemoveAsync(Expired(provider), _ => { }, SilentHost.Instance, CancellationToken.None);

    private static async Task<DateTimeOffset?> LeaseAsync(SpotProvider provider, SpotEngine engine)
    {
        var query = new InstanceQuery { Providers = [provider], ClusterNames = [SpotJob.Prefix + "*"] };
        return (await engine.Clusters.GetInstancesAsync(query, SilentHost.Instance, CancellationToken.None).CollectAsync()).Single().LeaseEndsAt;
    }

    private static IEnumerable<string> Left(ReliabilityWorld world) =>
        [.. world.Managed.Select(item => $"{item.Kind} {item.Id}"), .. world.Rented.Select(machine => machine.Label)];

    private static async Task<int> RunAsync(SpotProvider provider, SpotEngine engine, IOperationHost? host = null, Action? onLine = null, TimeSpan? life = null)
    {
        var job = new SpotJob
        {
            Command = onLine is null ? "exit 7" : "echo there",
            AtVast = provider == SpotProvider.Vast ? new RentalClusterRequest { Name = SpotJob.Prefix, ExpiresIn = life, Image = "a:b", Offers = new OfferQuery { MaxHourlyPrice = 0.5m } } : null,
            AtAws = provider == SpotProvider.Aws ? new ClusterRequest { Name = SpotJob.Prefix, ExpiresIn = life, MaxHourlyPrice = 0.05m } : null,
            Offers = new OfferQuery { Regions = ["us-east-1"], InstanceTypes = ["t3.micro"], MaxHourlyPrice = 0.05m, IncludeScore = false },
            OnLine = (_, _) => onLine?.Invoke(),
        };
        return await engine.Jobs.RunAsync(job, host ?? SilentHost.Instance, CancellationToken.None);
    }
}
