using System.Text;
using System.Text.RegularExpressions;

namespace ModuleBuilder;

/// <summary>
/// A markdown page as an about topic, the plain text that <c>Get-Help about_…</c> shows: what has a page in docs/ needs
/// no second text. Knows headings, paragraphs, numbered and plain lists, code blocks and tables.
/// </summary>
internal static partial class AboutTopic
{
    private const int Width = 80;

    /// <summary>UTF-8 text with lines of at most 80 characters, but for code.</summary>
    /// <exception cref="InvalidDataException">The page has no title or no first paragraph.</exception>
    public static byte[] Write(string name, string markdown)
    {
        var lines = markdown.ReplaceLineEndings("\n").Split('\n');
        var text = new StringBuilder();
        var first = Array.FindIndex(lines, line => line.Length > 0 && line[0] != '#');
        if (first < 0 || !lines[0].StartsWith("# ", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"The page of {name} must begin with a title and a paragraph.");
        }

        text.Append($"TOPIC\n    {name}\n\nSHORT DESCRIPTION\n");
        Wrap(text, Plain(lines[first]), "    ", "    ");
        text.Append("\nLONG DESCRIPTION\n");
        string[]? header = null;
        for (var index = first + 1; index < lines.Length; index++)
        {
            var line = lines[index];
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                while (!lines[++index].StartsWith("```", StringComparison.Ordinal))
                {
                    text.Append($"        {lines[index]}".TrimEnd()).Append('\n');
                }
            }
            else if (line.StartsWith('|'))
            {
                var cells = Cells(line);
                if (header is null)
                {
                    header = cells;
                    index++;
                    continue;
                }

                WriteRow(text, header, cells);
            }
            else if (line.StartsWith('#'))
            {
                Wrap(text, Plain(line.TrimStart('#', ' ')), "    ", "    ");
            }
            else if (ListItem().Match(line) is { Success: true } item)
            {
                Wrap(text, Plain(line[item.Length..]), $"    {item.Value}", "    " + new string(' ', item.Length));
            }
            else
            {
                Wrap(text, Plain(line), "    ", "    ");
            }

            header = line.StartsWith('|') ? header : null;
        }

        return Encoding.UTF8.GetBytes(text.ToString().TrimEnd() + "\n\nSEE ALSO\n    about_SpotCluster\n");
    }

    /// <summary>The first cell as the term, the last as what is said of it, and those between with their headings.</summary>
    private static void WriteRow(StringBuilder text, string[] header, string[] cells)
    {
        text.Append($"    {cells[0]}\n");
        Wrap(text, cells[^1], "        ", "        ");
        foreach (var (heading, cell) in header.Zip(cells).Skip(1).SkipLast(1).Where(pair => pair.Second.Length > 0))
        {
            Wrap(text, $"{heading}: {cell}", "        ", "        ");
        }

        text.Append('\n');
    }

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(cell => Plain(cell.Trim()))];

    private static string Plain(string text) => Link().Replace(text, "$1").Replace("`", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal);

    private static void Wrap(StringBuilder text, string paragraph, string firstIndent, string indent)
    {
        var line = new StringBuilder(firstIndent);
        var isEmpty = true;
        foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(indent);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }

        text.Append(isEmpty ? "" : line.ToString()).Append('\n');
    }

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]+\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^(\d+\. |- )")]
    private static partial Regex ListItem();
}
