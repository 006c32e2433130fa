using SpotCluster.Engine.Configuration;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>The table in the manual is the table in the code.</summary>
public sealed class ManualTests
{
    [Fact]
    public void The_manual_has_one_row_for_each_setting()
    {
        var manual = File.ReadAllLines(Path.Combine(Root(), "docs", "configuration.md"));
        var expected = SettingTable.All.Select(setting =>
        {
            var text = SettingTable.ToText(setting.Default);
            return $"| `{setting.Name}` | {Type(setting.Kind)} | {(text.Length == 0 ? "none" : $"`{text}`")} | `{setting.EnvironmentVariable}` | {setting.Description} |";
        });
        Assert.Equal(expected, manual.Where(line => line.Contains("| `SPOTCLUSTER_", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_setting_has_a_variable_and_a_sentence_of_its_own()
    {
        Assert.Equal(SettingTable.All.Count, SettingTable.All.Select(setting => setting.EnvironmentVariable).Distinct().Count());
        Assert.All(SettingTable.All, setting =>
        {
            Assert.Matches("^SPOTCLUSTER_[A-Z_]+$", setting.EnvironmentVariable);
            Assert.EndsWith(".", setting.Description, StringComparison.Ordinal);
        });
    }

    private static string Type(SettingKind kind) => kind switch
    {
        SettingKind.TextList => "list",
        SettingKind.TextMap => "table",
        SettingKind.PathList => "path or list",
        SettingKind.PathMap => "table of paths",
        SettingKind.Architecture => "`x64`, `arm64`",
        SettingKind.CreditPolicy => "`destroy-mine`, `stop-mine`, `none`",
        SettingKind.Money => "USD per hour",
        SettingKind.Duration => "duration",
        SettingKind.Path => "path",
        _ => "text",
    };

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SpotCluster.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
