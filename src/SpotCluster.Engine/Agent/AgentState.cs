using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// The folder of what must survive a crash, held by one process at a time. The lock is released by the operating system even on a kill.
/// </summary>
internal sealed class AgentState : IDisposable
{
    /// <summary>What a machine takes at most on the disk: the block of its entry.</summary>
    private const int RoomOfMachine = 4096;

    private readonly string _folder;
    private readonly FileStream? _held;

    private AgentState(string folder, FileStream? held, TimeProvider clock)
    {
        _folder = folder;
        _held = held;
        Outbox = new AgentOutbox(folder);
        Pace = new TerminationPace(Path.Combine(folder, "pace.json"), clock);
        LaunchPace = new TerminationPace(Path.Combine(folder, "launches.json"), clock);
        CleanupReports = new CleanupReports(folder);
        Replicas = new ReplicaRecords(folder);
        Placeholders = new PlaceholderRecords(Path.Combine(folder, "placeholders.json"), clock);
    }

    /// <summary>What was decided and not yet settled.</summary>
    public AgentOutbox Outbox { get; }

    /// <summary>When machines were terminated.</summary>
    public TerminationPace Pace { get; }

    /// <summary>When replicas were launched.</summary>
    public TerminationPace LaunchPace { get; }

    /// <summary>Replicas whose launch is not over.</summary>
    public ReplicaRecords Replicas { get; }

    /// <summary>Placeholders that were reported.</summary>
    public PlaceholderRecords Placeholders { get; }

    /// <summary>What was cleaned up and is not yet told.</summary>
    public CleanupReports CleanupReports { get; }

    /// <summary>Beside the journal of launches: <c>~/.local/state/spotcluster/agent</c>, on Windows under <c>%LOCALAPPDATA%</c>.</summary>
    public static string DefaultFolder() => Path.Combine(Path.GetDirectoryName(JournalFolder.Default())!, "agent");

    /// <summary>Opens the folder of an agent.</summary>
    /// <param name="root">The folder of all agents; null for the default.</param>
    /// <param name="server">The backend: two of them may know agents of one id.</param>
    /// <param name="agentId">The agent.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="isLook">Only reads: another process may work on it meanwhile.</param>
    public static AgentState Open(string? root, Uri server, string agentId, TimeProvider clock, bool isLook = false)
    {
        var folder = Path.Combine(root ?? DefaultFolder(), FileNames.Of($"{agentId}@{server.Authority}"));
        try
        {
            PrivateFile.CreateFolder(folder);
            if (isLook)
            {
                return new AgentState(folder, null, clock);
            }

            var held = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            PrivateFile.DeleteDrafts(folder);
            return new AgentState(folder, held, clock);
        }
        catch (IOException failure) when (File.Exists(Path.Combine(folder, "lock")))
        {
            throw new SpotException(
                SpotErrorIds.AgentBusy, SpotErrorCategory.Busy, $"Another process is running as agent {agentId}.", failure)
            {
                Target = agentId,
                RecommendedAction = "Stop that process, or let it continue.",
            };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(folder, failure);
        }
    }

    /// <summary>
    /// Makes sure that so many terminations can be written down. Asked before machines are claimed: a claim that a full disk keeps from
    /// being worked on only holds the machine back.
    /// </summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.LocalFileFailed"/>: claim nothing.</exception>
    public void RequireRoom(int machines)
    {
        try
        {
            PrivateFile.RequireRoom(_folder, machines * RoomOfMachine);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(_folder, failure);
        }
    }

    public void Dispose() => _held?.Dispose();

    internal static SpotException NotWritten(string path, Exception cause) => Failed(path, "written", cause);

    internal static SpotException NotRead(string path, Exception cause) => Failed(path, "read", cause);

    private static SpotException Failed(string path, string what, Exception cause) => new(
        SpotErrorIds.LocalFileFailed,
        SpotErrorCategory.InvalidOperation,
        $"The agent's state in {path} cannot be {what}, so terminations are suspended: {cause.Message}",
        cause)
    {
        Target = path,
        RecommendedAction = "Free disk space or grant write permission, or set STATE_DIRECTORY to another folder.",
    };
}

/// <summary>Names of files from ids that somebody else chose.</summary>
internal static class FileNames
{
    /// <summary>The text with every character but letters, digits, dot, dash and at-sign replaced.</summary>
    public static string Of(string text) =>
        new([.. text.Select(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '.' or '-' or '@' ? c : '_')]);
}
