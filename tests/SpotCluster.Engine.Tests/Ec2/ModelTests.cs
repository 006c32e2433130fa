using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using SpotCluster.Engine.Aws.Ec2;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>Every request and response of the client against AWS's own model: no name that AWS does not know.</summary>
public class ModelTests
{
    private static readonly DateTimeOffset Time = new(2031, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public static TheoryData<string> Operations => [.. typeof(IEc2Client).GetMethods()
        .Where(method => method.Name.EndsWith("Async", StringComparison.Ordinal))
        .Select(method => method.Name[..^"Async".Length])];

    [Fact]
    public void The_client_has_the_operations_that_the_product_needs() => Assert.InRange(Operations.Count, 95, 200);

    [SkippableTheory]
    [MemberData(nameof(Operations))]
    public void A_request_has_only_names_and_types_of_the_model(string operation)
    {
        var model = Model(operation);
        var request = (Ec2Request)Filled(Type(operation + "Request"))!;
        Assert.Equal(operation, request.Operation);
        var parameters = new Dictionary<string, string>();
        request.Marshal(new QueryWriter(parameters));
        Assert.True(parameters.Remove("Action", out var action));
        Assert.Equal(operation, action);
        Assert.True(parameters.Remove("Version"));
        if (!model.Input(operation)!.Members.ContainsKey("DryRun"))
        {
            parameters.Remove("DryRun");
        }

        foreach (var (name, value) in parameters)
        {
            CheckName(model, model.Input(operation)!, name.Split('.'), name, value);
        }

        Assert.Equal(LeavesOf(request), parameters.Count + (parameters.ContainsKey("DryRun") ? 0 : 1));
    }

    [SkippableTheory]
    [MemberData(nameof(Operations))]
    public void A_response_reads_every_member_from_where_the_model_has_it(string operation)
    {
        var model = Model(operation);
        var root = new XElement(XName.Get(operation + "Response", "http://ec2.amazonaws.com/doc/2016-11-15/"));
        if (model.Output(operation) is { } output)
        {
            Write(model, output, root, depth: 0);
        }

        var read = Type(operation + "Response").GetMethod("Read", BindingFlags.Public | BindingFlags.Static)!;
        var response = read.Invoke(null, [root])!;
        CheckFilled(response, operation + "Response");
    }

    private static ServiceModel Model(string operation)
    {
        Skip.If(ServiceModel.Instance.Value is null, ServiceModel.Reason);
        var model = ServiceModel.Instance.Value!;
        Skip.If(model.IsExcerpt && !model.Has(operation), $"the excerpt of the model has no {operation}: install botocore for python3");
        Assert.True(model.Has(operation), $"AWS has no operation {operation}");
        return model;
    }

    private static Type Type(string name) => typeof(IEc2Client).Assembly.GetType($"{typeof(IEc2Client).Namespace}.{name}", throwOnError: true)!;

    private static IEnumerable<PropertyInfo> Properties(object item) =>
        item.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite && p.DeclaringType!.Assembly == typeof(IEc2Client).Assembly && p.Name != nameof(Ec2Response.RequestId));

    private static object? Filled(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return "text";
        }

        if (type == typeof(int))
        {
            return 7;
        }

        if (type == typeof(long))
        {
            return 8L;
        }

        if (type == typeof(double))
        {
            return 1.5;
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type == typeof(DateTimeOffset))
        {
            return Time;
        }

        if (type.IsGenericType)
        {
            var list = (IList)Activator.CreateInstance(type)!;
            list.Add(Filled(type.GenericTypeArguments[0]));
            list.Add(Filled(type.GenericTypeArguments[0]));
            return list;
        }

        var item = Activator.CreateInstance(type)!;
        foreach (var property in Properties(item))
        {
            property.SetValue(item, Filled(property.PropertyType));
        }

        return item;
    }

    private static int LeavesOf(object? value) => value switch
    {
        null => 0,
        string or ValueType => 1,
        IList list => list.Cast<object>().Sum(LeavesOf),
        _ => Properties(value).Sum(property => LeavesOf(property.GetValue(value))),
    };

    private static void CheckName(ServiceModel model, ModelShape shape, ReadOnlySpan<string> path, string whole, string value)
    {
        if (shape.Type == "structure")
        {
            Assert.False(path.IsEmpty, $"{whole} ends at the structure {shape.Name}");
            var part = path[0];
            var member = shape.Members.Values.FirstOrDefault(m => m.Query == part);
            Assert.True(member is not null, $"{whole}: {shape.Name} has no {part}");
            CheckName(model, model.Shape(member!.Shape), path[1..], whole, value);
            return;
        }

        if (shape.Type == "list")
        {
            Assert.True(!path.IsEmpty && path[0] is "1" or "2", $"{whole}: {shape.Name} is a list");
            CheckName(model, model.Shape(shape.Of!), path[1..], whole, value);
            return;
        }

        Assert.True(path.IsEmpty, $"{whole}: {shape.Name} is a {shape.Type}");
        var expected = shape.Type switch
        {
            "string" or "blob" => "text",
            "integer" => "7",
            "long" => "8",
            "double" or "float" => "1.5",
            "boolean" => "true",
            "timestamp" => "2031-02-03T04:05:06.000Z",
            _ => throw new ArgumentOutOfRangeException(nameof(shape), shape.Type, whole),
        };
        Assert.Equal(expected, value);
    }

    private static void Write(ServiceModel model, ModelShape shape, XElement parent, int depth)
    {
        if (depth > 12)
        {
            return;
        }

        switch (shape.Type)
        {
            case "structure":
                foreach (var member in shape.Members.Values)
                {
                    var child = new XElement(parent.Name.Namespace + member.Xml);
                    Write(model, model.Shape(member.Shape), child, depth + 1);
                    parent.Add(child);
                }

                break;
            case "list":
                for (var i = 0; i < 2; i++)
                {
                    var item = new XElement(parent.Name.Namespace + "item");
                    Write(model, model.Shape(shape.Of!), item, depth + 1);
                    parent.Add(item);
                }

                break;
            default:
                parent.Value = shape.Type switch
                {
                    "integer" => "7",
                    "long" => "8",
                    "double" or "float" => "1.5",
                    "boolean" => "true",
                    "timestamp" => Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                    _ => "text",
                };
                break;
        }
    }

    private static void CheckFilled(object item, string path)
    {
        foreach (var property in Properties(item))
        {
            var name = $"{path}.{property.Name}";
            var value = property.GetValue(item);
            Assert.True(value is not null and not "", $"{name} was not read");
            var expected = value switch
            {
                int => 7,
                long => 8L,
                double => 1.5,
                bool => true,
                DateTimeOffset => Time,
                string => (object)"text",
                _ => value,
            };
            Assert.True(expected.Equals(value), $"{name} is {value}");
            if (value is IList list)
            {
                Assert.True(list.Count == 2, $"{name} has {list.Count} items");
                foreach (var element in list)
                {
                    if (element is string text)
                    {
                        Assert.True(text == "text", $"{name} has {text}");
                    }
                    else
                    {
                        CheckFilled(element!, name);
                    }
                }
            }
            else if (value.GetType().Assembly == typeof(IEc2Client).Assembly)
            {
                CheckFilled(value, name);
            }
        }
    }
}
