using System.Data.Common;

namespace SpotCluster.Backend.Data;

/// <summary>The database behind one small door: every request is one transaction, whatever the product.</summary>
internal abstract class Database(TimeProvider clock) : IAsyncDisposable
{
    private const int MaxAttempts = 5;

    /// <summary>Called before every statement inside a writing transaction; tests use it to cut the power at that point.</summary>
    internal Action<string>? StatementProbe { get; set; }

    /// <summary>Told of the events of each transaction that was committed.</summary>
    internal Action<IReadOnlyList<Journal.Note>>? Committed { get; set; }

    /// <summary>The name in the file names of migrations that differ between products.</summary>
    public abstract string Dialect { get; }

    /// <summary>Appended to a SELECT that must hold its rows until the transaction ends.</summary>
    public abstract string ForUpdate { get; }

    protected abstract Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    protected abstract ValueTask<DbTransaction> BeginAsync(DbConnection connection, bool write, CancellationToken cancellationToken);

    /// <summary>Waits for the turn to write; a product that can write in parallel lets everybody through.</summary>
    protected abstract ValueTask<IDisposable?> EnterWriteAsync(CancellationToken cancellationToken);

    /// <summary>Whether the same work may succeed when it is done again: a deadlock or a busy file.</summary>
    protected abstract bool IsTransient(Exception exception);

    /// <summary>Opens the database that the text names: a PostgreSQL connection string or URL, or else the path of a SQLite file.</summary>
    public static Database Open(string target, TimeProvider clock) =>
        target.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
        || target.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
        || target.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            ? new PostgresDatabase(target, clock)
            : new SqliteDatabase(target, clock);

    /// <summary>Runs the work in one reading transaction.</summary>
    public Task<T> ReadAsync<T>(RequestContext context, Func<Session, Task<T>> work) => RunAsync(context, write: false, work);

    /// <summary>Runs the work in one writing transaction. It is done again from the start after a deadlock, so it must not act outside.</summary>
    public Task<T> WriteAsync<T>(RequestContext context, Func<Session, Task<T>> work) => RunAsync(context, write: true, work);

    public async Task WriteAsync(RequestContext context, Func<Session, Task> work) =>
        await RunAsync(context, write: true, async session =>
        {
            await work(session);
            return true;
        });

    public abstract ValueTask DisposeAsync();

    private async Task<T> RunAsync<T>(RequestContext context, bool write, Func<Session, Task<T>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var turn = write ? await EnterWriteAsync(context.Cancellation) : null;
                await using var connection = await OpenAsync(context.Cancellation);
                await using var transaction = await BeginAsync(connection, write, context.Cancellation);
                var session = new Session(connection, transaction, context, clock.GetUtcNow(), ForUpdate, write ? StatementProbe : null);
                var answer = await work(session);
                if (write)
                {
                    StatementProbe?.Invoke("COMMIT");
                    await transaction.CommitAsync(context.Cancellation);
                    if (session.Notes.Count > 0)
                    {
                        Committed?.Invoke(session.Notes);
                    }
                }

                return answer;
            }
            catch (DbException exception) when (attempt < MaxAttempts && IsTransient(exception))
            {
                // The loser of a deadlock starts again at once; the winner has moved on by then.
                context.Cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}
