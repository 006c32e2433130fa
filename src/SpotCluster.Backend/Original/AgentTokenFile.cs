using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Original;

/// <summary>The tokens of imported agents, in a new file that only its owner may read. A file that stays empty is removed.</summary>
public sealed class AgentTokenFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private bool _isEmpty = true;

    /// <param name="path">The file, which must not exist.</param>
    /// <exception cref="IOException">The file exists, or cannot be made.</exception>
    public AgentTokenFile(string path)
    {
        _path = Path.GetFullPath(path);
        if (Path.GetDirectoryName(_path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        _file = PrivateFile.Create(_path);
    }

    /// <summary>Writes one line for each agent: its id, its name and its token, separated by tabs.</summary>
    public void Write(IReadOnlyList<ImportedToken> tokens)
    {
        using var writer = new StreamWriter(_file, leaveOpen: true);
        foreach (var token in tokens)
        {
            writer.WriteLine($"{token.AgentId}\t{token.LogicalAgentId}\t{token.Token}");
            _isEmpty = false;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _file.Dispose();
        if (_isEmpty)
        {
            File.Delete(_path);
        }
    }
}
