namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>What the runs of one operation under one fault gave.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Fault">The fault.</param>
/// <param name="Runs">Number of runs.</param>
/// <param name="Succeeded">Some run told success.</param>
/// <param name="Errors">What the others told, by name; empty for a process that was killed.</param>
/// <param name="Repeats">What the repeats of those told, by name.</param>
/// <param name="Passes">The most runs after the fault of an operation that works in passes, until all was settled; 0 for one that does not.</param>
/// <param name="Unmet">Runs that did not meet their fault.</param>
/// <param name="Problems">What the books say against it.</param>
internal sealed record MatrixCell(
    string Operation,
    string Fault,
    int Runs,
    bool Succeeded,
    IReadOnlyList<string> Errors,
    IReadOnlyList<string> Repeats,
    int Passes,
    int Unmet,
    IReadOnlyList<string> Problems);

/// <summary>Every operation under every fault.</summary>
internal static class FaultMatrix
{
    public static IReadOnlyList<MatrixOperation> Operations { get; } =
    [
        new CreateOperation(), new ListOperation(), new RemoveOperation(), new NukeOperation(), new RentOperation(), new DestroyAllOperation(), new AgentOperation(),
        new LogOperation(), new CopyOperation(), new RestartOperation(), new VolumesOperation(), new JobOperation(), new BudgetOperation(), new AdoptOperation(),
    ];

    private const int MostTries = 40;

    /// <summary>Runs the cells, some at a time.</summary>
    /// <param name="faults">Names of the only faults, or operations; empty for all.</param>
    public static async Task<IReadOnlyList<MatrixCell>> RunAsync(IReadOnlyCollection<string> faults)
    {
        var trials = new List<(MatrixOperation Operation, MatrixFault Fault, Trial Trial)>();
        foreach (var operation in Operations)
        {
            var counts = await CountAsync(operation).ConfigureAwait(false);
            trials.AddRange(MatrixFault.All.Where(fault => faults.Count == 0 || faults.Contains(fault.Name) || faults.Contains(operation.Name)).SelectMany(fault => fault.Trials(operation, counts).Select(trial => (operation, fault, trial))));
        }

        // Virtual time runs on when a world is idle, so several of them fill the time that each waits for that.
        var results = new TrialResult[trials.Count];
        await Parallel.ForAsync(0, trials.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (place, _) =>
            results[place] = await TryAsync(trials[place].Operation, trials[place].Fault, trials[place].Trial).ConfigureAwait(false)).ConfigureAwait(false);

        async Task<TrialResult> TryAsync(MatrixOperation operation, MatrixFault fault, Trial trial)
        {
            // Of a few calls chance may spare each one.
            var result = await TryOnceAsync(operation, fault, trial).ConfigureAwait(false);
            for (var again = 1; again < MostTries && trial.IsByChance && result is { IsMet: false, Problems.Count: 0 }; again++)
            {
                result = await TryOnceAsync(operation, fault, trial with { Seed = trial.Seed + (again * MatrixFault.Seeds) }).ConfigureAwait(false);
            }

            return result;
        }

        return
        [
            .. trials.Zip(results)
                .GroupBy(pair => (Operation: pair.First.Operation.Name, Fault: pair.First.Fault.Name), pair => pair.Second)
                .Select(cell => new MatrixCell(
                    cell.Key.Operation,
                    cell.Key.Fault,
                    cell.Count(),
                    cell.Any(result => result.First is { IsSuccess: true }),
                    Names(cell.SelectMany(result => result.First?.Headline ?? [])),
                    Names(cell.Where(result => result.Repeat is not null).SelectMany(result => result.Repeat!.IsSuccess ? ["success"] : result.Repeat.Headline)),
                    cell.Key.Operation == AgentOperation.Heading ? cell.Max(result => result.Passes) : 0,
                    cell.Count(result => !result.IsMet),
                    Names(cell.SelectMany(result => result.Problems)))),
        ];
    }

    private static IReadOnlyList<string> Names(IEnumerable<string> names) => [.. names.Distinct().Order(StringComparer.Ordinal)];

    private static async Task<CallCounts> CountAsync(MatrixOperation operation)
    {
        await using var world = new ReliabilityWorld(seed: 1);
        await operation.PrepareAsync(world).ConfigureAwait(false);
        world.Cloud.Calls.Clear();
        using var transport = new WatchedTransport(world);
        using var engine = world.Open(transport);
        var told = await operation.RunAsync(world, engine).ConfigureAwait(false);
        if (!told.IsSuccess)
        {
            throw new InvalidOperationException($"{operation.Name} without a fault: {told}");
        }

        // A fault of the service does not meet a call that only asks whether it would be done.
        var met = world.Cloud.Calls.Calls.Where(call => !call.DryRun).ToList();
        return new CallCounts(
            met.GroupBy(call => call.Service).ToDictionary(group => group.Key, group => group.Count()),
            transport.Counted,
            met.Count);
    }

    private static async Task<TrialResult> TryOnceAsync(MatrixOperation operation, MatrixFault fault, Trial trial)
    {
        var problems = new List<string>();
        var world = new ReliabilityWorld(trial.Seed, trial.FillsDisk);
        try
        {
            await operation.PrepareAsync(world).ConfigureAwait(false);
            world.Cloud.Calls.Clear();
            world.Runs = 0;
            trial.Arm(world);
            var first = await RunOnceAsync(operation, trial, world).ConfigureAwait(false);
            var isMet = trial.IsMet(world, first);
            trial.Disarm(world);
            world.Cloud.Faults.Clear();
            world.Wait();
            await CollectAsync(operation.JudgeAsync(world, first)).ConfigureAwait(false);

            // What was told to be done is not asked for again.
            Told? repeat = null;
            if (first is not { IsSuccess: true })
            {
                using var engine = world.Open();
                repeat = await operation.RunAsync(world, engine).ConfigureAwait(false);
            }

            await CollectAsync(operation.JudgeRepeatAsync(world, first, repeat ?? first!)).ConfigureAwait(false);
            problems.AddRange(world.Trespasses());
            problems.AddRange(world.Leaks());
            return new TrialResult(first, repeat, world.Runs - 1, isMet, problems);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // No error of the product: it must never come to a user in this form.
            return new TrialResult(null, null, 0, true, [$"crashed: {fault.Name}: {error}"]);
        }
        finally
        {
            await world.DisposeAsync().ConfigureAwait(false);
        }

        async Task CollectAsync(IAsyncEnumerable<string> found)
        {
            await foreach (var problem in found.ConfigureAwait(false))
            {
                problems.Add(problem);
            }
        }
    }

    /// <summary>Null when the process was killed: it told nothing.</summary>
    private static async Task<Told?> RunOnceAsync(MatrixOperation operation, Trial trial, ReliabilityWorld world)
    {
        var transport = trial.Transport?.Invoke(world);
        var clock = trial.ClockError == TimeSpan.Zero ? null : new WrongClock(world.Cloud.Clock, trial.ClockError);
        var engine = world.Open(transport, clock);
        var run = operation.RunAsync(world, engine);
        if (transport is { Kills: not null } && await Task.WhenAny(run, transport.Death).ConfigureAwait(false) != run)
        {
            // The dead process is left as it is: to dispose of its engine would be to clean up after it.
            return null;
        }

        using (engine)
        {
            return await run.ConfigureAwait(false);
        }
    }

    /// <summary>One run, and the runs that came after it: null for what was not told, or not done.</summary>
    private sealed record TrialResult(Told? First, Told? Repeat, int Passes, bool IsMet, IReadOnlyList<string> Problems);
}
