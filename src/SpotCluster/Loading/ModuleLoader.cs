using System.Management.Automation;
using System.Reflection;
#if NET
using System.Runtime.Loader;
#endif
using SpotCluster.Common;

namespace SpotCluster.Loading;

/// <summary>Runs at Import-Module and Remove-Module: makes the engine's assemblies findable, and loads none of them.</summary>
/// <remarks>
/// Each import adds the handler once and each removal takes one away, so a module that is imported in several runspaces
/// of one process works until the last of them removes it.
/// </remarks>
public sealed class ModuleLoader : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnImport()
    {
#if NET
        AssemblyLoadContext.Default.Resolving += ResolveEngine;
#else
        AppDomain.CurrentDomain.AssemblyResolve += ResolveDependency;
#endif
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        SpotSession.CloseCurrent();
#if NET
        AssemblyLoadContext.Default.Resolving -= ResolveEngine;
#else
        AppDomain.CurrentDomain.AssemblyResolve -= ResolveDependency;
#endif
    }

#if NET
    // The cmdlets name only these two; everything else is asked for from inside the engine's own context.
    private static Assembly? ResolveEngine(AssemblyLoadContext context, AssemblyName name) =>
        name.Name is "SpotCluster.Engine" or "SpotCluster.Simulator"
            ? EngineLoadContext.Instance.LoadFromAssemblyName(name)
            : null;
#else
    private static readonly string ModuleFolder = Path.GetDirectoryName(typeof(ModuleLoader).Assembly.Location)!;

    // Windows PowerShell has no load contexts. Only requests from our own files are answered, so other modules see nothing of it.
    private static Assembly? ResolveDependency(object? sender, ResolveEventArgs request)
    {
        if (request.RequestingAssembly is not { IsDynamic: false } requester
            || !requester.Location.StartsWith(ModuleFolder, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var file = new AssemblyName(request.Name).Name + ".dll";
        var path = new[] { Path.Combine(ModuleFolder, "dependencies", file), Path.Combine(ModuleFolder, file) }.FirstOrDefault(File.Exists);
        return path is null ? null : Assembly.LoadFrom(path);
    }
#endif
}
