using System.Collections;
using System.Reflection;

namespace SpotCluster.PowerShell.Tests;

/// <summary>Objects of the output types with a value in every property that can be set, as long as such values are.</summary>
internal static class ModelSamples
{
    private const string Namespace = "SpotCluster.Model";

    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["Id"] = "i-0123456789abcdef0",
        ["InstanceId"] = "i-0123456789abcdef0",
        ["NodeId"] = "i-0123456789abcdef0",
        ["AgentId"] = "0b6d1c1e-8f43-4d0e-9a56-3c1f7e2b9d84",
        ["AccountId"] = "123456789012",
        ["Region"] = "ap-southeast-1",
        ["Zone"] = "ap-southeast-1a",
        ["InstanceType"] = "c7gn.16xlarge",
        ["PublicIp"] = "198.18.111.183",
        ["Code"] = "InsufficientInstanceCapacity",
        ["Hash"] = new string('0', 64),
        ["Arn"] = "arn:aws:sts::123456789012:assumed-role/Administrator/someone@example.com",
        ["SshCommand"] = "ssh -p 41023 root@ssh5.vast.ai",
        ["Scope"] = "cluster 'demo' at AWS in all 17 enabled regions of account 123456789012",
        ["Reason"] = "We currently do not have sufficient capacity in the Availability Zone you requested.",
        ["FilterTag"] = "bacalhau-cluster=bacalhau-aws-spot",
        ["QuotaCode"] = "L-34B43A08",
        ["Family"] = "Standard (A, C, D, H, I, M, R, T, Z)",
    };

    /// <summary>2026-01-02 03:04:05Z in another zone.</summary>
    public static DateTimeOffset Time { get; } = new(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2));

    /// <summary>The types of the loaded module by their names; those that are output or part of it.</summary>
    public static Type Find(string name) =>
        AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name == Namespace).Select(assembly => assembly.GetType(name)).First(type => type is not null)!;

    /// <summary>An object of that type.</summary>
    public static object Make(Type type) => Make(type, depth: 0);

    private static object Make(Type type, int depth)
    {
        var made = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            if (Value(property, property.PropertyType, depth) is { } value)
            {
                property.SetValue(made, value);
            }
        }

        return made;
    }

    private static object? Value(PropertyInfo property, Type type, int depth)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return Texts.GetValueOrDefault(property.Name) ?? (property.DeclaringType!.Name == "SpotRemoval" && property.Name == "BlockedBy" ? "eni-0123456789abcdef0" : property.Name == "Type" && property.DeclaringType!.Name is "SpotRemoval" or "SpotResource" ? "spot-instances-request" : "demo");
        }

        if (type == typeof(DateTimeOffset))
        {
            return Time;
        }

        if (type == typeof(TimeSpan))
        {
            return TimeSpan.FromSeconds(62);
        }

        if (type.IsEnum)
        {
            return Enum.GetValues(type).Cast<object>().MaxBy(value => value.ToString()!.Length);
        }

        if (type == typeof(decimal) && property.Name.Contains("Price", StringComparison.Ordinal))
        {
            return 12.3456m;
        }

        if (type.IsPrimitive || type == typeof(decimal))
        {
            return type == typeof(bool) ? true : Convert.ChangeType(2, type, System.Globalization.CultureInfo.InvariantCulture);
        }

        if (typeof(IDictionary<string, string>).IsAssignableFrom(type))
        {
            return new Dictionary<string, string> { ["team"] = "blue", ["owner"] = "ops" };
        }

        if (typeof(IEnumerable).IsAssignableFrom(type) && type.IsGenericType)
        {
            var element = type.GetGenericArguments()[0];
            var items = Array.CreateInstance(element, 2);
            for (var i = 0; i < 2; i++)
            {
                items.SetValue(element == typeof(string) ? $"us-east-{i + 1}" : Make(element, depth + 1), i);
            }

            return Activator.CreateInstance(type, items);
        }

        return type.Namespace == Namespace && type.IsClass && depth < 3 ? Make(type, depth + 1) : null;
    }
}
