using System.Text.RegularExpressions;
using ModuleBuilder;

namespace SpotCluster.Tests;

/// <summary>The about topics, the README and the pages of docs/ name only what there is.</summary>
public sealed partial class AboutTopicTests
{
    private static string Topics => Path.Combine(Repository.Module, "en-US");

    public static TheoryData<string> Texts => [.. Directory.GetFiles(Topics, "about_*.help.txt")
        .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
        .Append(Path.Combine(Repository.Root, "README.md"))
        .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("about_SpotCluster")]
    [InlineData("about_SpotCluster_Configuration")]
    [InlineData("about_SpotCluster_Safety")]
    [InlineData("about_SpotCluster_Unattended")]
    public void Each_topic_is_there_and_can_be_read_in_a_narrow_window(string topic)
    {
        var lines = File.ReadAllLines(Path.Combine(Topics, $"{topic}.help.txt"));
        Assert.Equal(["TOPIC", $"    {topic}"], lines.Take(2));
        Assert.Contains("SHORT DESCRIPTION", lines);
        Assert.Contains("LONG DESCRIPTION", lines);
        Assert.All(lines.Where(line => !line.StartsWith("        ", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Names_only_cmdlets_and_parameters_that_exist(string file)
    {
        var known = CompiledModule.All.ToDictionary(cmdlet => cmdlet.Name, StringComparer.Ordinal);
        var isFenced = false;
        foreach (var line in File.ReadAllLines(Path.Combine(Repository.Root, file)))
        {
            Assert.All(CmdletName().Matches(line).Select(match => match.Value), name => Assert.True(known.ContainsKey(name), $"{name} in: {line}"));
            isFenced ^= line.StartsWith("```", StringComparison.Ordinal);
            if (!isFenced && !(file.EndsWith(".txt", StringComparison.Ordinal) && line.StartsWith("        ", StringComparison.Ordinal)))
            {
                continue;
            }

            foreach (Match command in Command().Matches(line))
            {
                var cmdlet = known[command.Groups["name"].Value];
                var names = cmdlet.Parameters.SelectMany(parameter => parameter.Aliases.Append(parameter.Name))
                    .Concat(CommonParameters).Where(name => cmdlet.SupportsShouldProcess || name is not ("WhatIf" or "Confirm")).ToHashSet(StringComparer.OrdinalIgnoreCase);
                Assert.All(ParameterName().Matches(command.Groups["rest"].Value).Select(match => match.Groups[1].Value),
                    name => Assert.True(names.Contains(name), $"-{name} of {cmdlet.Name} in: {line}"));
            }
        }
    }

    [Fact]
    public void A_page_becomes_plain_text()
    {
        var text = System.Text.Encoding.UTF8.GetString(AboutTopic.Write("about_X", """
            # Title

            What it is, with `code`.

            ## Part

            | Key | Type | Says |
            |---|---|---|
            | `a` | list | What [a](b.md) does. |

            1. **First**

            ```
            run  it
            ```
            """));

        Assert.Equal(
            "TOPIC\n    about_X\n\nSHORT DESCRIPTION\n    What it is, with code.\n\nLONG DESCRIPTION\n\n    Part\n\n"
            + "    a\n        What a does.\n        Type: list\n\n\n    1. First\n\n        run  it\n\nSEE ALSO\n    about_SpotCluster\n",
            text);
    }

    private static readonly string[] CommonParameters =
    [
        "Verbose", "Debug", "ErrorAction", "ErrorVariable", "WarningAction", "WarningVariable", "InformationAction",
        "InformationVariable", "OutVariable", "OutBuffer", "PipelineVariable", "ProgressAction", "WhatIf", "Confirm",
    ];

    [GeneratedRegex(@"\b(?!Get-Help)[A-Z][a-z]+-Spot[A-Za-z]+\b(?![-*])")]
    private static partial Regex CmdletName();

    [GeneratedRegex(@"(?<name>\b[A-Z][a-z]+-Spot[A-Za-z]+)(?<rest>( +[^|;#)}`]+)*)")]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<=^| )-([A-Za-z]+)")]
    private static partial Regex ParameterName();
}
