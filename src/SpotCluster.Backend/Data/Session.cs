using System.Data.Common;
using Dapper;

namespace SpotCluster.Backend.Data;

/// <summary>One transaction: its statements, its moment in time, and on whose behalf it runs.</summary>
internal sealed class Session(
    DbConnection connection,
    DbTransaction? transaction,
    RequestContext context,
    DateTimeOffset now,
    Dialect dialect,
    Action<string>? probe)
{
    public RequestContext Context => context;

    /// <summary>The backend's time at the start of the transaction; everything in it happened then.</summary>
    public DateTimeOffset Now => now;

    /// <summary><see cref="Now"/> as the database keeps it.</summary>
    public long NowMs { get; } = now.ToUnixTimeMilliseconds();

    /// <summary>The events of the transaction, for the log once it is committed.</summary>
    public List<Journal.Note> Notes { get; } = [];

    /// <summary>What the product says in its own words.</summary>
    public Dialect Dialect => dialect;

    /// <summary>Appended to a SELECT that must hold its rows until the transaction ends.</summary>
    public string ForUpdate => dialect.ForUpdate;

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    public Task<T?> FirstAsync<T>(string sql, object? parameters = null) =>
        connection.QueryFirstOrDefaultAsync<T>(Command(sql, parameters));

    public Task<int> ExecuteAsync(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    private CommandDefinition Command(string sql, object? parameters)
    {
        probe?.Invoke(sql);
        return new CommandDefinition(sql, parameters, transaction, cancellationToken: context.Cancellation);
    }
}
