namespace SpotCluster.Backend.Tests.Support;

/// <summary>Gives each test a backend on an empty database of one product.</summary>
public abstract class BackendFixture
{
    /// <summary>Why the product cannot be had here; null when it can.</summary>
    public virtual string? Missing => null;

    public abstract Task<TestBackend> StartAsync();

    /// <summary>A second backend process on the same database and clock.</summary>
    public static Task<TestBackend> StartBesideAsync(TestBackend first) =>
        TestBackend.StartAsync(first.Target, () => ValueTask.CompletedTask, first.Clock);
}

public sealed class SqliteFixture : BackendFixture
{
    public override Task<TestBackend> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("spotcluster-backend-");
        return TestBackend.StartAsync(Path.Combine(folder.FullName, "backend.db"), () =>
        {
            folder.Delete(recursive: true);
            return ValueTask.CompletedTask;
        });
    }
}
