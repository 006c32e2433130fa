using System.Reflection;
using System.Runtime.Loader;

namespace SpotCluster.Tests;

/// <summary>The staged assemblies, read through their metadata: none of their code runs.</summary>
internal static class CompiledModule
{
    private static readonly AssemblyLoadContext Context = CreateContext();

    /// <summary>The assembly of the cmdlets.</summary>
    public static Assembly Cmdlets { get; } = Load("SpotCluster.dll");

    /// <summary>The assembly of the output types.</summary>
    public static Assembly Model { get; } = Load("SpotCluster.Model.dll");

    /// <summary>Every cmdlet, by name.</summary>
    public static IReadOnlyList<Cmdlet> All { get; } =
    [
        .. Cmdlets.ExportedTypes.Where(type => !type.IsAbstract && Attributes(type, "CmdletAttribute").Any())
            .Select(type => new Cmdlet(type)).OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal),
    ];

    /// <summary>Their names, for theories.</summary>
    public static TheoryData<string> Names => [.. All.Select(cmdlet => cmdlet.Name)];

    /// <summary>The cmdlet of that name.</summary>
    public static Cmdlet Get(string name) => All.Single(cmdlet => cmdlet.Name == name);

    /// <summary>Attributes by the name of their class.</summary>
    public static IEnumerable<CustomAttributeData> Attributes(MemberInfo member, string name) =>
        member.GetCustomAttributesData().Where(attribute => attribute.AttributeType.Name == name);

    /// <summary>A named argument of an attribute; the type's default where it is not given.</summary>
    public static T? Named<T>(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.Where(argument => argument.MemberName == name).Select(argument => (T?)argument.TypedValue.Value).FirstOrDefault();

    private static Assembly Load(string file) => Context.LoadFromAssemblyPath(Path.Combine(Repository.Module, "bin", file));

    private static AssemblyLoadContext CreateContext()
    {
        var context = new AssemblyLoadContext("staged module");
        context.Resolving += (loader, name) =>
            new[] { "", "dependencies" }
                .Select(folder => Path.Combine(Repository.Module, "bin", folder, name.Name + ".dll"))
                .Where(File.Exists)
                .Select(loader.LoadFromAssemblyPath)
                .FirstOrDefault();
        return context;
    }
}

/// <summary>A compiled cmdlet.</summary>
internal sealed class Cmdlet
{
    public Cmdlet(Type type)
    {
        Type = type;
        Attribute = CompiledModule.Attributes(type, "CmdletAttribute").Single();
        Verb = (string)Attribute.ConstructorArguments[0].Value!;
        Noun = (string)Attribute.ConstructorArguments[1].Value!;
        Parameters =
        [
            .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => CompiledModule.Attributes(property, "ParameterAttribute").Any())
                .Select(property => new Parameter(property)),
        ];
        Outputs =
        [
            .. CompiledModule.Attributes(type, "OutputTypeAttribute")
                .SelectMany(output => (IReadOnlyCollection<CustomAttributeTypedArgument>)output.ConstructorArguments[0].Value!)
                .Select(output => (Type)output.Value!),
        ];
    }

    public Type Type { get; }

    public CustomAttributeData Attribute { get; }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => $"{Verb}-{Noun}";

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Type> Outputs { get; }

    public bool SupportsShouldProcess => CompiledModule.Named<bool>(Attribute, "SupportsShouldProcess");

    /// <summary>1 Low, 2 Medium, 3 High; 0 where none is given.</summary>
    public int Impact => CompiledModule.Named<int>(Attribute, "ConfirmImpact");

    /// <summary>Names of the parameter sets.</summary>
    public IReadOnlyList<string> Sets
    {
        get
        {
            var named = Parameters.SelectMany(parameter => parameter.Declarations).Select(declaration => declaration.Set)
                .Where(set => set != Parameter.AllSets).Distinct().ToList();
            return named.Count == 0 ? [Parameter.AllSets] : named;
        }
    }
}

/// <summary>A parameter, and how it is declared for each set.</summary>
internal sealed class Parameter(PropertyInfo property)
{
    public const string AllSets = "__AllParameterSets";

    public PropertyInfo Property => property;

    public string Name => property.Name;

    /// <summary>Its other names.</summary>
    public IReadOnlyList<string> Aliases { get; } =
    [
        .. CompiledModule.Attributes(property, "AliasAttribute")
            .SelectMany(alias => (IReadOnlyCollection<CustomAttributeTypedArgument>)alias.ConstructorArguments[0].Value!)
            .Select(alias => (string)alias.Value!),
    ];

    /// <summary>The type of one value.</summary>
    public Type ElementType
    {
        get
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            return type.IsArray ? type.GetElementType()! : type;
        }
    }

    public IReadOnlyList<Declaration> Declarations { get; } =
    [
        .. CompiledModule.Attributes(property, "ParameterAttribute").Select(attribute => new Declaration(
            CompiledModule.Named<string>(attribute, "ParameterSetName") ?? AllSets,
            CompiledModule.Named<bool>(attribute, "Mandatory"),
            CompiledModule.Named<bool>(attribute, "ValueFromPipeline"),
            CompiledModule.Named<bool>(attribute, "ValueFromPipelineByPropertyName"),
            CompiledModule.Named<string>(attribute, "HelpMessage"))),
    ];

    public bool Has(string attribute) => CompiledModule.Attributes(property, attribute).Any();
}

internal sealed record Declaration(string Set, bool Mandatory, bool ByValue, bool ByPropertyName, string? HelpMessage)
{
    public bool IsIn(string set) => Set == set || Set == Parameter.AllSets;
}
