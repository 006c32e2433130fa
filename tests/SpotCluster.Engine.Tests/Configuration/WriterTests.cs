using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>What is written is read back as it was, is private, and replaces nothing without being told to.</summary>
public sealed class WriterTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back()
    {
        var values = new Dictionary<string, object>
        {
            ["filterTagName"] = "team",
            ["filterTagValue"] = "yes: \"no\" \\ # & é 'x'",
            ["creator"] = "null",
            ["regions"] = new[] { "us-east-1", "*" },
            ["architecture"] = SpotArchitecture.Arm64,
            ["maxHourlyPrice"] = 0.0125m,
            ["expiresIn"] = new TimeSpan(1, 2, 3, 4),
            ["tags"] = new Dictionary<string, string> { ["a b"] = "", ["on"] = "off" },
            ["allowedAccounts"] = new[] { "012345678901" },
            ["onInsufficientCredit"] = SpotCreditPolicy.None,
        };
        var written = ConfigurationWriter.Write(_folder.File, values, overwrite: false);

        Assert.Equal(values.Keys, written.Select(setting => setting.Name));
        Assert.Equal(values.Values.Select(SettingTable.ToText), written.Select(setting => SettingTable.ToText(setting.Value)));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_new_file_shows_every_other_setting_as_a_comment()
    {
        var lines = ConfigurationWriter.Compose(new Dictionary<string, object> { ["creator"] = "ops" }).Split('\n');
        Assert.Contains("creator: \"ops\"", lines);
        Assert.All(SettingTable.All.Where(setting => setting.Name != "creator"), setting => Assert.Contains($"# {setting.Name}: {setting.Example}", lines));
    }

    [Fact]
    public void The_examples_of_the_table_are_valid() =>
        Assert.Empty(_folder.Read(string.Concat(SettingTable.All.Select(setting => $"{setting.Name}: {setting.Example}\n"))).Errors);

    [Fact]
    public void Nobody_else_may_read_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows knows no file modes.");
        if (!OperatingSystem.IsWindows())
        {
            ConfigurationWriter.Write(_folder.File, new Dictionary<string, object>(), overwrite: false);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File));
        }
    }

    [Fact]
    public void A_file_is_replaced_only_when_that_is_wanted_and_right()
    {
        File.WriteAllText(_folder.File, "creator: old\n");
        var good = new Dictionary<string, object> { ["creator"] = "new" };
        var bad = new Dictionary<string, object> { ["regions"] = new[] { "Mars" } };

        Assert.Equal(SpotErrorIds.ConfigurationExists, Assert.Throws<SpotException>(() => ConfigurationWriter.Write(_folder.File, good, false)).ErrorId);
        var refusal = Assert.Throws<SpotException>(() => ConfigurationWriter.Write(_folder.File, bad, true));
        Assert.Equal(SpotErrorIds.ConfigurationInvalid, refusal.ErrorId);
        Assert.Contains("Mars", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("creator: old\n", File.ReadAllText(_folder.File));
        Assert.Single(Directory.GetFiles(_folder.Path));

        ConfigurationWriter.Write(_folder.File, good, overwrite: true);
        Assert.Contains("new", File.ReadAllText(_folder.File), StringComparison.Ordinal);
    }
}
