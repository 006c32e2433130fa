using System.Globalization;
using System.Runtime.ExceptionServices;
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
internal sealed class JsonReport(bool isWanted = true)
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
    private readonly List<(string Name, Part Part)> _parts = [];
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];
    private TextWriter? _stream;
    private Part? _streamed;
    private ExceptionDispatchInfo? _streamError;

    /// <summary>True once the document is written as it grows.</summary>
    public bool IsStreamed => _streamed is not null;

    /// <summary>One value as one line, in the same form.</summary>
    public static string ToLine<T>(T value) => JsonSerializer.Serialize(value, Line);

    /// <summary>Adds or replaces a part.</summary>
    public void Add<T>(string name, T value)
    {
        if (!isWanted)
        {
            return;
        }

        var text = JsonSerializer.Serialize(value, Format);
        lock (_gate)
        {
            Put(name, new Part { Value = text });
        }
    }

    /// <summary>Adds an item to a list; an empty list is there from the first <see cref="Add"/> of <c>Array.Empty</c> on.</summary>
    public void Append<T>(string name, T item)
    {
        if (!isWanted)
        {
            return;
        }

        var text = JsonSerializer.Serialize(item, Format);
        lock (_gate)
        {
            var part = _parts.Find(known => known.Name == name).Part;
            if (part is null || (part.Items is null && part != _streamed))
            {
                Put(name, part = new Part { Items = [] });
            }

            if (part == _streamed)
            {
                WriteStreamed(() => WriteItem(_stream!, text, part.Count == 0));
                part.Count++;
            }
            else
            {
                part.Items!.Add(text);
            }
        }
    }

    /// <summary>
    /// Writes what there is so far, and from now on each item of a list as it comes, so that a long list is never held as a
    /// whole. The rest follows with <see cref="EndStream"/>.
    /// </summary>
    public void Stream(string list, TextWriter writer)
    {
        lock (_gate)
        {
            _parts.RemoveAll(known => known.Name == list);
            _stream = writer;
            _streamed = new Part();
            WriteStreamed(() =>
            {
                writer.Write('{');
                WriteParts(writer, isFirst: true);
                WriteName(writer, list, _parts.Count == 0);
                writer.Write('[');
            });
            _parts.Clear();
            _parts.Add((list, _streamed));
        }
    }

    /// <summary>Ends a document that was written as it grew.</summary>
    /// <exception cref="SpotException">Some of it could not be written.</exception>
    public void EndStream(int exitCode)
    {
        lock (_gate)
        {
            WriteStreamed(() =>
            {
                _stream!.Write(_streamed!.Count == 0 ? "]" : "\n  ]");
                _parts.RemoveAll(known => known.Part == _streamed);
                WriteEnd(_stream, exitCode, isFirst: false);
                _stream.WriteLine();
                _stream.Flush();
            });
            _streamError?.Throw();
        }
    }

    public void AddWarning(string message)
    {
        if (!isWanted)
        {
            return;
        }

        lock (_gate)
        {
            _warnings.Add(JsonSerializer.Serialize(message, Format));
        }
    }

    public void AddError(SpotException error)
    {
        if (!isWanted)
        {
            return;
        }

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
            _errors.Add(entry.ToJsonString(Format));
        }
    }

    /// <summary>The whole document.</summary>
    public string ToJson(int exitCode)
    {
        lock (_gate)
        {
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            text.Write('{');
            WriteEnd(text, exitCode, isFirst: true);
            return text.ToString();
        }
    }

    private void Put(string name, Part part)
    {
        var at = _parts.FindIndex(known => known.Name == name);
        if (at < 0)
        {
            _parts.Add((name, part));
        }
        else
        {
            _parts[at] = (name, part);
        }
    }

    // The removal that the lines tell of goes on, whoever reads them: that they could not be written is told at the end.
    private void WriteStreamed(Action write)
    {
        try
        {
            if (_streamError is null)
            {
                write();
            }
        }
        catch (Exception error) when (error is IOException or SpotException)
        {
            _streamError = ExceptionDispatchInfo.Capture(error);
        }
    }

    private void WriteEnd(TextWriter writer, int exitCode, bool isFirst)
    {
        Put("errors", new Part { Items = _errors });
        Put("warnings", new Part { Items = _warnings });
        Put("exitCode", new Part { Value = exitCode.ToString(CultureInfo.InvariantCulture) });
        WriteParts(writer, isFirst);
        writer.Write("\n}");
    }

    private void WriteParts(TextWriter writer, bool isFirst)
    {
        foreach (var (name, part) in _parts)
        {
            WriteName(writer, name, isFirst);
            isFirst = false;
            if (part.Items is null)
            {
                writer.Write(Indented(part.Value, "  "));
                continue;
            }

            writer.Write('[');
            for (var at = 0; at < part.Items.Count; at++)
            {
                WriteItem(writer, part.Items[at], at == 0);
            }

            writer.Write(part.Items.Count == 0 ? "]" : "\n  ]");
        }
    }

    private static void WriteName(TextWriter writer, string name, bool isFirst)
    {
        writer.Write(isFirst ? "\n  " : ",\n  ");
        writer.Write(JsonSerializer.Serialize(name, Format));
        writer.Write(": ");
    }

    private static void WriteItem(TextWriter writer, string text, bool isFirst)
    {
        writer.Write(isFirst ? "\n    " : ",\n    ");
        writer.Write(Indented(text, "    "));
    }

    // A line end inside of a string is escaped in JSON: these are all between values.
    private static string Indented(string text, string by) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\n" + by, StringComparison.Ordinal);

    /// <summary>One value, or a list that grows.</summary>
    private sealed class Part
    {
        public string Value { get; init; } = "null";

        public List<string>? Items { get; init; }

        /// <summary>Number of items that were written already.</summary>
        public int Count { get; set; }
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
