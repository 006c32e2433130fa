using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>What the operations at AWS have in common.</summary>
internal abstract class AwsOperation : MatrixOperation
{
    public const int Wanted = 3;

    public override IReadOnlyList<string> Services => ["ec2"];

    protected static async Task<Cluster> LaunchAsync(SpotEngine engine, string name, IOperationHost host)
    {
        var request = new ClusterRequest
        {
            Name = name,
            Count = Wanted,
            Regions = ReliabilityWorld.Regions,
            InstanceTypes = ["t3.medium", "t3.large"],
        };
        var plan = await engine.Clusters.PlanAsync(request, host, CancellationToken.None).ConfigureAwait(false);
        return await engine.Clusters.LaunchAsync(plan, host, CancellationToken.None).ConfigureAwait(false);
    }

    protected static async Task PrepareClusterAsync(ReliabilityWorld world, string name)
    {
        using var engine = world.Open();
        var cluster = await LaunchAsync(engine, name, new RecordingHost()).ConfigureAwait(false);
        if (cluster.Running != Wanted)
        {
            throw new InvalidOperationException($"{name} has {cluster.Running} machines.");
        }
    }

    /// <summary>Machines that run and that a list, by a process of its own, does not name.</summary>
    protected static async IAsyncEnumerable<string> UnlistedAsync(ReliabilityWorld world)
    {
        var listed = (await world.ListAsync().ConfigureAwait(false)).ToHashSet();
        foreach (var machine in world.Machines.Where(machine => !listed.Contains(machine.Id)))
        {
            yield return $"lost: {machine.Id} runs and is not listed";
        }
    }
}

/// <summary>New-SpotCluster: three machines in two regions, in VPCs of their own.</summary>
internal sealed class CreateOperation : AwsOperation
{
    public override string Name => "create";

    public override string Means => "`New-SpotCluster`: three instances in two regions, in VPCs of their own; then its removal.";

    public override string Summary => SpotErrorIds.ClusterPartial;

    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        if (world.Machines.Count > Wanted)
        {
            yield return $"doubled: {world.Machines.Count} machines";
        }

        if (told is { IsSuccess: true } && (world.Machines.Count != Wanted || ((Cluster)told.Result!).Running != Wanted))
        {
            yield return $"lost: success was told, and {world.Machines.Count} machines run";
        }

        await foreach (var problem in UnlistedAsync(world).ConfigureAwait(false))
        {
            yield return problem;
        }
    }

    public override async IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat)
    {
        if (world.Machines.Count > Wanted)
        {
            yield return $"doubled: {world.Machines.Count} machines after the repeat";
        }

        if (repeat.IsSuccess && world.Machines.Count != Wanted)
        {
            yield return $"lost: {world.Machines.Count} machines after the repeat";
        }

        if (repeat.IsSuccess)
        {
            foreach (var group in world.Managed
                .Where(item => item.Kind is "vpc" or "internet-gateway" or "security-group" or "launch-template")
                .GroupBy(item => (item.Kind, item.Region))
                .Where(group => group.Count() > 1))
            {
                yield return $"doubled: {group.Count()} {group.Key.Kind} in {group.Key.Region}";
            }
        }

        using var engine = world.Open();
        var proof = await engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "demo" }, _ => { }, new RecordingHost(), CancellationToken.None).ConfigureAwait(false);
        foreach (var item in world.Managed)
        {
            yield return $"left: {item.Kind} {item.Id} after the removal";
        }

        if (!proof.Proven || world.Journaled > 0)
        {
            yield return $"left: {world.Journaled} journal records; {proof}";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult) =>
        onResult(await LaunchAsync(engine, "demo", host).ConfigureAwait(false));
}

/// <summary>Get-SpotInstance over both clouds.</summary>
internal sealed class ListOperation : AwsOperation
{
    public override string Name => "list";

    public override string Means => "`Get-SpotInstance` over both providers: three instances at each.";

    public override string Summary => SpotErrorIds.RegionNotListed;

    public override IReadOnlyList<string> Services => ["ec2", "vast"];

    public override bool OnlyReads => true;

