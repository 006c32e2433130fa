using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>What the daily work on instances at Vast.ai has in common: two managed ones, beside the unmanaged one of the world.</summary>
internal abstract class DailyOperation : VastOperation
{
    protected const string One = "spotcluster/gpu/one";

    protected const string Two = "spotcluster/gpu/two";

    public override Task PrepareAsync(ReliabilityWorld world)
    {
        world.Cloud.Vast.AddMachine(One);
        world.Cloud.Vast.AddMachine(Two);
        return Task.CompletedTask;
    }

    /// <summary>What is wrong after any run, told or not; by default the judgement of one that was told.</summary>
    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        foreach (var problem in told is null ? [] : Judge(world, told))
        {
            yield return problem;
        }

        await foreach (var problem in UnlistedAsync(world).ConfigureAwait(false))
        {
            yield return problem;
        }
    }

    public override async IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var problem in Judge(world, repeat))
        {
            yield return problem;
        }

        if (!repeat.IsSuccess || world.Journaled > 0)
        {
            yield return $"left: the repeat told {repeat}, and {world.Journaled} journal records are there";
        }
    }

    /// <summary>What the books say against what was told.</summary>
    protected abstract IEnumerable<string> Judge(ReliabilityWorld world, Told told);

    protected static InstanceKey Key(ReliabilityWorld world, string label) => new(Text(world.Rented.Single(machine => machine.Label == label).Id), null, SpotProvider.Vast);
}

/// <summary>Get-SpotLog: of a container and of its host.</summary>
internal sealed class LogOperation : DailyOperation
{
    public override string Name => "log";

    public override string Means => "`Get-SpotLog`: the log of a container, and that of its daemon.";

    public override bool OnlyReads => true;

    protected override IEnumerable<string> Judge(ReliabilityWorld world, Told told)
    {
        if (told.IsSuccess && told.Result is not string[] { Length: 2 })
        {
            yield return "lost: success was told, without both logs";
        }

        string[] expected = ["sshd: Server listening", "C." + Key(world, One).Id];
        foreach (var (log, line) in ((string[]?)told.Result ?? []).Zip(expected).Where(pair => !pair.First.Contains(pair.Second, StringComparison.Ordinal)))
        {
            yield return $"lost: a log without '{line}' was told: {log}";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var key = Key(world, One);
        var container = await engine.Vast.GetLogAsync(key, 100, daemon: false, host, CancellationToken.None).ConfigureAwait(false);
        onResult(new[] { container });
        onResult(new[] { container, await engine.Vast.GetLogAsync(key, 100, daemon: true, host, CancellationToken.None).ConfigureAwait(false) });
    }
}

/// <summary>What Copy-SpotItem asks the service: where the instance is, and whether it can be logged in to.</summary>
internal sealed class CopyOperation : DailyOperation
{
    public override string Name => "copy";

    public override string Means => "the calls of `Copy-SpotItem`: the instance is found, and its address; the copy itself is `scp` or `rsync`.";

    public override bool OnlyReads => true;

    protected override IEnumerable<string> Judge(ReliabilityWorld world, Told told)
    {
        var id = Key(world, One).Id;
        if (told.Result is List<SpotInstance> found && (found.Exists(instance => instance.Id != id || instance.PublicIp is null) || (told.IsSuccess && found.Count != 1)))
        {
            yield return $"lost: {found.Count} instances were found for {id}";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var found = new List<SpotInstance>();
        onResult(found);
        var query = new InstanceQuery { Ids = [Key(world, One).Id], Providers = [SpotProvider.Vast], IncludePrice = false, IncludeHealth = false };
        await foreach (var instance in engine.Clusters.GetInstancesAsync(query, host, CancellationToken.None).ConfigureAwait(false))
        {
            found.Add(instance);
        }
    }
}

/// <summary>Restart-SpotInstance: one is rebooted, the other recycled.</summary>
internal sealed class RestartOperation : DailyOperation
{
    public override string Name => "restart";

    public override string Means => "`Restart-SpotInstance`: one of two instances is rebooted, the other recycled.";

    protected override IEnumerable<string> Judge(ReliabilityWorld world, Told told)
    {
        var restarted = world.Cloud.Calls.Calls.Where(call => call.Operation == "RebootInstance" && call.TookEffect).Select(call => call.Parameters["id"]).ToHashSet();
        foreach (var id in ((List<string>?)told.Result ?? []).Where(id => !restarted.Contains(id)))
        {
            yield return $"lost: {id} was told to be restarted, and was not";
        }

        if (told.IsSuccess && ((List<string>)told.Result!).Count != 2)
        {
            yield return $"lost: success was told for {((List<string>)told.Result).Count} instances";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var ids = new List<string>();
        onResult(ids);
        foreach (var (label, recycle) in new[] { (One, false), (Two, true) })
        {
            await foreach (var instance in engine.Power.RestartAsync([Key(world, label)], recycle, host, CancellationToken.None).ConfigureAwait(false))
            {
                ids.Add(instance.Id);
            }
        }
    }
}

/// <summary>Volumes: those of one cluster are listed and removed.</summary>
internal sealed class VolumesOperation : DailyOperation
{
    private const string Other = "spotcluster/other/one";

