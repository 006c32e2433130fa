using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Engine.Vast;

/// <summary>Reads Vast.ai's rows: a field that is missing, null or of another type than documented is null and never an error.</summary>
internal static class VastJson
{
    /// <summary>The text as JSON; null when it is none.</summary>
    public static JToken? TryParse(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None };
            return JToken.ReadFrom(reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Text without blanks at its ends (addresses come with a line break); null when empty.</summary>
    public static string? Text(this JObject row, string name)
    {
        var text = row[name] switch
        {
            JValue { Value: string value } => value.Trim(),
            JValue { Value: IConvertible value } => value.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>A number, also one that was sent as text.</summary>
    public static decimal? Number(this JObject row, string name)
    {
        var value = row[name] switch
        {
            JValue { Type: JTokenType.Integer or JTokenType.Float } number => number.Value<double>(),
            JValue { Value: string text } when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) => parsed,
            _ => double.NaN,
        };
        return Math.Abs(value) < 1e18 ? (decimal)value : null;
    }

    /// <summary>A whole number; ids are exact.</summary>
    public static long? Integer(this JObject row, string name) => row[name] switch
    {
        JValue { Type: JTokenType.Integer, Value: long value } => value,
        JValue { Type: JTokenType.Float } number when Math.Abs(number.Value<double>()) < 1e15 => (long)number.Value<double>(),
        JValue { Value: string text } when long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var parsed) => parsed,
        _ => null,
    };

    public static bool? Flag(this JObject row, string name) => row[name] switch
    {
        JValue { Value: bool value } => value,
        JValue { Type: JTokenType.Integer, Value: long value } => value != 0,
        _ => null,
    };

    /// <summary>A time given as seconds since 1970.</summary>
    public static DateTimeOffset? Instant(this JObject row, string name) =>
        row.Number(name) is { } seconds and > 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;
}
