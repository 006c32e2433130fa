using System.Text.RegularExpressions;

namespace ModuleBuilder;

/// <summary>An example of a help page.</summary>
internal sealed record HelpExample(string Title, string Code, IReadOnlyList<string> Remarks);

/// <summary>A markdown page of one cmdlet: level 1 its name, level 2 the sections, level 3 examples, parameters and types.</summary>
internal sealed partial class HelpPage
{
    private readonly Dictionary<string, List<string>> _sections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Name of the cmdlet.</summary>
    public required string Name { get; init; }

    /// <summary>Paragraphs of a section.</summary>
    public IReadOnlyList<string> Section(string title) => Paragraphs(_sections.GetValueOrDefault(title) ?? []);

    /// <summary>The level 3 headings of a section, each with its paragraphs.</summary>
    public IReadOnlyList<(string Title, IReadOnlyList<string> Text)> Parts(string title) =>
        [.. RawParts(title).Select(part => (part.Title, (IReadOnlyList<string>)Paragraphs(part.Lines)))];

    /// <summary>The examples in their order.</summary>
    public IReadOnlyList<HelpExample> Examples() =>
        [.. RawParts("EXAMPLES").Select(part =>
        {
            var code = part.Lines.SkipWhile(line => !line.StartsWith("```", StringComparison.Ordinal)).Skip(1)
                .TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal)).ToList();
            var rest = part.Lines.SkipWhile(line => !line.StartsWith("```", StringComparison.Ordinal)).Skip(code.Count + 2).ToList();
            return new HelpExample(part.Title, string.Join('\n', code), Paragraphs(rest));
        })];

    /// <summary>Reads a page.</summary>
    public static HelpPage Read(string path)
    {
        HelpPage? page = null;
        List<string>? section = null;
        var inCode = false;
        foreach (var line in File.ReadLines(path))
        {
            inCode ^= line.StartsWith("```", StringComparison.Ordinal);
            if (!inCode && line.StartsWith("# ", StringComparison.Ordinal))
            {
                page = new HelpPage { Name = line[2..].Trim() };
            }
            else if (!inCode && line.StartsWith("## ", StringComparison.Ordinal) && page is not null)
            {
                page._sections.Add(line[3..].Trim(), section = []);
            }
            else
            {
                section?.Add(line);
            }
        }

        return page ?? throw new InvalidDataException($"{path} has no heading with the name of a cmdlet.");
    }

    private IEnumerable<(string Title, List<string> Lines)> RawParts(string title)
    {
        (string Title, List<string> Lines)? part = null;
        foreach (var line in _sections.GetValueOrDefault(title) ?? [])
        {
            if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                if (part is not null)
                {
                    yield return part.Value;
                }

                part = (line[4..].Trim(), []);
            }
            else
            {
                part?.Lines.Add(line);
            }
        }

        if (part is not null)
        {
            yield return part.Value;
        }
    }

    // Lines of a paragraph are joined, because the console breaks them at its own width; list items and code keep theirs.
    private static List<string> Paragraphs(IEnumerable<string> lines)
    {
        var paragraphs = new List<string>();
        var open = false;
        var inCode = false;
        foreach (var line in lines.TakeWhile(line => !line.StartsWith("### ", StringComparison.Ordinal)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inCode = !inCode;
                open = false;
            }
            else if (inCode)
            {
                paragraphs.Add("    " + line);
            }
            else if (line.Trim().Length == 0)
            {
                open = false;
            }
            else if (open && !line.StartsWith("- ", StringComparison.Ordinal))
            {
                paragraphs[^1] += " " + Plain(line.Trim());
            }
            else
            {
                paragraphs.Add(Plain(line.Trim()));
                open = true;
            }
        }

        return paragraphs;
    }

    private static string Plain(string markdown) => Link().Replace(markdown, "$1").Replace("`", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]+\)")]
    private static partial Regex Link();
}
