using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Answers the service's word that the credit is used up: with consent, our own machines are stopped or destroyed, and
/// the original error is thrown last. No other error gets here, and no machine of somebody else is touched.
/// </summary>
internal sealed class VastCreditGuard(VastClient client, VastDirectory directory, VastRemover remover, Func<SpotCreditPolicy> usualPolicy)
{
    /// <summary>
    /// Rents. Only the service's own refusal of a create call starts the clean-up: what was worked out here from the credit
    /// that is shown, and a refusal of any other call, is an error like every other.
    /// </summary>
    public async Task<T> RunAsync<T>(
        Func<Task<T>> action, ShutdownResponse? response, IOperationHost host, CancellationToken cancellationToken)
    {
        // Before anything is rented: settings that are wrong are not found out in the emergency.
        var policy = response is null ? SpotCreditPolicy.None : response.Policy ?? usualPolicy();
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (SpotException error) when (VastErrors.IsRentWithoutCredit(error) && response is not null)
        {
            try
            {
                await RespondAsync(policy, response, error, host, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException failure)
            {
                // The list failed: nothing was destroyed, and that is said; what led here is still the error of the whole.
                host.Error(failure);
            }

            throw;
        }
    }

    private async Task RespondAsync(
        SpotCreditPolicy policy, ShutdownResponse response, SpotException error, IOperationHost host, CancellationToken cancellationToken)
    {
        var (listing, _) = await directory.ListAndSettleAsync(host, cancellationToken).ConfigureAwait(false);
        if (listing.Incomplete is { } incomplete)
        {
            host.Error(incomplete);
        }

        var scope = remover.Select(listing.Machines, new RemovalScope { Provider = SpotProvider.Vast });
        var machines = (policy == SpotCreditPolicy.StopMine ? scope.Where(machine => machine.Intended != "stopped") : scope)
            .Where(machine => !machine.IsPrepaid)
            .ToArray();
        if (machines.Length == 0)
        {
            host.Verbose("The credit is exhausted, and no managed instance exists.");
            return;
        }

        var instances = machines.Select(machine => directory.ToInstance(machine)).ToArray();
        var hourly = instances.All(instance => instance.HourlyPrice is not null) ? instances.Sum(instance => instance.HourlyPrice) : null;
        var plan = new ShutdownPlan(policy, instances, hourly, error);
        if (policy == SpotCreditPolicy.None || !await response.ConsentAsync(plan, cancellationToken).ConfigureAwait(false))
        {
            error.RecommendedAction = FormattableString.Invariant(
                $"{machines.Length} managed {(machines.Length == 1 ? "instance costs" : "instances cost")} ${hourly:0.0000} per hour: stop or destroy {(machines.Length == 1 ? "it" : "them")}, or add credit.");
            return;
        }

        if (policy == SpotCreditPolicy.StopMine)
        {
            await StopAsync(machines, response, host, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await DestroyAsync(instances, response, host, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DestroyAsync(
        SpotInstance[] instances, ShutdownResponse response, IOperationHost host, CancellationToken cancellationToken)
    {
        var byId = instances.ToDictionary(instance => instance.Id, StringComparer.Ordinal);
        await remover.RemoveAsync(
            [.. instances.Select(instance => new InstanceKey(instance.Id, null, SpotProvider.Vast))],
            removal => response.OnOutcome?.Invoke(new ShutdownOutcome(
                byId[removal.Id],
                SpotCreditPolicy.DestroyMine,
                ShutdownOutcome.ErrorOf(removal))),
            host,
            cancellationToken).ConfigureAwait(false);
    }

    private async Task StopAsync(
        VastInstance[] machines, ShutdownResponse response, IOperationHost host, CancellationToken cancellationToken)
    {
        var refused = new Dictionary<long, SpotException>();
        foreach (var machine in machines)
        {
            try
            {
                await client.SetStateAsync(machine.Id, running: false, host, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error)
            {
                refused[machine.Id] = error;
            }
        }

        var now = (await directory.ListAsync(host, cancellationToken).ConfigureAwait(false)).Whole.ToDictionary(machine => machine.Id);
        foreach (var machine in machines)
        {
            // A machine that the service is stopping is on its way to be; one that it still wants to run is not.
            var stopped = !now.TryGetValue(machine.Id, out var row) || row.Intended == "stopped";
            var error = stopped ? null : refused.TryGetValue(machine.Id, out var cause) ? cause : NotStopped(machine);
            response.OnOutcome?.Invoke(new ShutdownOutcome(directory.ToInstance(row ?? machine), SpotCreditPolicy.StopMine, error));
            if (error is not null)
            {
                host.Error(error);
            }
        }
    }

    private static SpotException NotStopped(VastInstance machine) =>
        new(SpotErrorIds.ServiceFailed, SpotErrorCategory.InvalidOperation, $"Instance {machine.Key} is still running after the stop request.")
        {
            Target = machine.Key,
        };
}
