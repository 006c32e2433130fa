using Xunit;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>Tests that run once on each database product.</summary>
public abstract class BackendTests(BackendFixture fixture)
{
    protected const string Primary = "i-0000000000000000a";
    protected const string Replica = "i-0000000000000000b";
    protected const string Other = "i-0000000000000000c";

    protected BackendFixture Fixture => fixture;

    protected Task<TestBackend> StartAsync()
    {
        Assert.SkipWhen(fixture.Missing is not null, fixture.Missing ?? "It is there");
        return fixture.StartAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class PostgresLayer : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}

[CollectionDefinition(Name)]
public sealed class MySqlLayer : ICollectionFixture<MySqlFixture>
{
    public const string Name = "MariaDB";
}
