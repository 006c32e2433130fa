using Microsoft.Data.Sqlite;
using Npgsql;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The database goes away under a backend that runs.</summary>
public sealed class OutageTests(SqliteFixture fixture) : IClassFixture<SqliteFixture>
{
    [Fact]
    public async Task Health_says_503_with_the_reason_and_requests_say_so_too_until_the_database_is_back()
    {
        await using var backend = await fixture.StartAsync();
        var agent = await backend.EnrollAsync(primary: "i-0000000000000000a");
        var anybody = backend.Client(null);
        Assert.Equal("""{"status":"healthy"}""", (await anybody.GetAsync("/health")).Is(200).Body);

        // No database any more where one was.
        SqliteConnection.ClearAllPools();
        var file = backend.Target;
        File.Move(file, file + ".away");
        Directory.CreateDirectory(file);
        Assert.Equal("""{"status":"unhealthy","reason":"The database does not answer"}""", (await anybody.GetAsync("/health")).Is(503).Body);
        (await agent.PollAsync()).Refuses(503, "database_unavailable");
        (await backend.Admin.GetAsync("/api/admin/agents")).Refuses(503, "database_unavailable");

        Directory.Delete(file, recursive: true);
        File.Move(file + ".away", file);
        (await anybody.GetAsync("/health")).Is(200);
        Assert.Empty(await agent.HandedOutAsync());
    }

    [Fact]
    public async Task A_mistake_in_a_statement_is_no_outage()
    {
        var folder = Directory.CreateTempSubdirectory("spotcluster-outage-");
        await using (var sqlite = Database.Open(Path.Combine(folder.FullName, "x.db"), TimeProvider.System))
        await using (var postgres = Database.Open("Host=127.0.0.1;Port=1;Database=x;Username=x", TimeProvider.System))
        await using (var mysql = Database.Open("mysql://x@127.0.0.1:1/x", TimeProvider.System))
        {
            Assert.False(sqlite.IsAway(new SqliteException("no such column", 1)));
            Assert.False(sqlite.IsAway(new SqliteException("UNIQUE constraint failed", 19)));
            Assert.True(sqlite.IsAway(new SqliteException("unable to open database file", 14)));
            Assert.True(sqlite.IsAway(new SqliteException("database or disk is full", 13)));
            Assert.True(postgres.IsAway(new NpgsqlException("Failed to connect", new System.Net.Sockets.SocketException(111))));
            Assert.True(postgres.IsAway(new PostgresException("terminating connection due to administrator command", "FATAL", "FATAL", "57P01")));
            Assert.False(postgres.IsAway(new PostgresException("duplicate key", "ERROR", "ERROR", "23505")));
            Assert.False(postgres.IsAway(new PostgresException("column does not exist", "ERROR", "ERROR", "42703")));
            foreach (var away in (Database[])[postgres, mysql])
            {
                var context = new RequestContext("test", "test", CancellationToken.None);
                Assert.True(away.IsAway(await Assert.ThrowsAnyAsync<Exception>(() => away.ReadAsync(context, session => session.FirstAsync<int>("SELECT 1")))));
            }
        }

        folder.Delete(recursive: true);
    }
}
