using System.Collections.Concurrent;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Reports the state of a machine from more than one look at it. A fresh machine may be shown as stopped while it loads,
/// so that is believed only when two listings say so.
/// </summary>
internal sealed class VastTracker(TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, DateTimeOffset> _haltedSince = new();

    /// <summary>The machine was stopped by us, so that what is shown from now on is no first look at a fresh one.</summary>
    public void Stopped(long id) => _haltedSince[id] = DateTimeOffset.MinValue;

    /// <summary>The state now.</summary>
    /// <param name="machine">A fresh row.</param>
    /// <param name="credit">The account's credit; null when it was not asked for.</param>
    public (SpotInstanceState State, string? Reason) Look(VastInstance machine, decimal? credit)
    {
        var now = clock.GetUtcNow();
        var (state, reason) = machine.State(now);
        if (state != SpotInstanceState.Stopped)
        {
            _haltedSince.TryRemove(machine.Id, out _);
            return (state, reason);
        }

        var since = _haltedSince.GetOrAdd(machine.Id, now);
        if (now - machine.CreatedAt < FreshFor && now - since < BetweenLooks)
        {
            return (SpotInstanceState.Pending, "just rented");
        }

        if (!machine.IsBelowMarket)
        {
            return (state, machine.IsHalted && machine.IsBid && credit <= 0 ? "the credit of the account is exhausted" : reason);
        }

        return credit <= 0
            ? (SpotInstanceState.Stopped, "the credit of the account is exhausted")
            : (SpotInstanceState.Outbid, FormattableString.Invariant(
                $"its bid of ${machine.GpuPrice:0.0000} is below the market's ${machine.MarketBid:0.0000}"));
    }
}
