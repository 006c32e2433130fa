using System.Data;
using System.Data.Common;
using MySqlConnector;

namespace SpotCluster.Backend.Data;

/// <summary>MySQL 8 and MariaDB 10.11.</summary>
/// <remarks>Read committed for what writes, as with PostgreSQL, and for the same reason.</remarks>
internal sealed class MySqlDatabase : Database
{
    /// <summary>The mode in which a text that is too long is refused and not cut.</summary>
    private const string Mode = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

    private readonly MySqlDataSource _source;

    public MySqlDatabase(string target, TimeProvider clock)
        : base(clock) =>
        _source = new MySqlDataSourceBuilder(ToConnectionString(target)).UseConnectionOpenedCallback(SetUpAsync).Build();

    public override Dialect Dialect { get; } = new MySqlDialect();

    public override bool IsDuplicate(Exception exception) => exception is MySqlException { ErrorCode: MySqlErrorCode.DuplicateKeyEntry };

    public override bool IsUnstorable(Exception exception) => exception is MySqlException
    {
        ErrorCode: MySqlErrorCode.DataTooLong or MySqlErrorCode.TruncatedWrongValueForField or MySqlErrorCode.WarningDataOutOfRange,
    };

    public override bool IsAway(Exception exception) => exception is MySqlException
    {
        ErrorCode: MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.ConnectionCountError or MySqlErrorCode.AccessDenied
            or MySqlErrorCode.UnknownDatabase or MySqlErrorCode.ServerShutdown or MySqlErrorCode.DiskFull or MySqlErrorCode.LockWaitTimeout,
    }
    || exception is MySqlException { InnerException: System.IO.IOException or System.Net.Sockets.SocketException } || base.IsAway(exception);

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>
    /// Turns <c>mysql://user:password@host:port/database?ssl-mode=REQUIRED</c> into a connection string. A password can also come from
    /// <c>MYSQL_PWD</c>, as with MySQL's own programs; <c>socket</c> names a Unix socket.
    /// </summary>
    internal static string ToConnectionString(string target)
    {
        MySqlConnectionStringBuilder builder;
        if (target.Contains("://", StringComparison.Ordinal))
        {
            var uri = new Uri(target);
            var user = uri.UserInfo.Split(':', 2);
            builder = new MySqlConnectionStringBuilder
            {
                Server = uri.Host,
                Port = uri.Port > 0 ? (uint)uri.Port : 3306,
                Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
                UserID = Uri.UnescapeDataString(user[0]),
                Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "",
            };
            foreach (var setting in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var pair = setting.Split('=', 2);
                var value = pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : "";
                switch (pair[0].ToUpperInvariant())
                {
                    case "SOCKET":
                        builder.Server = value;
                        builder.ConnectionProtocol = MySqlConnectionProtocol.UnixSocket;
                        break;
                    case "SSL-MODE" or "SSLMODE" when Enum.TryParse<MySqlSslMode>(
                        value.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)
                            .Replace("IDENTITY", "Full", StringComparison.OrdinalIgnoreCase), ignoreCase: true, out var mode):
                        builder.SslMode = mode;
                        break;
                    default:
                        throw new InvalidOperationException($"{setting} is not supported in a mysql:// address: use socket or ssl-mode, or a connection string.");
                }
            }
        }
        else
        {
            builder = new MySqlConnectionStringBuilder(target);
        }

        if (builder.Database.Length == 0)
        {
            throw new InvalidOperationException("The address of the MySQL server must specify a database, as in mysql://user@host/spot_optimizer_production.");
        }

        if (builder.Password.Length == 0 && Environment.GetEnvironmentVariable("MYSQL_PWD") is { Length: > 0 } password)
        {
            builder.Password = password;
        }

        // CHAR(36) is a text like any other; rows that an UPDATE matched are counted, as the other products do.
        builder.GuidFormat = MySqlGuidFormat.None;
        builder.UseAffectedRows = false;
        builder.AllowUserVariables = true;

        // What is set for a new connection stays: nothing of ours changes it.
        builder.ConnectionReset = false;
        return builder.ToString();
    }

    protected override async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken);

    protected override async ValueTask<DbTransaction> BeginAsync(DbConnection connection, bool write, CancellationToken cancellationToken) =>
        await ((MySqlConnection)connection).BeginTransactionAsync(
            write ? IsolationLevel.ReadCommitted : IsolationLevel.RepeatableRead, isReadOnly: !write, cancellationToken);

    protected override ValueTask<IDisposable?> EnterWriteAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IDisposable?>(null);

    protected override bool IsTransient(Exception exception) => exception is MySqlException
    {
        ErrorCode: MySqlErrorCode.LockDeadlock or MySqlErrorCode.LockWaitTimeout or MySqlErrorCode.DuplicateKeyEntry,
    };

    private static async ValueTask SetUpAsync(MySqlConnectionOpenedContext context, CancellationToken cancellationToken)
    {
        if ((context.Conditions & MySqlConnectionOpenedConditions.New) != 0)
        {
            await using var command = context.Connection.CreateCommand();
            command.CommandText = $"SET SESSION sql_mode = '{Mode}', time_zone = '+00:00'";
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
