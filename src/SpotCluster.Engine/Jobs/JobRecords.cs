using System.Text;
using Newtonsoft.Json;
using SpotCluster.Model;

namespace SpotCluster.Engine.Jobs;

/// <summary>
/// The jobs of this computer, one file each. The process of a job holds its file open; the operating system lets go of it even on
/// a kill, so a file that can be opened is that of a job whose process has ended without removing its cluster.
/// </summary>
/// <param name="folder">Where the files are; null where nothing is kept, as on a simulated provider that ends with this process.</param>
public sealed class JobRecords(string? folder)
{
    /// <summary>False where nothing is kept.</summary>
    internal bool AreKept => folder is not null;

    /// <summary>Writes a job down; when this returns, its instance may be launched.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>: launch nothing.</exception>
    internal JobRecord Begin(JobEntry entry)
    {
        if (folder is null)
        {
            return new JobRecord(null, null, entry);
        }

        var path = Path.Combine(folder, entry.Cluster + EndOf(entry.Provider));
        FileStream? stream = null;
        try
        {
            PrivateFile.CreateFolder(folder);
            stream = PrivateFile.Create(path);
            if (TryOpen(path) is { } second)
            {
                // A file system without locks: the file would tell that a job has ended that runs.
                second.Dispose();
                stream.Dispose();
                File.Delete(path);
                return new JobRecord(null, null, entry);
            }

            var record = new JobRecord(path, stream, entry);
            record.Append(JsonConvert.SerializeObject(entry, Formatting.None));
            return record;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (stream is not null)
            {
                stream.Dispose();
                JobRecord.Delete(path);
            }

            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"Cannot write the record of the job in {folder}: {error.Message} Nothing was launched.", error)
            {
                Target = folder,
                RecommendedAction = "Free disk space or grant write permission, or set another folder.",
            };
        }
    }

    /// <summary>Clusters of jobs at a provider whose process runs.</summary>
    internal IReadOnlyList<string> Running(SpotProvider provider)
    {
        var running = new List<string>();
        foreach (var path in Files(provider))
        {
            using var stream = TryOpen(path);
            if (stream is null && File.Exists(path))
            {
                var name = Path.GetFileName(path);
                running.Add(name.Substring(0, name.Length - EndOf(provider).Length));
            }
        }

        return running;
    }

    /// <summary>Jobs of this computer at a provider whose process has ended. Each is held until it is disposed.</summary>
    internal IReadOnlyList<JobRecord> TakeEnded(SpotProvider provider)
    {
        var ended = new List<JobRecord>();
        foreach (var path in Files(provider))
        {
            if (TryOpen(path) is not { } stream)
            {
                continue;
            }

            var record = JobRecord.Read(path, stream);
            if (record?.Entry.Computer == Environment.MachineName)
            {
                ended.Add(record);
                continue;
            }

            stream.Dispose();
            if (record is null)
            {
                // Its process was killed while it wrote this, so it had launched nothing.
                JobRecord.Delete(path);
            }
        }

        return ended;
    }

    // One kind of file for each provider, so that removals at two of them do not hold each other's records.
    private static string EndOf(SpotProvider provider) => $".{provider.ToString().ToLowerInvariant()}.json";

    private string[] Files(SpotProvider provider)
    {
        try
        {
            return folder is not null && Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + EndOf(provider)) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The leases are left to tell which jobs have ended.
            return [];
        }
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A job as it is written down. Holds no secret.</summary>
internal sealed record JobEntry
{
    /// <summary>Its cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary>Where the instance is.</summary>
    public required SpotProvider Provider { get; init; }

    /// <summary>The account; null when it cannot be read.</summary>
    public string? AccountId { get; init; }

    /// <summary>The profile of AWS that was named; null for none.</summary>
    public string? ProfileName { get; init; }

    /// <summary>The computer of the process: a folder may be that of several.</summary>
    public required string Computer { get; init; }

    /// <summary>When the instance ends by itself.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>One job, held by this process. Disposing it leaves it for the next command; completing it ends it.</summary>
internal sealed class JobRecord(string? path, FileStream? stream, JobEntry entry) : IDisposable
{
    private readonly List<string> _regions = [];

    public JobEntry Entry { get; } = entry;

    /// <summary>Regions of AWS in which a launch was tried.</summary>
    public IReadOnlyList<string> Regions => _regions;

    /// <summary>Writes a region down before a launch is tried in it.</summary>
    public void Add(string region)
    {
        if (!_regions.Contains(region, StringComparer.Ordinal))
        {
            _regions.Add(region);
            Append(region);
        }
    }

    /// <summary>Its cluster is gone: the record is deleted.</summary>
    public void Complete()
    {
        stream?.Dispose();
        if (path is not null)
        {
            Delete(path);
        }
    }

    public void Dispose() => stream?.Dispose();

    internal static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A record that stays behind costs the next job a look at the provider, no more.
        }
    }

    /// <summary>What a file says; null for one whose process was killed while it wrote it, and so had launched nothing.</summary>
    public static JobRecord? Read(string path, FileStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1024, leaveOpen: true);
        var lines = reader.ReadToEnd().Split('\n');
        try
        {
            if (lines.Length > 1 && JsonConvert.DeserializeObject<JobEntry>(lines[0]) is { Cluster.Length: > 0 } entry)
            {
                var record = new JobRecord(path, stream, entry);
                record._regions.AddRange(lines.Skip(1).Where(line => line.Length > 0));
                return record;
            }
        }
        catch (JsonException)
        {
            // As one that was cut off.
        }

        return null;
    }

    internal void Append(string line)
    {
        if (stream is null)
        {
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        stream.Write(bytes, 0, bytes.Length);
        stream.Flush(flushToDisk: true);
    }
}
