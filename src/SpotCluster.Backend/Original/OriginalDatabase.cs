using SpotCluster.Backend.Data;

namespace SpotCluster.Backend.Original;

/// <summary>The tables of the original backend, where ours stand beside them. Its schema is that of version 5.1.</summary>
/// <param name="Collation">The collation of its keys.</param>
/// <param name="MissingColumns">Columns that its statements ask for and that are not there yet.</param>
internal sealed record OriginalDatabase(string Collation, IReadOnlyList<(string Table, string Name, string Definition)> MissingColumns)
{
    private static readonly string[] Tables = ["clients", "agents", "instances", "replica_instances", "system_events"];

    // The first four are those of add_termination_tracking.sql. The guide's own queries ask for the last two, under the name that the other
    // table has: they are the same value under a second name.
    private static readonly (string Table, string Name, string Definition)[] Columns =
    [
        ("instances", "termination_attempted_at", "TIMESTAMP NULL COMMENT 'When agent last attempted to terminate this instance'"),
        ("instances", "termination_confirmed", "BOOLEAN DEFAULT FALSE COMMENT 'TRUE if AWS confirmed termination'"),
        ("replica_instances", "termination_attempted_at", "TIMESTAMP NULL COMMENT 'When agent last attempted to terminate this instance'"),
        ("replica_instances", "termination_confirmed", "BOOLEAN DEFAULT FALSE COMMENT 'TRUE if AWS confirmed termination'"),
        ("instances", "instance_id", "VARCHAR(64) GENERATED ALWAYS AS (id) VIRTUAL"),
        ("replica_instances", "instance_status", "VARCHAR(20) GENERATED ALWAYS AS (CAST(status AS CHAR(20))) VIRTUAL"),
    ];

    private static readonly (string Table, string Name, string Columns)[] Indexes =
    [
        ("instances", "idx_instances_zombie_termination", "instance_status, termination_attempted_at, region"),
        ("replica_instances", "idx_replicas_termination", "status, termination_attempted_at, agent_id"),
    ];

    public bool HasTracking(string table) => !MissingColumns.Any(column => column.Table == table && column.Name == "termination_confirmed");

