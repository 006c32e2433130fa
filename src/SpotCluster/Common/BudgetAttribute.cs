using System.Collections;
using System.Globalization;
using System.Management.Automation;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Reads a budget: a number of USD, <c>2.50/h</c> or <c>40/d</c>, in every culture.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BudgetAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            SpotBudget => value,
            IEnumerable and not string => throw Wrong("A value with a comma is a list"),
            _ => SpotBudget.Read(Convert.ToString(value, CultureInfo.InvariantCulture)) ?? throw Wrong($"'{value}' is not a valid budget"),
        };
    }

    private static ArgumentTransformationMetadataException Wrong(string problem) =>
        new($"{problem}. Specify USD above zero with a decimal point, total, per hour or per day: 100, 2.50/h, 40/d.");
}