    public override string Name => "volumes";

    public override string Means => "the volumes of one of two clusters at Vast.ai are listed and deleted, as `Invoke-SpotNuke` does.";

    public override async Task PrepareAsync(ReliabilityWorld world)
    {
        await base.PrepareAsync(world).ConfigureAwait(false);
        foreach (var name in new[] { One, Two, Other })
        {
            world.Cloud.Vast.AddVolume(name);
        }
    }

    protected override IEnumerable<string> Judge(ReliabilityWorld world, Told told)
    {
        var live = world.Cloud.Vast.Volumes.Keys.Select(Text).ToHashSet();
        var kept = world.Cloud.Vast.Volumes.Where(volume => volume.Value == Other).Select(volume => Text(volume.Key)).ToList();
        if (kept.Count != 1)
        {
            yield return "lost: the volume of another cluster was deleted";
        }

        var outcome = (Outcome?)told.Result;
        foreach (var removal in (outcome?.Removals ?? []).Where(removal => removal.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone && live.Contains(removal.Id)))
        {
            yield return $"lost: {removal.Id} was told to be deleted, and is billed";
        }

        foreach (var twice in (outcome?.Removals ?? []).GroupBy(removal => removal.Id).Where(group => group.Count() > 1))
        {
            yield return $"doubled: {twice.Count()} outcomes for {twice.Key}";
        }

        if (outcome?.Remaining is { } remaining && live.Except(kept).Except(remaining).Any())
        {
            yield return "lost: volumes are billed, and nothing says so";
        }

        if (told.IsSuccess && live.Count > kept.Count)
        {
            yield return $"lost: success was told, and {live.Count} volumes are billed";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var removals = new List<SpotRemoval>();
        onResult(new Outcome(removals, null));
        var volumes = await engine.Vast.GetVolumesAsync(new RemovalScope { Provider = SpotProvider.Vast, ClusterName = "gpu" }, host, CancellationToken.None).ConfigureAwait(false);
        var remaining = await engine.Vast.RemoveVolumesAsync(volumes, TimeSpan.FromMinutes(5), removals.Add, host, CancellationToken.None).ConfigureAwait(false);
        onResult(new Outcome(removals, [.. remaining.Select(volume => volume.Id)]));
    }

    private sealed record Outcome(IReadOnlyList<SpotRemoval> Removals, IReadOnlyList<string>? Remaining);
}

/// <summary>Invoke-SpotJob: one command on an instance of its own.</summary>
internal sealed class JobOperation : DailyOperation
{
    public override string Name => "job";

    public override string Means => "`Invoke-SpotJob` with one command at Vast.ai, beside two managed instances; then the removal of what is expired, five minutes later.";

    public override async IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat)
    {
        foreach (var problem in Judge(world, repeat))
        {
            yield return problem;
        }

        world.Wait(TimeSpan.FromMinutes(5));
        using var engine = world.Open();
        var expired = new RemovalScope { Provider = SpotProvider.Vast, Expired = true };
        var proof = await engine.Removal.RemoveAsync(expired, _ => { }, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);

        // The record of an interrupted launch is deleted by the next listing.
        await engine.Clusters.GetInstancesAsync(new InstanceQuery { Providers = [SpotProvider.Vast] }, SilentHost.Instance, CancellationToken.None).ToListAsync().ConfigureAwait(false);
        if (world.Rented.Count != 2 || !repeat.IsSuccess || !proof.Proven || world.Journaled > 0)
        {
            yield return $"left: {world.Rented.Count - 2} instances of jobs and {world.Journaled} journal records; the repeat told {repeat}; {proof}";
        }
    }

    protected override IEnumerable<string> Judge(ReliabilityWorld world, Told told)
    {
        var jobs = world.Rented.Where(machine => machine.Label.StartsWith("spotcluster/" + SpotJob.Prefix, StringComparison.Ordinal)).ToList();
        if (jobs.Count > world.Runs)
        {
            yield return $"doubled: {jobs.Count} instances of {world.Runs} jobs";
        }

        var (name, exitCode) = (Outcome)told.Result!;
        if (exitCode is not (7 or null) || (told.IsSuccess && exitCode is null))
        {
            yield return $"lost: the exit code {exitCode} was told";
        }

        if (told.IsSuccess && jobs.Exists(machine => machine.Label.Contains(name, StringComparison.Ordinal)))
        {
            yield return "lost: success was told, and the instance of the job is billed";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var job = new SpotJob
        {
            Command = "exit 7",
            AtVast = new RentalClusterRequest { Name = SpotJob.Prefix, Image = "pytorch/pytorch:latest", Offers = new OfferQuery { MaxHourlyPrice = 0.5m } },
            OnLine = (_, _) => { },
        };
        onResult(new Outcome(job.Name, null));
        onResult(new Outcome(job.Name, await engine.Jobs.RunAsync(job, host, CancellationToken.None).ConfigureAwait(false)));
    }

    private sealed record Outcome(string JobName, int? ExitCode);
}

/// <summary>Watch-SpotCluster or Measure-SpotCost with a budget that is exceeded: what is managed is destroyed.</summary>
internal sealed class BudgetOperation : DailyOperation
{
    public override string Name => "budget";

