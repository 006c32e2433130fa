using System.Text;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>A log file of one JSON object a line, mode 0600. At 10 MiB it becomes <c>.1</c>, which was there <c>.2</c>, up to <c>.5</c>.</summary>
public sealed class AgentLogFile : IAgentLog, IDisposable
{
    private const int Retained = 5;

    private readonly object _gate = new();
    private readonly string _path;
    private readonly long _largest;
    private FileStream? _stream;

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="largest">Size in bytes from which the next file is begun.</param>
    /// <exception cref="SpotException">It cannot be written.</exception>
    public AgentLogFile(string path, long largest = 10 * 1024 * 1024)
    {
        _path = Path.GetFullPath(path);
        _largest = largest;
        try
        {
            PrivateFile.CreateFolder(Path.GetDirectoryName(_path)!);
            _stream = Open();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidArgument, $"Cannot write the log {path}: {failure.Message}", failure)
            {
                Target = path,
            };
        }
    }

    /// <inheritdoc/>
    public void Write(AgentLogEntry entry)
    {
        var line = Encoding.UTF8.GetBytes(entry.ToJson() + "\n");
        lock (_gate)
        {
            try
            {
                if (_stream is { } full && full.Length + line.Length > _largest)
                {
                    Rotate();
                }

                _stream ??= Open();
                Append(_stream, line);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // A full disk must not keep a machine alive; the next line tries again.
                _stream?.Dispose();
                _stream = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _stream?.Dispose();
        }
    }

    // A line that found no room to its end is taken back, so that the next one does not run into it.
    private static void Append(FileStream stream, byte[] line)
    {
        var end = stream.Length;
        try
        {
            stream.Write(line, 0, line.Length);
        }
        catch (IOException)
        {
            stream.SetLength(end);
            throw;
        }
    }

    private void Rotate()
    {
        _stream!.Dispose();
        _stream = null;
        File.Delete($"{_path}.{Retained}");
        for (var number = Retained - 1; number >= 0; number--)
        {
            var from = number == 0 ? _path : $"{_path}.{number}";
            if (File.Exists(from))
            {
                File.Move(from, $"{_path}.{number + 1}");
            }
        }
    }

    private FileStream Open()
    {
        if (!File.Exists(_path))
        {
            PrivateFile.Create(_path).Dispose();
        }

        // Without a buffer: on a full disk the write fails, and not the close that comes after it.
        return new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 1);
    }
}

/// <summary>Several logs as one.</summary>
/// <param name="logs">The logs.</param>
public sealed class AgentLogs(params IAgentLog[] logs) : IAgentLog
{
    /// <inheritdoc/>
    public void Write(AgentLogEntry entry)
    {
        foreach (var log in logs)
        {
            log.Write(entry);
        }
    }
}
