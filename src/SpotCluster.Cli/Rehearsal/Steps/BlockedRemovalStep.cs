using SpotCluster.Cli.Commands;
using SpotCluster.Cli.Rendering;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rehearsal.Steps;

/// <summary>Everything of ours goes except what the guest holds, and that is named: <c>nuke</c>, which ends with exit code 3 here.</summary>
internal sealed class BlockedRemovalStep : IRehearsalStep
{
    public string Name => "blocked";

    public string Title => "Nuke while an unmanaged instance uses the VPC";

    public async Task RunAsync(RehearsalContext context, CancellationToken cancellationToken)
    {
        var guest = context.Guest!;
        var host = new AwaitedErrors(context.Run.Host);
        var removals = new RemovalLog();
        var proof = await context.Engine.Removal.RemoveAsync(new RemovalScope(), removals.Add, host, cancellationToken).ConfigureAwait(false);
        SpotRemoval[] outcomes = removals.ToArray();
        context.Run.Report.Add("blockedRemovals", outcomes);
        context.Run.Report.Add("blockedProof", proof);
        context.Run.Report.Add("awaitedErrors", host.Errors.Select(error => new { Id = error.ErrorId, error.Message }).ToArray());
        context.Story.Report(console => RemovalTable.Write(console, outcomes));
        context.Story.Report(console => RemovalTable.WriteProof(console, proof));

        var vpc = outcomes.SingleOrDefault(removal => removal.Id == guest.VpcId);
        context.Claim(
            vpc is { Outcome: SpotRemovalOutcome.Blocked } && (vpc.BlockedBy == guest.Id || vpc.Reason?.Contains(guest.Id, StringComparison.Ordinal) == true),
            $"The managed VPC {guest.VpcId} cannot be removed, and {guest.Id} is named as the resource that uses it.");
        context.Claim(
            !proof.Proven && proof.Unknown.Length == 0 && proof.Residue.Any(resource => resource.Id == guest.VpcId)
                && host.Errors.Any(error => error.ErrorId == SpotErrorIds.RemovalNotProven),
            "The removal is not verified: remaining resources are an error, and the exit code is 3.");
        var left = proof.Residue.Select(resource => resource.Id).ToHashSet(StringComparer.Ordinal);
        var held = context.Cloud.AllLive().Where(resource => resource.Tags.ContainsKey("bacalhau-cluster")).ToList();
        context.Claim(
            held.TrueForAll(resource => resource.Kind != "instance") && left.SetEquals(held.Select(resource => resource.Id)),
            $"No managed instance runs; the simulated cloud holds {Cells.Count(held.Count, "managed resource")}, each named above, and no other.");
        context.Claim(
            context.Unmanaged.Append(guest.Id).All(id => context.Cloud.Region(guest.Region).Find(id) is { State: not ("shutting-down" or "terminated") }),
            "Both unmanaged instances are still running.");
    }

    /// <summary>Keeps the errors that this step is about; everything else is passed on.</summary>
    private sealed class AwaitedErrors(IOperationHost host) : IOperationHost
    {
        private readonly Lock _gate = new();
        private readonly List<SpotException> _errors = [];

        public IReadOnlyList<SpotException> Errors
        {
            get
            {
                lock (_gate)
                {
                    return [.. _errors];
                }
            }
        }

        public void Verbose(string message) => host.Verbose(message);

        public void Debug(string message) => host.Debug(message);

        public void Warning(string message) => host.Warning(message);

        public void Error(SpotException error)
        {
            lock (_gate)
            {
                _errors.Add(error);
            }
        }

        public void Progress(OperationProgress progress) => host.Progress(progress);
    }
}
