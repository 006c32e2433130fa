using System.Runtime.CompilerServices;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>The removal of everything, with its plan, limits and approval, over the machines of Vast.ai: a machine is what there is to remove, and a volume where it is included.</summary>
internal sealed class VastRemovalService(IVastService vast) : IRemovalService
{
    private TimeProvider Clock => (vast.Time as ServiceTime)?.Clock ?? vast.Time;

    public Task RemoveInstancesAsync(
        IReadOnlyList<InstanceKey> instances, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        vast.RemoveInstancesAsync(instances, onRemoval, host, cancellationToken);

    public async IAsyncEnumerable<SpotResource> GetResourcesAsync(
        RemovalScope scope, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var machine in await vast.PlanRemovalAsync(Own(scope), host, cancellationToken).ConfigureAwait(false))
        {
            yield return Resource(machine);
        }

        foreach (var volume in await vast.GetVolumesAsync(Own(scope), host, cancellationToken).ConfigureAwait(false))
        {
            yield return volume;
        }
    }

    public Task<RemovalPlan> PlanAsync(RemovalScope scope, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(Clock, scope.Timeout, TimeSpan.Zero, limit => PlanAsync(scope, limit, host, cancellationToken));

    private async Task<RemovalPlan> PlanAsync(RemovalScope scope, CommandLimit limit, IOperationHost host, CancellationToken cancellationToken)
    {
        var account = (await VastAccount.GetAsync(vast, scope.Plan is null ? host : SilentHost.Instance, cancellationToken).ConfigureAwait(false)).AccountId;
        IReadOnlyList<string> unmatched = [];
        if (scope.KeepClusters.Count > 0 || !scope.Filter.IsEmpty)
        {
            var whole = Own(scope) with { KeepClusters = [], OlderThan = null, Expired = false, Filter = ResourceFilter.None };
            var all = await vast.PlanRemovalAsync(whole, host, cancellationToken).ConfigureAwait(false);
            RemovalPlanner.RequireRetained(scope, [.. all.Select(machine => machine.ClusterName)]);
            unmatched = scope.Filter.Unmatched(
                [.. all.Select(Resource), .. scope.IncludeVolume ? await vast.GetVolumesAsync(whole, host, cancellationToken).ConfigureAwait(false) : []]);
        }

        UnmanagedInstances? others = null;
        var machines = await vast.PlanRemovalAsync(Own(scope with { OnUnmanaged = found => others = found }), host, cancellationToken).ConfigureAwait(false);
        var volumes = scope.IncludeVolume ? await vast.GetVolumesAsync(Own(scope), host, cancellationToken).ConfigureAwait(false) : [];
        IReadOnlyList<string> hidden = scope.Plan is { } preview ? preview.Hidden : await ExcludedAsync(scope, others, host, cancellationToken).ConfigureAwait(false);
        (vast.Time as ServiceTime)?.RequireAgreement(scope.Provider, scope.OlderThan, scope.Plan is null ? host : null);
        SpotResource[] resources = [.. machines.Select(Resource), .. volumes];
        return new RemovalPlan(account, resources, resources.Aggregate((decimal?)0, (sum, resource) => sum + resource.HourlyPrice), [])
        {
            Took = limit.Elapsed,
            Hidden = hidden,
            Provider = SpotProvider.Vast,
            Filter = scope.Filter,
            Unmatched = unmatched,
            Hash = RemovalPlanner.HashOf(account, resources.OrderBy(resource => resource.Id, StringComparer.Ordinal)),
        };
    }

    public Task<SpotProof> RemoveAsync(RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken) =>
        CommandLimit.HoldAsync(Clock, scope.Timeout, scope.Plan?.Took ?? TimeSpan.Zero, _ => RemoveInTimeAsync(scope, onRemoval, host, cancellationToken));

    private async Task<SpotProof> RemoveInTimeAsync(
        RemovalScope scope, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(scope, host, cancellationToken).ConfigureAwait(false);
        if (scope.ExpectedAccountId != RemovalPlan.UnreadableAccount)
        {
            scope.RequireAccount(plan.AccountId, "The key");
        }

        plan.RequireSelected(scope);
        plan.RequireFit(scope);

        // What appears after the plan is left and named: nobody confirmed it.
        var confirmed = scope.Plan ?? plan;
        var only = scope.ApprovedHash is null && scope.MaxDelete is null && scope.Plan is null
            ? null
            : confirmed.Resources.Select(resource => resource.Id).ToArray();
        var proof = await vast.RemoveAllAsync(Own(scope) with { OnlyIds = only }, onRemoval, host, cancellationToken).ConfigureAwait(false);
        proof.Hidden = [.. plan.Hidden];
        SpotResource[] volumes = [.. plan.Resources.Where(resource => resource.Type == "volume")];
        if (volumes.Length > 0)
        {
            // After the instances, which may use them.
            proof.Scope += $", and {(volumes.Length == 1 ? "volume" : "volumes")} {string.Join(", ", volumes.Select(volume => volume.Id))}";
            await RemoveVolumesAsync(volumes, scope, proof, onRemoval, host, cancellationToken).ConfigureAwait(false);
        }

        return proof;
    }

    private async Task RemoveVolumesAsync(
        SpotResource[] volumes, RemovalScope scope, SpotProof proof, Action<SpotRemoval> onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var gone = new HashSet<string>(StringComparer.Ordinal);
        IReadOnlyList<SpotResource> left;
        try
        {
            left = await vast.RemoveVolumesAsync(volumes, scope.Timeout, Note, host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error)
        {
            // What became of the instances is proven or not by itself.
            host.Error(error);
            left = [.. volumes.Where(volume => !gone.Contains(volume.Id))];
            proof.Unknown = [.. proof.Unknown, $"volumes: {error.ServiceCode ?? error.ErrorId}"];
        }

        proof.Residue = [.. proof.Residue, .. left];
        proof.Proven &= left.Count == 0;

        void Note(SpotRemoval removal)
        {
            if (removal.Outcome == SpotRemovalOutcome.Removed)
            {
                gone.Add(removal.Id);
            }

            onRemoval(removal);
        }
    }

    // What is billed on the account and not part of the removal: a warning and a sentence each.
    private async Task<IReadOnlyList<string>> ExcludedAsync(RemovalScope scope, UnmanagedInstances? others, IOperationHost host, CancellationToken cancellationToken)
    {
        if (scope.ClusterName is not null || scope.OnlyClusters.Count > 0 || scope.Expired)
        {
            return [];
        }

        string?[] excluded =
        [
            others is null ? null : $"{others}: -IncludeForeign (--include-foreign)",
            scope.IncludeVolume ? null : await VastAccount.VolumesTextAsync(vast, host, cancellationToken).ConfigureAwait(false) is { } volumes ? $"{volumes} To remove them: -IncludeVolume (--include-volume)" : null,
        ];
        string[] sentences = [.. excluded.OfType<string>()];
        sentences.ToList().ForEach(host.Warning);
        return sentences;
    }

    // Of one cluster nothing is unmanaged: its instances are those with its label.
    private static RemovalScope Own(RemovalScope scope) => scope with
    {
        OnUnmanaged = scope.ClusterName is null && scope.OnlyClusters.Count == 0 ? scope.OnUnmanaged : null,
    };

    private static SpotResource Resource(SpotInstance machine) => new()
    {
        Id = machine.Id,
        Type = "instance",
        Region = machine.Region,
        Name = machine.Name,
        ClusterName = machine.ClusterName,
        State = machine.State.ToString(),
        CreatedAt = machine.LaunchedAt,
        HourlyPrice = machine.HourlyPrice,
        Managed = VastInstances.IsManaged(machine),
        Tagged = VastInstances.IsManaged(machine),
        Tags = machine.Tags,
    };
}
