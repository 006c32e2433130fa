namespace SpotCluster.Engine.Costs;

/// <summary>A sum of money, of which a part may be unknown.</summary>
/// <param name="Known">USD, or USD per hour, of what is known: a lower bound.</param>
/// <param name="IsWhole">True when nothing is missing.</param>
public readonly record struct Amount(decimal Known, bool IsWhole)
{
    /// <summary>Nothing, for certain.</summary>
    public static readonly Amount Zero = new(0, IsWhole: true);

    /// <summary>Nothing is known.</summary>
    public static readonly Amount Unknown = new(0, IsWhole: false);

    /// <summary>The sum; null when a part is unknown.</summary>
    public decimal? Value => IsWhole ? PriceRules.Rounded(Known) : null;

    /// <summary>The lower bound, to a millionth of a dollar.</summary>
    public decimal LowerBound => PriceRules.Rounded(Known);

    /// <summary>A value, or nothing known.</summary>
    public static Amount Of(decimal? value) => value is { } known ? new Amount(known, IsWhole: true) : Unknown;

    /// <summary>Adds; unknown stays unknown.</summary>
    public static Amount operator +(Amount left, Amount right) => new(left.Known + right.Known, left.IsWhole && right.IsWhole);
}
