using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;

namespace SpotCluster.Tests;

/// <summary>Texts use the words of the field: one word for one thing, in every document, help page and text of the source.</summary>
public sealed partial class WordsTests
{
    /// <summary>What texts do not use, as a pattern without regard to case, and what they use in its place.</summary>
    internal static readonly (string Pattern, string Instead)[] Words =
    [
        (@"\bmachines?\b", "instance; computer, where the one of the user is meant"),
        (@"\b(foreign|somebody|someone|nobody|whoever)\b", "unmanaged; others; without a user"),
        (@"\b(we|us(?!-)|our|ours)\b", "SpotCluster; managed"),
        (@"\bcarr(y|ies|ied|ying)\b", "has"),
        (@"\bghosts?\b", "orphaned node"),
        (@"\bstillborn\b", "failed at launch"),
        (@"\bconsent(s|ed)?\b", "confirmation"),
        (@"\bquestions?\b", "prompt"),
        (@"\bprov(en|ably|es?|ed|ing)\b", "verified"),
        (@"\bdear(er|est)?\b", "more expensive"),
        (@"\b(tell|tells|told|telling)\b", "reports, shows, logs"),
        (@"\b(say|says|said|saying)\b", "reports, specifies"),
        (@"\b(kept|stays?|stayed)\b", "retained; remains"),
        (@"\b(go|goes|went|gone)\b", "removed, deleted; no longer exists"),
        (@"\b(take|takes|taken|took) (away|back)\b", "removed; interrupted"),
        (@"\blets? go\b", "removed; released"),
        (@"\b(what is|whatever is) left\b|\bresidue\b", "remaining; residual resources"),
        (@"\b(dies?|died)\b|\bend of (its|their) lives?\b|\bend of its life\b", "terminated; expired"),
        (@"(?<!\bthere )\bis no\b(?! longer)", "is not; is not valid; cannot parse"),
        (@"\bhas no meaning\b", "is not supported with"),
        (@"\bmust be said\b", "is required"),
        (@"\bmet a failure\b", "unexpected error"),
        (@"\b(both|each|every|either|its|their|the other|the real) clouds?\b(?!-)", "provider"),
    ];

    // Where a word is meant as it is; each with its reason.
    private static readonly (string File, string Text, string Reason)[] Exceptions =
    [
        ("README.md", "is gone, it is provably gone", "the promise, which the README states once"),
        ("", "host machine", "what Vast.ai calls machine_id"),
        ("", "the host offers the machine", "what Vast.ai calls machine_id"),
        ("samples/nightly-nuke.ps1", "$proofs.Proven", "the name of a property"),
        ("src/SpotCluster.Cli/Options/VastOptions.cs", "machine ids", "what Vast.ai calls machine_id"),
        ("src/SpotCluster.Engine/Reports/RemovalSection.cs", "card proven", "the name of a style"),
        ("src/SpotCluster.Engine/Vast/VastNames.cs", "UM US UY", "codes of countries"),
        ("src/SpotCluster.Simulator/Aws/AwsFaults.cs", "we calculated", "the words of AWS"),
        ("src/SpotCluster.Simulator/Ec2/Launcher.cs", "We currently do not have", "the words of AWS"),
        ("src/SpotCluster.Simulator/Ec2/Launcher.cs", "Our system", "the words of AWS"),
    ];

