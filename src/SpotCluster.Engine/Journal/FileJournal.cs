using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Converters;
using SpotCluster.Model;

namespace SpotCluster.Engine.Journal;

/// <summary>
/// One file per run, readable by its owner only, replaced as a whole on every write. A lock file, released by the
/// operating system even on a kill, keeps two processes from working on one cluster.
/// </summary>
public sealed class FileJournal(string folder, TimeProvider clock) : IJournal
{
    private const string LockExtension = ".lock";

    /// <summary>A lock of another cluster that is so old is tried to be deleted: nobody takes it at this very moment.</summary>
    private static readonly TimeSpan OldLock = TimeSpan.FromDays(1);

    private const string Extension = ".json";

    private static readonly JsonSerializerSettings Json = new()
    {
        Formatting = Formatting.Indented,
        DateParseHandling = DateParseHandling.DateTimeOffset,
        Converters = [new StringEnumConverter()],
        MissingMemberHandling = MissingMemberHandling.Ignore,
    };

    /// <inheritdoc/>
    public IRemainingResources Remaining { get; } = new RemainingFiles(Path.Combine(folder, "remaining"));

    /// <inheritdoc/>
    public IReadOnlyList<JournalEntry> GetOpenRuns(string? clusterName, string? accountId, IOperationHost host)
    {
        var entries = new List<JournalEntry>();
        foreach (var path in Files(host))
        {
            if (TryRead(path, host) is { } entry
                && (clusterName is null || entry.ClusterName == clusterName)
                && (accountId is null || entry.AccountId == accountId))
            {
                entries.Add(entry);
            }
        }

        return [.. entries.OrderBy(entry => entry.StartedAt)];
    }

    /// <inheritdoc/>
    public IJournalRun Open(JournalEntry entry)
    {
        FileStream held;
        try
        {
            PrivateFile.CreateFolder(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(failure);
        }

        var lockPath = LockOf(entry.ClusterName);
        try
        {
            held = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw NotWritten(failure);
        }
        catch (IOException failure) when (File.Exists(lockPath))
        {
            throw Held(entry.ClusterName, failure);
        }
        catch (IOException failure)
        {
            throw NotWritten(failure);
        }

        try
        {
            Array.ForEach(Directory.GetFiles(folder, "*" + LockExtension), path => DeleteLock(path, OldLock));
            Write(entry);
        }
        catch
        {
            held.Dispose();
            throw;
        }

        return new JournalRun(entry, clock, Write, () => DeleteFile(PathOf(entry)), held.Dispose);
    }

    /// <inheritdoc/>
    public void Delete(string clusterName, string accountId)
    {
        foreach (var entry in GetOpenRuns(clusterName, accountId, SilentHost.Instance))
        {
            DeleteFile(PathOf(entry));
        }

        DeleteLock(LockOf(clusterName));
    }

    internal static SpotException Held(string clusterName, Exception? cause = null) => new(
        SpotErrorIds.ClusterNameInUse,
        SpotErrorCategory.AlreadyExists,
        $"Another process is launching cluster '{clusterName}'.",
        cause)
    {
        Target = clusterName,
        RecommendedAction = "Wait for it to end, or choose another name.",
    };

    private string PathOf(JournalEntry entry) => Path.Combine(folder, $"{entry.ClusterName}.{entry.Stem ?? entry.Run}{Extension}");

    private string[] Files(IOperationHost host)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + Extension) : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            host.Warning($"Cannot read the journal in {folder}: {failure.Message}");
            return [];
        }
    }

    private static JournalEntry? TryRead(string path, IOperationHost host)
    {
        try
        {
            var entry = JsonConvert.DeserializeObject<JournalEntry>(File.ReadAllText(path, Encoding.UTF8), Json);
            if (entry is { Version: 1, ClusterName.Length: > 0, Run.Length: > 0, AccountId.Length: > 0 })
            {
                return entry;
            }

            host.Warning($"The journal file {path} was written by another version and is skipped.");
        }
        catch (FileNotFoundException)
        {
            // Its run has ended between the listing and now.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            host.Warning($"Cannot read the journal file {path}; it is skipped: {failure.Message}");
        }

        return null;
    }

    private void Write(JournalEntry entry)
    {
        var path = PathOf(entry);
        var draft = path + ".tmp";
        try
        {
            using (var stream = CreatePrivate(draft))
            {
                var bytes = Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(entry, Json));
                stream.Write(bytes, 0, bytes.Length);
                stream.Flush(flushToDisk: true);
            }

            Replace(draft, path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            DeleteFile(draft);
            throw NotWritten(failure);
        }
    }

    private SpotException NotWritten(Exception cause) => new(
        SpotErrorIds.LocalFileFailed,
        SpotErrorCategory.InvalidOperation,
        $"Cannot write the journal in {folder}: {cause.Message} Nothing was changed.",
        cause)
    {
        Target = folder,
        RecommendedAction = "Free disk space or grant write permission, or set another folder.",
    };

    private string LockOf(string clusterName) => Path.Combine(folder, clusterName.ToUpperInvariant() + LockExtension);

    /// <summary>Deletes the lock of a process that was killed; one that is held stays.</summary>
    private void DeleteLock(string path, TimeSpan age = default)
    {
        try
        {
            if (File.Exists(path) && clock.GetUtcNow() - File.GetLastWriteTimeUtc(path) >= age)
            {
                new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is in use.
        }
    }

    private static void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A record that stays behind costs the next run a look at the cloud, no more.
        }
    }

    private static FileStream CreatePrivate(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private static void Replace(string draft, string path) => File.Move(draft, path, overwrite: true);
}
