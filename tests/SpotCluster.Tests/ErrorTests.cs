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

    /// <summary>An error about an argument says itself what is needed; every other one says what to do, of its own or by its id.</summary>
    [Fact]
    public void Every_error_that_is_not_about_an_argument_has_advice()
    {
        var type = CompiledModule.Model.GetType("SpotCluster.Model.SpotException", throwOnError: true)!;
        var category = CompiledModule.Model.GetType("SpotCluster.Model.SpotErrorCategory", throwOnError: true)!;
        var sites = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Where(IsSource)
            .SelectMany(file => Sites(file, File.ReadAllText(file))).ToList();
        Assert.True(sites.Count > 200, $"{sites.Count} places were found.");
        Assert.Equal("", string.Join('\n', sites.Where(site => site.Category != "InvalidArgument" && !site.HasOwn && Usual(site.Id) is null).Select(site => $"{site.Place}: {site.Id}")));

        string? Usual(string id) => (string?)type.GetProperty("RecommendedAction")!.GetValue(Activator.CreateInstance(type, id, Enum.Parse(category, "InvalidOperation"), "x", null));
    }

    private static IEnumerable<(string Place, string Id, string Category, bool HasOwn)> Sites(string file, string text)
    {
        // Tables give their advice by position: its last place is a text, or null for none.
        var isTable = Path.GetFileName(file) is "AwsErrors.cs" or "VastErrors.cs" or "BackendErrors.cs" or "OrchestratorErrors.cs" or "CredentialErrors.cs" or "SecretFile.cs";
        foreach (var match in ErrorSite().Matches(text).Cast<Match>())
        {
            var (end, depth) = (match.Index, 0);
            for (; end < text.Length && (text[end] != ';' || depth > 0); end++)
            {
                depth += text[end] is '(' or '[' or '{' ? 1 : text[end] is ')' or ']' or '}' ? -1 : 0;
                if (isTable && depth < 0)
                {
                    break;
                }
            }

            var site = text[match.Index..end];
            var hasOwn = site.Contains("RecommendedAction", StringComparison.Ordinal) || site.Contains("dvice", StringComparison.Ordinal) || (isTable && !site.TrimEnd().EndsWith("null", StringComparison.Ordinal));
            yield return ($"{Path.GetFileName(file)}:{text[..match.Index].Count(c => c == '\n') + 1}", match.Groups[1].Value, match.Groups[2].Value, hasOwn);
        }
    }

    [GeneratedRegex(@"SpotErrorIds\.(\w+),\s*SpotErrorCategory\.(\w+),")]
    private static partial Regex ErrorSite();

    private static bool IsSource(string file) => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    [GeneratedRegex(@"new SpotException\(\s*([^,\s]+)")]
    private static partial Regex NewException();
}
