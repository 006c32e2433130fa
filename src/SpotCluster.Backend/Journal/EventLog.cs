using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Journal;

/// <summary>What was written into the journal goes to the log too, as soon as it is committed: one line for each event.</summary>
internal sealed class EventLog(Database database, ILogger<EventLog> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        database.Committed = Write;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Write(IReadOnlyList<Note> notes)
    {
        foreach (var note in notes)
        {
            var level = note.Severity switch
            {
                Events.Error => LogLevel.Error,
                Events.Warning => LogLevel.Warning,
                _ => LogLevel.Information,
            };

            // Texts come from agents too, and must not begin lines of their own.
            log.Log(
                level, "{Event}: {Message}{Agent}", note.Type, new string([.. note.Message.Select(letter => char.IsControl(letter) ? ' ' : letter)]),
                note.Agent is null ? "" : $" (agent {note.Agent})");
        }
    }
}

/// <summary>An event on its way to the log.</summary>
internal sealed record Note(string Type, string Severity, string Message, string? Agent);