    public static TheoryData<string> Documents => [.. AllDocuments().Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Pages => [.. HelpPages().Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>The words of a text that texts do not use, each with what they use in its place.</summary>
    /// <param name="text">One line or sentence, without code.</param>
    internal static IEnumerable<string> RuledOut(string text) =>
        from word in Words
        from match in Regex.Matches(text, word.Pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
        select $"'{match.Value}' (use: {word.Instead})";

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_uses_the_words_of_the_field(string file)
    {
        Assert.Empty(Prose(file).SelectMany(line => RuledOut(Without(file, line.Text)).Select(word => $"{file}:{line.Number}: {word} in: {line.Text.Trim()}")));
    }

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    /// <summary>Every text of the source that has more than one word: messages, warnings, errors, advice, descriptions of options.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void A_text_of_the_source_uses_the_words_of_the_field(string project)
    {
        var texts = Texts(project).ToList();
        Assert.NotEmpty(texts);
        Assert.Empty(texts.SelectMany(text => RuledOut(Without(text.File, text.Text)).Select(word => $"{text.File}:{text.Line}: {word} in: {text.Text.Trim()}")));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_has_no_trace_of_a_merge(string file) =>
        Assert.DoesNotContain(File.ReadLines(Path.Combine(Repository.Root, file)), line => Regex.IsMatch(line, "^(<{7} |={7}$|>{7} )", RegexOptions.CultureInvariant));

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_synopsis_is_one_sentence_that_begins_with_what_the_cmdlet_does(string page)
    {
        var text = Sections(page)["## SYNOPSIS"];
        Assert.Matches(@"^[A-Z][a-z]+s\b", text);
        Assert.EndsWith(".", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\. [A-Z]", text);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_parameter_is_described_by_what_it_specifies(string page) =>
        Assert.All(Sections(page).Where(section => section.Key.StartsWith("### -", StringComparison.Ordinal)), section =>
            Assert.True(
                Regex.IsMatch(section.Value, section.Key is "### -WhatIf" or "### -Confirm" ? "^(Shows|Prompts) " : "^(Specifies|Indicates that|Suppresses the confirmation prompt)", RegexOptions.CultureInvariant),
                $"{page} {section.Key}: {section.Value}"));

    [Fact]
    public void An_exception_is_still_needed() =>
        Assert.All(Exceptions, exception =>
            Assert.Contains(
                exception.File.Length == 0 ? AllDocuments() : [Path.Combine(Repository.Root, exception.File)],
                file => File.ReadAllText(file).Contains(exception.Text, StringComparison.Ordinal)));

    [Fact]
    public void An_error_of_the_troubleshooting_page_is_one_of_the_product()
    {
        var known = Regex.Matches(Repository.Read("src", "SpotCluster.Model", "SpotErrorIds.cs"), @"public const string (\w+)").Select(match => match.Groups[1].Value).ToHashSet();
        var named = Regex.Matches(Repository.Read("docs", "troubleshooting.md"), @"(?m)^- \*\*Error:\*\* ([^(\n]+)").SelectMany(line => Regex.Matches(line.Groups[1].Value, "`(\\w+)`")).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, id => Assert.Contains(id, known));
    }

    // A text without the exceptions of its file, and without the names of parameters and options.
    private static string Without(string file, string text) => Exceptions
        .Where(exception => exception.File.Length == 0 || exception.File == file)
        .Aggregate(ParameterName().Replace(text, ""), (rest, exception) => rest.Replace(exception.Text, "", StringComparison.Ordinal));

    private static IEnumerable<(string File, int Line, string Text)> Texts(string project) =>
        from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", project), "*.cs", SearchOption.AllDirectories)
        let file = Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')
        where !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
        from token in CSharpSyntaxTree.ParseText(File.ReadAllText(path)).GetRoot().DescendantTokens()
        where token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.InterpolatedStringTextToken
        let text = token.ValueText
        where text.Trim().Contains(' ', StringComparison.Ordinal) && !Sql().IsMatch(text)
        select (file, token.GetLocation().GetLineSpan().StartLinePosition.Line + 1, text);

    private static string[] HelpPages() => Directory.GetFiles(Path.Combine(Repository.Root, "docs", "en-US"), "*.md");

    private static IEnumerable<string> AllDocuments() =>
        HelpPages()
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "samples")))
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "module", "en-US"), "about_*.help.txt"))
            .Concat(new[] { "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md" }.Select(name => Path.Combine(Repository.Root, name)));

    // What people read: no code, no names in backquotes or of parameters, no targets of links; of a code block the comments.
    // Of the changelog only what comes next: what was released is not written anew.
    private static IEnumerable<(int Number, string Text)> Prose(string file)
    {
        var isMarkdown = file.EndsWith(".md", StringComparison.Ordinal);
        var isFenced = false;
        var number = 0;
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, file)))
        {
            number++;
            if (file == "CHANGELOG.md" && line.StartsWith("## [", StringComparison.Ordinal) && !line.StartsWith("## [Unreleased]", StringComparison.Ordinal))
            {
                yield break;
            }

            var text = line;
            if (isMarkdown)
            {
                if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                {
                    isFenced = !isFenced;
                    continue;
                }

                text = isFenced ? Comment().Match(line).Value : Link().Replace(Code().Replace(line, ""), "]");
            }

            // In an about topic, what is indented so far is code or a list of names.
            if (!file.EndsWith(".txt", StringComparison.Ordinal) || !line.StartsWith("        ", StringComparison.Ordinal))
            {
                yield return (number, ParameterName().Replace(text, ""));
            }
        }
    }

    private static Dictionary<string, string> Sections(string page)
    {
        var sections = new Dictionary<string, string>(StringComparer.Ordinal);
        var heading = "";
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs", "en-US", page + ".md")))
        {
            if (line.StartsWith('#'))
            {
                heading = line;
            }
            else if (line.Length > 0)
            {
                sections[heading] = sections.TryGetValue(heading, out var text) ? $"{text}\n{line}" : line;
            }
        }

        return sections;
    }

    [GeneratedRegex("#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w-])(-[A-Z]\w+|--[a-z-]+)")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"^\s*(SELECT|UPDATE|INSERT|DELETE|CREATE|ALTER|WITH)\b|@[a-z]\w*\b")]
    private static partial Regex Sql();
}
