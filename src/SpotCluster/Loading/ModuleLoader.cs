using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;
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
        AssemblyLoadContext.Default.Resolving += ResolveEngine;
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        SpotSession.CloseCurrent();
        AssemblyLoadContext.Default.Resolving -= ResolveEngine;
    }

    // The cmdlets name only these two; everything else is asked for from inside the engine's own context.
    private static Assembly? ResolveEngine(AssemblyLoadContext context, AssemblyName name) =>
        name.Name is "SpotCluster.Engine" or "SpotCluster.Simulator"
            ? EngineLoadContext.Instance.LoadFromAssemblyName(name)
            : null;
}
