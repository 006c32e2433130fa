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
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text)
        {
            return inputData;
        }

        return decimal.TryParse(text.Trim(), Style, CultureInfo.InvariantCulture, out var price)
            ? price
            : throw new ArgumentTransformationMetadataException($"'{text}' is no price. Give USD with a decimal point, for example 0.05.");
    }
}
