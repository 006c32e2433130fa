using System.Globalization;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>A structure of a request that writes its own members.</summary>
internal interface IQueryStructure
{
    /// <summary>Writes the members; the writer knows the name that they stand under.</summary>
    void Write(QueryWriter w);
}

/// <summary>
/// Writes the EC2 form of the query protocol: lists as <c>Name.1</c>, <c>Name.2</c>; structures as <c>Name.Member</c>.
/// What is null, and lists that are empty, are left out.
/// </summary>
internal readonly struct QueryWriter(IDictionary<string, string> parameters, string prefix = "")
{
    public void Add(string name, string? value)
    {
        if (value is not null)
        {
            parameters.Add(prefix + name, value);
        }
    }

    public void Add(string name, bool? value) => Add(name, value switch { true => "true", false => "false", null => null });

    public void Add(string name, int? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public void Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public void Add(string name, double? value) => Add(name, value?.ToString("R", CultureInfo.InvariantCulture));

    public void Add(string name, DateTimeOffset? value) =>
        Add(name, value?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

    public void Add(string name, IReadOnlyList<string>? values)
    {
        for (var i = 0; i < values?.Count; i++)
        {
            Add(Numbered(name, i), values[i]);
        }
    }

    public void Add(string name, IQueryStructure? value) => value?.Write(new QueryWriter(parameters, prefix + name + "."));

    public void Add(string name, IReadOnlyList<IQueryStructure>? values)
    {
        for (var i = 0; i < values?.Count; i++)
        {
            Add(Numbered(name, i), values[i]);
        }
    }

    /// <summary>A list that may not be empty: EC2 takes a missing list for "all of them".</summary>
    public void AddRequired(string name, IReadOnlyList<string> values)
    {
        RefuseEmpty(name, values.Count);
        Add(name, values);
    }

    /// <inheritdoc cref="AddRequired(string, IReadOnlyList{string})"/>
    public void AddRequired(string name, IReadOnlyList<IQueryStructure> values)
    {
        RefuseEmpty(name, values.Count);
        Add(name, values);
    }

    private static string Numbered(string name, int index) => name + "." + (index + 1).ToString(CultureInfo.InvariantCulture);

    private static void RefuseEmpty(string name, int count)
    {
        if (count == 0)
        {
            throw new ArgumentException($"{name}: the list is empty.");
        }
    }
}
