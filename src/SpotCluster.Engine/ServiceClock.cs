namespace SpotCluster.Engine;

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

    /// <summary>True when an answer has shown that the clocks differ by more than <see cref="Tolerance"/>.</summary>
    public bool IsSkewed => Skew is { } skew && skew.Duration() > Tolerance;

    /// <summary>Now, on the service's clock; that of this computer before the first answer with a date.</summary>
    public DateTimeOffset Now => clock.GetUtcNow() + (Skew ?? TimeSpan.Zero);

    /// <summary>Takes the date of an answer that has just arrived.</summary>
    public void Note(DateTimeOffset date)
    {
        var offset = date - clock.GetUtcNow();
        Volatile.Write(ref _offset, offset.Duration() < Resolution ? 0 : offset.Ticks);
    }
}
