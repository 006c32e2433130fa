using System.Data;
using System.Data.Common;
using Npgsql;

namespace SpotCluster.Backend.Data;

/// <remarks>
/// Read committed is enough: every request that changes something of an agent first locks the agent's row, and a machine belongs to
/// one agent, so two requests about the same machine run one after the other.
/// </remarks>
internal sealed class PostgresDatabase(string target, TimeProvider clock) : Database(clock)
{
    /// <summary>So many connections carry the single statements of everybody: each sends what waits at that moment in one piece.</summary>
    private const int SharedConnections = 8;

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(ToConnectionString(target));
    private readonly NpgsqlDataSource _shared = NpgsqlDataSource.Create(ToSharedConnectionString(target));

    public override Dialect Dialect { get; } = new PostgresDialect();

    public override bool IsDuplicate(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public override bool IsUnstorable(Exception exception) => exception is PostgresException
    {
        SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter,
    };

    public override bool IsAway(Exception exception) => exception switch
    {
        // Connection, resources and operator; then those that come before the first statement.
        PostgresException { SqlState: var state } => state.StartsWith("08", StringComparison.Ordinal)
            || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal)
            || state is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidPassword,
        NpgsqlException => true,
        _ => base.IsAway(exception),
    };

    public override async ValueTask DisposeAsync()
    {
        await _shared.DisposeAsync();
        await _source.DisposeAsync();
    }

    /// <summary>Turns <c>postgres://user:password@host:port/database</c> into a connection string; adds to a connection string what it leaves open.</summary>
    internal static string ToConnectionString(string target) =>
        Tune(target.Contains("://", StringComparison.Ordinal) ? FromUrl(target) : new NpgsqlConnectionStringBuilder(target));

    /// <summary>The same for single statements, which share a few connections.</summary>
    internal static string ToSharedConnectionString(string target)
    {
        var builder = new NpgsqlConnectionStringBuilder(ToConnectionString(target));
        if (!builder.ShouldSerialize("Multiplexing"))
        {
            builder.Multiplexing = true;
            builder.MaxPoolSize = Math.Min(builder.MaxPoolSize, SharedConnections);
        }

        return builder.ToString();
    }

    /// <summary>
    /// Planning the query of a poll takes ten times as long as running it: statements that come again are prepared. Nothing of ours changes
    /// the session, so it needs no reset. Whoever has a pooler in front that forbids this sets both in the connection string.
    /// (<c>ContainsKey</c> is true for every key that there is; <c>ShouldSerialize</c> for those that are set.)
    /// </summary>
    private static string Tune(NpgsqlConnectionStringBuilder builder)
    {
        if (!builder.ShouldSerialize("Max Auto Prepare"))
        {
            builder.MaxAutoPrepare = 100;
            builder.AutoPrepareMinUsages = 2;
        }

        if (!builder.ShouldSerialize("No Reset On Close"))
        {
            builder.NoResetOnClose = true;
        }

        return builder.ToString();
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string target)
    {
        var uri = new Uri(target);
        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
            Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        };
        foreach (var setting in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = setting.Split('=', 2);
            if (string.Equals(pair[0], "sslmode", StringComparison.OrdinalIgnoreCase) && pair.Length == 2)
            {
                builder.SslMode = Enum.Parse<SslMode>(pair[1].Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
            }
        }

        return builder;
    }

    protected override async Task<DbConnection> OpenLookAsync(CancellationToken cancellationToken) =>
        await _shared.OpenConnectionAsync(cancellationToken);

    protected override async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken);

    protected override async ValueTask<DbTransaction> BeginAsync(DbConnection connection, bool write, CancellationToken cancellationToken) =>
        await connection.BeginTransactionAsync(write ? IsolationLevel.ReadCommitted : IsolationLevel.RepeatableRead, cancellationToken);

    protected override ValueTask<IDisposable?> EnterWriteAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IDisposable?>(null);

    protected override bool IsTransient(Exception exception) => exception is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation,
    };
}
