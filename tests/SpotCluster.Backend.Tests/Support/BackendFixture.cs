using System.Collections.Concurrent;
using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>Gives each test a backend on an empty database of one product.</summary>
public abstract class BackendFixture
{
    private readonly ConcurrentBag<string> _ready = [];

    /// <summary>Why the product cannot be had here; null when it can.</summary>
    public virtual string? Missing => null;

    /// <summary>A database without any table, and how it is removed.</summary>
    public abstract Task<(string Address, Func<ValueTask> CleanUp)> CreateTargetAsync();

    /// <summary>A backend on a database that has its tables and nothing in them: one that an earlier test is done with, or a new one.</summary>
    public async Task<TestBackend> StartAsync()
    {
        if (!_ready.TryTake(out var address))
        {
            (address, _) = await CreateTargetAsync();
        }

        return await TestBackend.StartAsync(address, async () =>
        {
            await EmptyAsync(address);
            _ready.Add(address);
        });
    }

    /// <summary>A second backend process on the same database and clock.</summary>
    public static Task<TestBackend> StartBesideAsync(TestBackend first) =>
        TestBackend.StartAsync(first.Target, () => ValueTask.CompletedTask, first.Clock);

    /// <summary>Statements that leave the tables of a migrated database as they were at the start.</summary>
    protected abstract IReadOnlyList<string> EmptyStatements(IReadOnlyList<string> tables);

    private async Task EmptyAsync(string address)
    {
        // What a migration fills stays.
        string[] tables =
        [
            "sc_agent_tokens", "sc_claims", "sc_cleanups", "sc_instance_tags", "sc_replicas", "sc_switches", "sc_instances", "sc_agents", "sc_clients",
            "sc_audit", "sc_events", "sc_scheduler_lease",
        ];
        await using var database = Database.Open(address, TimeProvider.System);
        await database.WriteAsync(new RequestContext("test", "test", CancellationToken.None), async session =>
        {
            foreach (var statement in EmptyStatements(tables))
            {
                await session.ExecuteAsync(statement);
            }
        });
    }
}

public sealed class SqliteFixture : BackendFixture, IDisposable
{
    private readonly DirectoryInfo _folder = TestFolder.Create("spotcluster-backend-");
    private int _databases;

    public override Task<(string Address, Func<ValueTask> CleanUp)> CreateTargetAsync()
    {
        var path = Path.Combine(_folder.FullName, $"{Interlocked.Increment(ref _databases)}.db");
        return Task.FromResult<(string, Func<ValueTask>)>((path, () => ValueTask.CompletedTask));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    protected override IReadOnlyList<string> EmptyStatements(IReadOnlyList<string> tables)
    {
        // The trigger of the audit is in the way.
        const string Trigger = "audit_no_delete";
        return
        [
            $"DROP TRIGGER {Trigger}", .. tables.Select(table => $"DELETE FROM {table}"), "DELETE FROM sqlite_sequence",
            $"CREATE TRIGGER {Trigger} BEFORE DELETE ON sc_audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
        ];
    }
}
