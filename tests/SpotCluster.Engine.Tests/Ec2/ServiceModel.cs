using System.Diagnostics;
using System.IO.Compression;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Tests.Independent;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>
/// AWS's public model of EC2: from the file that SPOTCLUSTER_EC2_MODEL names, from an installed botocore, which has all of
/// it, or from an excerpt in shared/data beside the repository or above it.
/// </summary>
internal sealed class ServiceModel
{
    private readonly Dictionary<string, ModelShape> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string? Input, string? Output)> _operations = new(StringComparer.Ordinal);

    public static Lazy<ServiceModel?> Instance { get; } = new(Load);

    public const string Reason = "no model of EC2: set SPOTCLUSTER_EC2_MODEL, or install botocore for python3";

    /// <summary>It has some of the operations: that one is missing in it means nothing.</summary>
    public bool IsExcerpt { get; private init; }

    public bool Has(string operation) => _operations.ContainsKey(operation);

    public ModelShape? Input(string operation) => _operations[operation].Input is { } name ? _shapes[name] : null;

    public ModelShape? Output(string operation) => _operations[operation].Output is { } name ? _shapes[name] : null;

    public ModelShape Shape(string name) => _shapes[name];

    private static ServiceModel? Load()
    {
        if (Environment.GetEnvironmentVariable("SPOTCLUSTER_EC2_MODEL") is { Length: > 0 } named)
        {
            return FromExcerpt(JObject.Parse(File.ReadAllText(named)));
        }

        if (FromBotocore() is { } whole)
        {
            return whole;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "data", "ec2-operations.json");
            if (File.Exists(file))
            {
                return FromExcerpt(JObject.Parse(File.ReadAllText(file)));
            }
        }

        return null;
    }

    private static ServiceModel FromExcerpt(JObject root)
    {
        var model = new ServiceModel { IsExcerpt = true };
        foreach (var (name, operation) in (JObject)root["operations"]!)
        {
            model._operations[name] = (Known((string?)operation!["input"]), Known((string?)operation["output"]));
        }

        foreach (var (name, shape) in (JObject)root["shapes"]!)
        {
            var members = (shape!["members"] as JObject)?.Properties().ToDictionary(
                member => member.Name,
                member => new ModelMember(
                    (string)member.Value["shape"]!,
                    (string?)member.Value["query"] ?? member.Name,
                    (string?)member.Value["xml"] ?? member.Name));
            model._shapes[name] = new ModelShape(name, (string)shape["type"]!, (string?)shape["of"], members ?? []);
        }

        return model;
    }

    private static ServiceModel? FromBotocore()
    {
        if (!Tool.IsOnPath("python3"))
        {
            return null;
        }

        using var process = Process.Start(new ProcessStartInfo(
            "python3", "-c \"import botocore,os;print(os.path.dirname(botocore.__file__))\"")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var folder = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        var file = Path.Combine(folder, "data", "ec2", "2016-11-15", "service-2.json");
        if (process.ExitCode != 0)
        {
            return null;
        }

        if (File.Exists(file))
        {
            return FromService(JObject.Parse(File.ReadAllText(file)));
        }

        if (!File.Exists(file + ".gz"))
        {
            return null;
        }

        using var reader = new StreamReader(new GZipStream(File.OpenRead(file + ".gz"), CompressionMode.Decompress));
        return FromService(JObject.Parse(reader.ReadToEnd()));
    }

    private static ServiceModel FromService(JObject root)
    {
        var model = new ServiceModel();
        foreach (var (name, operation) in (JObject)root["operations"]!)
        {
            model._operations[name] = ((string?)operation!["input"]?["shape"], (string?)operation["output"]?["shape"]);
        }

        foreach (var (name, shape) in (JObject)root["shapes"]!)
        {
            var members = (shape!["members"] as JObject)?.Properties().ToDictionary(
                member => member.Name,
                member =>
                {
                    var location = (string?)member.Value["locationName"] ?? member.Name;
                    return new ModelMember(
                        (string)member.Value["shape"]!,
                        (string?)member.Value["queryName"] ?? char.ToUpperInvariant(location[0]) + location[1..],
                        location);
                });
            model._shapes[name] = new ModelShape(name, (string)shape["type"]!, (string?)shape["member"]?["shape"], members ?? []);
        }

        return model;
    }

    private static string? Known(string? name) => string.IsNullOrEmpty(name) || name == "None" ? null : name;
}

/// <param name="Name">Name of the shape.</param>
/// <param name="Type">structure, list, string, integer, long, double, float, boolean, timestamp or blob.</param>
/// <param name="Of">Shape of the items of a list.</param>
/// <param name="Members">Members of a structure by name.</param>
internal sealed record ModelShape(string Name, string Type, string? Of, Dictionary<string, ModelMember> Members);

/// <param name="Shape">Name of the member's shape.</param>
/// <param name="Query">Its name in a request.</param>
/// <param name="Xml">Its name in an answer.</param>
internal sealed record ModelMember(string Shape, string Query, string Xml);
