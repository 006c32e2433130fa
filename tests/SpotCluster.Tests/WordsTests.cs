using System.Text.RegularExpressions;

namespace SpotCluster.Tests;

/// <summary>Texts use the words of the field: one word for one thing, in every document and help page.</summary>
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
        var exceptions = Exceptions.Where(exception => exception.File.Length == 0 || exception.File == file).ToList();
        var found = Prose(file).SelectMany(line =>
        {
            var text = exceptions.Aggregate(line.Text, (rest, exception) => rest.Replace(exception.Text, "", StringComparison.Ordinal));
            return RuledOut(text).Select(word => $"{file}:{line.Number}: {word} in: {text.Trim()}");
        });
        Assert.Empty(found);
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
                AllDocuments().Where(file => exception.File.Length == 0 || file.EndsWith(exception.File, StringComparison.Ordinal)),
                file => File.ReadAllText(file).Contains(exception.Text, StringComparison.Ordinal)));

    [Fact]
    public void An_error_of_the_troubleshooting_page_is_one_of_the_product()
    {
        var known = Regex.Matches(Repository.Read("src", "SpotCluster.Model", "SpotErrorIds.cs"), @"public const string (\w+)").Select(match => match.Groups[1].Value).ToHashSet();
        var named = Regex.Matches(Repository.Read("docs", "troubleshooting.md"), @"(?m)^- \*\*Error:\*\* ([^(\n]+)").SelectMany(line => Regex.Matches(line.Groups[1].Value, "`(\\w+)`")).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, id => Assert.Contains(id, known));
    }

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

    [GeneratedRegex(@"(?<![\w-])-[A-Z]\w+")]
    private static partial Regex ParameterName();
}
