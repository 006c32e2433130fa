using System.Globalization;
using System.Text.RegularExpressions;

namespace SpotCluster.Model;

/// <summary>What a <see cref="SpotBudget"/> is about.</summary>
public enum SpotBudgetPeriod
{
    /// <summary>What exists now has cost until now.</summary>
    Total,

    /// <summary>What exists now costs per hour.</summary>
    Hour,

    /// <summary>What exists now costs in 24 hours at its present hourly price.</summary>
    Day,
}

/// <summary>A limit in USD: in all, per hour or per day.</summary>
public readonly record struct SpotBudget(decimal Amount, SpotBudgetPeriod Period)
{
    private static readonly Regex Written = new(
        @"^\s*(?<amount>[0-9]{1,12}(\.[0-9]{1,8})?)\s*(/\s*(?<period>h|hour|d|day))?\s*$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    /// <summary>A limit for what has been spent until now.</summary>
    public static implicit operator SpotBudget(decimal amount) => new(amount, SpotBudgetPeriod.Total);

    /// <summary>Reads <c>2.50/h</c>, <c>40/d</c> or <c>100</c>; null for anything else, and for a limit of nothing.</summary>
    public static SpotBudget? Read(string? text)
    {
        var match = Written.Match(text ?? "");
        if (!match.Success || !decimal.TryParse(match.Groups["amount"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || amount == 0)
        {
            return null;
        }

        var period = match.Groups["period"].Value;
        return new SpotBudget(amount, period.Length == 0 ? SpotBudgetPeriod.Total : period[0] is 'h' or 'H' ? SpotBudgetPeriod.Hour : SpotBudgetPeriod.Day);
    }

    /// <summary>The limit in words: <c>2.50 USD per hour</c>.</summary>
    public override string ToString() =>
        Amount.ToString("0.00##", CultureInfo.InvariantCulture) + " USD" + Period switch
        {
            SpotBudgetPeriod.Hour => " per hour",
            SpotBudgetPeriod.Day => " per day",
            _ => "",
        };
}
