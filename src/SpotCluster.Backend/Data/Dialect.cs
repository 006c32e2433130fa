namespace SpotCluster.Backend.Data;

/// <summary>
/// What the database products say differently, in one place for each. Every other statement is written once, in words that all of them
/// know: no <c>||</c>, no casts, no division of whole numbers, no partial index, no update that reads its own table.
/// </summary>
internal abstract class Dialect
{
    /// <summary>The name in the file names of migrations that differ between products.</summary>
    public abstract string Name { get; }

    /// <summary>Appended to a SELECT that must hold its rows until the transaction ends.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Counts the tables named <c>@name</c> in the database that is open.</summary>
    public abstract string CountTables { get; }

    /// <summary>What the table of migrations was called before every table got its prefix; null where there was no such time.</summary>
    public virtual string? FormerMigrations => null;

    /// <summary>Makes two backends that start together wait for each other while they migrate; null where the writer's turn does that.</summary>
    public virtual string? LockMigrations => null;

    /// <summary>Undoes <see cref="LockMigrations"/>; null where the end of the transaction does that.</summary>
    public virtual string? UnlockMigrations => null;

    /// <summary>An INSERT that leaves everything as it is when there is a row with this key.</summary>
    public abstract string InsertOrKeep(string insert, string key);
}

internal sealed class SqliteDialect : Dialect
{
    public override string Name => "sqlite";

    public override string ForUpdate => "";

    public override string CountTables => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = @name";

    public override string FormerMigrations => "schema_migrations";

    public override string InsertOrKeep(string insert, string key) => $"{insert} ON CONFLICT ({key}) DO NOTHING";
}

internal sealed class PostgresDialect : Dialect
{
    public override string Name => "postgresql";

    public override string ForUpdate => " FOR UPDATE";

    public override string CountTables => "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = @name";

    public override string FormerMigrations => "schema_migrations";

    public override string LockMigrations => "SELECT pg_advisory_xact_lock(7203511)";

    public override string InsertOrKeep(string insert, string key) => $"{insert} ON CONFLICT ({key}) DO NOTHING";
}

/// <summary>MySQL 8 and MariaDB 10.11, in the words that both know.</summary>
internal sealed class MySqlDialect : Dialect
{
    public override string Name => "mysql";

    public override string ForUpdate => " FOR UPDATE";

    public override string CountTables => "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = @name";

    // By the name of the database: one server may hold many of ours.
    public override string LockMigrations => "SELECT GET_LOCK(SHA1(CONCAT('spotcluster ', DATABASE())), 300)";

    public override string UnlockMigrations => "SELECT RELEASE_LOCK(SHA1(CONCAT('spotcluster ', DATABASE())))";

    public override string InsertOrKeep(string insert, string key) => $"{insert} ON DUPLICATE KEY UPDATE {key} = {key}";
}
