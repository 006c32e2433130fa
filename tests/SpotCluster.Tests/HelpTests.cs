using System.Xml.Linq;

namespace SpotCluster.Tests;

/// <summary>The help that Get-Help reads says everything about every cmdlet.</summary>
public sealed class HelpTests
{
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";
    private static readonly XDocument Help = XDocument.Load(Path.Combine(Repository.Module, "en-US", "SpotCluster.dll-Help.xml"));

    public static TheoryData<string> Cmdlets => CompiledModule.Names;

    [Fact]
    public void Has_a_page_for_every_cmdlet_and_for_nothing_else() =>
        Assert.Equal(
            CompiledModule.All.Select(cmdlet => cmdlet.Name),
            Help.Descendants(Command + "details").Select(details => details.Element(Command + "name")!.Value));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Says_what_it_does_takes_and_writes(string name)
    {
        var help = Page(name);
        Assert.NotEmpty(Words(help.Element(Command + "details")!.Element(Maml + "description")));
        Assert.NotEmpty(Words(help.Element(Maml + "description")));
        Assert.NotEmpty(Words(help.Element(Maml + "alertSet")));
        Assert.NotEmpty(help.Descendants(Command + "inputType"));
        var outputs = CompiledModule.Get(name).Outputs.Select(type => type.FullName == "System.Void" ? "None" : type.FullName!);
        Assert.Equal(
            outputs.Order(StringComparer.Ordinal),
            help.Descendants(Command + "returnValue").Select(value => value.Element(Dev + "type")!.Element(Maml + "name")!.Value).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Shows_at_least_two_examples_of_itself(string name)
    {
        var examples = Page(name).Descendants(Command + "example").ToList();
        Assert.InRange(examples.Count, 2, 20);
        Assert.All(examples, example =>
        {
            Assert.Contains(name, example.Element(Dev + "code")!.Value, StringComparison.Ordinal);
            Assert.NotEmpty(Words(example.Element(Dev + "remarks")));
        });
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Describes_every_parameter(string name)
    {
        var cmdlet = CompiledModule.Get(name);
        var described = Page(name).Element(Command + "parameters")!.Elements(Command + "parameter")
            .ToDictionary(parameter => parameter.Element(Maml + "name")!.Value, parameter => Words(parameter.Element(Maml + "description")));
        var expected = cmdlet.Parameters.Select(parameter => parameter.Name).Concat(cmdlet.SupportsShouldProcess ? ["WhatIf", "Confirm"] : []);
        Assert.Equal(expected.Order(StringComparer.Ordinal), described.Keys.Order(StringComparer.Ordinal));
        Assert.All(described, parameter => Assert.NotEqual("", parameter.Value));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Shows_one_syntax_per_parameter_set(string name) =>
        Assert.Equal(CompiledModule.Get(name).Sets.Count, Page(name).Element(Command + "syntax")!.Elements(Command + "syntaxItem").Count());

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Reports_jobs_how_to_run_what_asks(string name)
    {
        if (CompiledModule.Get(name).Impact == 3)
        {
            Assert.Contains("-NonInteractive", Words(Page(name).Element(Maml + "alertSet")), StringComparison.Ordinal);
        }
    }

    private static XElement Page(string name) =>
        Help.Root!.Elements(Command + "command").Single(page => page.Element(Command + "details")!.Element(Command + "name")!.Value == name);

    private static string Words(XElement? element) => element?.Value.Trim() ?? "";
}
