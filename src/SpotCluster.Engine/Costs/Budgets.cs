using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>Holds a cost against a limit.</summary>
internal static class Budgets
{
    /// <summary>The error; null when the budget is kept for certain.</summary>
    public static SpotException? Check(SpotCost total, SpotBudget budget)
    {
        var (known, isWhole, costs) = budget.Period switch
        {
            SpotBudgetPeriod.Hour => (total.KnownHourlyCost, total.HourlyCost is not null, "cost"),
            SpotBudgetPeriod.Day => (total.KnownHourlyCost * 24, total.HourlyCost is not null, "cost"),
            _ => (total.KnownCostToDate, total.CostToDate is not null, "have cost"),
        };
        var amount = budget with { Amount = known };
        if (known > budget.Amount)
        {
            return new SpotException(
                SpotErrorIds.BudgetExceeded,
                SpotErrorCategory.LimitsExceeded,
                $"The current resources {costs} {(isWhole ? "" : "at least ")}{amount}, which is above the budget of {budget}.")
            {
                Target = total,
                RecommendedAction = "Remove resources that are not needed any more, or raise the budget.",
            };
        }

        return isWhole ? null : new SpotException(
            SpotErrorIds.BudgetNotProven,
            SpotErrorCategory.InvalidData,
            $"The current resources {costs} {amount} and an unknown part, so the budget of {budget} cannot be verified.")
        {
            Target = total,
            RecommendedAction = "List the cost by instance and by region to find the unknown part.",
        };
    }
}
