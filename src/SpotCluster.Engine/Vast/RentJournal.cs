using System.Globalization;
using System.Text;
using Newtonsoft.Json;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// What this computer was about to rent. Vast.ai has no token that makes a create call safe to repeat, so each intent is
/// written down, with its unique label, before the call. Each file is held open while its run lives; the operating
/// system lets go of it even on a kill, and so tells an interrupted run from one that is under way.
/// </summary>
internal sealed class RentJournal(string folder)
{
    private const string Extension = ".json";

    /// <summary>Writes an intent down; when this returns, the call may be made.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>: do not make it.</exception>
    public RentIntent Begin(RentEntry entry)
    {
        var path = Path.Combine(folder, Guid.NewGuid().ToString("N") + Extension);
        FileStream? stream = null;
        try
        {
            PrivateFile.CreateFolder(folder);
            stream = PrivateFile.Create(path);
            var intent = new RentIntent(path, stream, entry, sentAt: null, end: 0);
            intent.Append(JsonConvert.SerializeObject(entry, RentIntent.Json));
            return intent;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (stream is not null)
            {
                stream.Dispose();
                Delete(path);
            }

            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation,
                $"Cannot write the journal in {folder}: {error.Message} Nothing was rented.", error)
            {
                Target = folder,
                RecommendedAction = "Free disk space or grant write permission, or set another folder.",
            };
        }
    }

    /// <summary>Intents of runs that ended without clearing them up, oldest first. Each is held until it is disposed.</summary>
    public IReadOnlyList<RentIntent> TakeAbandoned(IOperationHost host)
    {
        var taken = new List<RentIntent>();
        foreach (var path in Files(host))
        {
            FileStream? stream = null;
            try
            {
                stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (Read(path, stream) is { } intent)
                {
                    taken.Add(intent);
                }
                else
                {
                    // It was killed while it wrote this, so it had sent nothing yet.
                    stream.Dispose();
                    File.Delete(path);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Held by the run that wrote it, or ended between the listing and now.
                stream?.Dispose();
                host.Debug($"The journal file {path} is in use.");
            }
        }

        return [.. taken.OrderBy(intent => intent.Entry.StartedAt)];
    }

    // The first line is the intent, each further one the time of a call. A last line without its end was cut off by a kill.
    private static RentIntent? Read(string path, FileStream stream)
    {
        var bytes = new byte[(int)Math.Min(stream.Length, 1 << 20)];
        var read = 0;
        for (int part; read < bytes.Length && (part = stream.Read(bytes, read, bytes.Length - read)) > 0; read += part)
        {
        }

        var lines = Encoding.UTF8.GetString(bytes, 0, read).Split('\n');
        if (lines.Length < 2)
        {
            return null;
        }

        try
        {
            var entry = JsonConvert.DeserializeObject<RentEntry>(lines[0], RentIntent.Json);
            DateTimeOffset? sentAt = lines.Length > 2
                && DateTimeOffset.TryParse(lines[lines.Length - 2], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time : null;
            var end = Array.LastIndexOf(bytes, (byte)'\n', read - 1) + 1;
            return entry is { IsWhole: true } ? new RentIntent(path, stream, entry, sentAt, end) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string[] Files(IOperationHost host)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + Extension) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            host.Warning($"Cannot read the journal in {folder}: {error.Message}");
            return [];
        }
    }

    internal static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A record that stays behind costs the next run a look at the list, no more.
        }
    }
}

/// <summary>An intent as it is written down. Holds no secret.</summary>
internal sealed record RentEntry
{
    /// <summary>The unique label of the machine; for a launch, the start of the labels of all its machines.</summary>
    public required string Label { get; init; }

    /// <summary>What was asked for: only the same request takes the machine over as its own.</summary>
    public required string Request { get; init; }

    /// <summary>Base address of the API.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The account; null when the key may not read it.</summary>
    public string? AccountId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Name of the cluster when this is a launch of several machines; null for one machine.</summary>
    public string? Launch { get; init; }

    public int Wanted { get; init; }

    [JsonIgnore]
    public bool IsWhole => Label is { Length: > 0 } && Request is not null && Endpoint is { Length: > 0 };
}

/// <summary>One intent, held by this process. Disposing it leaves it for the next run; completing it ends it.</summary>
/// <param name="path">Its file.</param>
/// <param name="stream">The file, held.</param>
/// <param name="entry">What is written.</param>
/// <param name="sentAt">When the last create call was made; null when none was.</param>
/// <param name="end">Where its last whole line ends.</param>
internal sealed class RentIntent(string path, FileStream stream, RentEntry entry, DateTimeOffset? sentAt, long end) : IDisposable
{
    internal static readonly JsonSerializerSettings Json = new()
    {
        Formatting = Formatting.None,
        DateParseHandling = DateParseHandling.DateTimeOffset,
        NullValueHandling = NullValueHandling.Ignore,
    };

    private long _end = end;

    public RentEntry Entry { get; } = entry;

    /// <summary>When the last create call was made; null when none was, so that nothing can exist.</summary>
    public DateTimeOffset? SentAt { get; private set; } = sentAt;

    /// <summary>Writes down that the call is about to be made.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>: do not make it.</exception>
    public void Sending(DateTimeOffset now)
    {
        try
        {
            Append(now.ToString("O", CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation,
                $"Cannot write the journal {path}: {error.Message} Nothing was rented.", error)
            {
                Target = path,
                RecommendedAction = "Free disk space or grant write permission, or set another folder.",
            };
        }

        SentAt = now;
    }

    /// <summary>Nothing is on its way any more: the record is deleted.</summary>
    public void Complete()
    {
        stream.Dispose();
        RentJournal.Delete(path);
    }

    public void Dispose() => stream.Dispose();

    internal void Append(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");

        // A line that a kill or a full disk cut off must not run into this one.
        stream.SetLength(_end);
        stream.Seek(_end, SeekOrigin.Begin);
        stream.Write(bytes, 0, bytes.Length);
        stream.Flush(flushToDisk: true);
        _end += bytes.Length;
    }
}
