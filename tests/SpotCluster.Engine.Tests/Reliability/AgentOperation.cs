using System.Globalization;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// One pass of the termination agent between the real backend and the simulated EC2. Three machines are marked; beside them live the
/// agent's primary, one that nobody marked, and another agent's primary and marked machine, all with the tag that the agent asks for.
/// </summary>
internal sealed class AgentOperation : MatrixOperation
{
    /// <summary>Heading of its column.</summary>
    public const string Heading = "agent pass";

    private const int Marked = 3;
    private const int MostPasses = 30;

    private static readonly TimeSpan BetweenPasses = TimeSpan.FromMinutes(1);

    public override string Name => Heading;

    public override string Means => "`Invoke-SpotCleanup`, one pass of the termination agent with the real backend: three marked instances, beside its primary, an unmarked one, and one of another agent; then further passes, a minute apart, until all three are confirmed. If further passes were needed, the table shows the last one.";

    public override IReadOnlyList<string> Services => ["ec2", MatrixBackend.Service];

    private static string Region => ReliabilityWorld.Regions[0];

    public override async Task PrepareAsync(ReliabilityWorld world)
    {
        var backend = await world.StartBackendAsync().ConfigureAwait(false);
        var region = world.Cloud.Region(Region);
        var tag = ("ManagedBy", "SpotOptimizer");
        var (primary, otherMarked, otherPrimary) = (Add(), Add(), Add());
        Add();
        world.Protect();
        string[] marked = [.. Enumerable.Range(0, Marked).Select(_ => Add())];

        // What was launched after it was marked is wanted by somebody.
        world.Wait();
        backend.Enroll(world.Cloud.Options.AccountId, Region, [.. marked, primary], [otherMarked, otherPrimary]);

        string Add() => region.AddInstances(1, tags: tag).Single();
    }

    public override async IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var problem in Judge(world).Concat(Judge(world, told)))
        {
            yield return problem;
        }
    }

    public override async IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat)
    {
        // The lease of a claim, or the pause after a failure, must end before a machine is handed out again.
        while (!IsSettled(world) && world.Runs <= MostPasses)
        {
            if (world.Runs > 1)
            {
                world.Wait(BetweenPasses);
            }

            using var engine = world.Open();
            var told = await RunAsync(world, engine).ConfigureAwait(false);
            foreach (var problem in (told.IsSuccess ? [] : new[] { $"left: a pass without a fault told {told}" }).Concat(Judge(world)).Concat(Judge(world, told)))
            {
                yield return problem;
            }
        }

        foreach (var machine in MarkedMachines(world))
        {
            if (StateOf(world, machine) != "terminated")
            {
                yield return $"left: {machine} is {StateOf(world, machine)}";
            }

            if (world.Backend.Endings(machine) is var endings and not 1)
            {
                yield return $"{(endings == 0 ? "left" : "doubled")}: the end of {machine} was put down {endings} times";
            }
        }

        if (!IsSettled(world))
        {
            yield return $"left: {world.OutboxEntries} entries in the outbox after {world.Runs} passes";
        }

        if (world.Backend.StatesOf(world.Backend.OtherId).Values.Any(state => state == "terminated"))
        {
            yield return "foreign: the other agent's machine counts as gone";
        }
    }

    protected override async Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult)
    {
        var removals = new List<SpotRemoval>();
        onResult(new Outcome(removals, null));
        using var agent = engine.OpenAgent(
            new AgentOptions
            {
                ServerUrl = MatrixBackend.Address,
                Token = world.Backend.Token,
                AgentId = world.Backend.AgentId,
                Region = Region,
                StateDirectory = world.AgentState,
                CleanupEnabled = false,
                BackendTransport = engine.Options.Transport,
                Jitter = () => 0,
            },
            new AgentLogs());
        var pass = await agent.RunPassAsync(new PassScope(), removals.Add, host, CancellationToken.None).ConfigureAwait(false);
        onResult(new Outcome(removals, pass));
    }

    private static IReadOnlyCollection<string> MarkedMachines(ReliabilityWorld world) =>
        [.. world.Backend.StatesOf(world.Backend.AgentId).Keys.Order(StringComparer.Ordinal)];

    private static bool IsSettled(ReliabilityWorld world) =>
        world.OutboxEntries == 0 && world.Backend.StatesOf(world.Backend.AgentId).Values.All(state => state == "terminated");

    private static string StateOf(ReliabilityWorld world, string machine) =>
        world.Cloud.Region(Region).Instances.SingleOrDefault(instance => instance.Id == machine)?.State ?? "not there";

    /// <summary>What holds at any moment: every machine is gone and known to be, or still owed by the backend.</summary>
    private static IEnumerable<string> Judge(ReliabilityWorld world)
    {
        var states = world.Backend.StatesOf(world.Backend.AgentId);
        if (states.Count != Marked)
        {
            yield return $"lost: the backend has {states.Count.ToString(CultureInfo.InvariantCulture)} marked machines";
        }

        foreach (var (machine, state) in states)
        {
            if (state == "terminated" && StateOf(world, machine) != "terminated")
            {
                yield return $"lost: {machine} counts as gone and is {StateOf(world, machine)}";
            }

            if (state is not ("terminated" or "ready" or "claimed" or "retrying"))
            {
                yield return $"lost: {machine} is {state} and is not handed out any more";
            }
        }

        foreach (var call in world.Cloud.Calls.Of("TerminateInstances").Where(call => call.Values("InstanceId").Except(states.Keys).Any()))
        {
            yield return $"foreign: {call} named a machine that is not marked";
        }
    }

    private static IEnumerable<string> Judge(ReliabilityWorld world, Told? told)
    {
        if (told?.Result is not Outcome outcome)
        {
            yield break;
        }

        foreach (var removal in outcome.Removals.Where(removal => removal.Outcome is SpotRemovalOutcome.Removed && StateOf(world, removal.Id) != "terminated"))
        {
            yield return $"lost: {removal.Id} was told to be terminated, and is {StateOf(world, removal.Id)}";
        }

        foreach (var twice in outcome.Removals.GroupBy(removal => removal.Id).Where(group => group.Count() > 1))
        {
            yield return $"doubled: {twice.Count()} outcomes for {twice.Key}";
        }

        if (outcome.Pass is { } pass && pass.Pending != world.OutboxEntries)
        {
            yield return $"lost: {pass.Pending} terminations were told to be unsettled, and {world.OutboxEntries} are";
        }
    }

    /// <summary>What a pass told; null for one that did not come to its end.</summary>
    private sealed record Outcome(IReadOnlyList<SpotRemoval> Removals, AgentPass? Pass);
}
