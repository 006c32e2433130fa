using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>
/// The one document that <c>--json</c> writes: what the command adds, then <c>errors</c>, <c>warnings</c> and
/// <c>exitCode</c>. Names are camelCase, enums are words, times are UTC, durations are seconds, unknown is null.
/// </summary>
internal sealed class JsonReport
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(), new SecondsConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DropDurationsWithSecondsBesideThem } },
    };

    private static readonly JsonSerializerOptions Line = new(Format) { WriteIndented = false };

    private readonly Lock _gate = new();
    private readonly JsonObject _content = [];
    private readonly JsonArray _errors = [];
    private readonly JsonArray _warnings = [];

    /// <summary>One value as one line, in the same form.</summary>
    public static string ToLine<T>(T value) => JsonSerializer.Serialize(value, Line);

    /// <summary>Adds or replaces a part.</summary>
    public void Add<T>(string name, T value)
    {
        lock (_gate)
        {
            _content[name] = JsonSerializer.SerializeToNode(value, Format);
        }
    }

    /// <summary>Adds an item to a list; an empty list is there from the first <see cref="Add"/> of <c>Array.Empty</c> on.</summary>
    public void Append<T>(string name, T item)
    {
        lock (_gate)
        {
            if (_content[name] is not JsonArray list)
            {
                _content[name] = list = [];
            }

            list.Add(JsonSerializer.SerializeToNode(item, Format));
        }
    }

    public void AddWarning(string message)
    {
        lock (_gate)
        {
            _warnings.Add(JsonValue.Create(message));
        }
    }

    public void AddError(SpotException error)
    {
        var entry = new JsonObject
        {
            ["id"] = error.ErrorId,
            ["message"] = error.Message,
            ["code"] = error.ServiceCode,
            ["target"] = error.Target?.ToString(),
            ["region"] = error.Region,
            ["requestId"] = error.RequestId,
            ["recommendedAction"] = error.RecommendedAction,
        };
        lock (_gate)
        {
            _errors.Add((JsonNode)entry);
        }
    }

    /// <summary>The whole document.</summary>
    public string ToJson(int exitCode)
    {
        lock (_gate)
        {
            var document = (JsonObject)_content.DeepClone();
            document["errors"] = _errors.DeepClone();
            document["warnings"] = _warnings.DeepClone();
            document["exitCode"] = exitCode;
            return document.ToJsonString(Format);
        }
    }

    // Elapsed is not written where ElapsedSeconds says the same.
    private static void DropDurationsWithSecondsBesideThem(JsonTypeInfo type)
    {
        var names = type.Properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var property in type.Properties.Where(property => names.Contains(property.Name + "Seconds")).ToList())
        {
            type.Properties.Remove(property);
        }
    }

    private sealed class SecondsConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TimeSpan.FromSeconds(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.TotalSeconds);
    }
}
