using System.Text.RegularExpressions;

namespace SpotCluster.Tests;

/// <summary>The mutants of <c>.ci/mutants</c>, which only the long layer runs, are those of today's engine and tests.</summary>
public sealed class MutantTests
{
    [Fact]
    public void Each_mutant_changes_a_line_that_exists_and_names_a_test_that_exists()
    {
        var script = Repository.Read(".ci", "mutants");
        var mutants = Regex.Matches(script, @"^mutant (?<name>\S+) \$engine/(?<file>\S+) \\\n +'(?<old>[^']*)' '(?<new>[^']*)' \\\n +(?<class>\w+)\.(?<test>\w+)$", RegexOptions.Multiline);
        Assert.Equal(Regex.Count(script, "^mutant ", RegexOptions.Multiline), mutants.Count);
        Assert.NotEmpty(mutants);
        var tests = Directory.GetFiles(Path.Combine(Repository.Root, "tests", "SpotCluster.Engine.Tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToArray();
        Assert.All(mutants, mutant =>
        {
            Assert.Contains(mutant.Groups["old"].Value, Repository.Read("src", "SpotCluster.Engine", mutant.Groups["file"].Value), StringComparison.Ordinal);
            Assert.NotEqual(mutant.Groups["old"].Value, mutant.Groups["new"].Value);
            Assert.Contains(tests, text => text.Contains($"class {mutant.Groups["class"].Value}", StringComparison.Ordinal)
                && text.Contains($" {mutant.Groups["test"].Value}", StringComparison.Ordinal));
        });
    }
}
