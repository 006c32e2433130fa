using System.Text;
using SpotCluster.Engine.Configuration;

namespace SpotCluster.Tests;

/// <summary>A folder of its own for the files of a test, and an environment that only the test sets.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("spotcluster-config-").FullName;

    public Dictionary<string, string> Variables { get; } = [];

    public string File => System.IO.Path.Combine(Path, "spotcluster.yaml");

    public SpotConfiguration Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    public SpotConfiguration Read(byte[] content)
    {
        System.IO.File.WriteAllBytes(File, content);
        return SpotConfiguration.Read(new ConfigurationPlace(File, true), Variable);
    }

    public string? Variable(string name) => Variables.GetValueOrDefault(name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
