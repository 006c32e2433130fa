using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace SpotCluster.Common;

/// <summary>
/// Reads a price that comes as text with a decimal point, in every culture. PowerShell alone would read <c>'0,05'</c> as 5,
/// because it skips thousands separators.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PriceAttribute : ArgumentTransformationAttribute
{
    private const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            string text when decimal.TryParse(text.Trim(), Style, CultureInfo.InvariantCulture, out var price) => price >= 0 ? price : throw NoPrice($"{text} is negative."),
            decimal or double or int or long when LanguagePrimitives.ConvertTo<double>(value) < 0 => throw NoPrice($"{string.Format(CultureInfo.InvariantCulture, "{0}", value)} is negative."),
            string text => throw NoPrice($"'{text}' is not a valid price."),

            // 0,05 without quotes is a list of the numbers 0 and 5 to PowerShell.
            IEnumerable => throw NoPrice("A value with a comma is a list, not a price."),
            _ => inputData,
        };
    }

    private static ArgumentTransformationMetadataException NoPrice(string problem) =>
        new($"{problem} Specify USD with a decimal point, for example 0.05.");
}
