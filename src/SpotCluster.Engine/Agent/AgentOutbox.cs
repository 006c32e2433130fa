using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>How far a termination has come.</summary>
internal enum OutboxStage
{
    /// <summary>It was decided; the call to the cloud may or may not have been made.</summary>
    Decided,

    /// <summary>The cloud took it; its end was not seen yet.</summary>
    Going,

    /// <summary>Its outcome is known; the backend has not confirmed the report.</summary>
    Settled,
}

/// <summary>One termination that is not over.</summary>
internal sealed class OutboxEntry
{
    public int Version { get; set; } = 1;

    public string InstanceId { get; set; } = "";

    public string Reason { get; set; } = "";

    /// <summary>The claim; null from a backend without claims.</summary>
    public string? ClaimId { get; set; }

    public string AccountId { get; set; } = "";

    public string Region { get; set; } = "";

    public OutboxStage Stage { get; set; }

    /// <summary>When the stage was reached, UTC.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>The report that is to be delivered; null when there is none at this stage.</summary>
    public JObject? Report { get; set; }
}

/// <summary>
/// One file per machine, mode 0600, replaced as a whole and flushed to the disk. It is written before the call that it is about, so
/// that whatever is killed when, the next start knows what was decided and looks at the cloud for what came of it.
/// </summary>
internal sealed class AgentOutbox(string folder)
{
    private const string Extension = ".outbox.json";

    private static readonly JsonSerializerSettings Json = new()
    {
        DateParseHandling = DateParseHandling.None,
        Converters = [new StringEnumConverter()],
        NullValueHandling = NullValueHandling.Ignore,
    };

    /// <summary>How many terminations are not over; 0 when the folder cannot be looked into, which every use of it tells.</summary>
    public int Count
    {
        get
        {
            try
            {
                return Directory.GetFiles(folder, "*" + Extension).Length;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    /// <summary>Everything that is not over, the oldest first.</summary>
    /// <param name="host">Told of a file that is no entry; it is set aside, never deleted.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>: the folder cannot be read.</exception>
    public IReadOnlyList<OutboxEntry> Read(IOperationHost host)
    {
        var entries = new List<OutboxEntry>();
        try
        {
            foreach (var path in Directory.GetFiles(folder, "*" + Extension))
            {
                if (TryParse(File.ReadAllText(path)) is { } entry)
                {
                    entries.Add(entry);
                    continue;
                }

                host.Warning($"The file {path} is not an outbox entry of this version and was set aside.");
                File.Move(path, path + ".unread-" + Guid.NewGuid().ToString("N"));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotRead(folder, failure);
        }

        return [.. entries.OrderBy(entry => entry.At).ThenBy(entry => entry.InstanceId, StringComparer.Ordinal)];
    }

    /// <summary>Keeps an entry; an older one of the same machine is replaced.</summary>
    public void Put(OutboxEntry entry)
    {
        try
        {
            PrivateFile.Write(PathOf(entry.InstanceId), JsonConvert.SerializeObject(entry, Json));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotWritten(folder, failure);
        }
    }

    /// <summary>The entry is over.</summary>
    public void Remove(OutboxEntry entry)
    {
        try
        {
            File.Delete(PathOf(entry.InstanceId));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotWritten(folder, failure);
        }
    }

    // Null for whatever is not an entry of this version.
    private static OutboxEntry? TryParse(string text)
    {
        try
        {
            return JsonConvert.DeserializeObject<OutboxEntry>(text, Json) is { Version: 1 } entry && InstanceIds.IsValid(entry.InstanceId) ? entry : null;
        }
        catch (Exception failure) when (failure is JsonException or FormatException)
        {
            return null;
        }
    }

    private string PathOf(string instanceId) => Path.Combine(folder, instanceId + Extension);
}
