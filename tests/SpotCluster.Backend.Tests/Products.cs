using SpotCluster.Backend.Tests.Agent;
using SpotCluster.Backend.Tests.Support;
using Xunit;

// Every suite on every product: SQLite in a file, and a real server of PostgreSQL and of MariaDB or MySQL.
namespace SpotCluster.Backend.Tests.Sqlite
{
    public sealed class ScenarioTestsOnSqlite(SqliteFixture fixture) : ScenarioTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class LessonTestsOnSqlite(SqliteFixture fixture) : LessonTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class ApiTestsOnSqlite(SqliteFixture fixture) : ApiTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class AccessTestsOnSqlite(SqliteFixture fixture) : AccessTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class ConcurrencyTestsOnSqlite(SqliteFixture fixture) : ConcurrencyTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class MigrationTestsOnSqlite(SqliteFixture fixture) : MigrationTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class AtomicityTestsOnSqlite(SqliteFixture fixture) : AtomicityTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class RandomCallsTestsOnSqlite(SqliteFixture fixture) : RandomCallsTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class OriginalAgentTestsOnSqlite(SqliteFixture fixture) : OriginalAgentTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class AgentRandomTestsOnSqlite(SqliteFixture fixture) : AgentRandomTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class AgentCrashTestsOnSqlite(SqliteFixture fixture) : AgentCrashTests(fixture), IClassFixture<SqliteFixture>;

    public sealed class AgentScenarioTestsOnSqlite(SqliteFixture fixture) : AgentScenarioTests(fixture), IClassFixture<SqliteFixture>;
}

namespace SpotCluster.Backend.Tests.Postgres
{
    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class ScenarioTestsOnPostgres(PostgresFixture fixture) : ScenarioTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class LessonTestsOnPostgres(PostgresFixture fixture) : LessonTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class ApiTestsOnPostgres(PostgresFixture fixture) : ApiTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class AccessTestsOnPostgres(PostgresFixture fixture) : AccessTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class ConcurrencyTestsOnPostgres(PostgresFixture fixture) : ConcurrencyTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class MigrationTestsOnPostgres(PostgresFixture fixture) : MigrationTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class AtomicityTestsOnPostgres(PostgresFixture fixture) : AtomicityTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class RandomCallsTestsOnPostgres(PostgresFixture fixture) : RandomCallsTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class OriginalAgentTestsOnPostgres(PostgresFixture fixture) : OriginalAgentTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class AgentRandomTestsOnPostgres(PostgresFixture fixture) : AgentRandomTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class AgentCrashTestsOnPostgres(PostgresFixture fixture) : AgentCrashTests(fixture);

    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class AgentScenarioTestsOnPostgres(PostgresFixture fixture) : AgentScenarioTests(fixture);
}

namespace SpotCluster.Backend.Tests.MySql
{
    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class OriginalAgentTestsOnMySql(MySqlFixture fixture) : OriginalAgentTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class ScenarioTestsOnMySql(MySqlFixture fixture) : ScenarioTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class LessonTestsOnMySql(MySqlFixture fixture) : LessonTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class ApiTestsOnMySql(MySqlFixture fixture) : ApiTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class AccessTestsOnMySql(MySqlFixture fixture) : AccessTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class ConcurrencyTestsOnMySql(MySqlFixture fixture) : ConcurrencyTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class MigrationTestsOnMySql(MySqlFixture fixture) : MigrationTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class AtomicityTestsOnMySql(MySqlFixture fixture) : AtomicityTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class RandomCallsTestsOnMySql(MySqlFixture fixture) : RandomCallsTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class AgentRandomTestsOnMySql(MySqlFixture fixture) : AgentRandomTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class AgentCrashTestsOnMySql(MySqlFixture fixture) : AgentCrashTests(fixture);

    [Collection(MySqlLayer.Name)]
    [Trait("Layer", "MariaDB")]
    public sealed class AgentScenarioTestsOnMySql(MySqlFixture fixture) : AgentScenarioTests(fixture);
}
