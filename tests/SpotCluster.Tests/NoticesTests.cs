using System.Xml.Linq;

namespace SpotCluster.Tests;

/// <summary>Whatever is shipped of others is named with its licence.</summary>
public class NoticesTests
{
    [Fact]
    public void Every_package_that_is_shipped_is_in_the_notices()
    {
        var notices = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.txt"));
        var shipped = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("ItemGroup")
            .Where(group => group.Attribute("Label")?.Value is "Engine" or "Console program" or "Backend")
            .Descendants("PackageVersion")
            .Select(package => package.Attribute("Include")!.Value)
            .ToList();
        Assert.True(shipped.Count >= 10, string.Join(", ", shipped));
        Assert.All(shipped, name => Assert.Contains(name, notices, StringComparison.Ordinal));
    }
}
