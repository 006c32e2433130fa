namespace SpotCluster.Tests;

/// <summary>Where things lie: found from the folder that the tests run in.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution in it.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The module as the build staged it.</summary>
    public static string Module { get; } = Path.Combine(Root, "out", "SpotCluster");

    /// <summary>Text of a file of the repository.</summary>
    public static string Read(params string[] parts) => File.ReadAllText(Path.Combine([Root, .. parts]));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "SpotCluster.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
