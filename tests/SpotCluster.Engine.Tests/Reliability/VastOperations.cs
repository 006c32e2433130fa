using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>What the operations at Vast.ai have in common.</summary>
internal abstract class VastOperation : MatrixOperation
{
    public override IReadOnlyList<string> Services => ["vast"];

    protected static async IAsyncEnumerable<string> UnlistedAsync(ReliabilityWorld world)
    {
        var listed = (await world.ListAsync().ConfigureAwait(false)).ToHashSet();
        foreach (var machine in world.Rented.Where(machine => !listed.Contains(Text(machine.Id))))
        {
            yield return $"lost: machine {machine.Id} is billed and is not listed";
        }
    }

    protected static async Task<SpotProof> DestroyAllAsync(SpotEngine engine, List<SpotRemoval> removals, IOperationHost host) =>
        await engine.Vast.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast }, removals.Add, host, CancellationToken.None).ConfigureAwait(false);

    protected static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}

/// <summary>New-SpotInstance: one machine from one offer.</summary>
internal sealed class RentOperation : VastOperation
{
    public override string Name => "rent";

    public override string Means => "`New-SpotInstance` for one offer of Vast.ai; then its removal.";

    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        if (world.Rented.Count > 1)
        {
            yield return $"doubled: {world.Rented.Count} machines";
        }

        if (told is { IsSuccess: true, Result: SpotInstance instance } && !world.Rented.Any(machine => Text(machine.Id) == instance.Id))
        {
            yield return $"lost: success was told, and machine {instance.Id} is not there";
        }

        await foreach (var problem in UnlistedAsync(world).ConfigureAwait(false))
        {
            yield return problem;
        }
    }

    public override async IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat)
    {
        if (world.Rented.Count > 1)
        {
            yield return $"doubled: {world.Rented.Count} machines after the repeat";
        }

        if (world.Rented.Count != 1)
        {
            yield return $"lost: {world.Rented.Count} machines after the repeat, which told {repeat}";
        }

        var removals = new List<SpotRemoval>();
        using var engine = world.Open();
        var proof = await DestroyAllAsync(engine, removals, SilentHost.Instance).ConfigureAwait(false);
        if (world.Rented.Count > 0 || !proof.Proven || world.Journaled > 0)
        {
            yield return $"left: {world.Rented.Count} machines and {world.Journaled} journal records; {proof}";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult) =>
        onResult(await engine.Vast.RentAsync(
            new RentRequest { OfferId = Text(Offer(world)), Image = "pytorch/pytorch:latest" }, host, CancellationToken.None).ConfigureAwait(false));

    // The offer of the first run also where that run has taken it.
    private static long Offer(ReliabilityWorld world) =>
        world.Rented.Select(machine => machine.OfferId).FirstOrDefault() is var taken and > 0 ? taken : world.Cloud.Vast.FreeOffers[0];
}

/// <summary>Removing all machines of ours at Vast.ai: three of them.</summary>
internal sealed class DestroyAllOperation : VastOperation
{
    public override string Name => "destroy-all";

    public override Action<ReliabilityWorld>? LaunchOneMore => world => world.Cloud.Vast.AddMachine("spotcluster/gpu/late");

    public override string Means => "every managed instance at Vast.ai: three, beside an unmanaged one.";

    public override string Summary => SpotErrorIds.RemovalNotProven;

    public override Task PrepareAsync(ReliabilityWorld world)
    {
        foreach (var name in new[] { "one", "two", "three" })
        {
            world.Cloud.Vast.AddMachine("spotcluster/gpu/" + name);
        }

        return Task.CompletedTask;
    }

    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        if (told?.Result is RemoveOperation.Outcome outcome)
        {
            var live = world.Rented.Select(machine => Text(machine.Id)).ToHashSet();
            foreach (var removal in outcome.Removals.Where(removal => removal.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone && live.Contains(removal.Id)))
            {
                yield return $"lost: {removal.Id} was told to be removed, and is billed";
            }

            foreach (var twice in outcome.Removals.GroupBy(removal => removal.Id).Where(group => group.Count() > 1))
            {
                yield return $"doubled: {twice.Count()} outcomes for {twice.Key}";
            }

            if (outcome.Proof.Proven != told.IsSuccess)
            {
                yield return $"lost: {told} was told, and the result is {outcome.Proof}";
            }

            foreach (var problem in world.WrongTimes(outcome.Proof))
            {
                yield return problem;
            }

            if (live.Count > 0 && outcome.Proof.Unknown.Length == 0 && live.Except(outcome.Proof.Residue.Select(item => item.Id)).Any())
            {
                yield return "lost: machines are billed, and nothing says so";
            }
        }

        await foreach (var problem in UnlistedAsync(world).ConfigureAwait(false))
        {
            yield return problem;
        }
    }

    public override async IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        if (world.Rented.Count > 0 || repeat is not { IsSuccess: true, Result: RemoveOperation.Outcome { Proof.Proven: true } })
        {
            yield return $"left: {world.Rented.Count} machines after the repeat, which told {repeat}";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var removals = new List<SpotRemoval>();
        onResult(new RemoveOperation.Outcome(removals, await DestroyAllAsync(engine, removals, host).ConfigureAwait(false)));
    }
}
