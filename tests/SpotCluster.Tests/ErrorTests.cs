using System.Reflection;
using System.Text.RegularExpressions;

namespace SpotCluster.Tests;

/// <summary>Error ids are constants of one file, and records are made in one place.</summary>
public sealed partial class ErrorTests
{
    private static readonly string Sources = Path.Combine(Repository.Root, "src", "SpotCluster");

    [Fact]
    public void Every_id_is_a_constant_that_reads_like_its_name()
    {
        var fields = CompiledModule.Model.GetType("SpotCluster.Model.SpotErrorIds", throwOnError: true)!
            .GetFields(BindingFlags.Public | BindingFlags.Static);
        Assert.NotEmpty(fields);
        Assert.All(fields, field =>
        {
            Assert.True(field.IsLiteral);
            Assert.Equal(field.Name, (string?)field.GetRawConstantValue());
            Assert.Matches("^[A-Z][A-Za-z]+$", field.Name);
        });
    }

    [Fact]
    public void Records_are_made_in_one_place_and_always_have_a_category()
    {
        foreach (var file in Directory.GetFiles(Sources, "*.cs", SearchOption.AllDirectories).Where(IsSource))
        {
            var text = File.ReadAllText(file);
            Assert.DoesNotContain("NotSpecified", text, StringComparison.Ordinal);
            Assert.Equal(Path.GetFileName(file) == "ErrorRecords.cs", text.Contains("new ErrorRecord(", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Cmdlets_take_their_ids_from_the_one_list()
    {
        var found = Directory.GetFiles(Sources, "*.cs", SearchOption.AllDirectories).Where(IsSource)
            .SelectMany(file => NewException().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToList();
        Assert.NotEmpty(found);
        Assert.All(found, argument => Assert.Matches("^(SpotErrorIds\\.[A-Za-z]+|errorId)$", argument));
    }

    private static bool IsSource(string file) => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    [GeneratedRegex(@"new SpotException\(\s*([^,\s]+)")]
    private static partial Regex NewException();
}
