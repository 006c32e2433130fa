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

    /// <summary>What this product says in its own words.</summary>
    public abstract Dialect Dialect { get; }

    protected abstract Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>A connection for single statements, which a product may send together with those of others.</summary>
    protected virtual Task<DbConnection> OpenLookAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    protected abstract ValueTask<DbTransaction> BeginAsync(DbConnection connection, bool write, CancellationToken cancellationToken);

    /// <summary>Waits for the turn to write; a product that can write in parallel lets everybody through.</summary>
    protected abstract ValueTask<IDisposable?> EnterWriteAsync(CancellationToken cancellationToken);

    /// <summary>Whether the same work may succeed when it is done again: a deadlock or a busy file.</summary>
    protected abstract bool IsTransient(Exception exception);

    /// <summary>Whether it is not the request that failed but the database, for everybody: not reached, shut down, full, not to be opened.</summary>
    public virtual bool IsAway(Exception exception) => exception is TimeoutException or System.Net.Sockets.SocketException;

    /// <summary>Whether a row was refused because there is one with its key.</summary>
    public abstract bool IsDuplicate(Exception exception);

    /// <summary>Whether a text of the request was refused because the product cannot store it.</summary>
    public virtual bool IsUnstorable(Exception exception) => false;

    /// <summary>
    /// Opens the database that the text names: a URL or connection string of MySQL (<c>Server=</c>) or PostgreSQL (<c>Host=</c>), or else
    /// the path of a SQLite file.
    /// </summary>
    public static Database Open(string target, TimeProvider clock)
    {
        if (IsUrl("mysql") || IsUrl("mariadb") || target.Contains("Server=", StringComparison.OrdinalIgnoreCase))
        {
            return new MySqlDatabase(target, clock);
        }

        return IsUrl("postgres") || IsUrl("postgresql") || target.Contains("Host=", StringComparison.OrdinalIgnoreCase)
            ? new PostgresDatabase(target, clock)
            : new SqliteDatabase(target, clock);

        bool IsUrl(string scheme) => target.StartsWith(scheme + "://", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Runs the work in one reading transaction.</summary>
    public Task<T> ReadAsync<T>(RequestContext context, Func<Session, Task<T>> work) => RunAsync(context, write: false, work);

    /// <summary>
    /// Runs reads that need not agree with each other, each by itself: without a transaction, which costs a server more than such a read.
    /// </summary>
    public async Task<T> LookAsync<T>(RequestContext context, Func<Session, Task<T>> work)
    {
        await using var connection = await OpenLookAsync(context.Cancellation);
        return await work(new Session(connection, null, context, clock.GetUtcNow(), Dialect, null));
    }

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
                var session = new Session(connection, transaction, context, clock.GetUtcNow(), Dialect, write ? StatementProbe : null);
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