    /// <summary>The original of this database; null when there is none.</summary>
    public static async Task<OriginalDatabase?> FindAsync(Session session)
    {
        if (session.Dialect is not MySqlDialect)
        {
            return null;
        }

        var missing = new List<string>();
        foreach (var table in Tables)
        {
            if (await session.FirstAsync<int>(session.Dialect.CountTables, new { name = table }) == 0)
            {
                missing.Add(table);
            }
        }

        if (missing.Count == Tables.Length)
        {
            return null;
        }

        if (missing.Count > 0)
        {
            throw new InvalidOperationException(
                $"The database has tables of the original backend, but not {string.Join(", ", missing)}: specify a database with the whole schema, or an empty one.");
        }

        var columns = (await session.QueryAsync<string>(
            """
            SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name IN ('instances', 'replica_instances')
            """)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var collation = await session.FirstAsync<string>(
            """
            SELECT collation_name FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = 'agents' AND column_name = 'id'
            """);
        return new OriginalDatabase(
            collation ?? throw new InvalidOperationException("The table agents of the original has no column id."),
            [.. Columns.Where(column => !columns.Contains($"{column.Table}.{column.Name}"))]);
    }

    /// <summary>Before anything of ours is written beside the original's tables, what they hold must have been taken over.</summary>
    /// <exception cref="InvalidOperationException">Nothing was imported.</exception>
    public static async Task RequireImportedAsync(Database database, CancellationToken cancellationToken)
    {
        var isImported = await database.ReadAsync(new RequestContext("scheduler", "original", cancellationToken), async session =>
            await FindAsync(session) is null
            || (await session.FirstAsync<int>(session.Dialect.CountTables, new { name = "sc_imports" }) > 0
                && await session.FirstAsync<int>("SELECT COUNT(*) FROM sc_imports") > 0));
        if (!isImported)
        {
            throw new InvalidOperationException(
                "The database contains data of the original backend that was not imported: run 'spotcluster backend import --what-if', "
                + "review the list, and run the command again without --what-if.");
        }
    }

    /// <summary>
    /// At the start of a backend: where the original's tables are, nobody else may write to them, and they get what the mirror needs.
    /// </summary>
    /// <exception cref="InvalidOperationException">The original backend wrote after the import.</exception>
    public static async Task<OriginalDatabase?> AttachAsync(Database database, CancellationToken cancellationToken)
    {
        var context = new RequestContext("scheduler", "original", cancellationToken);
        return await database.WriteAsync(context, async session =>
        {
            var original = await FindAsync(session);
            if (original is null)
            {
                return null;
            }

            await original.RequireAloneAsync(session);
            await original.PrepareAsync(session);
            return original;
        });
    }

    /// <summary>Adds what is missing to the original's tables, and the triggers of the mirror. Can be done again at any time.</summary>
    public async Task PrepareAsync(Session session)
    {
        foreach (var (table, name, definition) in MissingColumns)
        {
            await session.ExecuteAsync($"ALTER TABLE {table} ADD COLUMN {name} {definition}");
        }

        foreach (var (table, name, columns) in Indexes)
        {
            var found = await session.FirstAsync<int>(
                "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = @table AND index_name = @name",
                new { table, name });
            if (found == 0)
            {
                await session.ExecuteAsync($"CREATE INDEX {name} ON {table} ({columns})");
            }
        }

        foreach (var (name, create) in Mirror.Triggers(Collation))
        {
            await session.ExecuteAsync($"DROP TRIGGER IF EXISTS {name}");
            await session.ExecuteAsync(create);
        }
    }

    /// <summary>
    /// Two backends that decide over one set of machines are one too many. Every heartbeat and replica of ours is in both sets of tables:
    /// one that is only in the original's was written by the original.
    /// </summary>
    /// <exception cref="InvalidOperationException">The original backend wrote after the import.</exception>
    public async Task RequireAloneAsync(Session session)
    {
        if (await FindStrangerAsync(session) is { } trace)
        {
            throw new InvalidOperationException(Refusal(trace));
        }
    }

    /// <summary>What the original wrote after the import; null for nothing.</summary>
    public async Task<string?> FindStrangerAsync(Session session) =>
        await session.FirstAsync<string>(
            $"""
            SELECT CONCAT('agent ', o.logical_agent_id, ' sent it a heartbeat at ', o.last_heartbeat_at, ' UTC')
            FROM sc_agents a JOIN agents o ON o.id = a.id COLLATE {Collation}
            WHERE o.last_heartbeat_at > COALESCE(FROM_UNIXTIME(a.last_seen_at DIV 1000), '1970-01-02') LIMIT 1
            """)
        ?? await session.FirstAsync<string>(
            """
            SELECT CONCAT('it made replica ', o.id, ' at ', o.created_at, ' UTC') FROM replica_instances o
            WHERE o.created_at > (SELECT FROM_UNIXTIME(MAX(imported_at) DIV 1000) FROM sc_imports)
                AND NOT EXISTS (SELECT 1 FROM sc_replicas r WHERE r.id = o.id COLLATE utf8mb4_bin) LIMIT 1
            """);

    /// <summary>The original backend runs on this database now, as far as its heartbeats say.</summary>
    public static async Task RequireStoppedAsync(Session session, bool hasTables)
    {
        var known = hasTables
            ? $"""
              AND NOT EXISTS (SELECT 1 FROM sc_agents a WHERE a.id = o.id COLLATE utf8mb4_bin
                  AND o.last_heartbeat_at <= FROM_UNIXTIME(a.last_seen_at DIV 1000))
              """
            : "";
        var trace = await session.FirstAsync<string>(
            $"""
            SELECT CONCAT('agent ', o.logical_agent_id, ' sent it a heartbeat ', TIMESTAMPDIFF(SECOND, o.last_heartbeat_at, NOW()), ' s ago')
            FROM agents o WHERE o.last_heartbeat_at > NOW() - INTERVAL 5 MINUTE {known} ORDER BY o.last_heartbeat_at DESC LIMIT 1
            """);
        if (trace is not null)
        {
            throw new InvalidOperationException(
                $"The original backend is running on this database ({trace}): stop it and wait five minutes, because two backends must not control the same instances.");
        }
    }

    public static string Refusal(string trace) =>
        $"The original backend wrote to this database after the import ({trace}): stop it, then run 'spotcluster backend import' again, because two backends must not control the same instances.";
}
