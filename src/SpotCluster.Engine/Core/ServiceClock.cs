using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>
/// The clock of a service, as the <c>Date</c> header of its answers shows it. Ages, expiry and the times of a proof are
/// read from it: the clock of this computer may be days off, and nothing may be removed for that.
/// </summary>
internal sealed class ServiceClock(TimeProvider clock)
{
    /// <summary>The largest difference that is taken for agreement; AWS refuses signatures beyond it.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The header has whole seconds and is some milliseconds old on arrival: less than this is no difference.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(2);

    private const long NotSeen = long.MinValue;
    private long _offset = NotSeen;

    /// <summary>The service's time less that of this computer; null before the first answer with a date.</summary>
    public TimeSpan? Skew => Volatile.Read(ref _offset) is var ticks and not NotSeen ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>Takes the date of an answer that has just arrived.</summary>
    public void Note(DateTimeOffset date)
    {
        var offset = date - clock.GetUtcNow();
        Volatile.Write(ref _offset, offset.Duration() < Resolution ? 0 : offset.Ticks);
    }
}

/// <summary>
/// Time as a service has it: ages, expiry, protection and the times of a proof are read from it; that of this computer before
/// the first answer with a date. Nothing waits by it.
/// </summary>
/// <param name="clock">The clock of this computer.</param>
/// <param name="skew">The service's time less that of this computer; null while it is unknown.</param>
internal sealed class ServiceTime(TimeProvider clock, Func<TimeSpan?> skew) : TimeProvider
{
    /// <summary>The clock of this computer, which waits and time limits are measured by.</summary>
    public TimeProvider Clock => clock;

    /// <summary>The service's time less that of this computer; null while it is unknown.</summary>
    public TimeSpan? Skew => skew();

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + (skew() ?? TimeSpan.Zero);

    /// <summary>
    /// Reports clocks that differ by more than AWS itself tolerates. By such a clock nothing is removed for its age.
    /// </summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ClockSkewed"/>: the scope is about an age.</exception>
    public void RequireAgreement(SpotProvider provider, TimeSpan? olderThan, IOperationHost? host)
    {
        if (skew() is not { } difference || difference.Duration() <= ServiceClock.Tolerance)
        {
            return;
        }

        var described = ClockSkew.Describe(difference, ProviderNames.Of(provider));
        if (olderThan is not null)
        {
            throw new SpotException(
                SpotErrorIds.ClockSkewed, SpotErrorCategory.Refused, $"{described}, so resources cannot be selected by age. Nothing was changed.")
            {
                RecommendedAction = "Set the clock of this computer, then run the command again.",
            };
        }

        host?.Warning($"{described}. Ages and times are those of the service.");
    }
}
