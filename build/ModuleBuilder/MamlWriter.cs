using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace ModuleBuilder;

/// <summary>Writes the help file that Get-Help reads: names, types and sets from the compiled cmdlets, words from the pages.</summary>
/// <remarks>By hand: PlatyPS runs in a PowerShell, and <c>dotnet build</c> alone makes the module.</remarks>
internal static class MamlWriter
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private static readonly Dictionary<string, string> CommonWords = new()
    {
        ["WhatIf"] = "Shows what would be changed, and changes nothing.",
        ["Confirm"] = "Prompts before each change. -Confirm:$false shows no prompt.",
    };

    /// <summary>The file's bytes.</summary>
    public static byte[] Write(IReadOnlyList<CmdletInfo> cmdlets, IReadOnlyDictionary<string, HelpPage> pages)
    {
        var unknown = pages.Keys.Except(cmdlets.Select(cmdlet => cmdlet.Name)).ToList();
        if (unknown.Count > 0)
        {
            throw new InvalidDataException($"docs/en-US has pages of cmdlets that do not exist: {string.Join(", ", unknown)}.");
        }

        var root = new XElement(
            Msh + "helpItems",
            new XAttribute("schema", "maml"),
            cmdlets.Where(cmdlet => pages.ContainsKey(cmdlet.Name)).Select(cmdlet => WriteCommand(cmdlet, pages[cmdlet.Name])));
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), NewLineChars = "\n" }))
        {
            root.Save(writer);
        }

        return stream.ToArray();
    }

    private static XElement WriteCommand(CmdletInfo cmdlet, HelpPage page)
    {
        var words = page.Parts("PARAMETERS").ToDictionary(part => part.Title.TrimStart('-'), part => part.Text);
        var stray = words.Keys.Except(cmdlet.Parameters.Select(parameter => parameter.Name)).ToList();
        if (stray.Count > 0)
        {
            throw new InvalidDataException($"The page of {cmdlet.Name} describes parameters that it does not have: {string.Join(", ", stray)}.");
        }

        var name = cmdlet.Name.Split('-');
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", name[0]),
                new XElement(Command + "noun", name[1]),
                Description(page.Section("SYNOPSIS"))),
            Description(page.Section("DESCRIPTION")),
            new XElement(Command + "syntax", Sets(cmdlet).Select(set => WriteSyntax(cmdlet, set, words))),
            new XElement(
                Command + "parameters",
                cmdlet.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal)
                    .Select(parameter => WriteParameter(parameter, parameter.Sets[0], words))),
            new XElement(Command + "inputTypes", page.Parts("INPUTS").Select(part => WriteType("inputType", part))),
            new XElement(Command + "returnValues", page.Parts("OUTPUTS").Select(part => WriteType("returnValue", part))),
            new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page.Section("NOTES")))),
            new XElement(Command + "examples", page.Examples().Select(WriteExample)),
            new XElement(
                Command + "relatedLinks",
                page.Section("RELATED LINKS").Select(link => new XElement(
                    Maml + "navigationLink", new XElement(Maml + "linkText", link.TrimStart('-', ' ')), new XElement(Maml + "uri")))));
    }

    // The default set first: it is the one that a reader types.
    private static IEnumerable<string> Sets(CmdletInfo cmdlet)
    {
        var named = cmdlet.Parameters.SelectMany(parameter => parameter.Sets).Select(set => set.Name)
            .Where(name => name != CmdletReader.AllSets).Distinct().ToList();
        return named.Count == 0 ? [CmdletReader.AllSets] : named.OrderBy(name => name == cmdlet.DefaultSet ? 0 : 1);
    }

    private static XElement WriteSyntax(CmdletInfo cmdlet, string set, Dictionary<string, IReadOnlyList<string>> words) =>
        new(
            Command + "syntaxItem",
            new XElement(Maml + "name", cmdlet.Name),
            cmdlet.Parameters
                .Select(parameter => (Parameter: parameter, Set: parameter.Sets.FirstOrDefault(own => own.Name == set || own.Name == CmdletReader.AllSets)))
                .Where(found => found.Set is not null)
                .OrderBy(found => found.Set!.Position ?? int.MaxValue)
                .ThenBy(found => found.Set!.Mandatory ? 0 : 1)
                .Select(found => WriteParameter(found.Parameter, found.Set!, words)));

    private static XElement WriteParameter(ParameterInfo parameter, ParameterSet set, Dictionary<string, IReadOnlyList<string>> words)
    {
        var pipeline = string.Join(", ", new[] { set.ByValue ? "ByValue" : null, set.ByPropertyName ? "ByPropertyName" : null }.OfType<string>());
        return new XElement(
            Command + "parameter",
            new XAttribute("required", set.Mandatory ? "true" : "false"),
            new XAttribute("variableLength", parameter.IsArray ? "true" : "false"),
            new XAttribute("globbing", parameter.Globbing ? "true" : "false"),
            new XAttribute("pipelineInput", pipeline.Length == 0 ? "False" : $"True ({pipeline})"),
            new XAttribute("position", set.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named"),
            new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
            new XElement(Maml + "name", parameter.Name),
            Description(
                words.TryGetValue(parameter.Name, out var own) ? own
                : CommonWords.TryGetValue(parameter.Name, out var common) ? [common]
                : []),
            parameter.IsSwitch
                ? null
                : new XElement(
                    Command + "parameterValue",
                    new XAttribute("required", "true"),
                    new XAttribute("variableLength", parameter.IsArray ? "true" : "false"),
                    parameter.Type),
            new XElement(Dev + "type", new XElement(Maml + "name", parameter.Type), new XElement(Maml + "uri")),
            new XElement(Dev + "defaultValue", parameter.IsSwitch ? "False" : "None"));
    }

    private static XElement WriteType(string element, (string Title, IReadOnlyList<string> Text) part) =>
        new(Command + element, new XElement(Dev + "type", new XElement(Maml + "name", part.Title)), Description(part.Text));

    private static XElement WriteExample(HelpExample example, int index) =>
        new(
            Command + "example",
            new XElement(Maml + "title", $"-------- {example.Title} --------"),
            new XElement(Dev + "code", example.Code),
            new XElement(Dev + "remarks", Paragraphs(example.Remarks), new XElement(Maml + "para")));

    private static XElement Description(IEnumerable<string> paragraphs) => new(Maml + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> paragraphs) =>
        paragraphs.Select(paragraph => new XElement(Maml + "para", paragraph));
}
