using System.Reflection;
using System.Runtime.Loader;
using SpotCluster.Model;

namespace SpotCluster.Loading;

/// <summary>
/// Holds the engine and its packages, so that their versions do not meet those of other modules. The output types stay
/// in the default context: users and the format file see one type of each name.
/// </summary>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    /// <summary>One per process: what was bound once stays bound, also when the module is imported again.</summary>
    public static readonly EngineLoadContext Instance = new();

    private readonly string _folder =
        Path.Combine(Path.GetDirectoryName(typeof(EngineLoadContext).Assembly.Location)!, "dependencies");

    private EngineLoadContext()
        : base("SpotCluster")
    {
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var model = typeof(SpotException).Assembly;
        if (assemblyName.Name == model.GetName().Name)
        {
            return model;
        }

        var path = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