    public override string Means => "`Measure-SpotCost` at Vast.ai with a budget that is exceeded and `-OnBudgetExceeded DestroyMine`: two managed instances, beside an unmanaged one.";

    protected override IEnumerable<string> Judge(ReliabilityWorld world, Told told)
    {
        var live = world.Rented.Select(machine => Text(machine.Id)).ToHashSet();
        var outcome = (Outcome?)told.Result;
        foreach (var end in (outcome?.Ends ?? []).Where(end => end.Error is null && live.Contains(end.Instance.Id)))
        {
            yield return $"lost: {end.Instance.Id} was told to be destroyed, and is billed";
        }

        foreach (var twice in (outcome?.Ends ?? []).GroupBy(end => end.Instance.Id).Where(group => group.Count() > 1))
        {
            yield return $"doubled: {twice.Count()} outcomes for {twice.Key}";
        }

        if (world.Runs == 1 && live.Count < 2 && outcome is { WasExceeded: false })
        {
            yield return "lost: instances were destroyed although no budget was exceeded";
        }

        if (told.IsSuccess && live.Count > 0)
        {
            yield return $"lost: success was told, and {live.Count} instances are billed";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var ends = new List<ShutdownOutcome>();
        onResult(new Outcome(ends, WasExceeded: false));
        var query = new CostQuery { Providers = [SpotProvider.Vast], Budget = new SpotBudget(0.01m, SpotBudgetPeriod.Hour) };
        var report = await engine.Costs.MeasureAsync(query, host, CancellationToken.None).ConfigureAwait(false);
        onResult(new Outcome(ends, report.BudgetError?.ErrorId == SpotErrorIds.BudgetExceeded));
        if (report.BudgetError is { ErrorId: SpotErrorIds.BudgetNotProven } unknown)
        {
            host.Error(unknown);
        }

        var response = new ShutdownResponse { Policy = SpotCreditPolicy.DestroyMine, ConsentAsync = (_, _) => Task.FromResult(true), OnOutcome = ends.Add };
        await new BudgetGuard(engine.Clusters, engine.Power, engine.Removal).RespondAsync(report.BudgetError, query, response, host, CancellationToken.None).ConfigureAwait(false);
    }

    private sealed record Outcome(IReadOnlyList<ShutdownOutcome> Ends, bool WasExceeded);
}

/// <summary>Set-SpotInstance -Adopt: an unmanaged instance becomes one of a cluster.</summary>
internal sealed class AdoptOperation : DailyOperation
{
    private const string Before = "training";

    public override string Name => "adopt";

    public override string Means => "`Set-SpotInstance -Adopt`: an unmanaged instance becomes one of a cluster of two.";

    public override async Task PrepareAsync(ReliabilityWorld world)
    {
        await base.PrepareAsync(world).ConfigureAwait(false);
        world.Cloud.Vast.AddMachine(Before);
    }

    // Until it is adopted, a list does not name it.
    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var problem in told is null ? [] : Judge(world, told))
        {
            yield return problem;
        }
    }

    protected override IEnumerable<string> Judge(ReliabilityWorld world, Told told)
    {
        var labels = world.Rented.Select(machine => machine.Label).ToList();
        if (!labels.Contains(One) || !labels.Contains(Two))
        {
            yield return $"lost: the label of another instance was changed: {string.Join(", ", labels)}";
        }

        var label = Adopted(world).Label;
        if (label != Before && !label.StartsWith("spotcluster/gpu/training-", StringComparison.Ordinal))
        {
            yield return $"lost: the label is {label}";
        }

        if (told.IsSuccess && ((SpotInstance)told.Result!).ClusterName != "gpu" | label == Before)
        {
            yield return $"lost: success was told, and the label is {label}";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult) =>
        onResult(await engine.Vast.AdoptAsync(new InstanceKey(Text(Adopted(world).Id), null, SpotProvider.Vast), "GPU", null, host, CancellationToken.None).ConfigureAwait(false));

    private static SpotCluster.Simulator.Vast.SimulatedVastInstance Adopted(ReliabilityWorld world) => world.Rented.Single(machine => machine.Label is not (One or Two));
}
