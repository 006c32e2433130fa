using System.Globalization;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using Newtonsoft.Json.Serialization;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// Reads what backends write: snake case, switches as true/false or 1/0, times with or without zone. A field that is missing,
/// null or of another type is null and never an error; unknown fields are passed over.
/// </summary>
internal static class BackendJson
{
    private static readonly Regex Iso8601 = new(
        @"\A\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|z|[+-]\d{2}(:?\d{2})?)?\z", RegexOptions.CultureInvariant);

    private static readonly JsonSerializer Serializer = JsonSerializer.Create(new JsonSerializerSettings
    {
        ContractResolver = new DefaultContractResolver { NamingStrategy = new SnakeCaseNamingStrategy() },
        DateParseHandling = DateParseHandling.None,
        NullValueHandling = NullValueHandling.Ignore,
        Converters = [new SwitchConverter(), new TimeConverter()],
        MaxDepth = 32,
    });

    /// <summary>The text as JSON; null when it is none.</summary>
    public static JToken? TryParse(string text)
    {
        try
        {
            using var reader = new JsonTextReader(new StringReader(text)) { DateParseHandling = DateParseHandling.None, MaxDepth = 32 };
            var token = JToken.ReadFrom(reader);
            return reader.Read() && reader.TokenType != JsonToken.None ? null : token;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>An object of the model. Throws <see cref="JsonException"/> when the JSON is something else.</summary>
    public static T Read<T>(JToken json) => json.ToObject<T>(Serializer) ?? throw new JsonSerializationException("The response is empty.");

    /// <summary>An object of the model as JSON; what is null is left out.</summary>
    public static JObject Write(object value) => JObject.FromObject(value, Serializer);

    /// <summary>Text; null when there is none.</summary>
    public static string? Text(this JObject row, string name) =>
        row[name] is JValue { Value: string { Length: > 0 } text } ? text : null;

    /// <summary>A switch: true or 1 is on. Anything else is null.</summary>
    public static bool? Flag(this JObject row, string name) => row[name] is JValue value ? ToSwitch(value.Value) : null;

    /// <summary>A whole number; null when there is none.</summary>
    public static int? Number(this JObject row, string name) => row[name] switch
    {
        JValue { Value: long value } when value is >= int.MinValue and <= int.MaxValue => (int)value,
        JValue { Value: double value } when Math.Abs(value) <= int.MaxValue => (int)value,
        JValue { Value: string text } when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => value,
        _ => null,
    };

    /// <summary>A time; without an offset it is UTC.</summary>
    public static DateTimeOffset? Time(this JObject row, string name) => TryParseTime((row[name] as JValue)?.Value as string);

    /// <summary>The form that every backend takes: the original answers 500 to a suffix.</summary>
    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);

    public static DateTimeOffset? TryParseTime(string? text) =>
        text is not null && Iso8601.IsMatch(text) && DateTimeOffset.TryParse(
            text.Replace(',', '.'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;

    private static bool? ToSwitch(object? value) => value switch
    {
        bool flag => flag,
        1L => true,
        0L => false,
        _ => null,
    };

    private sealed class SwitchConverter : JsonConverter
    {
        public override bool CanWrite => false;

        public override bool CanConvert(Type objectType) => objectType == typeof(bool) || objectType == typeof(bool?);

        public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) =>
            ToSwitch(reader.Value) ?? (reader.TokenType == JsonToken.Null && objectType == typeof(bool?)
                ? null
                : throw new JsonSerializationException("Expected true, false, 1 or 0."));

        public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer) => throw new NotSupportedException();
    }

    private sealed class TimeConverter : JsonConverter
    {
        public override bool CanConvert(Type objectType) => objectType == typeof(DateTimeOffset) || objectType == typeof(DateTimeOffset?);

        public override object? ReadJson(JsonReader reader, Type objectType, object? existingValue, JsonSerializer serializer) =>
            TryParseTime(reader.Value as string) ?? (reader.TokenType == JsonToken.Null && objectType == typeof(DateTimeOffset?)
                ? null
                : throw new JsonSerializationException("Expected an ISO 8601 date and time."));

        public override void WriteJson(JsonWriter writer, object? value, JsonSerializer serializer)
        {
            if (value is DateTimeOffset time)
            {
                writer.WriteValue(Write(time));
            }
            else
            {
                writer.WriteNull();
            }
        }
    }
}
