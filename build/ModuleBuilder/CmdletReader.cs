using System.Reflection;
using System.Runtime.Loader;

namespace ModuleBuilder;

/// <summary>A cmdlet as the compiled module declares it.</summary>
internal sealed record CmdletInfo(string Name, string DefaultSet, IReadOnlyList<ParameterInfo> Parameters, IReadOnlyList<string> Outputs);

/// <summary>A parameter of a cmdlet. <paramref name="Sets"/> has one entry per parameter set.</summary>
internal sealed record ParameterInfo(string Name, string Type, bool IsSwitch, bool IsArray, bool Globbing, IReadOnlyList<string> Aliases, IReadOnlyList<ParameterSet> Sets);

/// <summary>What a parameter is in one set; the set's name is <c>__AllParameterSets</c> for one that is in all of them.</summary>
internal sealed record ParameterSet(string Name, bool Mandatory, int? Position, bool ByValue, bool ByPropertyName);

/// <summary>Reads the cmdlets of a compiled module through their metadata; none of its code runs.</summary>
internal static class CmdletReader
{
    /// <summary>Name of the set of parameters that are in all sets.</summary>
    public const string AllSets = "__AllParameterSets";

    /// <summary>Every cmdlet, by name.</summary>
    public static IReadOnlyList<CmdletInfo> Read(string assemblyPath, string standardFolder)
    {
        var context = new AssemblyLoadContext("module", isCollectible: false);
        context.Resolving += (loader, name) =>
            new[] { standardFolder, Path.GetDirectoryName(assemblyPath)! }
                .Select(folder => Path.Combine(folder, name.Name + ".dll"))
                .Where(File.Exists)
                .Select(loader.LoadFromAssemblyPath)
                .FirstOrDefault();
        return
        [
            .. context.LoadFromAssemblyPath(Path.GetFullPath(assemblyPath)).ExportedTypes
                .Where(type => !type.IsAbstract)
                .Select(type => (Type: type, Cmdlet: Attributes(type, "CmdletAttribute").SingleOrDefault()))
                .Where(found => found.Cmdlet is not null)
                .Select(found => ReadCmdlet(found.Type, found.Cmdlet!))
                .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal),
        ];
    }

    private static CmdletInfo ReadCmdlet(Type type, CustomAttributeData cmdlet)
    {
        var parameters = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => Attributes(property, "ParameterAttribute").Any())
            .Select(ReadParameter)
            .ToList();
        if (Named(cmdlet, "SupportsShouldProcess") is true)
        {
            parameters.Add(Common("WhatIf", "wi"));
            parameters.Add(Common("Confirm", "cf"));
        }

        var outputs = Attributes(type, "OutputTypeAttribute")
            .SelectMany(output => (IReadOnlyCollection<CustomAttributeTypedArgument>)output.ConstructorArguments[0].Value!)
            .Select(output => (output.Value as Type)?.FullName ?? "None")
            .Select(name => name == "System.Void" ? "None" : name);
        return new CmdletInfo(
            $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}",
            Named(cmdlet, "DefaultParameterSetName") as string ?? AllSets,
            parameters,
            [.. outputs]);
    }

    private static ParameterInfo ReadParameter(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var sets = Attributes(property, "ParameterAttribute").Select(attribute => new ParameterSet(
            Named(attribute, "ParameterSetName") as string ?? AllSets,
            Named(attribute, "Mandatory") is true,
            Named(attribute, "Position") as int?,
            Named(attribute, "ValueFromPipeline") is true,
            Named(attribute, "ValueFromPipelineByPropertyName") is true));
        var aliases = Attributes(property, "AliasAttribute")
            .SelectMany(attribute => (IReadOnlyCollection<CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)
            .Select(alias => (string)alias.Value!);
        return new ParameterInfo(
            property.Name,
            type.Name,
            type.Name == "SwitchParameter",
            type.IsArray,
            Attributes(property, "SupportsWildcardsAttribute").Any(),
            [.. aliases],
            [.. sets]);
    }

    private static ParameterInfo Common(string name, string alias) =>
        new(name, "SwitchParameter", true, false, false, [alias], [new(AllSets, false, null, false, false)]);

    private static IEnumerable<CustomAttributeData> Attributes(MemberInfo member, string name) =>
        member.GetCustomAttributesData().Where(attribute => attribute.AttributeType.Name == name);

    private static object? Named(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.Where(argument => argument.MemberName == name).Select(argument => argument.TypedValue.Value).FirstOrDefault();
}
