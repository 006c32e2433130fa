using Newtonsoft.Json;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// Ids that are none of EC2 and were reported to a backend without claims, such as <c>manual-1a2b3c4d</c> of a replica that never had an
/// instance. Whatever it is told, that backend hands them out again every five minutes and counts each report, so one has to do.
/// </summary>
internal sealed class PlaceholderRecords(string path, TimeProvider clock)
{
    /// <summary>A placeholder that was not handed out for so long is forgotten.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    /// <summary>How much later a sighting must be to be written down.</summary>
    private static readonly TimeSpan Resolution = TimeSpan.FromHours(1);

    private Dictionary<string, DateTimeOffset>? _seen;

    /// <summary>Whether it was reported before; that it is still handed out is remembered.</summary>
    public bool IsReported(string id)
    {
        if (!Read().TryGetValue(id, out var seen) || clock.GetUtcNow() - seen >= Memory)
        {
            return false;
        }

        if (clock.GetUtcNow() - seen >= Resolution)
        {
            Note(id);
        }

        return true;
    }

    /// <summary>It was reported, or handed out again.</summary>
    public void Note(string id)
    {
        var now = clock.GetUtcNow();
        _seen = Read().Where(item => now - item.Value < Memory).ToDictionary(item => item.Key, item => item.Value, StringComparer.Ordinal);
        _seen[id] = now;
        try
        {
            PrivateFile.Write(path, JsonConvert.SerializeObject(_seen));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotWritten(path, failure);
        }
    }

    // A file that cannot be read costs one more report.
    private Dictionary<string, DateTimeOffset> Read()
    {
        try
        {
            return _seen ??= File.Exists(path) ? JsonConvert.DeserializeObject<Dictionary<string, DateTimeOffset>>(File.ReadAllText(path)) ?? [] : [];
        }
        catch (JsonException)
        {
            return _seen = [];
        }
    }
}
