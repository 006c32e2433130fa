using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Endpoints;

/// <summary>How bodies are read and written: snake case, switches as true/false or 1/0, times as ISO 8601 with any offset.</summary>
internal static class WireJson
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.MaxDepth = 16;
        options.Converters.Add(new TextConverter());
        options.Converters.Add(new SwitchConverter());
        options.Converters.Add(new TimeConverter());
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutWhatDoesNotApply } };
        return options;
    }

    /// <summary>Old agents look at whether a key is there in these; everywhere else null is written as null.</summary>
    private static void LeaveOutWhatDoesNotApply(JsonTypeInfo type)
    {
        if (type.Type == typeof(TerminationItem) || type.Type == typeof(TerminationReceipt) || type.Type == typeof(AgentProblem)
            || type.Type == typeof(AgentRegistrationReply) || type.Type == typeof(Health))
        {
            foreach (var property in type.Properties)
            {
                property.ShouldSerialize = static (_, value) => value is not null;
            }
        }
    }
}

/// <summary>Text of a sane length without the NUL character, which PostgreSQL cannot store.</summary>
internal sealed class TextConverter : JsonConverter<string>
{
    private const int MaxLength = 8192;

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("Expected a text.");
        }

        var text = reader.GetString()!;
        return text.Length <= MaxLength && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : throw new JsonException("The text is too long or contains a NUL character.");
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { Length: <= MaxLength } name && !name.Contains('\0', StringComparison.Ordinal)
            ? name
            : throw new JsonException("The name is too long or contains a NUL character.");

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value);
}

/// <summary>The original writes its switches as 1 and 0, because its database does.</summary>
internal sealed class SwitchConverter : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Number when reader.TryGetInt32(out var number) && number is 0 or 1 => number == 1,
        _ => throw new JsonException("Expected true, false, 1 or 0."),
    };

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);
}

/// <summary>Reads <c>2025-11-25T12:30:00</c> (UTC), with or without fractions, with <c>Z</c> or any offset. Writes UTC with <c>Z</c>.</summary>
internal sealed partial class TimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var time)
            ? time
            : throw new JsonException("Expected an ISO 8601 date and time.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));

    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;
        return text is not null && Iso8601().IsMatch(text) && DateTimeOffset.TryParse(
            text.Replace(',', '.'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    [GeneratedRegex(@"\A\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|z|[+-]\d{2}(:?\d{2})?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Iso8601();
}
