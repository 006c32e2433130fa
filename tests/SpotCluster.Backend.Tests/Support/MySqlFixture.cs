using Xunit;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>Each test gets a database of its own on one MariaDB or MySQL.</summary>
#pragma warning disable CA1001 // IAsyncLifetime disposes of the server.
public sealed class MySqlFixture : BackendFixture, IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly MySqlServer _server = new();

    public override string? Missing => _server.Missing;

    public async ValueTask InitializeAsync() => await _server.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    public override async Task<(string Address, Func<ValueTask> CleanUp)> CreateTargetAsync()
    {
        var target = await CreateDatabaseAsync();
        return (target, () => DropAsync(target));
    }

    // A table without rows is not truncated: that makes its file anew.
    protected override IReadOnlyList<string> EmptyStatements(IReadOnlyList<string> tables) =>
    [
        "SET FOREIGN_KEY_CHECKS = 0",
        .. tables.Select(table => table is "sc_audit" or "sc_events" ? $"TRUNCATE {table}" : $"DELETE FROM {table}"),
    ];

    public Task<string> CreateDatabaseAsync() => _server.CreateDatabaseAsync();

    public ValueTask DropAsync(string target) => _server.DropAsync(target);

    /// <summary>Runs SQL in the database that the target names.</summary>
    public Task ExecuteAsync(string sql, string target) => _server.ExecuteAsync(sql, target);
}
