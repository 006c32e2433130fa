// Run by the build of src/SpotCluster, after it is compiled:
//   ModuleBuilder <repository root> <configuration> <version> <folder of PowerShellStandard's assembly> <module folder>
using System.Xml;
using ModuleBuilder;

if (args is not [var root, var configuration, var version, var standardFolder, var target])
{
    Console.Error.WriteLine("ModuleBuilder: error MB0001: five arguments are needed: root, configuration, version, standard folder, target");
    return 2;
}

try
{
    using var _ = ModuleFolder.Lock(target);
    var module = new ModuleFolder(target);
    var binaries = Path.Combine(root, "src", "SpotCluster", "bin", configuration, "net8.0");
    module.AddBinaries(binaries);

    module.AddManifest(Path.Combine(root, "SpotCluster.psd1"), version);
    module.AddFolder(Path.Combine(root, "module"));
    module.Add("LICENSE", File.ReadAllBytes(Path.Combine(root, "LICENSE")));
    module.Add("THIRD-PARTY-NOTICES.txt", File.ReadAllBytes(Path.Combine(root, "THIRD-PARTY-NOTICES.txt")));

    var cmdlets = CmdletReader.Read(Path.Combine(binaries, "SpotCluster.dll"), standardFolder);
    var pages = Directory.GetFiles(Path.Combine(root, "docs", "en-US"), "*.md").Select(HelpPage.Read).ToDictionary(page => page.Name);
    module.Add("en-US/SpotCluster.dll-Help.xml", MamlWriter.Write(cmdlets, pages));

    const string Settings = "about_SpotCluster_Configuration";
    module.Add($"en-US/{Settings}.help.txt", AboutTopic.Write(Settings, File.ReadAllText(Path.Combine(root, "docs", "configuration.md"))));

    module.RemoveEverythingElse();
    return 0;
}
catch (Exception failure) when (failure is IOException or InvalidDataException or XmlException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"ModuleBuilder: error MB0002: {failure.Message}");
    return 1;
}
