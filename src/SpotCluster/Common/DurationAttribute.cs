using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace SpotCluster.Common;

/// <summary>
/// Lets a time span be given as people write it: <c>8h</c>, <c>1h30m</c>, <c>100ms</c>, besides <c>08:00:00</c>. A bare number
/// is refused, because PowerShell would take it for units of 100 nanoseconds.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationAttribute : ArgumentTransformationAttribute
{
    private static readonly Regex Written = new(
        @"^(?:(\d{1,7}(?:\.\d{1,7})?)(ms|s|m|h|d))+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is TimeSpan span)
        {
            return span;
        }

        // On a command line, 2d and 5s are numbers to PowerShell (decimal, short); it keeps what was typed beside them.
        var text = LanguagePrimitives.ConvertTo<string>(inputData) ?? "";
        if (Written.Match(text) is { Success: true } match)
        {
            var sum = TimeSpan.Zero;
            for (var part = 0; part < match.Groups[1].Captures.Count; part++)
            {
                var number = double.Parse(match.Groups[1].Captures[part].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
                sum += match.Groups[2].Captures[part].Value.ToUpperInvariant() switch
                {
                    "MS" => TimeSpan.FromMilliseconds(number),
                    "S" => TimeSpan.FromSeconds(number),
                    "M" => TimeSpan.FromMinutes(number),
                    "H" => TimeSpan.FromHours(number),
                    _ => TimeSpan.FromDays(Math.Min(number, 1e6)),
                };
            }

            return sum;
        }

        if (text.IndexOf(':') > 0 && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var clock))
        {
            return clock;
        }

        throw new ArgumentTransformationMetadataException(
            $"Cannot parse duration '{text}'. Specify a number with its unit, for example 90m, 8h or 2d, or hours:minutes:seconds.");
    }
}
