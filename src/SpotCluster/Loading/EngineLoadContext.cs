using System.Reflection;
using System.Runtime.InteropServices;
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

    /// <summary>The .NET that build/CompiledEngine compiles for.</summary>
    private const int CompiledFor = 10;

    private readonly string[] _folders;

    private EngineLoadContext()
        : base("SpotCluster")
    {
        // A package has some of the assemblies compiled ahead of time for some platforms.
        var portable = Path.Combine(Path.GetDirectoryName(typeof(EngineLoadContext).Assembly.Location)!, "dependencies");
        _folders = Environment.Version.Major == CompiledFor ? [Path.Combine(portable, RuntimeInformation.RuntimeIdentifier), portable] : [portable];
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var model = typeof(SpotException).Assembly;
        if (assemblyName.Name == model.GetName().Name)
        {
            return model;
        }

        return _folders.Select(folder => Path.Combine(folder, assemblyName.Name + ".dll")).FirstOrDefault(File.Exists) is { } path ? LoadFromAssemblyPath(path) : null;
    }
}
