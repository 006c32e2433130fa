using Newtonsoft.Json;

namespace SpotCluster.Engine.Agent;

/// <summary>A replica that the backend lists as active.</summary>
/// <param name="Id">The replica.</param>
/// <param name="IsUnlaunched">Whether no instance was launched for it.</param>
/// <param name="Zone">The zone that it is to run in; null for that of its primary.</param>
internal sealed record PendingReplica(string Id, bool IsUnlaunched, string? Zone);

/// <summary>A launch that the backend does not know as ready yet.</summary>
internal sealed class ReplicaRecord
{
    public string ReplicaId { get; set; } = "";

    /// <summary>Null while the answer to the launch is not known.</summary>
    public string? InstanceId { get; set; }

    /// <summary>Whether the backend has the instance.</summary>
    public bool IsReported { get; set; }

    /// <summary>When it was begun, UTC.</summary>
    public DateTimeOffset At { get; set; }

    public Dictionary<string, string> Tags { get; set; } = [];
}

/// <summary>Launches that are not over, one file each, written before the call.</summary>
internal sealed class ReplicaRecords(string folder)
{
    private const string Extension = ".replica.json";

    /// <summary>The oldest first. A file that is none is passed over.</summary>
    public IReadOnlyList<ReplicaRecord> Read()
    {
        try
        {
            return
            [
                .. Directory.GetFiles(folder, "*" + Extension)
                    .Select(path => TryParse(File.ReadAllText(path)))
                    .OfType<ReplicaRecord>()
                    .OrderBy(record => record.At).ThenBy(record => record.ReplicaId, StringComparer.Ordinal),
            ];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotRead(folder, failure);
        }
    }

    public void Put(ReplicaRecord record)
    {
        try
        {
            PrivateFile.Write(PathOf(record), JsonConvert.SerializeObject(record));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotWritten(folder, failure);
        }
    }

    public void Remove(ReplicaRecord record)
    {
        try
        {
            File.Delete(PathOf(record));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotWritten(folder, failure);
        }
    }

    private static ReplicaRecord? TryParse(string text)
    {
        try
        {
            return JsonConvert.DeserializeObject<ReplicaRecord>(text) is { ReplicaId.Length: > 0 } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string PathOf(ReplicaRecord record) => Path.Combine(folder, FileNames.Of(record.ReplicaId) + Extension);
}
