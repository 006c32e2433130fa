using System.Reflection;
using System.Xml.Linq;

namespace SpotCluster.Tests;

/// <summary>Views: one table and one list per output type, of properties that exist.</summary>
public sealed class DisplayTests
{
    private const int Width = 120;

    private static readonly XDocument Format = XDocument.Load(Path.Combine(Repository.Module, "SpotCluster.Format.ps1xml"));
    private static readonly XDocument Types = XDocument.Load(Path.Combine(Repository.Module, "SpotCluster.Types.ps1xml"));

    public static TheoryData<string> OutputTypes =>
    [
        .. CompiledModule.All.SelectMany(cmdlet => cmdlet.Outputs).Select(type => type.FullName!).Where(name => name is not ("System.Void" or "System.Boolean" or "System.String")).Distinct(),
    ];

    public static TheoryData<string> Views => [.. Format.Descendants("View").Select(view => view.Element("Name")!.Value)];

    [Theory]
    [InlineData("SpotCluster.Format.ps1xml")]
    [InlineData("SpotCluster.Types.ps1xml")]
    public void The_module_has_what_is_written_without_comments_and_indentation(string file)
    {
        var written = XDocument.Parse(Repository.Read("module", file));
        written.DescendantNodes().OfType<XComment>().Remove();
        var staged = XDocument.Load(Path.Combine(Repository.Module, file), LoadOptions.PreserveWhitespace);
        Assert.True(XNode.DeepEquals(written, staged));
    }

    [Theory]
    [MemberData(nameof(OutputTypes))]
    public void Every_output_type_has_a_table_and_a_list(string type)
    {
        var views = Format.Descendants("View").Where(view => view.Descendants("TypeName").Any(name => name.Value == type)).ToList();
        Assert.Single(views, view => view.Element("TableControl") is not null);
        Assert.Single(views, view => view.Element("ListControl") is not null);
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Views_show_properties_that_exist(string name)
    {
        var view = Format.Descendants("View").Single(view => view.Element("Name")!.Value == name);
        var type = CompiledModule.Model.GetType(view.Descendants("TypeName").Single().Value.Split('#')[0], throwOnError: true)!;
        Assert.All(view.Descendants("PropertyName"), property =>
            Assert.NotNull(type.GetProperty(property.Value, BindingFlags.Public | BindingFlags.Instance)));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Tables_fit_a_usual_window(string name)
    {
        var headers = Format.Descendants("View").Single(view => view.Element("Name")!.Value == name).Descendants("TableColumnHeader").ToList();
        var widths = headers.Select(header => (int?)header.Element("Width")).ToList();
        Assert.InRange(widths.Sum(width => width ?? 10) + headers.Count, 0, Width);
        Assert.All(headers, header => Assert.True(
            header.Element("Width") is null || (int)header.Element("Width")! >= header.Element("Label")!.Value.Length, header.Element("Label")!.Value));
    }

    [Fact]
    public void Views_run_no_script() => Assert.Empty(Format.Descendants("ScriptBlock"));

    [Fact]
    public void Added_members_point_to_members_that_exist()
    {
        foreach (var type in Types.Descendants("Type"))
        {
            var own = CompiledModule.Model.GetType(type.Element("Name")!.Value, throwOnError: true)!;
            var added = type.Descendants("AliasProperty").Select(alias => alias.Element("Name")!.Value).ToList();
            Assert.All(type.Descendants("ReferencedMemberName"), member => Assert.NotNull(own.GetProperty(member.Value)));
            Assert.All(
                type.Descendants("ReferencedProperties").Elements("Name"),
                member => Assert.True(added.Contains(member.Value) || own.GetProperty(member.Value) is not null, member.Value));
        }
    }
}
