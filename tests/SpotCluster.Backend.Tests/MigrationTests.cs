using SpotCluster.Backend.Data;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The schema comes to be, whatever happens on the way.</summary>
public abstract class MigrationTests(BackendFixture fixture) : BackendTests(fixture)
{
    private static readonly string[] Tables =
    [
        "sc_agent_tokens", "sc_agents", "sc_audit", "sc_claims", "sc_cleanups", "sc_clients", "sc_events", "sc_instance_tags",
        "sc_instance_transitions", "sc_instances", "sc_migrations", "sc_replicas", "sc_scheduler_lease", "sc_switches",
    ];

    /// <summary>After so many cuts the schema is worked with, and not only counted.</summary>
    private const int Sample = 20;

    [Fact]
    public async Task A_start_that_is_killed_at_any_statement_is_finished_by_the_next_one()
    {
        Assert.SkipWhen(Fixture.Missing is not null, Fixture.Missing ?? "It is there");
        var target = await Fixture.CreateTargetAsync();
        for (var cut = 1; ; cut++)
        {
            var isCut = false;
            await using (var database = Database.Open(target.Address, new ManualClock()))
            {
                var statement = 0;
                database.StatementProbe = _ =>
                {
                    if (++statement == cut)
                    {
                        throw new IOException("The power is gone.");
                    }
                };
                try
                {
                    await Migrator.ApplyAsync(database, CancellationToken.None);
                }
                catch (IOException)
                {
                    isCut = true;
                }

                // Where one transaction makes the schema, a cut leaves nothing at all, and every further one starts from there.
                database.StatementProbe = null;
                if (isCut && database.Dialect.UnlockMigrations is null)
                {
                    Assert.Equal(0, await CountAsync(database, Tables));
                    continue;
                }

                await Migrator.ApplyAsync(database, CancellationToken.None);
                Assert.Equal(Tables.Length, await CountAsync(database, Tables));
                var context = new RequestContext("test", "test", CancellationToken.None);
                Assert.Equal(
                    (8, Migrator.Load(database.Dialect.Name).Count),
                    await database.ReadAsync(context, async session => (
                        await session.FirstAsync<int>("SELECT COUNT(*) FROM sc_instance_transitions"), await session.FirstAsync<int>("SELECT COUNT(*) FROM sc_migrations"))));
            }

            if (!isCut || cut % Sample == 0)
            {
                await using var backend = await TestBackend.StartAsync(target.Address, () => ValueTask.CompletedTask);
                var agent = await backend.EnrollAsync(primary: Primary);
                await agent.RetireAsync(Replica);
                Assert.Equal([Replica], await agent.HandedOutAsync());
            }

            await target.CleanUp();
            if (!isCut)
            {
                Assert.True(cut > 20, $"Only {cut} statements");
                return;
            }

            target = await Fixture.CreateTargetAsync();
        }
    }

    private static Task<int> CountAsync(Database database, string[] tables) =>
        database.ReadAsync(new RequestContext("test", "test", CancellationToken.None), async session =>
        {
            var count = 0;
            foreach (var table in tables)
            {
                count += await session.FirstAsync<int>(session.Dialect.CountTables, new { name = table });
            }

            return count;
        });

    [Fact]
    public async Task Two_that_start_at_once_make_one_schema()
    {
        Assert.SkipWhen(Fixture.Missing is not null, Fixture.Missing ?? "It is there");
        var target = await Fixture.CreateTargetAsync();
        var clock = new ManualClock();
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            Task.Run(() => TestBackend.StartAsync(target.Address, () => ValueTask.CompletedTask, clock))));
        var agent = await both[0].EnrollAsync(primary: Primary);
        Assert.Equal(200, (await both[1].Client(agent.Token).GetAsync(agent.Path)).Status);
        await both[0].DisposeAsync();
        await both[1].DisposeAsync();
        await target.CleanUp();
    }

    [Fact]
    public async Task What_was_written_before_the_tables_had_a_prefix_is_all_there()
    {
        Assert.SkipWhen(Fixture.Missing is not null, Fixture.Missing ?? "It is there");
        var target = await Fixture.CreateTargetAsync();
        string id;
        string token;
        await using (var old = await TestBackend.StartAsync(target.Address, () => ValueTask.CompletedTask))
        {
            Assert.SkipWhen(old.Database.Dialect.FormerMigrations is null, "This product always had the prefix");
            var agent = await old.EnrollAsync(primary: Primary);
            await agent.RetireAsync(Replica);
            (id, token) = (agent.Id, agent.Token);

            // Back to what version 2 was.
            await old.Database.WriteAsync(new RequestContext("test", "test", CancellationToken.None), async session =>
            {
                await session.ExecuteAsync("DROP INDEX instances_waiting");
                await session.ExecuteAsync("DROP INDEX claims_by_agent_status");
                await session.ExecuteAsync("DELETE FROM sc_migrations WHERE number > 2");
                foreach (var table in Tables.Where(table => table != "sc_migrations"))
                {
                    await session.ExecuteAsync($"ALTER TABLE {table} RENAME TO {table[3..]}");
                }

                await session.ExecuteAsync("ALTER TABLE sc_migrations RENAME TO schema_migrations");
            });
        }

        await using var backend = await TestBackend.StartAsync(target.Address, target.CleanUp);
        var list = (await backend.Client(token).GetAsync($"/api/agents/{id}/instances-to-terminate")).Is(200);
        Assert.Equal(Replica, list.Items("instances").Single().GetProperty("instance_id").GetString());
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => backend.Database.WriteAsync(
            new RequestContext("test", "test", CancellationToken.None), session => session.ExecuteAsync("DELETE FROM sc_audit")));
    }
}
