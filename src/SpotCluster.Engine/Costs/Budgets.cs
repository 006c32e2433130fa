using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>Holds a cost against a limit.</summary>
internal static class Budgets
{
    /// <summary>The error; null when the budget is kept for certain.</summary>
    public static SpotException? Check(SpotCost total, decimal budget)
    {
        if (total.KnownCostToDate > budget)
        {
            var least = total.CostToDate is null ? "at least " : "";
            return new SpotException(
                SpotErrorIds.BudgetExceeded,
                SpotErrorCategory.LimitsExceeded,
                $"What exists now has cost {least}{Money(total.KnownCostToDate)} USD, which is above the budget of {Money(budget)}.")
            {
                Target = total,
                RecommendedAction = "Remove what is not needed any more, or raise the budget.",
            };
        }

        return total.CostToDate is not null ? null : new SpotException(
            SpotErrorIds.BudgetNotProven,
            SpotErrorCategory.InvalidData,
            $"What exists now has cost {Money(total.KnownCostToDate)} USD and an unknown part, so it is not known whether the budget of {Money(budget)} is kept.")
        {
            Target = total,
            RecommendedAction = "See by machine and by region which cost is unknown.",
        };
    }

    private static string Money(decimal value) => value.ToString("0.00##", CultureInfo.InvariantCulture);
}
