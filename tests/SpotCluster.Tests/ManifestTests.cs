using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SpotCluster.Tests;

/// <summary>The staged module folder: complete, without strangers, and with what the manifest promises.</summary>
public sealed class ManifestTests
{
    private static readonly string Manifest = File.ReadAllText(Path.Combine(Repository.Module, "SpotCluster.psd1"));

    [Fact]
    public void Exports_exactly_the_compiled_cmdlets() =>
        Assert.Equal(CompiledModule.All.Select(cmdlet => cmdlet.Name), List("CmdletsToExport").Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("FunctionsToExport")]
    [InlineData("AliasesToExport")]
    [InlineData("VariablesToExport")]
    public void Exports_nothing_else(string key) => Assert.Empty(List(key));

    [Fact]
    public void Has_the_version_of_the_build()
    {
        var version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("VersionPrefix").Single().Value;
        Assert.Matches($"(?m)^\\s*ModuleVersion\\s*=\\s*'{Regex.Escape(version)}'", Manifest);
        Assert.Equal(version, CompiledModule.Cmdlets.GetName().Version!.ToString(3));
    }

    [Fact]
    public void Names_only_files_that_are_there()
    {
        var root = Regex.Match(Manifest, @"RootModule\s*=\s*'([^']+)'");
        Assert.True(root.Success);
        string[] files = [root.Groups[1].Value, .. List("TypesToProcess"), .. List("FormatsToProcess")];
        Assert.All(files, file => Assert.True(File.Exists(Path.Combine(Repository.Module, file)), file));
        Assert.True(File.Exists(Path.Combine(Repository.Module, "en-US", "about_SpotCluster.help.txt")));
    }

    [Fact]
    public void Keeps_the_engine_apart_and_leaves_the_host_s_assemblies_out()
    {
        var folder = Path.Combine(Repository.Module, "bin");
        Assert.Equal(
            ["SpotCluster.Model.dll", "SpotCluster.dll"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var dependencies = Directory.GetFiles(Path.Combine(folder, "dependencies")).Select(file => Path.GetFileName(file)!).ToList();
        Assert.Contains("SpotCluster.Engine.dll", dependencies);
        Assert.Contains("SpotCluster.Simulator.dll", dependencies);
        Assert.Contains("AWSSDK.Core.dll", dependencies);
        Assert.Contains("AWSSDK.EC2.dll", dependencies);
        Assert.DoesNotContain("SpotCluster.Model.dll", dependencies);
        Assert.DoesNotContain("SpotCluster.dll", dependencies);
        Assert.DoesNotContain("System.Management.Automation.dll", dependencies);
        Assert.All(dependencies, file => Assert.EndsWith(".dll", file, StringComparison.Ordinal));
    }

    [Fact]
    public void Has_no_script_module() =>
        Assert.Empty(Directory.GetFiles(Repository.Module, "*.psm1", SearchOption.AllDirectories));

    [Fact]
    public void The_cmdlets_name_no_package_of_the_engine() =>
        Assert.All(CompiledModule.Cmdlets.GetReferencedAssemblies().Select(name => name.Name!), name =>
            Assert.Matches("^(System(\\..+)?|SpotCluster\\.(Model|Engine|Simulator)|System\\.Management\\.Automation)$", name));

    [Fact]
    public void The_output_types_name_nothing_at_all() =>
        Assert.All(CompiledModule.Model.GetReferencedAssemblies().Select(name => name.Name!), name => Assert.StartsWith("System.", name, StringComparison.Ordinal));

    private static List<string> List(string key)
    {
        var array = Regex.Match(Manifest, $@"(?m)^\s*{key}\s*=\s*@\(([^)]*)\)");
        Assert.True(array.Success, $"{key} is not in the manifest");
        return [.. Regex.Matches(array.Groups[1].Value, "'([^']*)'").Select(match => match.Groups[1].Value)];
    }
}
