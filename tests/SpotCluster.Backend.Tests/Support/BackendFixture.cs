namespace SpotCluster.Backend.Tests.Support;

/// <summary>Gives each test a backend on an empty database of one product.</summary>
public abstract class BackendFixture
{
    /// <summary>Why the product cannot be had here; null when it can.</summary>
    public virtual string? Missing => null;

    /// <summary>An empty database, and how it is removed.</summary>
    public abstract Task<(string Address, Func<ValueTask> CleanUp)> CreateTargetAsync();

    public async Task<TestBackend> StartAsync()
    {
        var (address, cleanUp) = await CreateTargetAsync();
        return await TestBackend.StartAsync(address, cleanUp);
    }

    /// <summary>A second backend process on the same database and clock.</summary>
    public static Task<TestBackend> StartBesideAsync(TestBackend first) =>
        TestBackend.StartAsync(first.Target, () => ValueTask.CompletedTask, first.Clock);
}

public sealed class SqliteFixture : BackendFixture
{
    public override Task<(string Address, Func<ValueTask> CleanUp)> CreateTargetAsync()
    {
        var folder = Directory.CreateTempSubdirectory("spotcluster-backend-");
        return Task.FromResult<(string, Func<ValueTask>)>((Path.Combine(folder.FullName, "backend.db"), () =>
        {
            folder.Delete(recursive: true);
            return ValueTask.CompletedTask;
        }));
    }
}