    public override async Task PrepareAsync(ReliabilityWorld world)
    {
        await PrepareClusterAsync(world, "demo").ConfigureAwait(false);
        foreach (var name in new[] { "one", "two", "three" })
        {
            world.Cloud.Vast.AddMachine("spotcluster/gpu/" + name);
        }
    }

    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        if (told is not null)
        {
            var listed = (List<string>)told.Result!;
            if (listed.Distinct().Count() != listed.Count)
            {
                yield return "doubled: a machine is listed twice";
            }

            foreach (var machine in world.Machines.Where(machine => !listed.Contains(machine.Id) && told.Thrown is null && !told.Regions.Contains(machine.Region)))
            {
                yield return $"lost: {machine.Id} is not listed, and no error names {machine.Region}";
            }

            foreach (var machine in world.Rented.Where(machine => !listed.Contains(Text(machine.Id)) && told.Thrown is null && !told.Regions.Contains("vast")))
            {
                yield return $"lost: {machine.Id} is not listed";
            }
        }

        await foreach (var problem in UnlistedAsync(world).ConfigureAwait(false))
        {
            yield return problem;
        }
    }

    public override async IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat)
    {
        await foreach (var problem in JudgeAsync(world, repeat).ConfigureAwait(false))
        {
            yield return problem;
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var ids = new List<string>();
        onResult(ids);
        await foreach (var instance in engine.Clusters.GetInstancesAsync(
            new InstanceQuery { Providers = [SpotProvider.Aws, SpotProvider.Vast] }, host, CancellationToken.None).ConfigureAwait(false))
        {
            ids.Add(instance.Id);
        }
    }

    private static string Text(long id) => id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Remove-SpotCluster: one cluster of two.</summary>
internal class RemoveOperation : AwsOperation
{
    public override string Name => "remove";

    public override string Means => "`Remove-SpotCluster` for one of two clusters.";

    public override string Summary => SpotErrorIds.RemovalNotProven;

    public override Action<ReliabilityWorld>? LaunchOneMore => world => world.Cloud.Region(ReliabilityWorld.Regions[0])
        .AddInstances(1, tags: [.. world.Tags.Select(tag => (tag.Key, tag.Value))]);

    protected virtual RemovalScope Scope => new() { ClusterName = "demo" };

    public override async Task PrepareAsync(ReliabilityWorld world)
    {
        await PrepareClusterAsync(world, "other").ConfigureAwait(false);
        world.Protect();
        await PrepareClusterAsync(world, "demo").ConfigureAwait(false);
        world.NoteTags();
    }

    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        if (told?.Result is Outcome outcome)
        {
            foreach (var problem in Judge(world, told, outcome))
            {
                yield return problem;
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
        foreach (var item in world.Managed)
        {
            yield return $"left: {item.Kind} {item.Id} after the repeat";
        }

        if (repeat is not { IsSuccess: true, Result: Outcome { Proof.Proven: true } } || world.Journaled > 0)
        {
            yield return $"left: the repeat told {repeat}, and {world.Journaled} journal records are there";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var removals = new List<SpotRemoval>();
        var proof = await engine.Removal.RemoveAsync(Scope, removals.Add, host, CancellationToken.None).ConfigureAwait(false);
        onResult(new Outcome(removals, proof));
    }

    private static IEnumerable<string> Judge(ReliabilityWorld world, Told told, Outcome outcome)
    {
        var live = world.Managed.ToDictionary(item => item.Id);
        foreach (var removal in outcome.Removals.Where(removal => removal.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone && live.ContainsKey(removal.Id)))
        {
            yield return $"lost: {removal.Id} was told to be removed, and lives";
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

        var residue = outcome.Proof.Residue.Select(item => item.Id).ToHashSet();
        foreach (var item in live.Values.Where(item => !residue.Contains(item.Id)
            && !told.Regions.Contains(item.Region)
            && !outcome.Proof.Unknown.Any(unknown => unknown.StartsWith(item.Region, StringComparison.Ordinal))))
        {
            yield return $"lost: {item.Kind} {item.Id} lives, and nothing says so";
        }
    }

    /// <summary>What a removal told.</summary>
    internal sealed record Outcome(IReadOnlyList<SpotRemoval> Removals, SpotProof Proof);
}

/// <summary>Invoke-SpotNuke: everything of ours, two clusters.</summary>
internal sealed class NukeOperation : RemoveOperation
{
    public override string Name => "nuke";

    public override string Means => "`Invoke-SpotNuke` over two clusters.";

    protected override RemovalScope Scope => new() { MaxDelete = RemovalScope.UsualMaxDelete };

    public override async Task PrepareAsync(ReliabilityWorld world)
    {
        await PrepareClusterAsync(world, "other").ConfigureAwait(false);
        await PrepareClusterAsync(world, "demo").ConfigureAwait(false);
        world.NoteTags();
    }
}
