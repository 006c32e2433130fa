using Xunit;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>Each test gets a database of its own on one PostgreSQL.</summary>
#pragma warning disable CA1001 // IAsyncLifetime disposes of the server.
public sealed class PostgresFixture : BackendFixture, IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly PostgresServer _server = new();

    public override string? Missing => _server.Missing;

    public async ValueTask InitializeAsync() => await _server.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    public override async Task<(string Address, Func<ValueTask> CleanUp)> CreateTargetAsync()
    {
        var target = await _server.CreateDatabaseAsync();
        return (target, () => _server.DropAsync(target));
    }

    protected override IReadOnlyList<string> EmptyStatements(IReadOnlyList<string> tables) =>
        [$"TRUNCATE {string.Join(", ", tables)} RESTART IDENTITY CASCADE"];
}
