using SpotCluster.Backend.Tests.Support;
using Xunit;

// Every suite on every product: SQLite in a file, and a real PostgreSQL server.
namespace SpotCluster.Backend.Tests.Sqlite
{
    public sealed class ScenarioTestsOnSqlite(SqliteFixture fixture) : ScenarioTests(fixture), IClassFixture<SqliteFixture>;
}

namespace SpotCluster.Backend.Tests.Postgres
{
    [Collection(PostgresLayer.Name)]
    [Trait("Layer", "PostgreSQL")]
    public sealed class ScenarioTestsOnPostgres(PostgresFixture fixture) : ScenarioTests(fixture);
}
