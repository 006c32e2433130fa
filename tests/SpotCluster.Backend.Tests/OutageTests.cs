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
        Assert.Equal("""{"status":"unhealthy","reason":"The database is not available"}""", (await anybody.GetAsync("/health")).Is(503).Body);
        (await agent.PollAsync()).Refuses(503, "database_unavailable");
        (await backend.Admin.GetAsync("/api/admin/agents")).Refuses(503, "database_unavailable");

        Directory.Delete(file, recursive: true);
        File.Move(file + ".away", file);
        (await anybody.GetAsync("/health")).Is(200);
        Assert.Empty(await agent.HandedOutAsync());
    }

    [Fact]
    public async Task A_full_disk_answers_503_loses_nothing_and_goes_on_when_there_is_room_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root of Linux can make a disk of two megabytes");
        var disk = Directory.CreateTempSubdirectory("spotcluster-full-");
        Assert.SkipUnless(await RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk.FullName), "A small disk cannot be mounted here");
        try
        {
            const string Zombie = "i-0000000000000000b";
            const string Waiting = "i-0000000000000000c";
            var filler = Path.Combine(disk.FullName, "filler");
            await using var backend = await TestBackend.StartAsync(Path.Combine(disk.FullName, "backend.db"), () => ValueTask.CompletedTask);
            var agent = await backend.EnrollAsync(primary: "i-0000000000000000a");
            await agent.RetireAsync(Zombie);
            Assert.Equal([Zombie], await agent.HandedOutAsync());
            await agent.RetireAsync(Waiting);
            const string Everything = "SELECT (SELECT COUNT(*) FROM sc_audit) a, (SELECT COUNT(*) FROM sc_events) b, (SELECT COUNT(*) FROM sc_claims) c, (SELECT COUNT(*) FROM sc_instances WHERE state = 'terminated') d";
            var before = await backend.RowAsync(Everything);
            Fill(filler);

            // What is over a page of the log that there was room for may still be taken; from then on everything is refused.
            while ((await agent.ConfigAsync(new { manualReplicaEnabled = false })).Status != 503)
            {
                before = await backend.RowAsync(Everything);
            }

            (await agent.ReportAsync(Zombie, success: true)).Refuses(503, "database_unavailable");
            (await agent.PollAsync()).Refuses(503, "database_unavailable");
            (await agent.Api.GetAsync(agent.Path)).Is(200);
            Assert.Equal(before, await backend.RowAsync(Everything));

            File.Delete(filler);
            (await agent.ReportAsync(Zombie, success: true)).Is(200);
            Assert.Equal([Waiting], await agent.HandedOutAsync());
            Assert.Equal("terminated", await backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @Zombie", new { Zombie }));
            Assert.Equal("ok", await backend.QueryAsync<string>("PRAGMA integrity_check"));
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            await RunAsync("umount", "-l", disk.FullName);
            disk.Delete();
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
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
